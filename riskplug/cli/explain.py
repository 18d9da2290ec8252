"""riskplug bom explode, bom where-used: up and down from one part."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from riskplug.analysis import Foundation

bom = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Up and down the bill of material.")


@bom.command("explode")
@with_plugins
def bom_explode(
    part: str, site: SiteName = None, workspace: WorkspaceDir = None, on: BusinessDate = None, output: Format = "text"
) -> None:
    """Everything below a part: total quantity per unit, and the materials inside."""
    from riskplug.bom import explosion_document

    found = _replay(workspace, on)
    place = _site(found, part, site)
    _print(explosion_document(found.graph, found.content.own, part, place), output, _explosion_lines)


@bom.command("where-used")
@with_plugins
def bom_where_used(
    part: str, site: SiteName = None, workspace: WorkspaceDir = None, on: BusinessDate = None, output: Format = "text"
) -> None:
    """Every assembly above a part, with the quantity of the part in one unit of it."""
    from riskplug.bom import where_used

    found = _replay(workspace, on)
    place = _site(found, part, site)
    rows = where_used(found.graph, part, place).astype("object")
    document = {"part_no": part, "site": place, "assemblies": rows.where(rows.notna(), None).to_dict("records")}
    _print(document, output, lambda d: [f"{row['qty_per']:>12g}  {row['part_no']}" for row in d["assemblies"]])


def _replay(workspace: Path | None, on: str | None) -> "Foundation":
    from riskplug.explain import replay_foundation

    opened = open_workspace(workspace)
    return replay_foundation(opened, open_plugins(opened), parse_date(on))[1]


def _site(found: "Foundation", part: str, site: str | None) -> str:
    from riskplug.explain import site_of

    return site_of(found.graph, part, site)


def _print(document: dict[str, Any], output: str, lines: Any) -> None:
    if parse_format(output) == "json":
        typer.echo(json.dumps(document, indent=1, default=str))
    else:
        typer.echo("\n".join(lines(document)))


def _interval(mass: dict[str, float | None]) -> str:
    words = ["unknown" if mass[bound] is None else f"{mass[bound]:.4g}" for bound in ("min", "typ", "max")]
    return f"{words[1]} g ({words[0]} to {words[2]})"


def _explosion_lines(document: dict[str, Any]) -> list[str]:
    rows = [f"{c['qty_per']:>12g}  {'. ' * c['level']}{c['part_no']}" for c in document["components"]]
    inside = [f"  {m['material']:<9}{m['form']:<10}{_interval(m['mass_g'])}" for m in document["materials"]]
    return [
        f"{document['part_no']} at {document['site']}",
        *rows,
        "materials in one unit:",
        *(inside or ["  none known"]),
    ]
