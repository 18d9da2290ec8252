"""A company small enough to reckon on paper, as canonical tables and as the facts that riskplug computes of them.

The business date is Monday 2025-04-28. Servo drive P-1 needs one magnet M-1 and one coil C-1; fan P-2 needs one magnet
M-2 and one coil. Each product is sold ten times a week, on Mondays from 2025-05-05 on, 52 weeks long. So stock for n
whole weeks runs out on day 7(n+1): 50 magnets M-1 last 41 days, 200 magnets M-2 last 146, 2,000 coils the whole year.
Both magnets come from China, the coil from Germany; M-1 has a declaration of its dysprosium, M-2 has none. The supplier
Kirin has one line overdue, one to come and one without a date.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from riskplug.extend.protocols import ScanContext

if TYPE_CHECKING:
    import pandas as pd

NIGHT = date(2025, 4, 28)
SITE, SOURCE = "S1", "erp"
CONTEXT = ScanContext("sample", NIGHT, "EUR", 365)
_PARTS = ("part_no", "description", "base_unit", "procurement", "is_product", "lead_time_days", "unit_cost")
_ORDERS = ("order_no", "line", "part_no", "supplier", "open_quantity", "unit", "due_date", "country_of_origin")
_ROWS: Mapping[str, tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]] = {
    "parts": (
        (*_PARTS, "unit_revenue", "currency", "country_of_origin", "owner"),
        (
            ("M-1", "Magnet N42SH 20x10x5", "pc", "buy", False, 42, 2.5, None, "EUR", "CN", "anna.berg"),
            ("M-2", "Magnet N35 D10x3", "pc", "buy", False, 28, 0.4, None, "EUR", "CN", None),
            ("C-1", "Spule Ø12 für Läufer", "pc", "buy", False, 14, 1.1, None, "EUR", "DE", "anna.berg"),
            ("P-1", "Servo drive", "pc", "make", True, 0, 90, 240, "EUR", None, None),
            ("P-2", "Fan", "pc", "make", True, 0, 12, 30, "EUR", None, None),
        ),
    ),
    "bom_lines": (
        ("parent", "component", "quantity", "unit"),
        (("P-1", "M-1", 1, "pc"), ("P-1", "C-1", 1, "pc"), ("P-2", "M-2", 1, "pc"), ("P-2", "C-1", 1, "pc")),
    ),
    "inventory": (
        ("part_no", "stock_type", "quantity", "unit", "as_of"),
        (
            ("M-1", "unrestricted", 50, "pc", NIGHT),
            ("M-2", "unrestricted", 200, "pc", NIGHT),
            ("C-1", "unrestricted", 2000, "pc", NIGHT),
            ("P-1", "unrestricted", 0, "pc", NIGHT),
            ("P-2", "unrestricted", 0, "pc", NIGHT),
        ),
    ),
    "purchase_orders": (
        _ORDERS,
        (
            ("4500001", "1", "M-1", "KIRIN", 100, "pc", date(2025, 4, 14), "CN"),
            ("4500002", "1", "M-1", "KIRIN", 300, "pc", date(2025, 6, 2), "CN"),
            ("4500003", "1", "M-2", "KIRIN", 500, "pc", None, None),
            ("4500004", "1", "C-1", "WICKEL", 800, "pc", date(2025, 5, 12), "DE"),
        ),
    ),
    "consumption": (
        ("part_no", "date", "quantity", "unit"),
        tuple((part, NIGHT - timedelta(days=7 * n), 10, "pc") for part in ("M-1", "M-2") for n in range(1, 27)),
    ),
    "suppliers": (
        ("supplier", "name", "country"),
        (("KIRIN", "Kirin Magnets", "CN"), ("WICKEL", "Wickelei Größler", "DE")),
    ),
    "sourcing": (
        ("part_no", "supplier", "country_of_origin", "share_pct", "qualified"),
        (
            ("M-1", "KIRIN", "CN", 100, True),
            ("M-2", "KIRIN", "CN", 100, True),
            ("C-1", "WICKEL", "DE", 100, True),
        ),
    ),
    "declarations": (
        ("part_no", "supplier", "material", "form", "mass_g", "bound", "declared_on"),
        (("M-1", "KIRIN", "Dy", "magnet", 0.3, "exact", date(2025, 1, 15)),),
    ),
}


def sample_tables() -> "dict[str, pd.DataFrame]":
    """Every canonical table of the company, fresh; columns and dtypes as in a scan, tables without rows empty."""
    return _copies(_tables())


def sample_facts() -> "dict[str, pd.DataFrame]":
    """Every fact table of the company by grain, fresh: what a scan computes with shipped law and no plugins."""
    return _copies(_facts())


def _copies(frames: "Mapping[str, pd.DataFrame]") -> "dict[str, pd.DataFrame]":
    return {name: frame.copy(deep=True) for name, frame in frames.items()}


@cache
def _tables() -> "dict[str, pd.DataFrame]":
    import pandas as pd

    from riskplug.tables import TABLES, conform

    parts = pd.Index(sorted(str(row[0]) for row in _ROWS["parts"][1]), dtype="str")
    return {name: conform(name, pd.DataFrame(_records(name), dtype="object"), parts) for name in TABLES}


def _records(table: str) -> list[dict[str, Any]]:
    names, rows = (_DEMAND, tuple(_demand())) if table == "demand" else _ROWS.get(table, ((), ()))
    carried = {"source": SOURCE, "site": SITE, "file": f"exports/{table}.csv"}
    return [{**dict(zip(names, row, strict=True)), **carried, "row": at} for at, row in enumerate(rows, start=2)]


_DEMAND = ("part_no", "date", "quantity", "unit", "kind")


def _demand() -> Iterator[tuple[object, ...]]:
    for part in ("P-1", "P-2"):
        for week in range(1, 53):
            yield part, NIGHT + timedelta(days=7 * week), 10, "pc", "sales_order"


@cache
def _facts() -> "dict[str, pd.DataFrame]":
    from pathlib import Path

    import pandas as pd

    from riskplug.analysis import analyse
    from riskplug.catalogue import GRAINS, frame
    from riskplug.extend.host import Choice, PluginHost
    from riskplug.model import CHECK_COLUMNS, QUARANTINE_COLUMNS, Validated
    from riskplug.stages import Stages
    from riskplug.state.snapshots import Snapshot
    from riskplug.workspace import Site, SourceSettings, Workspace, WorkspaceSettings

    nowhere = Path("sample-company-without-folder")
    workspace = Workspace(
        root=nowhere,
        workspace=WorkspaceSettings(name="Sample", currency=CONTEXT.currency, horizon_days=CONTEXT.horizon_days),
        sites={SITE: Site(country="DE", calendar="DE")},
        sources={SOURCE: SourceSettings(path=nowhere)},
    )
    aside, checks = pd.DataFrame(columns=list(QUARANTINE_COLUMNS)), pd.DataFrame(columns=list(CHECK_COLUMNS))
    validated = Validated(sample_tables(), aside, checks, frame(GRAINS["table"], {}))
    snapshot = Snapshot(nowhere, CONTEXT.scan_id, NIGHT, validated, (), {SOURCE: "unknown"}, {})
    host = PluginHost.load(Choice(none=True))
    return analyse(snapshot, workspace=workspace, host=host, context=CONTEXT, stages=Stages()).facts
