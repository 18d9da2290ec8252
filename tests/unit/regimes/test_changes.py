"""What differs between two dates, and between two states of the register. Expected: by hand."""

from datetime import date

import pytest
from regimes_world import day, shipped

from riskplug.model import LegalChange
from riskplug.regimes import Measure, legal_changes
from riskplug.workspace import Policy

BASE = {
    "id": "xx-1",
    "title": "Example",
    "instrument": "Act 1",
    "authority": "Nobody",
    "kind": "licence",
    "origin": ["CN"],
    "spans": [{"status": "in_force", "from": "2025-01-01"}],
    "items": [{"id": "xx-1-dy", "materials": ["Dy"], "forms": ["magnet"], "confidence": "H"}],
    "sources": ["a gazette"],
    "confidence": "H",
    "as_of": "2025-02-01",
    "verify_by": "2025-08-01",
}
ON = date(2025, 3, 1)


def measure(**changed: object) -> Measure:
    return Measure.model_validate({**BASE, **changed})


def law(start: str, end: str, policy: Policy | None = None) -> dict[tuple[str, str], LegalChange]:
    found = legal_changes(shipped(), day(start), shipped(), day(end), policy or Policy())
    return {(change.measure, change.what): change for change in found}


def register(*before: Measure, after: tuple[Measure, ...]) -> list[LegalChange]:
    return list(legal_changes(before, ON, after, ON, Policy()))


def test_no_18_comes_overnight_and_alone() -> None:
    found = law("2025-04-03", "2025-04-04")
    assert list(found) == [("cn-2025-18", "status")]
    change = found["cn-2025-18", "status"]
    assert (change.from_status, change.to_status, change.restricts, change.names_goods) == (
        "not_yet",
        "in_force",
        True,
        True,
    )
    assert [step.on for step in change.steps] == [day("2025-04-04")]


def test_a_rule_that_was_in_force_for_four_weeks_only_is_told_with_its_way() -> None:
    change = law("2025-10-08", "2025-11-08")["cn-2025-61-1c", "status"]
    way = [(str(step.on), step.to_status) for step in change.steps]
    assert way == [("2025-10-09", "in_force"), ("2025-11-07", "suspended")]
    assert (change.from_status, change.to_status) == ("not_yet", "suspended")


def test_a_status_that_changed_and_came_back_is_told() -> None:
    spans = [
        {"status": "in_force", "from": "2025-01-01", "through": "2025-02-28"},
        {"status": "suspended", "from": "2025-03-01", "through": "2025-03-31"},
        {"status": "in_force", "from": "2025-04-01"},
    ]
    one = measure(spans=spans)
    [change] = legal_changes([one], day("2025-02-28"), [one], day("2025-04-01"), Policy())
    assert (change.from_status, change.to_status) == ("in_force", "in_force")
    assert [step.to_status for step in change.steps] == ["suspended", "in_force"]
    assert legal_changes([one], day("2025-04-01"), [one], day("2025-07-01"), Policy()) == ()


def test_items_that_end_and_begin_are_told_and_their_measure_is_not() -> None:
    found = law("2026-12-31", "2027-01-01")
    assert found["us-4872-ndfeb-melt", "status"].to_status == "ended"
    assert found["us-4872-ndfeb-mine", "status"].to_status == "in_force"
    assert ("us-4872", "status") not in found
    assert found["us-4872-ndfeb-mine", "status"].parent == "us-4872"


def test_items_that_go_with_their_measure_are_told_by_it() -> None:
    assert not [name for name, _ in law("2025-04-03", "2025-04-04") if name.startswith("cn-2025-18-")]


@pytest.mark.parametrize(
    ("name", "start", "end", "why"),
    [
        ("cn-2025-18", "2027-03-23", "2027-03-24", "to be verified by 2027-03-23"),
        ("cn-2025-57", "2026-11-10", "2026-11-11", "instrument not found"),
        ("cn-2024-46-a2", "2026-11-27", "2026-11-28", "ended on 2026-11-27"),
    ],
    ids=["verify_by passed", "presumed", "run out"],
)
def test_what_must_be_verified_from_a_day_on_is_told_on_that_day_alone(
    name: str, start: str, end: str, why: str
) -> None:
    assert why in law(start, end)[name, "stale"].why
    assert (name, "stale") not in law(end, end)
    assert (name, "stale") not in law(start, start)


def test_a_presumed_suspension_that_counts_as_none_is_a_return_to_force() -> None:
    strict = Policy(presumed_suspensions="in_force")
    change = law("2026-11-10", "2026-11-11", strict)["cn-2025-61-1c", "status"]
    assert (change.from_status, change.to_status) == ("suspended", "in_force")


def test_restricting_measures_come_first() -> None:
    found = legal_changes(shipped(), day("2025-11-06"), shipped(), day("2025-11-07"), Policy())
    assert [change.restricts for change in found] == [True] * 8 + [False, False]  # the six in eight parts, No. 70, USGS


def test_a_measure_new_in_the_register_is_added_with_its_status() -> None:
    [change] = register(after=(measure(),))
    assert (change.measure, change.what, change.from_status, change.to_status) == ("xx-1", "added", "", "in_force")


def test_a_measure_gone_from_the_register_is_told_and_not_lifted() -> None:
    [change] = register(measure(), after=())
    assert (change.what, change.from_status, change.to_status) == ("removed", "in_force", "")
    assert "does not lift it" in change.why


def test_an_amended_register_says_which_parts_changed() -> None:
    items = [*BASE["items"], {"id": "xx-1-tb", "materials": ["Tb"], "forms": ["magnet"], "confidence": "H"}]  # type: ignore[misc]
    [change] = register(measure(), after=(measure(items=items, destination=["US"]),))
    assert change.what == "amended"
    assert "destination" in change.why and "new items xx-1-tb" in change.why
    changed = [{**BASE["items"][0], "headings": ["8505"]}]  # type: ignore[index]
    [change] = register(measure(), after=(measure(items=changed),))
    assert "items changed xx-1-dy" in change.why


def test_a_span_corrected_in_the_register_is_a_change_of_status_on_the_same_day() -> None:
    spans = [
        {"status": "in_force", "from": "2025-01-01", "through": "2025-02-10"},
        {"status": "suspended", "from": "2025-02-11"},
    ]
    found = register(measure(), after=(measure(spans=spans),))
    assert [(one.what, one.from_status, one.to_status) for one in found] == [
        ("status", "in_force", "suspended"),
        ("amended", "in_force", "suspended"),
    ]


def test_reading_an_instrument_again_is_no_amendment() -> None:
    assert register(measure(), after=(measure(as_of="2025-02-20", verify_by="2025-12-01"),)) == []
