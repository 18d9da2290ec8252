"""Reshapers `sap_parts` and `sap_orders`: values that another field chooses or scales.

An initial zero of price, weight, planned delivery or production time means that nobody maintained the field: it is
unknown, never zero.
"""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug import units
from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

_ZERO = r"[+-]?0*[.,]?0*-?"
_WHOLE = r"0*[1-9]\d{0,8}"


class SapParts:
    """MARC with MARA and MBEW: price by price control, weight in grams, lead time by procurement type."""

    kind: ClassVar[str] = "sap_parts"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(price)`, `(price unit)`, `(weight)`, `(grams)`, `(lead time)` and `(deleted)` beside them."""
        per, grams = _whole(_text(rows, "MBEW.PEINH")), _grams(_text(rows, "MARA.GEWEI"))
        made = _text(rows, "BESKZ") == "E"
        time = _text(rows, "DZEIT").where(made, _text(rows, "PLIFZ"))
        return rows.assign(
            **{
                "(price)": _filled(_price(rows)).where(per.notna()),
                "(price unit)": per,
                "(weight)": _filled(_text(rows, "MARA.NTGEW")).where(grams.notna()),
                "(grams)": grams,
                "(lead time)": _filled(time),
                "(deleted)": _text(rows, "LVORM").fillna(_text(rows, "MARA.LVORM")),
            }
        )


class SapOrders:
    """EKET with EKPO: the price per base unit, where the price is per order unit."""

    kind: ClassVar[str] = "sap_orders"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(price)` and `(price unit)`, the order units a price is for in base units, beside them.

        A price per another unit than the order unit (BPUMZ, BPUMN) stays unknown.
        """
        per = _whole(_text(rows, "EKPO.PEINH")).astype("Float64") * _whole(_text(rows, "EKPO.UMREZ")).astype("Float64")
        other = _text(rows, "EKPO.BPUMZ") != _text(rows, "EKPO.BPUMN")
        other &= _text(rows, "EKPO.BPUMZ").notna() | _text(rows, "EKPO.BPUMN").notna()
        price = _text(rows, "EKPO.NETPR").where(per.notna() & ~other)
        return rows.assign(**{"(price)": price, "(price unit)": per.astype("Int64").astype("str").where(per.notna())})


def _text(rows: "pd.DataFrame", name: str) -> "pd.Series":
    import numpy as np
    import pandas as pd

    return rows[name] if name in rows else pd.Series(np.nan, index=rows.index, dtype="str")


def _price(rows: "pd.DataFrame") -> "pd.Series":
    control = _text(rows, "MBEW.VPRSV")
    standard = _text(rows, "MBEW.STPRS").where(control == "S")
    return standard.where(control != "V", _text(rows, "MBEW.VERPR"))


def _filled(values: "pd.Series") -> "pd.Series":
    return values.where(~values.str.fullmatch(_ZERO).fillna(True).astype(bool))


def _whole(values: "pd.Series") -> "pd.Series":
    return values.where(values.str.fullmatch(_WHOLE).fillna(False).astype(bool))


def _grams(names: "pd.Series") -> "pd.Series":
    """Grams in one of each unit of weight; missing where it is none."""
    found = {name: units.factor(units.canonical_name(str(name)), "g") for name in names.dropna().unique()}
    known = {name: f"{factor:.12g}" for name, factor in found.items() if factor == factor}
    return names.map(known).astype("str")
