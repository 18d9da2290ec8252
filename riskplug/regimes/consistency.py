"""What must hold within one measure beyond the shape of its keys: spans that follow, ids that extend, halves that pair.

Works on what the file says, so that a faulty key elsewhere hides none of these mistakes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

Loc = tuple[str | int, ...]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake; ``loc`` is its place below the measure, ``value``: the caret goes to the value, not the key."""

    loc: Loc
    what: str
    fix: str
    code: str
    value: bool = True


def faults(measure: Mapping[str, Any]) -> Iterator[Fault]:
    """Every inconsistency of a measure as written. What has a wrong type is left to the model to report."""
    yield from _about_spans(_mappings(measure.get("spans")))
    yield from _about_items(measure)
    yield from _about_countries(measure)
    yield from _about_dates(measure)
    if measure.get("id") is not None and measure["id"] in _listed(measure.get("same_items_as")):
        yield Fault(("same_items_as",), "a measure cannot list its own items", "name another measure", "same-as-itself")


def _about_spans(spans: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Fault]:
    for n, span in spans:
        yield from _backward(("spans", n), f"span {span.get('status')}", span)
    for (n, earlier), (m, later) in pairwise(spans):
        ends, begins = _date(earlier, "through"), _date(later, "from")
        names = f"span {later.get('status')}", f"span {earlier.get('status')}"
        if earlier.get("through") is None:
            what = f"{names[1]} is open, but {names[0]} follows"
            yield Fault(("spans", n), what, "give it `through`: only the last span may be open", "span-open")
        if later.get("from") is None:
            what = f"{names[0]} says no day on which it begins"
            yield Fault(("spans", m), what, "give it `from`: only the first span needs none", "span-open")
        if ends is None or begins is None:
            continue
        fix = f"let it begin on {ends + _DAY}, the day after: both ends are inclusive"
        if begins <= ends:
            what = f"{names[0]} begins on {begins}, while {names[1]} runs to {ends}"
            yield Fault(("spans", m, "from"), what, fix, "span-overlap")
        elif begins != ends + _DAY:
            what = f"nothing is said of the days between {names[1]} ({ends}) and {names[0]} ({begins})"
            yield Fault(("spans", m, "from"), what, fix, "span-gap")


def _backward(loc: Loc, name: str, dated: Mapping[str, Any]) -> Iterator[Fault]:
    begins, ends = _date(dated, "from"), _date(dated, "through")
    if begins is not None and ends is not None and ends < begins:
        what = f"{name} ends on {ends}, before it begins on {begins}"
        yield Fault((*loc, "through"), what, "exchange the dates", "span-backward")


def _about_items(measure: Mapping[str, Any]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for n, item in _mappings(measure.get("items")):
        name, loc = item.get("id"), ("items", n)
        if isinstance(name, str) and isinstance(measure.get("id"), str):
            if not name.startswith(f"{measure['id']}-"):
                what = f"item {name!r} does not extend the id of its measure"
                yield Fault((*loc, "id"), what, f"begin it with {measure['id']}-", "item-id")
            if name in seen:
                what = f"item {name!r} is given twice in this measure (item {seen[name] + 1} is the first)"
                yield Fault((*loc, "id"), what, "give one of them another name", "item-twice")
            seen.setdefault(name, n)
        if bool(item.get("materials")) != bool(item.get("forms")):
            given, absent = ("materials", "forms") if item.get("materials") else ("forms", "materials")
            fix = f"add `{absent}`, or leave out both for what no part can be matched with"
            yield Fault((*loc, given), f"item {name!r} has {given} but no {absent}", fix, "item-half", value=False)
        yield from _backward(loc, f"item {name!r}", item)


def _about_countries(measure: Mapping[str, Any]) -> Iterator[Fault]:
    for key in ("origin", "destination"):
        named, excepted = _listed(measure.get(key)), _listed(measure.get(f"{key}_except"))
        for n, country in enumerate(excepted):
            if country in named:
                what = f"{country} is both in {key} and excepted from it"
                yield Fault((f"{key}_except", n), what, "keep one of them", "country-twice")


def _about_dates(measure: Mapping[str, Any]) -> Iterator[Fault]:
    spans = _mappings(measure.get("spans"))
    if measure.get("verify_by") is None and spans and spans[-1][1].get("status") != "ended":
        what = "verify_by is missing; only a measure that has ended needs none"
        yield Fault(("verify_by",), what, "add the day by which somebody reads the text again", "no-verify-by")
    verify, read = _date(measure, "verify_by"), _date(measure, "as_of")
    if verify is not None and read is not None and verify < read:
        what = f"verify_by {verify} lies before as_of {read}"
        yield Fault(("verify_by",), what, "correct one of the dates", "verify-by-early")


def _mappings(value: Any) -> list[tuple[int, Mapping[str, Any]]]:
    """The entries of a list that are mappings, with their place in it."""
    return [(n, one) for n, one in enumerate(_listed(value)) if isinstance(one, Mapping)]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _date(entry: Mapping[str, Any], key: str) -> date | None:
    value = entry.get(key)
    return value if isinstance(value, date) else None
