"""riskplug whatif: scenarios against the base, without changing anything."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.options import (
    BusinessDate,
    Format,
    ScanId,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)
from riskplug.errors import UsageError

if TYPE_CHECKING:
    from riskplug.scenario.asking import Answer

_ROWS = 12


@with_plugins
def whatif(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Scenario files, or folders of them.")],
    workspace: WorkspaceDir = None,
    business_date: BusinessDate = None,
    scan_id: ScanId = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the files against the data.")] = False,
    output: Format = "text",
    out: Annotated[Path | None, typer.Option("--out", help="Also write the JSON document to a file.")] = None,
) -> None:
    """What if: scenarios beside the newest snapshot. Nothing is kept or sent; exit 3 when a scenario failed."""
    from riskplug.scenario.asking import ask, question

    form = parse_format(output)
    opened = open_workspace(workspace)
    asked = question(
        files,
        opened,
        open_plugins(opened),
        on=parse_date(business_date),
        scan_id=scan_id,
        clock=lambda: datetime.now(UTC),
    )
    if check:
        typer.echo(f"{len(asked.scenarios)} scenarios: in order")
        return
    answer = ask(asked)
    _tell(answer, opened.workspace.currency, form, out)
    if any(one.fault for one in answer.found):
        raise typer.Exit(3)


def _tell(answer: "Answer", currency: str, form: str, out: Path | None) -> None:
    from riskplug.report.whatif import whatif_document

    document = json.dumps(whatif_document(answer.found, answer.base, answer.about, currency), indent=1, default=str)
    if out is not None:
        try:
            out.write_text(document + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"cannot write: {error.strerror}", str(out), "name a file in a folder that is there"
            ) from error
    typer.echo(document if form == "json" else "\n".join(_lines(answer, currency)))


def _lines(answer: "Answer", currency: str) -> list[str]:
    """The headline of every scenario first, then what gets worst in each."""
    from riskplug.report.whatif import answer as under
    from riskplug.report.whatif import headline

    about = answer.about
    lines = [f"{about['workspace']}, business date {about['business_date']}, snapshot {about['snapshot']}", ""]
    for one in answer.found:
        lines += [f"{one.id}: {one.title}", *(f"  {overlay}" for overlay in one.overlays)]
        lines += [f"  failed: {one.fault}"] if one.fault else []
        lines += [f"  -> {under(it) + ': ' if under(it) else ''}{headline(it, currency)}" for it in one.branches]
    for one in answer.found:
        for branch in one.branches:
            lines += _tables(f"{one.id} {branch.branch}".strip(), branch)
    return lines


def _tables(name: str, branch: Any) -> list[str]:
    from riskplug.report.whatif import worst

    products, parts = worst([branch], "product", _ROWS), worst([branch], "part", _ROWS)
    lines = [f"\n{name}: products that stop sooner", *_table(products, _PRODUCT)] if len(products) else []
    return lines + ([f"\n{name}: parts that get worse", *_table(parts, _PART)] if len(parts) else [])


_PRODUCT = {
    "product": "part_no",
    "site": "site",
    "stops": "stop_date",
    "base": "base_stop_date",
    "because of": "limiting_part",
    "revenue after": "revenue_after_stop",
    "base revenue": "base_revenue_after_stop",
}
_PART = {
    "part": "part_no",
    "site": "site",
    "runs out": "stock_out_date",
    "base out": "base_stock_out_date",
    "last order": "last_order_date",
    "base order": "base_last_order_date",
}


def _table(rows: Any, columns: dict[str, str]) -> list[str]:
    from riskplug.report.rows import plain

    cells = [[_cell(plain(row[name])) for name in columns.values()] for row in rows.to_dict("records")]
    widths = [max(len(line[n]) for line in [list(columns), *cells]) for n in range(len(columns))]
    return [
        "  " + "  ".join(f"{cell:<{widths[n]}}" for n, cell in enumerate(line)).rstrip()
        for line in [list(columns), *cells]
    ]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if isinstance(value, float) else str(value)
