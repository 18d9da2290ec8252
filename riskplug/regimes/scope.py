"""What the measures of a date list, as entries that parts are matched with: (material, form) -> entry."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.regimes.measures import STOPPING, Item, Measure
from riskplug.regimes.status import Standing, licence_days, standing
from riskplug.workspace import Policy

# Evaluated beside the base: `unknown` is kept, because a measure that may be in force is not one that is not.
BASE_STATES: tuple[str, ...] = ("in_force", "unknown")
# Forms that name no listed form: not known, or something that holds the material.
FORM_UNKNOWN, COMPONENT = "", "component"


@dataclass(frozen=True)
class Entry:
    """One line of a measure on a date: an item of it, or the measure as a whole where the form is not known."""

    id: str
    measure: Measure
    item: Item
    standing: Standing
    licence_days: float
    whole: bool = False

    @property
    def kind(self) -> str:
        return self.item.kind or self.measure.kind

    @property
    def stops(self) -> bool:
        """Orders that it catches wait: a stopping kind, for all uses rather than some."""
        return self.kind in STOPPING and self.measure.end_use is None


@dataclass(frozen=True)
class Scope:
    """The entries of a date, and ``pairs``: frame material, form, entry (position in ``entries``)."""

    entries: tuple[Entry, ...]
    pairs: pd.DataFrame

    def codes_match(self, code: str) -> npt.NDArray[np.bool_]:
        """Per entry, whether an export-control code (or several, separated) of a part is one of the entry's."""
        given = [clean_code(one) for one in re.split(r"[,;/|\s]+", code)]
        return np.array(
            [any(_same(one, listed) for one in given for listed in entry.item.codes) for entry in self.entries],
            dtype=bool,
        )


def scope_on(measures: Sequence[Measure], on: date, policy: Policy, states: Iterable[str] = BASE_STATES) -> Scope:
    """The restricting measures whose status on the date is one of ``states``."""
    by_id, wanted = {measure.id: measure for measure in measures}, frozenset(states)
    entries = [
        entry
        for measure in measures
        if measure.restricts
        for entry in _entries(measure, by_id, on, policy)
        if entry.standing.status in wanted
    ]
    pairs = [
        (material, form, n)
        for n, entry in enumerate(entries)
        for material in entry.item.materials
        for form in entry.item.forms
    ]
    frame = pd.DataFrame(pairs, columns=["material", "form", "entry"]).astype({"material": "str", "form": "str"})
    return Scope(tuple(entries), frame.astype({"entry": "int64"}))


def _entries(measure: Measure, by_id: Mapping[str, Measure], on: date, policy: Policy) -> Iterable[Entry]:
    whole = standing(measure, on, policy)
    for item in measure.items:
        if item.materials:
            yield Entry(
                item.id, measure, item, standing(measure, on, policy, item), licence_days(measure, item, policy)
            )
    for name in measure.same_items_as:
        for item in by_id[name].items:
            if item.materials and standing(by_id[name], on, policy, item).status not in ("ended", "not_yet"):
                yield Entry(measure.id, measure, item, whole, licence_days(measure, None, policy))
    yield from _as_a_whole(measure, whole, policy)


def _as_a_whole(measure: Measure, whole: Standing, policy: Policy) -> Iterable[Entry]:
    """An entry per measure for parts whose form is not known, one material per row of it."""
    materials = tuple(sorted({name for item in measure.items for name in item.materials}))
    codes = {
        name: tuple(sorted({code for item in measure.items if name in item.materials for code in item.codes}))
        for name in materials
    }
    for name in materials:
        # `forms` is left at what no item lists; construct() skips the check that they are listed forms
        item = Item.model_construct(
            id=measure.id,
            materials=(name,),
            forms=(FORM_UNKNOWN, COMPONENT),
            control_codes=codes[name],
            confidence=measure.confidence,
        )
        yield Entry(measure.id, measure, item, whole, licence_days(measure, None, policy), whole=True)


def clean_code(code: str) -> str:
    """An export-control code as compared: upper case without blanks and brackets."""
    return re.sub(r"[^0-9A-Z.]", "", code.upper()).strip(".")


def _same(given: str, listed: str) -> bool:
    """Equal, or one is a section of the other: 1C905 and 1C905.a.1 both speak of 1C905.a."""
    wanted = clean_code(listed)
    return bool(given) and (given == wanted or given.startswith(f"{wanted}.") or wanted.startswith(f"{given}."))
