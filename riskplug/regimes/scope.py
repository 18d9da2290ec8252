"""What the measures of a date list, as entries that parts are matched with: (material, form) -> entry."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

from riskplug.regimes.measures import STOPPING, Item, Measure, Threshold
from riskplug.regimes.status import Standing, licence_days, standing
from riskplug.workspace import Policy

EndUse = Literal["yes", "no", "unknown"]
# Evaluated beside the base: `unknown` is kept, because a measure that may be in force is not one that is not.
BASE_STATES: tuple[str, ...] = ("in_force", "unknown")
# The test that the value of other goods decides; every other one asks for what no ERP holds.
VALUE_TEST = "cn_ree_value_pct"
# Where the inputs of that test come from is read from these stages; see values.py.
INPUT_STAGES = ("country_of_refining", "country_of_melting")
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
    end_use: EndUse = "unknown"

    @property
    def value_test(self) -> Threshold | None:
        """The item's test on a share of value, where it has one."""
        return next((test for test in self.item.tests if test.field == VALUE_TEST), None)

    @property
    def kind(self) -> str:
        return self.item.kind or self.measure.kind

    @property
    def stops(self) -> bool:
        """Orders that it catches wait: a stopping kind, for all uses or for one that is declared."""
        return self.kind in STOPPING and (self.measure.end_use is None or self.end_use == "yes")


@dataclass(frozen=True)
class Scope:
    """The entries of a date, and ``pairs``: frame material, form, entry (position in ``entries``).

    ``inputs``: (material, form) of what tests by value count, with the countries it counts from.
    """

    entries: tuple[Entry, ...]
    pairs: pd.DataFrame
    inputs: frozenset[tuple[str, str]] = frozenset()
    input_origins: frozenset[str] = frozenset()

    @property
    def stages(self) -> dict[str, tuple[str, ...]]:
        """The country columns of `sourcing` that the listed pairs, and tests by value, ask for, by material."""
        asked = {
            (material, stage)
            for material, n in zip(self.pairs["material"].tolist(), self.pairs["entry"].tolist(), strict=True)
            for stage in self.entries[n].item.stages
        } | {(material, stage) for material, _ in self.inputs for stage in INPUT_STAGES}
        return {name: tuple(sorted(stage for other, stage in asked if other == name)) for name, _ in sorted(asked)}

    def bound_for(self, destinations: Iterable[str]) -> "Scope":
        """The same entries, with the pairs of those that look at one of the destinations."""
        there = {"", *destinations}  # an order for no known site has no destination
        reached = [any(entry.measure.to_there(one) for one in there) for entry in self.entries]
        kept = np.array([reached[n] for n in self.pairs["entry"]], dtype=bool)
        pairs = self.pairs[kept].reset_index(drop=True)
        tested = any(reached[n] for n, entry in enumerate(self.entries) if entry.value_test)
        return replace(self, pairs=pairs, inputs=self.inputs if tested else frozenset())


@lru_cache(maxsize=1 << 16)
def codes_match(code: str, listed: tuple[str, ...]) -> bool:
    """Whether an export-control code (or several, separated) of a part is one of the listed ones."""
    given = [clean_code(one) for one in re.split(r"[,;/|\s]+", code)]
    return any(_same(one, other) for one in given for other in listed)


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
    inputs, origins = _inputs(entries, measures)
    return Scope(tuple(entries), frame.astype({"entry": "int64"}), inputs, origins)


def _inputs(entries: Iterable[Entry], measures: Iterable[Measure]) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    """What the tests by value of the entries count: goods as (material, form), and countries.

    One set for all: only one measure has such a test. Another with other inputs would be judged by the wrong share.
    """
    items = {item.id: item for measure in measures for item in measure.items}
    counted = {entry.measure.value_inputs for entry in entries if entry.value_test} - {None}
    goods = {
        (material, form)
        for inputs in counted
        if inputs
        for name in inputs.items
        for material in items[name].materials
        for form in items[name].forms
    }
    return frozenset(goods), frozenset(country for inputs in counted if inputs for country in inputs.origin)


def _entries(measure: Measure, by_id: Mapping[str, Measure], on: date, policy: Policy) -> Iterable[Entry]:
    whole = standing(measure, on, policy)
    use = _end_use(measure, policy)
    for item in measure.items:
        if item.materials:
            yield Entry(
                item.id,
                measure,
                item,
                standing(measure, on, policy, item),
                licence_days(measure, item, policy),
                end_use=use,
            )
    for name in measure.same_items_as:
        for item in by_id[name].items:
            if item.materials and standing(by_id[name], on, policy, item).status not in ("ended", "not_yet"):
                yield Entry(measure.id, measure, item, whole, licence_days(measure, None, policy), end_use=use)
    yield from _as_a_whole(measure, whole, policy)


def _as_a_whole(measure: Measure, whole: Standing, policy: Policy) -> Iterable[Entry]:
    """An entry per measure for parts whose form is not known, one material per row of it."""
    days, use = licence_days(measure, None, policy), _end_use(measure, policy)
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
        yield Entry(measure.id, measure, item, whole, days, whole=True, end_use=use)


def _end_use(measure: Measure, policy: Policy) -> EndUse:
    """What the workspace says of the uses that a measure binds."""
    return policy.end_uses.get(measure.id, "unknown")


def clean_code(code: str) -> str:
    """An export-control code as compared: upper case without blanks and brackets."""
    return re.sub(r"[^0-9A-Z.]", "", code.upper()).strip(".")


def _same(given: str, listed: str) -> bool:
    """Equal, or one is a section of the other: 1C905 and 1C905.a.1 both speak of 1C905.a."""
    wanted = clean_code(listed)
    return bool(given) and (given == wanted or given.startswith(f"{wanted}.") or wanted.startswith(f"{given}."))
