"""Reshapers `inventree_*`: exports in several spellings of their columns, ids resolved to part numbers.

A part is numbered by its IPN; where it has none, by `id:` and its id, which no IPN looks like. An order's line names
the supplier's part, which says whose part it is and how many a pack holds.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

ROW = "(row)"
_PART = {"id": ("pk", "id", "part id"), "ipn": ("ipn", "part ipn")}
_BOM = {
    "part": ("part", "assembly", "parent", "parent id", "parent part id"),
    "sub_part": ("sub_part", "component", "part id", "sub part", "sub part id"),
    "overage": ("overage", "attrition", "attrition %"),
}
_STOCK = {"part": ("part", "part id"), "status": ("status", "status code", "status text")}
_LINE = {"part": ("part", "supplier part", "supplier part id", "internal part"), "order": ("order", "order id")}
_SUPPLIER_PART = {
    "id": ("pk", "id", "supplier part id"),
    "part": ("part", "part id"),
    "supplier": ("supplier", "supplier id"),
    "pack": ("pack_quantity_native", "pack quantity native", "pack quantity", "pack_quantity"),
}
_ORDER = {
    "id": ("pk", "id", "order id"),
    "reference": ("reference", "order reference"),
    "status": ("status", "status code"),
    "due": ("target_date", "target date"),
    "currency": ("order_currency", "currency", "order currency"),
}


class InventreeParts:
    """Parts with their part number."""

    kind: ClassVar[str] = "inventree_parts"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(part)` beside them."""
        return rows.assign(**{"(part)": _numbers(rows, rows[ROW].index)})


class InventreeBom:
    """BOM items with the numbers of assembly and component; input `parts`."""

    kind: ClassVar[str] = "inventree_bom"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(parent)`, `(component)` and `(scrap)`, where the overage is a share, beside them."""
        lines, known = named(rows, _BOM, "the BOM", "part", "sub_part"), _known(inputs)
        share = lines["overage"].str.extract(r"^\s*([\d.,]+)\s*%?\s*$")[0]
        as_share = lines["overage"].str.contains("%").fillna(False).astype(bool) | bool("overage" not in _folded(rows))
        return rows.assign(
            **{
                "(parent)": _resolved(lines["part"], known),
                "(component)": _resolved(lines["sub_part"], known),
                "(scrap)": share.where(as_share),
            }
        )


class InventreeStock:
    """Stock items with their part number; input `parts`."""

    kind: ClassVar[str] = "inventree_stock"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(part)` and `(status)` beside them."""
        stock = named(rows, _STOCK, "the stock", "part", "status")
        return rows.assign(**{"(part)": _resolved(stock["part"], _known(inputs)), "(status)": stock["status"]})


class InventreeOrders:
    """Lines of purchase orders; inputs `parts`, `supplier_parts`, `orders`."""

    kind: ClassVar[str] = "inventree_orders"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(part)`, `(supplier)`, `(pack)`, `(order)`, `(status)`, `(due)` and `(currency)` beside them.

        A supplier's part without a pack quantity is sold by the piece: so InvenTree itself counts it. ValueError where
        the column is missing, because then nobody can tell.
        """
        lines = named(rows, _LINE, "the order lines", "part", "order")
        offers = named(inputs["supplier_parts"], _SUPPLIER_PART, "supplier parts", "id", "part", "pack").set_index("id")
        orders = named(inputs["orders"], _ORDER, "the orders", "id", "status").set_index("id")
        return rows.assign(
            **{
                "(part)": _resolved(lines["part"].map(offers["part"]).astype("str"), _known(inputs)),
                "(supplier)": lines["part"].map(offers["supplier"]).astype("str"),
                "(pack)": lines["part"].map(offers["pack"].fillna("1")).astype("str"),
                "(order)": lines["order"].map(orders["reference"].fillna(orders.index.to_series())).astype("str"),
                "(status)": lines["order"].map(orders["status"]).astype("str"),
                "(due)": lines["order"].map(orders["due"]).astype("str"),
                "(currency)": lines["order"].map(orders["currency"]).astype("str"),
            }
        )


def named(frame: "pd.DataFrame", wanted: Mapping[str, tuple[str, ...]], table: str, *needed: str) -> "pd.DataFrame":
    """The wanted columns under short names, whatever their case, blanks and underscores; missing ones are blank.

    ValueError where a needed one is missing.
    """
    import numpy as np
    import pandas as pd

    there = _folded(frame)
    found = {}
    for name, spellings in wanted.items():
        at = next((there[_fold(spelling)] for spelling in spellings if _fold(spelling) in there), None)
        if at is None and name in needed:
            raise ValueError(
                f"{table}: no column {' or '.join(spellings)}; found: {', '.join(map(str, frame.columns))}"
            )
        found[name] = pd.Series(np.nan, index=frame.index, dtype="str") if at is None else frame[at]
    return pd.DataFrame(found)


def _folded(frame: "pd.DataFrame") -> dict[str, str]:
    return {_fold(str(name)): str(name) for name in frame.columns}


def _fold(name: str) -> str:
    return re.sub(r"[^0-9a-z%]", "", name.lower())


def _numbers(parts: "pd.DataFrame", index: "pd.Index") -> "pd.Series":
    known = named(parts, _PART, "the parts", "id")
    return known["ipn"].fillna("id:" + known["id"]).reindex(index)


def _known(inputs: Frames) -> "pd.Series":
    """Part number by id."""
    import pandas as pd

    parts = inputs["parts"]
    ids = named(parts, _PART, "the parts", "id")["id"]
    return pd.Series(_numbers(parts, parts.index).to_numpy(), index=pd.Index(ids), dtype="str").groupby(level=0).first()


def _resolved(ids: "pd.Series", known: "pd.Series") -> "pd.Series":
    """Part numbers; an id that nobody knows keeps itself as `id:...` and is reported as a part without a master."""
    return ids.map(known).astype("str").fillna("id:" + ids)
