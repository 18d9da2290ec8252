"""Reshaper `oracle_boms`: components with the numbers of assembly and component, and the last day they are in force."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.oracle.items import column

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

_SHORT = r"\d{1,2}-[A-Za-z]{3}-\d{2}"
_FORMATS = {
    r"\d{4}-\d{2}-\d{2}": "%Y-%m-%d",
    r"\d{4}/\d{2}/\d{2}": "%Y/%m/%d",
    r"\d{1,2}-[A-Za-z]{3}-\d{4}": "%d-%b-%Y",
    _SHORT: "%d-%b-%y",
}
_TIME = r"[ T](\d{2}:\d{2}(?::\d{2})?).*$"
_FIRST_YEAR = 1970  # of two-digit years, as in the profile


class OracleBoms:
    """BOM_COMPONENTS_B with its header, items and organisations. Fusion's tables have the same columns and two more.

    Input `structures` is BOM_STRUCTURES_B, `items` MTL_SYSTEM_ITEMS_B, `organizations`, where given, MTL_PARAMETERS.
    """

    kind: ClassVar[str] = "oracle_boms"

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """The rows with ASSEMBLY, COMPONENT, SITE, ALTERNATE, ASSEMBLY_TYPE, SUPPLY_TYPE and LAST_DAY beside them.

        An item id without an item keeps its id. A header that takes over the lines of a common one has them too.
        """
        heads = _heads(inputs["structures"])
        used = rows.assign(bill=rows["BILL_SEQUENCE_ID"]).merge(heads, on="bill")
        items = _items(inputs["items"])
        numbers = items["number"]
        component = _either(used, "COMPONENT_ITEM_ID", "PK1_VALUE")
        at, below = (list(zip(ids, used["organization"], strict=True)) for ids in (used["assembly id"], component))
        supply = column(used, "WIP_SUPPLY_TYPE")
        return used.assign(
            ASSEMBLY=_found(numbers, at, used["assembly id"]),
            COMPONENT=_found(numbers, below, component),
            SITE=_codes(inputs, used["organization"]),
            SUPPLY_TYPE=supply.fillna(_found(items["supply"], below, supply)),
            LAST_DAY=_day_before(column(used, "DISABLE_DATE")),
        ).drop(columns=["bill", "assembly id", "organization"])


def _either(frame: "pd.DataFrame", *names: str) -> "pd.Series":
    found = next((name for name in names if name in frame), None)
    if found is None:
        raise ValueError(f"no column {' or '.join(names)}; found: {', '.join(map(str, frame.columns))}")
    return frame[found]


def _heads(structures: "pd.DataFrame") -> "pd.DataFrame":
    """Headers by the bill whose lines they have: their own, or the common one they name."""
    import pandas as pd

    own = _either(structures, "BILL_SEQUENCE_ID")
    return pd.DataFrame(
        {
            "bill": column(structures, "COMMON_BILL_SEQUENCE_ID").fillna(own),
            "assembly id": _either(structures, "ASSEMBLY_ITEM_ID", "PK1_VALUE"),
            "organization": _either(structures, "ORGANIZATION_ID"),
            "ALTERNATE": column(structures, "ALTERNATE_BOM_DESIGNATOR"),
            "ASSEMBLY_TYPE": column(structures, "ASSEMBLY_TYPE"),
        }
    )


def _items(items: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    keys = [_either(items, "INVENTORY_ITEM_ID"), _either(items, "ORGANIZATION_ID")]
    known = pd.DataFrame(
        {"number": _either(items, "SEGMENT1", "ITEM_NUMBER"), "supply": column(items, "WIP_SUPPLY_TYPE")}
    )
    known.index = pd.MultiIndex.from_arrays(keys)
    twice = known.index[known.index.duplicated()]
    if len(twice):
        raise ValueError(f"item {twice[0][0]} of organization {twice[0][1]} is there twice")
    return known


def _found(values: "pd.Series", keys: list[tuple[str, str]], instead: "pd.Series") -> "pd.Series":
    import pandas as pd

    wanted = pd.MultiIndex.from_tuples(keys, names=[None, None]) if keys else values.index[:0]
    return pd.Series(values.reindex(wanted).to_numpy(), index=instead.index, dtype="str").fillna(instead)


def _codes(inputs: Frames, organization: "pd.Series") -> "pd.Series":
    if "organizations" not in inputs:
        return organization
    known = inputs["organizations"].drop_duplicates("ORGANIZATION_ID").set_index("ORGANIZATION_ID")["ORGANIZATION_CODE"]
    return organization.map(known).astype("str").fillna(organization)


def _day_before(texts: "pd.Series") -> "pd.Series":
    """The last day in force: a line is out from its DISABLE_DATE on, that day included unless a time of day is given.

    A text that is no date stays, and its row is set aside.
    """
    import pandas as pd

    time = texts.str.extract(_TIME)[0]
    text = texts.str.replace(_TIME, "", regex=True)
    days = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    for shape, pattern in _FORMATS.items():
        here = text.str.fullmatch(shape).fillna(False).astype(bool)
        days[here] = pd.to_datetime(text[here].str.title(), format=pattern, errors="coerce").astype("datetime64[s]")
    short = days.notna() & (days.dt.year < _FIRST_YEAR) & text.str.fullmatch(_SHORT).fillna(False).astype(bool)
    days = days.where(~short, days + pd.DateOffset(years=100))
    midnight = time.isna() | time.str.fullmatch(r"00:00(:00)?").fillna(True).astype(bool)
    last: pd.Series = days.where(~midnight, days - pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d").astype("str")
    return last.where(days.notna(), texts)
