"""The rule kind: who is held against the list, and what is said of a possible match."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, Field
from riskplug_plugins.screening.listfile import ListOptions, NameList, read_list
from riskplug_plugins.screening.matching import WAYS, Match, Matcher

from riskplug.extend.protocols import ScanContext
from riskplug.model import Frames, Severity

if TYPE_CHECKING:
    import pandas as pd

_ORDER = ["order_no", "line", "part_no"]
_SHOWN_FURTHER, _SHOWN_ORDERS = 3, 5
SUPPLIER, PARENT, NUMBER, MAKER = "supplier", "parent company of supplier", "number of supplier", "manufacturer"
Record = dict[str, object]


class ScreeningOptions(ListOptions):
    """Options in the rule file."""

    of: Literal["suppliers", "orders"] = Field(
        default="suppliers",
        description="Every supplier, or those of open orders with the manufacturers of the parts on order.",
    )
    threshold: float = Field(default=0.85, ge=0.7, le=1, description="Names less alike than this are not similar.")
    within_words: int = Field(
        default=2, ge=0, description="A listed name of so many words is found inside longer names too; 0: never."
    )
    stale_after_days: int = Field(default=30, ge=0, description="An older list is called stale.")
    severity: Severity = Field(default="warning", description="Of the same name or identifier.")
    severity_similar: Severity = Field(default="info", description="Of a similar name.")
    severity_unnamed: Severity = Field(default="info", description="Of whoever has no name that could be looked for.")


class Screening:
    """Suppliers that may be on a list of named firms, such as a public consolidated screening list.

    What: names of suppliers and their parent companies (and of manufacturers, with `of: orders`) against a CSV file of
    the workspace. Found are the same identifier (in the supplier's number or name), the same name whatever its case,
    accents, legal form, alphabet and order of words, a listed name inside a longer one, and a name that is alike. Every
    finding is a possible match that a person has to check; no finding clears nobody.
    Why: trade with a listed firm may be barred, and the list that counts for a company is seldom the one that ships.
    Example: `Kirin Magnetics (Lanxi) Co., Ltd.` is on the list, and a supplier is called Lanxi Kirin Magnetics.
    Clear it: a person compares address, country and registration, and records what came out of it.
    Limits: a list that is not there, cut off or not readable is a fault of the rule, and its alerts stay. Chinese,
    Japanese and Korean names match in their own script only, unless the list has an alias in Latin letters.
    """

    kind: ClassVar[str] = "screening"
    Options: ClassVar[type[BaseModel]] = ScreeningOptions
    needs: ClassVar[frozenset[str]] = frozenset({"facts.supplier", "suppliers", "purchase_orders", "parts"})

    def __init__(self, options: ScreeningOptions) -> None:
        self.options = options

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """One finding per supplier and programme of the list."""
        import pandas as pd

        names = read_list(self.options, context.root, context.business_date)
        asked = _of_orders(tables) if self.options.of == "orders" else _of_suppliers(tables)
        found = self._matched(asked, names)
        records = [*self._findings(asked, found, names, context), *self._unnamed(asked, names)]
        return pd.DataFrame(
            records, columns=["supplier", "entity_instrument", "severity", "message", "metric", *_EVIDENCE]
        )

    def _matched(self, asked: "pd.DataFrame", names: NameList) -> "dict[str, list[Match]]":
        matcher = Matcher(names.entries, self.options.threshold, self.options.within_words)
        distinct = sorted(asked["name"].dropna().unique())
        return dict(zip(distinct, matcher.matches(distinct), strict=True))

    def _findings(
        self, asked: "pd.DataFrame", found: "dict[str, list[Match]]", names: NameList, context: ScanContext
    ) -> Iterator[Record]:
        hits = asked[asked["name"].map(found).map(bool, na_action="ignore").fillna(False).astype(bool)]
        # what is found is looked at by people, one by one
        for _, rows in hits.groupby("supplier", sort=True):
            groups: dict[str, list[tuple[Record, Match]]] = {}
            for row in rows.to_dict("records"):
                for match in found[row["name"]]:
                    of = groups.setdefault(match.entry.programme or names.title, [])
                    of.append(({str(key): value for key, value in row.items()}, match))
            for programme, matches in groups.items():
                best = sorted(matches, key=lambda one: (not one[1].sure, -one[1].score, one[1].entry.line))
                yield self._finding(programme, best, names, context)

    def _finding(
        self, programme: str, best: Sequence[tuple[Record, Match]], names: NameList, context: ScanContext
    ) -> Record:
        row, match = best[0]
        entry = match.entry
        age = _age(names, context, self.options.stale_after_days)
        said = (
            f"{row['what']} {row['name']!r}: possible match, to be checked: {_listed(match)}, line {entry.line} of "
            f"{names.title}{_programme(match)}; {WAYS[match.way]} ({match.score:.0%}); "
            f"{_countries(row['country'], entry.country)}. {age}"
        )
        others = sorted({one.entry.name for _, one in best[1:] if one.entry is not entry})
        return {
            **{str(name): value for name, value in row.items()},
            "entity_instrument": programme,
            "severity": self.options.severity if match.sure else self.options.severity_similar,
            "message": said,
            "metric": match.score,
            "how": WAYS[match.way],
            "listed_name": entry.name,
            "listed_as": match.listed,
            "listed_country": entry.country,
            "listed_address": entry.address,
            "listed_on": entry.listed_on.isoformat() if entry.listed_on else None,
            "list_source": entry.source,
            "list_file": f"{names.file}:{entry.line}",
            "list_sha256": names.sha256,
            "list_age": age,
            "further": "; ".join(others[:_SHOWN_FURTHER]) + (" ..." if len(others) > _SHOWN_FURTHER else ""),
        }

    def _unnamed(self, asked: "pd.DataFrame", names: NameList) -> Iterator[Record]:
        """Whoever has no name on file could not be looked for, which is no good news."""
        has_name = asked["name"].notna() & (asked["word"] == SUPPLIER)
        silent = asked[~has_name.groupby(asked["supplier"]).transform("any")]
        for row in silent.drop_duplicates("supplier").to_dict("records"):
            yield {
                **{str(name): value for name, value in row.items()},
                "entity_instrument": names.title,
                "severity": self.options.severity_unnamed,
                "message": f"supplier {row['supplier']} has no name to hold against {names.title}: enter it.",
                "list_file": names.file,
                "list_sha256": names.sha256,
            }


_EVIDENCE = (
    *("name", "country", "how", "listed_name", "listed_as", "listed_country", "listed_address", "listed_on"),
    *("list_source", "list_file", "list_sha256", "list_age", "further", "orders"),
)


def _of_suppliers(tables: Frames) -> "pd.DataFrame":
    """supplier, name, country, word, what: a row per supplier and thing to look for; name missing where it has none."""
    import pandas as pd

    known = tables["facts.supplier"]["supplier"].astype("str").drop_duplicates()
    plain = tables["suppliers"][["supplier", "name", "country", "parent_company"]].astype("object")
    own = plain[["supplier", "name", "country"]].assign(word=SUPPLIER)
    parents = plain[["supplier", "parent_company"]].set_axis(["supplier", "name"], axis=1).assign(word=PARENT)
    names = pd.concat([own, parents.assign(country=None)], ignore_index=True).dropna(subset=["supplier", "name"])
    named = known.to_frame("supplier").merge(names.drop_duplicates(["supplier", "name"]), on="supplier", how="left")
    numbers = pd.DataFrame({"supplier": known, "name": known, "country": None, "word": NUMBER})
    rows = pd.concat([named.fillna({"word": SUPPLIER}), numbers], ignore_index=True)
    said: pd.DataFrame = rows.assign(what=rows["word"] + " " + rows["supplier"])
    return said.drop_duplicates(["supplier", "name"])


def _of_orders(tables: Frames) -> "pd.DataFrame":
    """The same for suppliers of open orders, their manufacturers among the names; orders: the lines, in words."""
    import pandas as pd

    lines = tables["purchase_orders"][["supplier", *_ORDER]].dropna(subset=["supplier"]).astype("str").drop_duplicates()
    lines = lines.assign(orders=lines["order_no"] + "/" + lines["line"] + " " + lines["part_no"])
    open_ = lines.groupby("supplier")["orders"].agg(_some)
    suppliers = _of_suppliers(tables)
    suppliers = suppliers[suppliers["supplier"].isin(open_.index)].assign(orders=suppliers["supplier"].map(open_))
    makers = tables["parts"][["part_no", "manufacturer"]].dropna().astype("str").drop_duplicates()
    made = lines.merge(makers.rename(columns={"manufacturer": "name"}), on="part_no")
    by_maker = made.groupby(["supplier", "name"], as_index=False)["orders"].agg(_some)
    said = "manufacturer of parts on order from " + by_maker["supplier"]
    every: pd.DataFrame = pd.concat([suppliers, by_maker.assign(country=None, word=MAKER, what=said)])
    return every.reset_index(drop=True)


def _some(lines: "pd.Series") -> str:
    shown = ", ".join(lines.iloc[:_SHOWN_ORDERS])
    return f"{shown} and {len(lines) - _SHOWN_ORDERS} more" if len(lines) > _SHOWN_ORDERS else shown


def _listed(match: Match) -> str:
    known = match.listed == match.entry.name or match.way == "identifier"
    return repr(match.entry.name) if known else f"{match.listed!r}, a name of {match.entry.name!r}"


def _programme(match: Match) -> str:
    entry = match.entry
    since = f"listed {entry.listed_on}" if entry.listed_on else ""
    about = ", ".join(filter(None, (entry.programme, since, entry.source)))
    return f" ({about})" if about else ""


def _countries(here: object, listed: str) -> str:
    mine = here.strip() if isinstance(here, str) else ""
    if not mine or not listed:
        return "countries cannot be compared"
    if mine.casefold() == listed.casefold():
        return f"same country {mine}"
    return f"countries differ: {mine} here, {listed} on the list"


def _age(names: NameList, context: ScanContext, stale_after_days: int) -> str:
    if names.as_of is None:
        return "How old the list is nothing says: give `as_of`, or a date in the file's name."
    days = (context.business_date - names.as_of) // timedelta(days=1)
    if days < 0:
        return f"The list is of {names.as_of}, later than the day that is looked at."
    stale = f", older than {stale_after_days} days: stale, fetch it again" if days > stale_after_days else ""
    return f"The list is of {names.as_of}, {days} days old{stale}."
