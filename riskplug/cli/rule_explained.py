"""riskplug rules explain: every condition of a rule for one part, its values, and where they come from."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.options import (
    Format,
    ScanId,
    SiteName,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_format,
    with_plugins,
)
from riskplug.errors import UsageError, suggestion

if TYPE_CHECKING:
    from riskplug.hindsight import KeptNight
    from riskplug.rules import Rule
    from riskplug.workspace import Workspace


@with_plugins
def explain(
    rule: str,
    part: Annotated[str, typer.Argument(help="Part number; for rules about something else, the name of that.")],
    site: SiteName = None,
    workspace: WorkspaceDir = None,
    scan_id: ScanId = None,
    output: Format = "text",
) -> None:
    """Why a rule matches or not: every condition with its values and truth, and the rows the values come from."""
    from riskplug.explain import state_folder
    from riskplug.hindsight import night_of
    from riskplug.loading import rules_of

    opened = open_workspace(workspace)
    rules = rules_of(opened, open_plugins(opened))
    if rule not in rules.ids:
        raise UsageError(f"no rule {rule!r}", "rules explain", suggestion(rule, rules.ids))
    night = night_of(state_folder(opened), scan_id)
    rows = list(_explained(rules[rule], part, site, night, opened))
    if not rows:
        raise UsageError(
            f"no row of grain {rules[rule].grain} for {part!r}" + (f" at {site}" if site else ""),
            f"scan {night.scan_id}",
            f"see `riskplug facts {rules[rule].grain}`",
        )
    if parse_format(output) == "json":
        said = {"schema": "riskplug.rule-explanation/1", "rule": rule, "scan_id": night.scan_id}
        typer.echo(json.dumps({**said, "where": rules[rule].where, "rows": rows}, indent=1, default=str))
        return
    typer.echo(f"{rule} ({rules[rule].where}) on scan {night.scan_id} of {night.business_date}")
    for label, text in (("why it matters", rules[rule].why), ("how to clear it", rules[rule].clear)):
        if text:
            typer.echo(f"{label}: {text}")
    for row in rows:
        _print(row)


def _explained(
    rule: "Rule", part: str, site: str | None, night: "KeptNight", workspace: "Workspace"
) -> Iterator[dict[str, Any]]:
    from riskplug.hindsight import judge_night
    from riskplug.report import rows_of
    from riskplug.rules import RuleSet, explain_rule, identities_of, unanswered

    facts = night.facts(rule.grain, rule.shape)
    if facts is None:
        raise UsageError(f"the scan has no facts of grain {rule.grain}", f"scan {night.scan_id}", "scan again")
    names = [name for name in ("part_no", *rule.identity) if name in facts]
    mine = (facts[names].astype("str") == part).any(axis=1)
    chosen = facts[mine & ((facts["site"].astype("str") == site) if site and "site" in facts else True)]
    outcome = judge_night(RuleSet((rule,)), night, workspace)
    said = outcome.findings.set_index("identity")
    waiting = outcome.undetermined[outcome.undetermined["reason"] != "clear_margin"].set_index("identity")["columns"]
    fault = unanswered(outcome).get(rule.id)
    records: list[dict[str, Any]] = chosen.to_dict("records")  # type: ignore[assignment]
    horizon = workspace.workspace.horizon_days
    for key, row, shown in zip(identities_of(rule, chosen), records, rows_of(chosen), strict=True):
        steps, values = explain_rule(rule, row, night.business_date, horizon), _values(rule, shown)
        yield {
            "row": {name: shown[name] for name in rule.shape.keys},
            "verdict": str(said.at[key, "severity"])
            if key in said.index
            else ("undetermined" if key in waiting.index else "no finding" if fault is None else "no answer"),
            "message": str(said.at[key, "message"]) if key in said.index else fault,
            "missing": str(waiting[key]).split(",") if key in waiting.index and waiting[key] else [],
            "steps": [
                {"depth": step.depth, "part": step.part, "text": step.text, "truth": step.truth, "values": step.values}
                for step in steps
            ],
            "values": values,
            "sources": _sources(values, shown, night),
        }


def _values(rule: "Rule", row: dict[str, Any]) -> list[dict[str, Any]]:
    """Each column that the conditions read: value, meaning, and the tables behind it."""
    from riskplug.rules import tables_behind_column

    return [
        {
            "column": column.name,
            "value": row[column.name],
            "state": row[column.state] if column.state else None,
            "meaning": rule.shape[column.name].doc,
            "from": list(tables_behind_column(rule.grain, column.name)),
        }
        for column in rule.columns
    ]


def _sources(values: list[dict[str, Any]], row: dict[str, Any], night: "KeptNight") -> list[str]:
    """The rows of the exports that speak of the part, in the tables behind the values."""
    from riskplug.rules import rows_of_part
    from riskplug.state.snapshots import read_tables

    names = tuple(dict.fromkeys(name for value in values for name in value["from"]))
    if night.snapshot is None or not row.get("part_no"):
        return []
    return list(rows_of_part(read_tables(night.snapshot, names), names, str(row["part_no"]), row.get("site")))


def _print(row: dict[str, Any]) -> None:
    where = ", ".join(f"{name} {value}" for name, value in row["row"].items())
    typer.echo(f"\n{where}: {row['verdict']}")
    if row["message"]:
        typer.echo(f"  {row['message']}")
    if row["missing"]:
        typer.echo(f"  not known: {', '.join(row['missing'])}")
    for step in row["steps"]:
        values = ", ".join(f"{name}={_shown(value)}" for name, value in step["values"].items())
        typer.echo(f"  {'  ' * step['depth']}{step['truth']:<13}{step['part']}: {step['text']}  [{values}]")
    for value in row["values"]:
        state = f" ({value['state']})" if value["state"] else ""
        origin = f" From {', '.join(value['from'])}." if value["from"] else ""
        typer.echo(f"  {value['column']} = {_shown(value['value'])}{state}: {value['meaning']}{origin}")
    for line in row["sources"]:
        typer.echo(f"    {line}")


def _shown(value: object) -> str:
    return "unknown" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
