"""Reshapers `frepple_flows` and `frepple_lead_times`: what operations take in and give out, durations in days."""

import re
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

ROW = "(row)"
_NOTHING = r"[+-]?0*\.?0*"
_CLOCK = re.compile(r"(?:(\d+)\s+)?(\d{1,4}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class FreppleFlows:
    """Rows of operationmaterial: each flow into an operation becomes a line of the item that the operation makes.

    A negative quantity is taken in, a positive one comes out. The item made is the operation's (or its routing's) own,
    else the one that comes out of it. What else comes out is a by-product. A line whose item made cannot be told has
    no parent and is set aside.
    """

    kind: ClassVar[str] = "frepple_flows"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """Columns parent, component, quantity, base quantity, fixed, kind, place, alternative and the flow's own."""
        import pandas as pd

        flows = rows.assign(top=rows["operation"], sign=_sign(column(rows, "quantity")))
        flows = _with_operations(flows, inputs.get("operation", pd.DataFrame()))
        made = _made(flows)
        flows = flows.merge(made, on="top", how="left")
        flows["parent"] = flows["own item"].fillna(flows["made"])
        by_item = flows[(flows["sign"] > 0)][["top", "item", "quantity"]].drop_duplicates(["top", "item"])
        out = by_item.rename(columns={"item": "parent", "quantity": "base quantity"})
        flows = flows.merge(out, on=["top", "parent"], how="left")
        lines = flows[~((flows["sign"] > 0) & (flows["item"] == flows["parent"]))]
        return _as_lines(pd.concat([_per_unit(lines), _per_order(lines)], ignore_index=True))


class FreppleLeadTimes:
    """Rows with a duration, written as `7 00:00:00`, `P7D` or in seconds."""

    kind: ClassVar[str] = "frepple_lead_times"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(lead time)` in days; a text that is no duration stays and is set aside."""
        found = {text: _duration(str(text)) for text in column(rows, "leadtime").dropna().unique()}
        return rows.assign(**{"(lead time)": column(rows, "leadtime").map(found).astype("str")})


def column(rows: "pd.DataFrame", name: str) -> "pd.Series":
    """A column, missing throughout where the export has none."""
    import numpy as np
    import pandas as pd

    return rows[name] if name in rows else pd.Series(np.nan, index=rows.index, dtype="str")


def _sign(texts: "pd.Series") -> "pd.Series":
    import numpy as np
    import pandas as pd

    return pd.to_numeric(texts, errors="coerce").fillna(-1.0).pipe(np.sign)


def _with_operations(flows: "pd.DataFrame", operations: "pd.DataFrame") -> "pd.DataFrame":
    """Flows with the operation that stands for them: the routing of a step, else itself; its item, place, priority."""
    import numpy as np
    import pandas as pd

    if operations.empty:
        return flows.assign(**{name: np.nan for name in ("own item", "place", "rank")}).astype({"own item": "str"})
    known = pd.DataFrame(
        {
            "operation": operations["name"],
            "owner": column(operations, "owner"),
            "own item": column(operations, "item"),
            "place": column(operations, "location"),
            "rank": column(operations, "priority"),
        }
    )
    flows = flows.merge(known[["operation", "owner", "own item", "place"]], on="operation", how="left")
    flows["top"] = flows["owner"].fillna(flows["operation"])
    tops = known.rename(columns={"operation": "top", "own item": "top item", "place": "top place"}).drop(
        columns="owner"
    )
    flows = flows.merge(tops, on="top", how="left")
    flows["own item"] = flows["top item"].fillna(flows["own item"])
    flows["place"] = flows["place"].fillna(flows["top place"])
    return flows.drop(columns=["owner", "top item", "top place"])


def _made(flows: "pd.DataFrame") -> "pd.DataFrame":
    """The one item that comes out of each operation; none where several do."""
    out = flows[flows["sign"] > 0][["top", "item"]].drop_duplicates()
    alone = out[~out["top"].duplicated(keep=False)]
    return alone.rename(columns={"item": "made"})


def _per_unit(lines: "pd.DataFrame") -> "pd.DataFrame":
    used = lines[~_nothing(column(lines, "quantity"))]
    return used.assign(fixed="false", amount=used["quantity"])


def _per_order(lines: "pd.DataFrame") -> "pd.DataFrame":
    import numpy as np

    used = lines[~_nothing(column(lines, "quantity_fixed"))]
    return used.assign(fixed="true", amount=column(used, "quantity_fixed"), **{"base quantity": np.nan})


def _nothing(texts: "pd.Series") -> "pd.Series":
    return texts.isna() | texts.str.fullmatch(_NOTHING).fillna(False).astype(bool)


def _as_lines(lines: "pd.DataFrame") -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    rank = pd.to_numeric(lines["rank"], errors="coerce").fillna(1).astype("int64").astype("str").str.zfill(6)
    return (
        lines.assign(
            component=lines["item"],
            quantity=lines["amount"].str.replace(r"^[+-]", "", regex=True),
            kind=pd.Series(np.where(lines["sign"] > 0, "by_product", "normal"), index=lines.index),
            alternative=rank + " " + lines["top"],
        )
        .drop(columns=["sign", "rank", "amount", "own item", "made"])
        .sort_values(ROW, kind="stable", ignore_index=True)
    )


def _duration(text: str) -> str:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return f"{float(text) / 86400:.10g}"
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return f"{days + (hours + minutes / 60 + seconds / 3600) / 24:.10g}"
    if (iso := _ISO.fullmatch(text)) and text != "P":
        weeks, days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return f"{weeks * 7 + days + (hours + minutes / 60 + seconds / 3600) / 24:.10g}"
    return text
