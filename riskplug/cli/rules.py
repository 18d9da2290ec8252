"""riskplug rules: list, check, test."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from riskplug.cli.options import Format, WorkspaceDir, open_plugins, open_workspace, parse_format, with_plugins
from riskplug.cli.problems import print_problems
from riskplug.cli.rule_explained import explain
from riskplug.cli.rule_nights import backtest, diff

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Rules: what is on, whether it is right, what it would do."
)


def _loaded(workspace: Any) -> Any:
    from riskplug.loading import rules_of

    opened = open_workspace(workspace)
    return rules_of(opened, open_plugins(opened))


@app.command("list")
@with_plugins
def list_(workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Every rule with its grain, status and title."""
    rules = _loaded(workspace)
    if parse_format(output) == "json":
        said = [{"id": r.id, "grain": r.grain, "status": r.status, "title": r.title, "where": r.where} for r in rules]
        typer.echo(json.dumps(said, indent=1))
        return
    for rule in rules:
        typer.echo(f"{rule.id:<32}{rule.grain:<12}{rule.status:<9}{rule.title}")


@app.command("check")
@with_plugins
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Rule files or folders; else those of the workspace.")
    ] = None,
    workspace: WorkspaceDir = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    output: Annotated[str, typer.Option("--format", help="text, json, sarif or github.")] = "text",
) -> None:
    """All errors of all rule files at once, with file, line, excerpt and what to do; exit 2 when there are any."""
    from riskplug.loading import catalogue_of, rule_folders
    from riskplug.rules import advise, check_rules, load_rules

    opened = open_workspace(workspace)
    host = open_plugins(opened)
    params, lists_of = (opened.rules.params, []) if not paths else ({}, rule_folders(opened))
    given = (paths or rule_folders(opened), catalogue_of(host), host.rule_kinds(), params)
    problems = check_rules(*given, opened.workspace.currency, lists_of)
    rules = None if problems else load_rules(*given, opened.workspace.currency, lists_of)
    print_problems([*problems, *(advise(rules) if rules else [])], output)
    if problems or (strict and rules is not None and advise(rules)):
        raise typer.Exit(2)
    if output == "text" and rules is not None:
        typer.echo(f"{len(rules)} rules, no error")


@app.command("test")
@with_plugins
def test(
    rule: Annotated[list[str] | None, typer.Argument(help="Rule ids; else all.")] = None,
    workspace: WorkspaceDir = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Change each rule a little, over and over: do its tests notice?")
    ] = False,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML to this file.")] = None,
    output: Format = "text",
) -> None:
    """Run the tests that rules carry; exit 1 when one fails, or with --mutate when a change goes unnoticed."""
    from riskplug.rules import junit, test_rules

    opened = open_workspace(workspace)
    rules = _loaded(opened.root)
    _need_known(rule or (), rules)
    results = test_rules(rules, only=rule or (), root=opened.root)
    if junit_file is not None:
        _write(junit_file, junit(results))
    unnoticed = _unnoticed(rules, results) if mutate else {}
    if parse_format(output) == "json":
        typer.echo(json.dumps([_test_record(result, unnoticed) for result in results], indent=1))
    else:
        for result in results:
            _print_test(result, unnoticed.get(result.rule, []))
    if unnoticed or not all(result.passed for result in results):
        raise typer.Exit(1)


def _write(file: Path, text: str) -> None:
    from riskplug.errors import UsageError

    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {file}: {error.strerror}", "--junit", "name a file in a folder that is there"
        ) from error


def _need_known(wanted: Iterable[str], rules: Any) -> None:
    from riskplug.errors import UsageError, suggestion

    for name in wanted:
        if name not in rules.ids:
            raise UsageError(f"no rule {name!r}", "rules test", suggestion(name, rules.ids))


def _unnoticed(rules: Any, results: Any) -> dict[str, list[str]]:
    """By rule, the changes that its tests let pass; rules whose tests fail are not asked."""
    from riskplug.rules import survivors

    found = {
        result.rule: [f"{mutant.part}: {mutant.change}" for mutant in survivors(rules[result.rule])]
        for result in results
        if result.passed
    }
    return {name: changes for name, changes in found.items() if changes}


def _test_record(result: Any, unnoticed: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "rule": result.rule,
        "where": result.where,
        "checks": result.checks,
        "passed": result.passed,
        "failures": list(result.failures),
        "unnoticed": unnoticed.get(result.rule, []),
    }


def _print_test(result: Any, unnoticed: list[str]) -> None:
    word = ("passed" if result.checks else "no tests") if result.passed else "FAILED"
    typer.echo(f"{word:<9} {result.rule} ({result.checks} checks)")
    for failure in result.failures:
        typer.echo(f"  {result.where}: {failure}")
    for change in unnoticed:
        typer.echo(f"  {result.where}: no test notices that in {change}")


app.command("explain")(explain)
app.command("diff")(diff)
app.command("backtest")(backtest)


@app.command("schema")
@with_plugins
def schema(workspace: WorkspaceDir = None) -> None:
    """JSON Schema of rule files, for completion in an editor, with what the workspace's plugins add."""
    from riskplug.errors import UsageError
    from riskplug.loading import catalogue_of
    from riskplug.rules import rules_schema

    try:
        opened = open_workspace(workspace)
    except UsageError:  # outside a workspace the schema is that of riskplug alone
        if workspace is not None:
            raise
        opened = None
    host = open_plugins(opened)
    typer.echo(json.dumps(rules_schema(catalogue_of(host), host.rule_kinds()), indent=1))
