"""riskplug facts: any fact table of a kept scan, for Excel or BI."""

from pathlib import Path
from typing import Annotated, Any

import typer

from riskplug.cells import safe_cell
from riskplug.cli.options import ScanId, WorkspaceDir, open_workspace
from riskplug.errors import UsageError

_SUFFIXES = (".csv", ".parquet", ".xlsx")


def facts(
    grain: Annotated[
        str,
        typer.Argument(
            help="part, content, exposure, order_line, product, material, supplier, failure_point, "
            "sourcing_prohibition, measure, table."
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", help="FILE.csv, .parquet or .xlsx; else CSV on stdout.")] = None,
    scan_id: ScanId = None,
    workspace: WorkspaceDir = None,
) -> None:
    """A fact table of the last scan."""
    from riskplug.catalogue import GRAINS
    from riskplug.explain import state_folder
    from riskplug.state.records import read_facts

    rows = read_facts(state_folder(open_workspace(workspace)), grain, GRAINS, scan_id)
    if out is None:
        typer.echo(_neutral(rows).to_csv(index=False), nl=False)
    elif out.suffix not in _SUFFIXES:
        raise UsageError(
            f"cannot write {out.suffix or 'a file without suffix'}", str(out), f"use {', '.join(_SUFFIXES)}"
        )
    else:
        _write(rows, out)


def _write(rows: Any, out: Path) -> None:
    if out.suffix == ".parquet":
        rows.to_parquet(out, index=False)
    elif out.suffix == ".csv":
        _neutral(rows).to_csv(out, index=False)
    else:
        import pandas as pd

        options = {"strings_to_formulas": False, "strings_to_urls": False}
        with pd.ExcelWriter(out, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
            rows.to_excel(writer, index=False, sheet_name="facts", freeze_panes=(1, 0))


def _neutral(rows: Any) -> Any:
    """Texts that a spreadsheet would take for a formula get a leading apostrophe; numbers are left alone."""
    import pandas as pd

    def one(column: Any) -> Any:
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
            return column
        return column.astype("object").map(lambda cell: safe_cell(cell) if isinstance(cell, str) else cell)

    return rows.apply(one)
