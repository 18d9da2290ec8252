"""riskplug regimes defence: covered material in products sold under a defence contract, before and after the step."""

import json
from typing import Any

import typer

from riskplug.cli.options import (
    BusinessDate,
    Format,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)

COLUMNS = ["rank", "part_no", "site", "material", "form", "defence", "applies", "stage_gaps"]


@with_plugins
def defence(workspace: WorkspaceDir = None, on: BusinessDate = None, output: Format = "text") -> None:
    """Parts that 10 USC 4872 catches or may catch, hardest to clear first, in today's scope and in the coming one.

    The data are those of the last scan, judged on the date.
    """
    from riskplug.explain import replay
    from riskplug.report import rows_of

    opened = open_workspace(workspace)
    found = replay(opened, open_plugins(opened), day=parse_date(on))
    rows = found.analysis.facts["sourcing_prohibition"]
    if parse_format(output) == "json":
        typer.echo(json.dumps(rows_of(rows), indent=1, default=str))
        return
    if rows.empty:
        typer.echo("No part with covered material goes into a product that is or may be under a defence contract.")
    for scope in rows["scope"].unique():
        for line in _scope_lines(rows[rows["scope"] == scope]):
            typer.echo(line)


def _scope_lines(rows: Any) -> list[str]:
    from riskplug.cli.tabulate import table_lines

    shown = rows[rows["rank"].notna()]
    first, last = rows["scope_from"].min(), rows["scope_through"].max()
    days = " ".join(
        [
            f"from {first:%Y-%m-%d}" if first == first else "",
            f"through {last:%Y-%m-%d}" if last == last else "",
        ]
    ).strip()
    lines = [f"Scope {days or 'of today'}: {len(shown)} part(s), hardest to clear first"]
    lines += table_lines(shown.assign(rank=shown["rank"].map("{:.0f}".format)), COLUMNS) if len(shown) else []
    unlikely = len(rows) - len(shown)
    return [*lines, *([f"{unlikely} more are unlikely to be caught, on this evidence"] if unlikely else []), ""]
