"""Reshapers `bc_boms` and `bc_boms_comma`: production BOMs as lines of items.

An item names its production BOM, whose number is another than the item's. Of the versions of a BOM the last certified
one that has started counts, else the header's own lines, if it is certified. A line may be a production BOM again: a
phantom without a part number, so its lines are put in its place.
"""

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from riskplug_plugins.business_central.fields import fields, table_of

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd

ROW = "(row)"
_LINE = {
    "bom": "Production BOM No.",
    "version": "Version Code",
    "line": "Line No.",
    "type": "Type",
    "no": "No.",
    "unit": "Unit of Measure Code",
    "quantity": "Quantity",
    "per": "Quantity per",
    "scrap": "Scrap %",
    "formula": "Calculation Formula",
    "from": "Starting Date",
    "to": "Ending Date",
    "position": "Position",
}
_VERSION = {"bom": "Production BOM No.", "version": "Version Code", "start": "Starting Date", "status": "Status"}
_HEADER = {"bom": "No.", "status": "Status", "unit": "Unit of Measure Code"}
_ITEM = {"item": "No.", "bom": "Production BOM No.", "unit": "Base Unit of Measure"}
_ITEM_UNIT = {"item": "Item No.", "unit": "Code", "factor": "Qty. per Unit of Measure"}
# Words of an option field, its number in the database, and the German caption.
_CERTIFIED = ("certified", "1", "zertifiziert")
_ITEMS = ("item", "1", "artikel")
_BOMS = ("production bom", "2", "fert.-stückliste", "fertigungsstückliste")
_FIXED = ("fixed quantity", "5", "fixe menge", "feste menge")
_PLAIN = ("", "0")
_DEEPEST = 50
_DATES = {r"\d{4}-\d{2}-\d{2}": "%Y-%m-%d", r"\d{2}\.\d{2}\.\d{4}": "%d.%m.%Y"}
_NO_DATE = r"|0001-01-01|1753-01-01|01\.01\.1753"


class ProductionBoms:
    """Lines of production BOMs under the items that name them, numbers with a decimal point."""

    kind: ClassVar[str] = "bc_boms"
    decimal = "."

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """Columns parent, component, quantity, unit, base quantity, fixed, scrap, valid from, valid to, position.

        ValueError where a needed field is missing, a date cannot be read, or production BOMs contain each other.
        """
        import pandas as pd

        lines = self._chosen_lines(rows, inputs, business_date)
        used = self._items(inputs).merge(lines, on="bom")
        used["root"] = used["bom"]
        found = [used[used["is item"]]]
        nested = used[used["is bom"]]
        for _ in range(_DEEPEST):
            if nested.empty:
                return self._as_text(pd.concat(found, ignore_index=True))
            # one that nobody certified has no lines: its number stays, and is reported as a part nobody knows
            found.append(nested[~nested["no"].isin(lines["bom"])])
            below = _put_in_place(nested, lines)
            found.append(below[below["is item"]])
            nested = below[below["is bom"]]
        raise ValueError(f"production BOM {nested['bom'].iloc[0]} contains itself, or goes {_DEEPEST} deep")

    def _chosen_lines(self, rows: "pd.DataFrame", inputs: Frames, on: date) -> "pd.DataFrame":
        made = fields(rows, _LINE, "Production BOM Line", ("bom", "no", "type"))
        made[ROW] = rows[ROW]
        made["version"] = made["version"].fillna("")
        chosen = _chosen_versions(inputs, on)
        lines: pd.DataFrame = made.merge(chosen, on=["bom", "version"])
        kind, formula = _words(lines["type"]), _words(lines["formula"])
        quantity = lines["quantity"].fillna(lines["per"].where(formula.isin((*_PLAIN, *_FIXED))))
        scrap = self._numbers(lines["scrap"].fillna("0"))
        numbers = self._numbers(quantity)
        return lines.assign(
            **{
                "is item": kind.isin(_ITEMS),
                "is bom": kind.isin(_BOMS),
                "is fixed": formula.isin(_FIXED),
                "as written": quantity.where(numbers.isna(), lines["scrap"]).where(numbers.isna() | scrap.isna()),
                "quantity": numbers,
                "scrap": 1 + scrap / 100,
                "from": _days(lines["from"], "Starting Date"),
                "to": _days(lines["to"], "Ending Date"),
                "place": lines["line"].fillna(lines["position"]),
            }
        )

    def _items(self, inputs: Frames) -> "pd.DataFrame":
        """Items that name a production BOM, with the base quantity that its header's unit means for each."""
        items = table_of(inputs, "Item", _ITEM, ("item", "bom")).dropna(subset=["item", "bom"])
        heads = table_of(inputs, "Production BOM Header", _HEADER, ("bom", "status"))
        heads = heads.rename(columns={"unit": "head unit"})[["bom", "head unit"]]
        factors = table_of(inputs, "Item Unit of Measure", _ITEM_UNIT, ("item", "unit", "factor"))
        items = items.merge(heads, on="bom", how="left").merge(
            factors.rename(columns={"unit": "head unit"}), on=["item", "head unit"], how="left"
        )
        other = items["head unit"].notna() & items["unit"].notna() & (items["head unit"] != items["unit"])
        unknown = "no factor for " + items["head unit"].fillna("")
        items["base"] = items["factor"].fillna(unknown).where(other)
        based: pd.DataFrame = items[["item", "bom", "base"]]
        return based

    def _numbers(self, texts: "pd.Series") -> "pd.Series":
        import pandas as pd

        fits = texts.str.fullmatch(rf"-?\d+(?:[{self.decimal}]\d*)?").fillna(False).astype(bool)
        return pd.to_numeric(texts.where(fits).str.replace(self.decimal, "."), errors="coerce").astype("float64")

    def _as_text(self, used: "pd.DataFrame") -> "pd.DataFrame":
        """What could not be read keeps its own text, so that the row is set aside with it."""
        import pandas as pd

        quantity, scrap = self._written(used["quantity"]), self._written((used["scrap"] - 1) * 100)
        return pd.DataFrame(
            {
                ROW: used[ROW],
                "parent": used["item"],
                "component": used["no"],
                "quantity": quantity.where(used["as written"].isna(), used["as written"]),
                "unit": used["unit"],
                "base quantity": used["base"],
                "fixed": used["is fixed"].map({True: "true", False: "false"}).astype("str"),
                "scrap": scrap,
                "valid from": used["from"].dt.strftime("%Y-%m-%d"),
                "valid to": used["to"].dt.strftime("%Y-%m-%d"),
                "position": used["place"],
                "production BOM": used["root"],
                "version": used["version"],
            }
        ).sort_values(ROW, kind="stable", ignore_index=True)

    def _written(self, numbers: "pd.Series") -> "pd.Series":
        words = {value: f"{value:.15g}".replace(".", self.decimal) for value in numbers.dropna().unique()}
        return numbers.map(words).astype("str")


