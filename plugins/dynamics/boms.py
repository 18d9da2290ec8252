"""Reshaper `d365_boms`: lines of a BOM under every item that has an active version of it."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug.model import Frames

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_DATES = {r"\d{4}-\d{2}-\d{2}": "%Y-%m-%d", r"\d{2}/\d{2}/\d{4}": "%m/%d/%Y"}
_TIME = r"[T ]\d{1,2}:\d{2}.*$"
_LINE = {"bom": ("BOMID", "BOMId"), "from": ("FROMDATE", "VALIDFROMDATE"), "to": ("TODATE", "VALIDTODATE")}
_VERSION = {
    "bom": ("BOMID", "BOMId"),
    "item": ("ITEMID", "MANUFACTUREDITEMNUMBER"),
    "from": ("FROMDATE", "VALIDFROMDATE"),
    "to": ("TODATE", "VALIDTODATE"),
    "active": ("ACTIVE", "ISACTIVE"),
    "approved": ("APPROVED", "ISAPPROVED"),
    "dim": ("INVENTDIMID",),
    "site": ("PRODUCTIONSITEID", "SITEID"),
}
_YES = ("1", "yes", "true")


class DynamicsBoms:
    """BOM with BOMVERSION: parent, site, and the days on which both line and version are valid."""

    kind: ClassVar[str] = "d365_boms"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with `(parent)`, `(site)`, `(valid from)` and `(valid to)`, once per active and approved version.

        1900-01-01 and 2154-12-31 mean no date. ValueError where a needed column is missing or a date cannot be read.
        """
        import numpy as np

        lines: pd.DataFrame = _named(rows, _LINE, "BOM", "bom")
        made = rows.assign(**{"(bom)": lines["bom"], "(from)": _days(lines["from"]), "(to)": _days(lines["to"])})
        used: pd.DataFrame = made.merge(_versions(inputs), on="(bom)")
        start = np.fmax(used["(from)"].to_numpy(), used["(version from)"].to_numpy())
        end = np.fmin(used["(to)"].to_numpy(), used["(version to)"].to_numpy())
        dated: pd.DataFrame = used.assign(**{"(valid from)": _text(start, used), "(valid to)": _text(end, used)})[
            ~(start > end)
        ]
        return dated.drop(columns=["(from)", "(to)", "(version from)", "(version to)", "(bom)"])


def _versions(inputs: Frames) -> "pd.DataFrame":
    import pandas as pd

    versions = _named(inputs["BOMVERSION"], _VERSION, "BOMVERSION", "bom", "item", "active")
    places = inputs.get("INVENTDIM", pd.DataFrame({"INVENTDIMID": [], "INVENTSITEID": []}))
    by_dim = places.drop_duplicates("INVENTDIMID").set_index("INVENTDIMID")["INVENTSITEID"].astype("str")
    approved = _yes(versions["approved"]) | bool(versions["approved"].isna().all())
    site = versions["site"].fillna(versions["dim"].map(by_dim).astype("str"))
    known = pd.DataFrame(
        {
            "(bom)": versions["bom"],
            "(parent)": versions["item"],
            "(site)": site,
            "(version from)": _days(versions["from"]),
            "(version to)": _days(versions["to"]),
        }
    )
    return known[_yes(versions["active"]) & approved]


def _named(frame: "pd.DataFrame", wanted: Mapping[str, tuple[str, ...]], table: str, *needed: str) -> "pd.DataFrame":
    """Columns under short names, whatever their case; missing ones are blank."""
    import numpy as np
    import pandas as pd

    there = {str(name).upper(): str(name) for name in frame.columns}
    found = {}
    for name, spellings in wanted.items():
        at = next((there[spelling.upper()] for spelling in spellings if spelling.upper() in there), None)
        if at is None and name in needed:
            raise ValueError(
                f"{table}: no column {' or '.join(spellings)}; found: {', '.join(map(str, frame.columns))}"
            )
        found[name] = pd.Series(np.nan, index=frame.index, dtype="str") if at is None else frame[at]
    return pd.DataFrame(found)


def _yes(texts: "pd.Series") -> "pd.Series":
    return texts.str.lower().isin(_YES)


def _days(texts: "pd.Series") -> "pd.Series":
    import pandas as pd

    text = texts.str.replace(_TIME, "", regex=True)
    days = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for shape, pattern in _DATES.items():
        here = text.str.fullmatch(shape).fillna(False).astype(bool)
        days[here] = pd.to_datetime(text[here], format=pattern, errors="coerce").astype("datetime64[s]")
    unread = text[texts.notna() & days.isna()]
    if len(unread):
        raise ValueError(f"{unread.iloc[0]!r} is no date as yyyy-mm-dd or mm/dd/yyyy")
    return days.where(~days.dt.year.isin([1900, 2154]))


def _text(days: "np.ndarray[tuple[int], np.dtype[np.datetime64]]", like: "pd.DataFrame") -> "pd.Series":
    import pandas as pd

    return pd.Series(pd.to_datetime(days), index=like.index).dt.strftime("%Y-%m-%d").astype("str")
