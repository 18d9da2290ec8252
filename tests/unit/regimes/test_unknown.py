"""Every way to `unknown` names the column or setting that would settle it."""

import re
from functools import cache
from itertools import product
from typing import Any

import pytest
from regimes_world import SITES, day, shipped

from riskplug.regimes.judgement import Case, decide
from riskplug.regimes.matching import STRENGTH
from riskplug.regimes.scope import Entry, scope_on
from riskplug.regimes.status import MEASURE_STATES
from riskplug.tables import TABLES
from riskplug.workspace import Policy, RulesSettings, Workspace

# Words that a person can act on: a column of a canonical table, or a key of riskplug.toml.
NAMES = {
    *(column for table in TABLES.values() for column in table.column_names),
    *Policy.model_fields,
    *RulesSettings.model_fields,
    *Workspace.model_fields,
}
SURE = Case(
    material="Dy",
    form="magnet",
    percent=100,
    sure=True,
    evidence="certificate",
    rolled_up=False,
    unproven=False,
    control_code="",
    heading="",
    origins="CN",
    origin_from="part",
    stages="",
    ordered=False,
    ship_from="",
    destination="DE",
    made_in="",
)
DATES = ("2025-04-28", "2025-10-20", "2027-01-11")


@cache
def entries(on: str) -> tuple[Entry, ...]:
    return scope_on(shipped(), day(on), Policy(), MEASURE_STATES).entries


def entry(name: str, on: str) -> Entry:
    return next(one for one in entries(on) if one.id == name)


def case(**changed: Any) -> Case:
    fields = {name: getattr(SURE, name) for name in Case.__slots__}
    return Case(**{**fields, **changed})


@cache
def settled_by(why: str) -> set[str]:
    return {one for text in re.findall(r"([^:;,]*) would settle it", why) for one in re.findall(r"\w+", text)} & NAMES


BRANCHES = [
    ("cn-2025-18", "2025-04-28", {"form": ""}, "form"),
    ("cn-2025-18-dy-magnet", "2025-04-28", {"unproven": True, "evidence": "grade"}, "material"),
    ("cn-2025-18-dy-magnet", "2025-04-28", {"percent": -1, "sure": False, "evidence": ""}, "material"),
    ("cn-2025-18-dy-magnet", "2025-04-28", {"origins": "?"}, "country_of_origin"),
    ("cn-2025-18-dy-magnet", "2025-04-28", {"origins": "JP|?"}, "country_of_origin"),
    ("cn-2024-33-sb-oxide", "2025-04-28", {"material": "Sb", "form": "oxide"}, "control_code"),
    ("cn-2025-18-y-alloy", "2025-04-28", {"material": "Y", "form": "alloy"}, "control_code"),
    ("cn-2025-18-lu-target", "2025-04-28", {"material": "Lu", "form": "target"}, "control_code"),
    ("cn-2024-46-a1", "2025-04-28", {"destination": "US"}, "end_uses"),
    ("cn-2024-46-a2", "2026-11-28", {"material": "Ga", "form": "metal", "destination": "US"}, "paths"),
    ("cn-2025-61-1c-dy-magnet", "2025-10-20", {}, "ship_from_country"),
    ("cn-2025-61-1c-dy-magnet", "2025-10-20", {"origins": "?"}, "country_of_origin"),
    ("cn-2025-61-1a-dy-magnet", "2025-10-20", {"origins": "JP"}, "unit_cost"),
    ("cn-2025-61-1a-dy-magnet", "2025-10-20", {"origins": "JP", "value_missing": "prices"}, "prices"),
    ("cn-2025-61-1b-dy-magnet", "2025-10-20", {"origins": "JP"}, "control_code"),
    (
        "us-4872-ndfeb-mine",
        "2027-01-01",
        {"material": "Nd", "origins": "JP", "destination": "US"},
        "country_of_melting",
    ),
]


@pytest.mark.parametrize(("name", "on", "changed", "field"), BRANCHES)
def test_a_branch_names_what_settles_it(name: str, on: str, changed: dict[str, Any], field: str) -> None:
    verdict = decide(case(**changed), entry(name, on))
    assert verdict is not None and verdict.applies == "unknown"
    assert field in settled_by(verdict.why), verdict.why


def every_case(material: str, form: str) -> list[Case]:
    known, origins = ((100, True), (80, False), (-1, False)), ("CN", "JP", "?", "CN|JP", "JP|?")
    return [
        case(
            material=material,
            form=form,
            percent=percent,
            sure=sure,
            evidence="certificate" if sure else "grade",
            unproven=not sure and form == "magnet",
            origins=countries,
            ship_from=ship_from,
            destination=destination,
            ordered=True,
        )
        for (percent, sure), countries, ship_from, destination in product(known, origins, ("", "NL"), SITES.values())
    ]


def test_no_measure_on_no_date_is_unknown_without_saying_what_would_settle_it() -> None:
    listed = {}
    for one in (one for on in DATES for one in entries(on)):
        for material, form in product(one.item.materials[:1], one.item.forms[:1]):
            listed.setdefault((one.id, one.standing.status, material, form), one)
    seen = set()
    for (name, status, material, form), one in listed.items():
        for asked in every_case(material, form):
            verdict = decide(asked, one)
            if verdict is not None and verdict.applies == "unknown":
                assert settled_by(verdict.why), (name, status, verdict.why)
                seen.add(name)
            assert verdict is None or verdict.applies in STRENGTH
    assert len(seen) > 50


def test_a_use_that_the_workspace_rules_out_makes_a_limited_measure_unlikely() -> None:
    policy = Policy(end_uses={"cn-2024-46-a1": "no"})
    one = next(e for e in scope_on(shipped(), day("2025-04-28"), policy).entries if e.id == "cn-2024-46-a1")
    verdict = decide(case(destination="US"), one)
    assert verdict is not None and verdict.applies == "unlikely"
    assert "[policy] end_uses says that none of it is for them" in verdict.why and not one.stops


def test_a_use_that_it_declares_makes_it_bind_and_stop() -> None:
    policy = Policy(end_uses={"cn-2024-46-a1": "yes"})
    one = next(e for e in scope_on(shipped(), day("2025-04-28"), policy).entries if e.id == "cn-2024-46-a1")
    verdict = decide(case(destination="US"), one)
    assert verdict is not None and verdict.applies == "yes" and one.stops
