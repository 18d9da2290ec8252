"""A workspace of sites DE01, US01, CN01 and JP01, and small canonical tables, for tests of the regimes stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.model import CONTENT_COLUMNS
from riskplug.regimes import Measure, load_measures
from riskplug.tables import CARRIED, TABLES, column_of, dtype_of
from riskplug.workspace import Policy, Site, Workspace, WorkspaceSettings

SHIPPED = Path(__file__).parents[3] / "rules" / "regimes"
SITES = {"DE01": "DE", "US01": "US", "CN01": "CN", "JP01": "JP", "MX01": "MX"}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Own:
    own: pd.DataFrame
    parts: pd.DataFrame


@cache
def shipped() -> tuple[Measure, ...]:
    return load_measures([SHIPPED])


def workspace(**policy: Any) -> Workspace:
    return Workspace(
        root=Path(),
        workspace=WorkspaceSettings(name="test"),
        sites={name: Site(country=country) for name, country in SITES.items()},
        sources={},
        policy=Policy(**policy),
    )


def table(name: str, rows: Rows, parts: pd.Index) -> pd.DataFrame:
    """A canonical table with the declared dtypes; what a row leaves out is missing."""
    columns = [column.name for column in (*TABLES[name].columns, *CARRIED)]
    return pd.DataFrame(
        {
            column: pd.Series([row.get(column) for row in rows], dtype="object").astype(
                dtype_of(column_of(name, column), parts)
            )
            for column in columns
        }
    )


def tables(parts: Rows = (), orders: Rows = (), sourcing: Rows = ()) -> dict[str, pd.DataFrame]:
    index = pd.Index(sorted({row["part_no"] for row in (*parts, *orders, *sourcing)}), dtype="str")
    return {
        "parts": table("parts", [{"base_unit": "pc", **row} for row in parts], index),
        "purchase_orders": table("purchase_orders", [{"site": "DE01", **row} for row in orders], index),
        "sourcing": table("sourcing", sourcing, index),
    }


def own_content(content: Rows, unproven: Sequence[str] = ()) -> Own:
    own = pd.DataFrame([{name: row.get(name) for name in CONTENT_COLUMNS} for row in content], columns=CONTENT_COLUMNS)
    own = own.astype({"part_no": "str", "material": "str", "form": "str", "probability": "float64", "evidence": "str"})
    parts = pd.DataFrame({"part_no": pd.Series(unproven, dtype="str"), "magnet_unproven": True})
    return Own(own.astype({f"mass_g_{bound}": "float64" for bound in ("min", "typ", "max")}), parts)


def content(rows: Rows) -> pd.DataFrame:
    """Rows of the grain `content`; own evidence unless a row says rolled_up."""
    grain = GRAINS["content"]
    full = [{"rolled_up": False, "site": "DE01", **row} for row in rows]
    return frame(grain, {name: pd.Series([row.get(name) for row in full], dtype="object") for name in grain.names})


def day(text: str) -> date:
    return date.fromisoformat(text)
