"""riskplug rules diff, backtest: rules over nights that are past."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.options import Format, ScanId, WorkspaceDir, open_plugins, open_workspace, parse_format, with_plugins
from riskplug.errors import UsageError, suggestion

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.rules import Backtest, RuleSet
    from riskplug.workspace import Workspace

MAX_ROWS = 40
MANY_PCT = 20.0


@with_plugins
def diff(
    files: Annotated[list[Path], typer.Argument(help="OLD NEW, or NEW alone: beside the rules of the workspace.")],
    workspace: WorkspaceDir = None,
    scan_id: ScanId = None,
    output: Format = "text",
) -> None:
    """What changed rules would say of a kept scan: findings that appear, vanish or change band."""
    from riskplug.explain import state_folder
    from riskplug.hindsight import judge_night, night_of
    from riskplug.rules import RuleSet, compare, unanswered

    if len(files) > 2:
        raise UsageError(f"{len(files)} files", "rules diff", "name OLD and NEW, or NEW alone")
    opened = open_workspace(workspace)
    sets = [_with(opened, files[0] if len(files) == 2 else None), _with(opened, files[-1])]
    names = {name for file in files for name in _ids_in(file)}
    old, new = (RuleSet(tuple(rule for rule in rules if rule.id in names)) for rules in sets)
    night = night_of(state_folder(opened), scan_id)
    before, after = judge_night(old, night, opened), judge_night(new, night, opened)
    changes, silent = compare(before, after), unanswered(before, after)
    changes = changes[~changes["rule"].isin(silent)]
    if parse_format(output) == "json":
        said = {"schema": "riskplug.rules-diff/1", "scan_id": night.scan_id, "rules": sorted(names)}
        typer.echo(json.dumps({**said, "no_answer": silent, "changes": _records(changes)}, indent=1))
        return
    typer.echo(f"{', '.join(sorted(names))} on scan {night.scan_id} of {night.business_date}")
    for rule, why in silent.items():
        typer.echo(f"{rule}: no answer: {why}")
    if silent.keys() != names:
        _print_changes(changes)


@with_plugins
def backtest(
    rule: Annotated[str, typer.Argument(help="Id of a rule, or a rule file: all rules in it.")],
    workspace: WorkspaceDir = None,
    scans: Annotated[int, typer.Option("--scans", min=1, help="How many nights back.")] = 30,
    output: Format = "text",
) -> None:
    """A rule over the nights that are kept: findings a night, how many came back, how long before it was critical."""
    from riskplug.explain import state_folder
    from riskplug.hindsight import judged_nights, kept_nights
    from riskplug.rules import backtest as over_nights

    opened = open_workspace(workspace)
    path = Path(rule)
    is_file = path.suffix in (".yaml", ".yml")
    rules = _with(opened, path if is_file else None)
    wanted = _ids_in(path) if is_file else [rule]
    if not is_file and rule not in rules.ids:
        raise UsageError(f"no rule {rule!r}", "rules backtest", suggestion(rule, rules.ids))
    nights = kept_nights(state_folder(opened), scans)
    results = [over_nights(name, list(judged_nights(rules[name], nights, opened))) for name in wanted]
    if parse_format(output) == "json":
        typer.echo(json.dumps([_record(result) for result in results], indent=1))
        return
    for result in results:
        _print_backtest(result)


def _ids_in(file: Path) -> list[str]:
    from riskplug.rules import rule_ids

    if not file.exists():
        raise UsageError(f"no rule file {file}", "rules", "name a file or folder of rules")
    found = rule_ids([file])
    if not found:
        raise UsageError(f"no rule stands in {file}", "rules", "see `riskplug rules check` about the file")
    return found


def _with(workspace: "Workspace", file: Path | None) -> "RuleSet":
    """The workspace's rules, those of the file in place of theirs."""
    from riskplug.loading import cares_of, catalogue_of, rule_folders
    from riskplug.rules import load_rules

    folders = [*rule_folders(workspace), *([file] if file else [])]
    host, settings = open_plugins(workspace), workspace.rules.params
    kinds = host.rule_kinds()
    cares = cares_of(workspace, host, kinds)
    return load_rules(folders, catalogue_of(host), kinds, settings, workspace.workspace.currency, cares=cares)


def _records(frame: "pd.DataFrame") -> Any:
    from riskplug.report import rows_of

    return rows_of(frame)


def _record(result: "Backtest") -> dict[str, Any]:
    def number(value: float) -> float | None:
        return None if value != value else value

    return {
        "schema": "riskplug.backtest/1",
        "rule": result.rule,
        "findings": result.findings,
        "flapping": result.flapping,
        "days_before_critical": number(result.days_before_critical),
        "days_before_stock_out": number(result.days_before_stock_out),
        "nights": _records(result.nights),
    }


def _print_changes(changes: "pd.DataFrame") -> None:
    if changes.empty:
        typer.echo("no difference")
        return
    for rule, rows in changes.groupby("rule", sort=True):
        counts = rows["change"].value_counts()
        typer.echo(f"{rule}: " + ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in sorted(counts.index)))
        for row in _records(rows.head(MAX_ROWS)):
            was, now = row["was"] or "-", row["now"] or "-"
            typer.echo(f"  {was:>12} -> {now:<12} {_subject(row['identity'])}  {row['message'] or ''}".rstrip())
        if len(rows) > MAX_ROWS:
            typer.echo(f"  and {len(rows) - MAX_ROWS} more: --format json shows all")


def _subject(identity: str) -> str:
    return "/".join(str(value) for value in json.loads(identity).values())


def _print_backtest(result: "Backtest") -> None:
    typer.echo(f"{result.rule}: {result.findings} findings over {len(result.nights)} nights")
    typer.echo("date        critical  warning  info  undetermined   new  gone  back  share of rows")
    for row in _records(result.nights):
        if row["fault"]:
            typer.echo(f"{row['business_date']}  no answer: {row['fault']}")
            continue
        share = "unknown" if row["share_pct"] is None else f"{row['share_pct']:.1f} %"
        typer.echo(
            f"{row['business_date']}  {row['critical']:8.0f} {row['warning']:8.0f} {row['info']:5.0f} "
            f"{row['undetermined']:13.0f} {row['new']:5.0f} {row['gone']:5.0f} {row['returned']:5.0f}  {share}"
        )
    for line in _remarks(result):
        typer.echo(f"  {line}")


def _remarks(result: "Backtest") -> list[str]:
    said = []
    if result.flapping:
        said.append(f"{result.flapping} came back after a night without them: a clear_margin would hold them")
    if result.days_before_critical == result.days_before_critical:
        said.append(f"{result.days_before_critical:.0f} days from the first finding to critical (median)")
    if result.days_before_stock_out == result.days_before_stock_out:
        said.append(f"{result.days_before_stock_out:.0f} days from the first finding to the stock-out (median)")
    if result.nights["share_pct"].max() > MANY_PCT:
        said.append(f"it speaks of more than {MANY_PCT:.0f} % of its rows on some night: narrow its condition")
    if not result.findings:
        said.append("it never found anything")
    return said
