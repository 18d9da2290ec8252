"""Reshaper `sap_bom`: BOM items with their parents and the days on which they are in force.

SAP keeps a history of its own for the item (STPO), its place in an alternative (STAS) and the header (STKO): a row
counts from its DATUV until the next row of the same key, and a row with LKENZ ends it. An item is in force while all
three are. Leaving out the rows with LKENZ alone would keep a deleted item for ever.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

ROW = "(row)"
FROM, TO = "(valid from)", "(valid to)"
_FORMATS = {r"\d{8}": "%Y%m%d", r"\d{4}-\d{2}-\d{2}": "%Y-%m-%d", r"\d{2}\.\d{2}\.\d{4}": "%d.%m.%Y"}
_NO_DAY = r"[0.\-]+|9999.*|.*\.9999"
_ZERO = r"[0.,]*"


class SapBom:
    """STPO with MAST, STKO and STAS: parent, plant, usage, alternative, base quantity and validity of each item."""

    kind: ClassVar[str] = "sap_bom"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """Items of material BOMs, one row per alternative and plant that uses them.

        Columns of STPO under their names, MAST.MATNR, MAST.WERKS, MAST.STLAN, STKO.STLAL, STKO.STLST, STKO.BMENG, and
        the validity as yyyymmdd. ValueError where a column of a key or of the history is missing.
        """
        items = _history(_of_materials(rows), ("STLNR", "STLKN"), "STPOZ", "STPO")
        places = _history(_of_materials(inputs["STAS"]), ("STLNR", "STLAL", "STLKN"), "STASZ", "STAS")
        heads = _history(_of_materials(inputs["STKO"]), ("STLNR", "STLAL"), "STKOZ", "STKO")
        _require(inputs["MAST"], ("MATNR", "WERKS", "STLAN", "STLNR", "STLAL"), "MAST")
        _refuse_unreadable((places, "STAS"), (heads, "STKO"))
        used = _beside(items, "STAS", places, {"STLNR": "STLNR", "STLKN": "STLKN"})
        used = _beside(used, "STKO", heads, {"STLNR": "STLNR", "STAS.STLAL": "STLAL"})
        used = _beside(used, "MAST", inputs["MAST"], {"STLNR": "STLNR", "STAS.STLAL": "STLAL"})
        return _as_text(_without_idle_shares(_both_in_force(used)))


_READ = {
    "STAS": ["STLNR", "STLKN", "STLAL", FROM, TO],
    "STKO": ["STLNR", "STLAL", "STLST", "BMENG", FROM, TO],
    "MAST": ["MATNR", "WERKS", "STLAN", "STLNR", "STLAL"],
}


def _beside(rows: "pd.DataFrame", name: str, others: "pd.DataFrame", on: Mapping[str, str]) -> "pd.DataFrame":
    """Each row with each of its partners, whose columns go under the table's name; none without a partner."""
    partners = others.reindex(columns=_READ[name]).add_prefix(f"{name}.")
    return rows.merge(partners, left_on=list(on), right_on=[f"{name}.{column}" for column in on.values()])


def _of_materials(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Only BOMs of materials: numbers of document, equipment and order BOMs start again at one."""
    return rows[rows["STLTY"] == "M"] if "STLTY" in rows else rows


def _require(frame: "pd.DataFrame", columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(f"{name} has no column {', '.join(missing)}; export the table with all its columns")


def _history(changes: "pd.DataFrame", key: Sequence[str], counter: str, name: str) -> "pd.DataFrame":
    """Rows that put something in force, with the first and last day they count; NaT is open."""
    import pandas as pd

    _require(changes, (*key, "DATUV"), name)
    start, unreadable = _days(changes["DATUV"])
    order = pd.to_numeric(changes.get(counter, pd.Series(0, changes.index)), errors="coerce")
    dated = changes.assign(**{FROM: start, "(unreadable)": unreadable, "(order)": order})
    dated = dated.sort_values([FROM, "(order)"], na_position="first", kind="stable")
    by = dated.groupby(list(key), sort=False)
    following = by[FROM].shift(-1)
    replaced = (by.cumcount(ascending=False) > 0) & following.isna()  # two without a day: the later counter counts
    ended = dated.reindex(columns=["LKENZ", "LOEKZ"]).notna().any(axis=1)
    dated[TO] = following - pd.Timedelta(days=1)
    return dated[~replaced & ~ended]


def _days(texts: "pd.Series") -> "tuple[pd.Series, pd.Series]":
    """(days, NaT for none or an open end; whether a text is there that is no date)."""
    import pandas as pd

    blank = texts.isna() | texts.str.fullmatch(_NO_DAY).fillna(False).astype(bool)
    days = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for shape, pattern in _FORMATS.items():
        here = ~blank & texts.str.fullmatch(shape).fillna(False).astype(bool)
        days[here] = pd.to_datetime(texts[here], format=pattern, errors="coerce").astype("datetime64[s]")
    return days, ~blank & days.isna()


def _refuse_unreadable(*histories: "tuple[pd.DataFrame, str]") -> None:
    for frame, name in histories:
        bad = frame.loc[frame["(unreadable)"], "DATUV"]
        if len(bad):
            raise ValueError(f"{name}.DATUV {bad.iloc[0]!r} is no date; export dates as yyyymmdd or yyyy-mm-dd")


def _both_in_force(used: "pd.DataFrame") -> "pd.DataFrame":
    """The days on which item, place and header are all in force; rows without such a day are left out."""
    import numpy as np

    start, end = used[FROM].to_numpy(), used[TO].to_numpy()
    for name in ("STAS", "STKO"):
        start, end = np.fmax(start, used[f"{name}.{FROM}"].to_numpy()), np.fmin(end, used[f"{name}.{TO}"].to_numpy())
    if "DATUB" in used:  # a view may give it; the table has none
        end = np.fmin(end, _days(used["DATUB"])[0].to_numpy())
    return used.assign(**{FROM: start, TO: end})[~(start > end)]


def _without_idle_shares(used: "pd.DataFrame") -> "pd.DataFrame":
    """EWAHR is 0 where nobody gave one: a group without any share is not a group whose parts take nothing."""
    if "EWAHR" not in used or "ALPGR" not in used:
        return used
    given = ~used["EWAHR"].str.fullmatch(_ZERO).fillna(True).astype(bool)
    shared = given.groupby([used["STLNR"], used["STAS.STLAL"], used["ALPGR"]]).transform("any").fillna(False)
    return used.assign(EWAHR=used["EWAHR"].where(shared.astype(bool)))


def _as_text(used: "pd.DataFrame") -> "pd.DataFrame":
    start = used[FROM].dt.strftime("%Y%m%d").where(~used["(unreadable)"], used["DATUV"])
    dated = used.assign(**{FROM: start, TO: used[TO].dt.strftime("%Y%m%d")})
    inner = {f"{name}.{day}" for name in ("STAS", "STKO") for day in (FROM, TO)} | {"(unreadable)", "(order)"}
    return (
        dated.drop(columns=[*inner, "STAS.STLNR", "STAS.STLKN", "STAS.STLAL"])
        .sort_values(ROW, kind="stable")
        .reset_index(drop=True)
    )
