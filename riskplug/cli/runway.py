"""riskplug runway: how long the stock of one part lasts, why, and what to do by when."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.options import (
    BusinessDate,
    Format,
    SiteName,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)

if TYPE_CHECKING:
    from riskplug.plan import Explained

PolicyName = Annotated[str, typer.Option("--policy", help="Receipts that count: stock, firm, all or restricted.")]
Every = Annotated[bool, typer.Option("--all", help="Every event and every line, however many.")]
ChartFile = Annotated[
    Path | None, typer.Option("--chart", help="Also draw the balance into a file, .svg or .png.", dir_okay=False)
]


@with_plugins
def runway(
    part: str,
    site: SiteName = None,
    policy: PolicyName = "restricted",
    every: Every = False,
    chart: ChartFile = None,
    workspace: WorkspaceDir = None,
    on: BusinessDate = None,
    output: Format = "text",
) -> None:
    """How long the stock of a part lasts, which demand breaks it, what would extend it, and by when to order."""
    from riskplug.cli.runway_lines import runway_lines
    from riskplug.plan import runway_document

    wanted = parse_format(output)
    _check(policy, chart)
    found, suggested = _explained(part, site, policy, workspace, on)
    document = {**runway_document(found), "suggested_alternates": suggested}
    if chart is not None:
        _draw(found, chart)
    if wanted == "json":
        typer.echo(json.dumps(document, indent=1))
    else:
        typer.echo("\n".join(runway_lines(document, every=every)))


def _check(policy: str, chart: Path | None) -> None:
    from riskplug.catalogue import RUNWAY_POLICIES
    from riskplug.errors import UsageError, suggestion

    if policy not in RUNWAY_POLICIES:
        hint = suggestion(policy, RUNWAY_POLICIES) or f"use {', '.join(RUNWAY_POLICIES)}"
        raise UsageError(f"no policy {policy!r}", "--policy", hint)
    if chart is not None and chart.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"cannot draw a chart into {chart.name}", "--chart", "name a file that ends in .svg or .png")


def _explained(
    part: str, site: str | None, policy: str, workspace: Path | None, on: str | None
) -> "tuple[Explained, list[dict[str, Any]] | None]":
    from riskplug.explain import replay_supply, site_of
    from riskplug.suggesting import suggestions_about

    opened = open_workspace(workspace)
    host = open_plugins(opened)
    supply = replay_supply(opened, host, parse_date(on))
    found = supply.explained(part, site_of(supply.foundation.graph, part, site), opened, policy)
    suggested = suggestions_about(part, supply.foundation.tables, host, supply.context)
    for fault in host.faults:
        typer.echo(str(fault), err=True)
    return found, suggested


def _draw(found: "Explained", file: Path) -> None:
    from riskplug.errors import UsageError
    from riskplug.plan import balance_of, runway_summary
    from riskplug.report import balance_png, balance_svg

    balance = balance_of(found)
    if balance is None:
        raise UsageError(f"no balance to draw: {runway_summary(found)}", "--chart", "leave the option out")
    content = balance_png(balance) if file.suffix.lower() == ".png" else balance_svg(balance).encode()
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", "--chart", "name another file") from error