class ProductionBomsWithComma(ProductionBoms):
    """Lines of production BOMs under the items that name them, numbers with a decimal comma."""

    kind: ClassVar[str] = "bc_boms_comma"
    decimal = ","


def _chosen_versions(inputs: Frames, on: date) -> "pd.DataFrame":
    """(bom, version) of the lines that count; version is blank for the header's own."""
    import pandas as pd

    heads = table_of(inputs, "Production BOM Header", _HEADER, ("bom", "status"))
    versions = table_of(inputs, "Production BOM Version", _VERSION, ("bom", "version", "status"))
    start = _days(versions["start"], "Starting Date")
    open_ = _words(versions["status"]).isin(_CERTIFIED) & ~(start > pd.Timestamp(on))
    last = versions.assign(start=start)[open_].sort_values(["start", "version"], na_position="first")
    last = last.groupby("bom", sort=False).tail(1)[["bom", "version"]]
    own = heads[_words(heads["status"]).isin(_CERTIFIED) & ~heads["bom"].isin(last["bom"])]
    chosen: pd.DataFrame = pd.concat([last, own[["bom"]].assign(version="")], ignore_index=True)
    return chosen


def _put_in_place(nested: "pd.DataFrame", lines: "pd.DataFrame") -> "pd.DataFrame":
    """The lines of the production BOMs that stand as lines: quantities and losses multiply, validities meet."""
    outer = nested[["item", "base", "root", "no", "quantity", "scrap", "is fixed", "from", "to", "place", "as written"]]
    both = outer.merge(lines, left_on="no", right_on="bom", suffixes=(" above", ""))
    fixed = both["is fixed"] & ~both["is fixed above"]
    placed: pd.DataFrame = both.assign(
        quantity=both["quantity"] * both["quantity above"].where(~fixed, 1.0),
        scrap=both["scrap"] * both["scrap above"].where(~fixed, 1.0),
        place=both["place above"].fillna("") + "/" + both["place"].fillna(""),
        **{
            "is fixed": both["is fixed"] | both["is fixed above"],
            "from": both[["from", "from above"]].max(axis=1),
            "to": both[["to", "to above"]].min(axis=1),
            "as written": both["as written"].fillna(both["as written above"]),
        },
    ).drop(columns=[name for name in both if str(name).endswith(" above")])
    return placed[~(placed["from"] > placed["to"])]


def _words(texts: "pd.Series") -> "pd.Series":
    return texts.fillna("").str.strip().str.lower()


def _days(texts: "pd.Series", field: str) -> "pd.Series":
    import pandas as pd

    days = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]")
    text = texts.fillna("").str.replace(r"[T ]00:00:00.*", "", regex=True)
    rest = ~text.str.fullmatch(_NO_DATE)
    for shape, pattern in _DATES.items():
        here = rest & text.str.fullmatch(shape)
        days[here] = pd.to_datetime(text[here], format=pattern, errors="coerce").astype("datetime64[s]")
    unread = text[rest & days.isna()]
    if len(unread):
        raise ValueError(f"{field} {unread.iloc[0]!r} is no date as yyyy-mm-dd or dd.mm.yyyy; export dates so")
    return days
