"""`riskplug init DIR`: a workspace that scans at once, for somebody's own data."""

from collections.abc import Iterator
from pathlib import Path

from riskplug.errors import UsageError
from riskplug.tables import TABLES

_TOML = """\
# riskplug workspace. Unknown keys are errors. Every table and key: docs/workspace.md.

[workspace]
name = "{name}"
currency = "EUR"
timezone = "Europe/Berlin"          # the business date is today here, unless --business-date says otherwise
horizon_days = 365                  # how far demand and runways are looked at

[sites.S1]                          # one table per plant: where goods arrive, and its working calendar
country = "DE"
calendar = "DE"

[sources.erp]                       # one table per source of exports
profile = "canonical"               # or a shipped profile (riskplug profiles), or a path to a profile file
path = "exports"                    # or url = {{ env = "ERP_URL" }} for a database
site = "S1"                         # the plant of rows that name none

[policy]                            # defaults: docs/workspace.md
licence_days = 65                   # calendar days an export licence is expected to take

[rules]
paths = ["rules"]                   # your own rules; the shipped ones are always on

[scenarios]
paths = ["scenarios"]               # run every night beside the base; see riskplug whatif

[plugins]
paths = ["plugins"]                 # your own plugins

[receivers.console]
kind = "console"

# [receivers.procurement]
# kind = "slack"
# channel = "#procurement-risk"
# token = {{ env = "SLACK_BOT_TOKEN" }}

# [receivers.buyers]                # mail; more kinds: docs/receivers.md
# kind = "email"
# host = "mail.example.com"
# sender = "riskplug@example.com"
# to = ["purchasing@example.com"]

[[routes]]
match = {{ severity = ["critical", "warning"] }}
receivers = ["console"]
"""
_SCENARIOS = """\
# Scenarios that every scan runs beside the base. They change no fact, no finding and no alert.
# Ask others by hand: riskplug whatif FILE. What a scenario may say: docs/scenarios.md.
schema: riskplug.scenarios/1
scenarios:
  - id: suspended-measures-back
    title: suspended measures came back
    overlays:
      - {kind: measure, measures: suspended, becomes: in_force}

  - id: licences-take-120-days
    title: licences took 120 days
    overlays:
      - {kind: licence, measures: all, delay_days: 120}   # approval_pct: 80 would say how many are granted
"""
_README = """\
# Exports

Put one CSV, XLSX or Parquet file per table here, named like the table: `parts.csv`, `bom_lines.csv`,
`inventory.csv`, `purchase_orders.csv`, `demand.csv` first. `../templates` has the header line of each.
Only the starred columns of docs/tables.md are required; what is missing is unknown, never zero.

Then run `riskplug scan`.
"""


def start(folder: Path) -> list[Path]:
    """Write a workspace into a new or empty folder; returns the files written. UsageError when it is not empty."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("the folder is not empty", str(folder), "name a new folder: nothing is ever overwritten")
    written = list(_write_all(folder))
    for name in ("rules", "plugins", ".riskplug"):
        (folder / name).mkdir(exist_ok=True)
    return written


def _write_all(folder: Path) -> Iterator[Path]:
    exports, templates = folder / "exports", folder / "templates"
    exports.mkdir(parents=True)
    (folder / "scenarios").mkdir()
    templates.mkdir()
    yield _write(folder / "riskplug.toml", _TOML.format(name=folder.resolve().name))
    yield _write(folder / ".gitignore", ".riskplug/\n")
    yield _write(exports / "README.md", _README)
    yield _write(folder / "scenarios" / "standing.yaml", _SCENARIOS)
    for table in TABLES.values():
        yield _write(templates / f"{table.name}.csv", ",".join(table.column_names) + "\n")


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
