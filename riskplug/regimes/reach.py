"""Whether goods come from where a measure looks: country of export, of origin, of mining, refining and melting."""

from collections.abc import Sequence
from typing import Protocol

from riskplug.regimes.measures import Measure
from riskplug.regimes.origins import UNKNOWN
from riskplug.regimes.scope import Entry
from riskplug.regimes.verdict import Verdict

ORIGIN_FIELD = "country_of_origin"


class Provenance(Protocol):
    """What a case knows of where it comes from; see judgement.Case."""

    @property
    def origins(self) -> str: ...
    @property
    def origin_from(self) -> str: ...
    @property
    def stages(self) -> str: ...
    @property
    def ordered(self) -> bool: ...
    @property
    def ship_from(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def made_in(self) -> str: ...


def origin_of(case: Provenance, entry: Entry) -> Verdict | None:
    """Where the goods come from under the measure's own test; None when it is known not to reach them."""
    measure = entry.measure
    here = countries(case.origins)
    caught = [one for one in here if one != UNKNOWN and measure.from_here(one)]
    if entry.value_test is not None and case.made_in:
        return Verdict("yes", f"made in {case.made_in}", case.made_in) if measure.from_here(case.made_in) else None
    if measure.follows == "reexport":
        return _reexport(case, measure, caught, here)
    if measure.follows == "export" and case.ship_from and measure.from_here(case.ship_from):
        exported = Verdict("yes", f"shipped from {case.ship_from}", case.ship_from)
        return None if case.ship_from == case.destination else exported
    caught = [one for one in caught if one != case.destination]
    if caught:
        return _caught(case, measure, caught, here)
    return _stage(case, entry, here)


def _caught(case: Provenance, measure: Measure, caught: Sequence[str], here: Sequence[str]) -> Verdict:
    first = caught[0]
    if measure.follows == "export" and case.ship_from:
        sold = f"origin {first}, but shipped from {case.ship_from}: what is sold from there has to be replaced from "
        return Verdict("likely", f"{sold}{first}", first)
    if case.origin_from != "supplier" or len(here) == 1:
        others = f", one of {', '.join(here)}" if len(here) > 1 else ""
        return Verdict("yes", f"origin {first}{others}", first)
    why = f"the supplier delivers from {', '.join(here)}: {ORIGIN_FIELD} of the order would settle it"
    return Verdict("likely", why, first)


def _stage(case: Provenance, entry: Entry, here: Sequence[str]) -> Verdict | None:
    """Stages of making before the last, where the item asks for them; the worst of them decides."""
    known = stage_sets(case.stages)
    for stage in entry.item.stages:
        found = known.get(stage, [UNKNOWN])
        caught = [one for one in found if one != UNKNOWN and entry.measure.from_here(one)]
        if caught:
            others = f", one of {', '.join(found)}" if len(found) > 1 else ""
            certain = "likely" if case.ordered and len(found) > 1 else "yes"
            return Verdict(certain, f"{stage} {caught[0]}{others}", caught[0])
    missing = [ORIGIN_FIELD] if UNKNOWN in here or not here else []
    missing += [stage for stage in entry.item.stages if UNKNOWN in known.get(stage, [UNKNOWN])]
    if not missing:
        return None
    seen = here[0] if here and UNKNOWN not in here else ""
    start = f"origin {seen}, but earlier stages count too" if seen else "origin not known"
    return Verdict("unknown", f"{start}: {' and '.join(missing)} would settle it", seen)


def _reexport(case: Provenance, measure: Measure, caught: Sequence[str], here: Sequence[str]) -> Verdict | None:
    if not caught:
        unknown = Verdict("unknown", f"origin not known: {ORIGIN_FIELD} would settle it")
        return None if here and UNKNOWN not in here else unknown
    if case.ship_from:
        again = case.ship_from not in measure.origin and case.ship_from != case.destination
        return Verdict("yes", f"origin {caught[0]}, shipped from {case.ship_from}", caught[0]) if again else None
    return Verdict(
        "unknown",
        f"origin {caught[0]}; whether it comes from a third country is not known: ship_from_country would settle it",
        caught[0],
    )


def countries(text: str) -> list[str]:
    """The countries of ``CN|JP``."""
    return [one for one in text.split("|") if one]


def stage_sets(text: str) -> dict[str, list[str]]:
    """Countries by stage, of ``country_of_mining=AU|?;country_of_melting=JP``."""
    return {name: countries(found) for name, _, found in (one.partition("=") for one in text.split(";")) if name}
