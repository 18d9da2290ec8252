"""What differs between the law of two dates, and between two states of the register itself."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import get_args

from riskplug.model import LegalChange, LegalWhat, Turn
from riskplug.regimes.measures import Item, Measure
from riskplug.regimes.status import standing
from riskplug.regimes.turns import turns
from riskplug.workspace import Policy

_ORDER = get_args(LegalWhat)
# What a person who reads an instrument again renews each time; told by `stale`, not as an amendment.
_READING = frozenset(("as_of", "verify_by"))


def legal_changes(
    before: Sequence[Measure], start: date, after: Sequence[Measure], end: date, policy: Policy
) -> tuple[LegalChange, ...]:
    """Changes from the evening of ``start`` to that of ``end``: restricting measures first, then by id.

    ``before`` and ``after``: the register as it was read then and as it is now; pass the same twice to compare dates
    alone. An item has a change of its own only where it goes another way than its measure. ``policy`` decides on both
    dates how presumed suspensions count.
    """
    old, new = ({measure.id: measure for measure in register} for register in (before, after))
    found = [
        change
        for name in sorted(old.keys() | new.keys())
        for change in _of_measure(old.get(name), start, new.get(name), end, policy)
    ]
    return tuple(sorted(found, key=lambda one: (not one.restricts, _ORDER.index(one.what), one.measure)))


def _of_measure(
    old: Measure | None, start: date, new: Measure | None, end: date, policy: Policy
) -> Iterable[LegalChange]:
    if old is None and new is not None:
        yield _told(new, None, "added", "", standing(new, end, policy).status, "new in the register")
    elif new is None and old is not None:
        why = "no longer in the register; that does not lift it: ask why it was taken out"
        yield _told(old, None, "removed", standing(old, start, policy).status, "", why)
    elif old is not None and new is not None:
        yield from _status(old, start, new, end, policy)
        yield from _amended(old, start, new, end, policy)
        yield from _stale(old, start, new, end, policy)


def _status(old: Measure, start: date, new: Measure, end: date, policy: Policy) -> Iterable[LegalChange]:
    whole = _moved(old, None, start, new, None, end, policy)
    if whole is not None:
        yield whole
    known = {item.id: item for item in old.items}
    for item in new.items:
        own = _moved(old, known.get(item.id, item), start, new, item, end, policy)
        if own is not None and (whole is None or (own.from_status, own.steps) != (whole.from_status, whole.steps)):
            yield own


def _moved(
    old: Measure, old_item: Item | None, start: date, new: Measure, item: Item | None, end: date, policy: Policy
) -> LegalChange | None:
    was, now = standing(old, start, policy, old_item), standing(new, end, policy, item)
    steps = turns(new, start, end, policy, item)
    if was.status == now.status and not steps:
        return None
    return _told(new, item, "status", was.status, now.status, now.basis, steps)


def _stale(old: Measure, start: date, new: Measure, end: date, policy: Policy) -> Iterable[LegalChange]:
    was, now = standing(old, start, policy), standing(new, end, policy)
    if now.stale and now.stale_reason != was.stale_reason:
        yield _told(new, None, "stale", was.status, now.status, now.stale_why)


def _amended(old: Measure, start: date, new: Measure, end: date, policy: Policy) -> Iterable[LegalChange]:
    why = "; ".join([*_fields(old, new), *_items(old, new)])
    if why:
        statuses = (standing(old, start, policy).status, standing(new, end, policy).status)
        yield _told(new, None, "amended", *statuses, f"changed in the register: {why}")


def _fields(old: Measure, new: Measure) -> Iterable[str]:
    names = [name for name in Measure.model_fields if name != "items" and name not in _READING]
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    return [", ".join(changed)] if changed else []


def _items(old: Measure, new: Measure) -> Iterable[str]:
    was, now = ({item.id: item for item in measure.items} for measure in (old, new))
    for word, ids in (
        ("new items", now.keys() - was.keys()),
        ("items gone", was.keys() - now.keys()),
        ("items changed", {name for name in was.keys() & now.keys() if was[name] != now[name]}),
    ):
        if ids:
            yield f"{word} {', '.join(sorted(ids))}"


def _told(
    measure: Measure,
    item: Item | None,
    what: LegalWhat,
    from_status: str,
    to_status: str,
    why: str,
    steps: tuple[Turn, ...] = (),
) -> LegalChange:
    return LegalChange(
        item.id if item else measure.id,
        measure.id,
        measure.instrument,
        (item.title if item else "") or measure.title,
        measure.restricts,
        measure.names_goods,
        what,
        from_status,
        to_status,
        why,
        steps,
    )
