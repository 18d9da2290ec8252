"""Which canonical table a header is of, and which source column is which canonical one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import PurePath

from riskplug.ingest.suggest.vocabulary import SITE_COLUMNS, Title, compact, titles, words
from riskplug.tables import TABLES

SURE = 0.75
_PLAUSIBLE = 0.45
_UNIT_IN_TITLE = re.compile(r"\s*[(\[]([^()\[\]]{1,20})[)\]]\s*$|\s+in\s+(\w{1,10})$")
_STOCKS = ("unrestricted", "quality", "blocked", "transit", "returns", "consignment")


@dataclass(frozen=True)
class Match:
    """A source column taken for a canonical one. ``unit``: what the title says in brackets, e.g. kg."""

    source: str
    confidence: float
    origin: str
    unit: str = ""


@dataclass(frozen=True)
class HeaderMapping:
    """A header read as one table's. ``signs``: columns that stand for no canonical one, by what they are."""

    table: str
    columns: Mapping[str, Match]
    signs: Mapping[str, Match]
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing in the header stands for."""
        needed = [name for name in TABLES[self.table].required if self._share_of(name) < 1]
        if self.table == "declarations" and not {"part_no", "mpn"} & self._sure():
            needed.append("part_no")
        return tuple(needed)

    @property
    def stocks(self) -> dict[str, str]:
        """Source columns that hold one stock type each."""
        return {self.signs[f"+{kind}"].source: kind for kind in _STOCKS if f"+{kind}" in self.signs}

    @property
    def score(self) -> float:
        """Half what the table requires, half what of the header it explains; above 1 where titles are its own."""
        required = TABLES[self.table].required
        found = sum(self._share_of(name) for name in required) / len(required)
        if self.table == "declarations" and not {"part_no", "mpn"} & set(self.columns):
            found /= 2
        used = [*self.columns.values(), *self.signs.values()]
        explained = sum(match.confidence for match in used) / max(1, len(used) + len(self.unmapped))
        own = sum(match.confidence >= 0.95 for match in used)
        return 0.5 * found + 0.45 * explained + 0.01 * min(5, own)

    def _sure(self) -> set[str]:
        return {name for name, match in self.columns.items() if match.confidence >= SURE}

    def _share_of(self, name: str) -> float:
        if name in self._sure():
            return 1.0
        if name == "quantity" and self.table == "inventory" and self.stocks:
            return 1.0
        if name == "open_quantity" and "+ordered" in self.signs:
            return 1.0 if "+received" in self.signs else 0.7
        if name == "parent" and "+level" in self.signs:
            return 0.7
        return 0.5 if name in self.columns else 0.0


@dataclass(frozen=True)
class Guess:
    """The table a header belongs to. ``mapping`` is that of the best one; None when none is plausible."""

    mapping: HeaderMapping | None
    score: float
    sure: bool
    others: tuple[tuple[str, float], ...]
    why: str


def map_header(table: str, names: Sequence[str]) -> HeaderMapping:
    """The header read as ``table``; every source column stands for one canonical column at most."""
    options = {name: _options(table, name) for name in names}
    ranked = sorted(
        (
            (match.confidence, -len(options[name]), -at, column, match)
            for at, name in enumerate(names)
            for column, match in options[name].items()
        ),
        key=lambda item: item[:3],
        reverse=True,
    )
    taken: dict[str, Match] = {}
    used: set[str] = set()
    for _, _, _, column, match in ranked:
        if column not in taken and match.source not in used:
            taken[column] = match
            used.add(match.source)
    _settle_stock(table, taken, used)
    rivals = {
        column: tuple(name for name in names if name not in used and _comes_near(options[name].get(column), match))
        for column, match in taken.items()
    }
    columns = {name: match for name, match in taken.items() if not name.startswith("+")}
    signs = {name: match for name, match in taken.items() if name.startswith("+")}
    order = {name: at for at, name in enumerate((*TABLES[table].column_names, *SITE_COLUMNS))}
    return HeaderMapping(
        table,
        {name: columns[name] for name in sorted(columns, key=order.__getitem__)},
        signs,
        {column: others for column, others in rivals.items() if others},
        tuple(name for name in names if name not in used),
    )


def _comes_near(other: Match | None, match: Match) -> bool:
    return other is not None and other.confidence > match.confidence - 0.1


def _settle_stock(table: str, taken: dict[str, Match], used: set[str]) -> None:
    """Stock in columns by type, or in one: where there are both, the single one is mostly their sum."""
    if table == "inventory" and "+unrestricted" in taken and "quantity" in taken:
        used.discard(taken.pop("quantity").source)
    elif table == "inventory" and "quantity" in taken:
        for kind in _STOCKS:
            if f"+{kind}" in taken:
                used.discard(taken.pop(f"+{kind}").source)
    if table == "purchase_orders" and "open_quantity" in taken:
        for sign in ("+ordered", "+received"):
            if sign in taken:
                used.discard(taken.pop(sign).source)


def _options(table: str, name: str) -> dict[str, Match]:
    known = titles(table)
    found = _UNIT_IN_TITLE.search(name)
    unit = (found[1] or found[2] or "") if found else ""
    whole = known.get(compact(name))
    if whole:
        return {title.column: Match(name, _confidence(title, name), title.origin) for title in whole}
    short = known.get(compact(name[: found.start()])) if found else None
    if short:
        return {title.column: Match(name, 0.85, title.origin, unit) for title in short}
    close = get_close_matches(compact(name), known, n=1, cutoff=0.86) if len(compact(name)) >= 6 else []
    return {title.column: Match(name, 0.6, f"like {close[0]!r}") for title in known[close[0]]} if close else {}


def _confidence(title: Title, name: str) -> float:
    if title.origin == "canonical":
        return 1.0 if title.column == name else 0.9  # `Material` of a German list is no `material`
    if title.origin == "generic":
        return 0.8
    return 0.95 if title.is_own else 0.9


def guess_table(names: Sequence[str], file: str, table: str | None) -> Guess:
    """The table that explains a header best; sure only when it has all it needs and no other comes near.

    Demand and consumption often have the same columns: then the file's name decides, if it says anything.
    """
    if table is not None:
        mapping = map_header(table, names)
        return Guess(mapping, min(1.0, mapping.score), True, (), "as asked for")
    named = _tables_named(file)
    scored = [(mapping.score + 0.08 * (mapping.table in named), mapping) for mapping in _mappings(names)]
    scored.sort(key=lambda item: -item[0])
    best, mapping = scored[0]
    others = tuple((other.table, round(min(1.0, score), 2)) for score, other in scored[1:4] if score >= 0.6)
    if best < _PLAUSIBLE:
        return Guess(None, best, False, others, "its titles fit no table")
    rivals = [score for score, other in scored[1:] if not other.missing]
    close = bool(rivals) and best - max(rivals) < 0.04 and not _is_canonical(mapping, file)
    why = "by its titles" + (" and the file's name" if mapping.table in named else "")
    return Guess(mapping, min(1.0, best), not close and _has_what_it_needs(mapping), others, why)


def _is_canonical(mapping: HeaderMapping, file: str) -> bool:
    """Named as the table, with nothing but its own column names."""
    own = all(match.confidence == 1.0 for match in mapping.columns.values())
    return PurePath(file).stem == mapping.table and own and not mapping.unmapped and not mapping.missing


def _has_what_it_needs(mapping: HeaderMapping) -> bool:
    # what is nearly there (ordered without received, a level instead of a parent) says which table it is, too
    return all(mapping._share_of(name) >= 0.7 for name in TABLES[mapping.table].required)


def _mappings(names: Sequence[str]) -> Iterable[HeaderMapping]:
    return (map_header(table, names) for table in TABLES)


def _tables_named(file: str) -> set[str]:
    text = compact(re.sub(r"\.\w+$", "", file))
    return {table for word, table in words("file").items() if len(word) > 2 and compact(word) in text}
