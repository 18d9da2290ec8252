"""The law of any date equals a slow, obvious walk from day to day over the spans."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.model import LegalChange
from riskplug.regimes import Item, Measure, legal_changes, load_measures, measures_on, overview, timeline
from riskplug.regimes.status import standing
from riskplug.workspace import Policy

DAY = timedelta(days=1)
FIRST, LAST = date(2005, 1, 1), date(2031, 12, 31)
DATES = st.dates(FIRST, LAST)
POLICIES = st.sampled_from([Policy(), Policy(presumed_suspensions="in_force")])
STATUSES = ("announced", "in_force", "suspended", "suspended_presumed", "ended")


@cache
def shipped() -> tuple[Measure, ...]:
    return load_measures([Path(__file__).parents[2] / "rules" / "regimes"])


@cache
def walked(name: str, item: str | None = None) -> Mapping[date, str]:
    """The status of every day, found by looking at every span on every day."""
    measure = next(one for one in shipped() if one.id == name)
    return walk(measure, next((one for one in measure.items if one.id == item), None))


def walk(measure: Measure, item: Item | None = None) -> dict[date, str]:
    found: dict[date, str] = {}
    day, begun = FIRST, False
    while day <= LAST:
        status = None
        for span in measure.spans:
            if (span.starts is None or span.starts <= day) and (span.through is None or day <= span.through):
                status = span.status
        begun = begun or status is not None
        found[day] = status or ("unknown" if begun else "not_yet")
        if item is not None and item.starts is not None and day < item.starts:
            found[day] = "not_yet"
        if item is not None and item.through is not None and day > item.through:
            found[day] = "ended"
        day += DAY
    return found


def counted(status: str, policy: Policy) -> str:
    return "in_force" if (status, policy.presumed_suspensions) == ("suspended_presumed", "in_force") else status


@settings(deadline=None)
@given(DATES, POLICIES)
def test_every_measure_and_item_has_the_status_of_the_walk(on: date, policy: Policy) -> None:
    for measure in shipped():
        assert standing(measure, on, policy).status == counted(walked(measure.id)[on], policy)
        for item in measure.items:
            if item.starts or item.through:
                assert standing(measure, on, policy, item).status == counted(walked(measure.id, item.id)[on], policy)


@settings(deadline=None)
@given(DATES)
def test_the_register_of_a_day_has_each_measure_with_the_status_of_the_walk(on: date) -> None:
    rows = measures_on(shipped(), on, Policy())
    for name, parent, status in zip(rows["measure"], rows["parent"], rows["measure_status"], strict=True):
        assert status == walked(parent, None if name == parent else name)[on]


@settings(deadline=None)
@given(DATES)
def test_a_status_lasts_from_since_to_until(on: date) -> None:
    for measure in shipped():
        found = standing(measure, on, Policy())
        days = walked(measure.id)
        assert all(days[day] == found.status for day in (found.since, found.until) if day and FIRST <= day <= LAST)
        assert found.next_change is None or (found.until is not None and found.next_change == found.until + DAY)


@settings(deadline=None)
@given(DATES, st.integers(0, 400))
def test_every_measure_stands_in_a_group_and_in_that_of_its_status(on: date, days: int) -> None:
    found = overview(shipped(), on, Policy(), days)
    for measure in shipped():
        status = walked(measure.id)[on]
        groups = {name for name, ids in found.groups.items() if measure.id in ids}
        want = {
            "in_force": "in_force" if measure.restricts else "informs",
            "announced": "coming",
            "not_yet": "coming" if any(walked(measure.id)[day] != "not_yet" for day in after(on, days)) else "not_yet",
        }.get(status, status)
        assert want in groups
        assert ("ending" in groups) == (
            status in ("in_force", "suspended", "suspended_presumed")
            and any(walked(measure.id)[day] != status for day in after(on, days))
        )


def after(on: date, days: int) -> list[date]:
    return [on + n * DAY for n in range(1, days + 1) if on + n * DAY <= LAST]


def turned(name: str, item: str | None, start: date, end: date) -> list[tuple[date, str, str]]:
    """Days after ``start`` up to ``end`` on which the walk says something else than the day before."""
    return [turn for turn in all_turns(name, item) if start < turn[0] <= end]


@cache
def all_turns(name: str, item: str | None) -> list[tuple[date, str, str]]:
    days = walked(name, item)
    return [(day, days[day - DAY], days[day]) for day in days if day > FIRST and days[day - DAY] != days[day]]


def steps_of(change: LegalChange) -> list[tuple[date, str, str]]:
    return [(one.on, one.from_status, one.to_status) for one in change.steps]


@settings(deadline=None)
@given(DATES, DATES)
def test_a_difference_of_two_dates_tells_every_turn_of_the_walk_between_them(one: date, other: date) -> None:
    start, end = min(one, other), max(one, other)
    changes = legal_changes(shipped(), start, shipped(), end, Policy())
    told = {change.measure: steps_of(change) for change in changes if change.what == "status"}
    whole = {measure.id: turned(measure.id, None, start, end) for measure in shipped()}
    for measure in shipped():
        assert told.get(measure.id, []) == whole[measure.id]
        for item in measure.items:
            own = turned(measure.id, item.id, start, end) if item.starts or item.through else whole[measure.id]
            assert told.get(item.id, []) == ([] if own == whole[measure.id] else own)
    assert {change.what for change in changes} <= {"status", "stale"}


@settings(deadline=None)
@given(DATES, DATES)
def test_the_timeline_has_the_turns_of_the_walk(one: date, other: date) -> None:
    start, end = min(one, other), max(one, other)
    rows = timeline(shipped(), start, end)
    dates = [stamp.date() for stamp in rows["date"]]
    told = list(zip(rows["measure"], dates, rows["from_status"], rows["to_status"], strict=True))
    assert dates == sorted(dates)
    if start > FIRST:
        for measure in shipped():
            mine = [row[1:] for row in told if row[0] == measure.id]
            assert mine == turned(measure.id, None, start - DAY, end)


def made(lengths: Sequence[tuple[str, int]], start: date | None, last_open: bool) -> Measure:
    """A measure whose spans follow each other, each so many days long."""
    spans, begins = [], start
    day = start or date(2010, 1, 1)
    for n, (status, length) in enumerate(lengths):
        through = day + (length - 1) * DAY
        open_ = last_open and n == len(lengths) - 1
        spans.append({"status": status, "from": begins, "through": None if open_ else through})
        day = begins = through + DAY
    return Measure.model_validate(
        {
            "id": "xx",
            "title": "x",
            "instrument": "x",
            "authority": "x",
            "kind": "licence",
            "spans": spans,
            "sources": ["x"],
            "confidence": "H",
            "as_of": date(2010, 1, 1),
            "verify_by": date(2030, 1, 1),
        }
    )


SPANS = st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(1, 900)), min_size=1, max_size=6)


@settings(deadline=None)
@given(SPANS, st.none() | st.dates(date(2006, 1, 1), date(2012, 1, 1)), st.booleans(), DATES, POLICIES)
def test_any_spans_have_the_status_of_the_walk(
    lengths: list[tuple[str, int]], start: date | None, last_open: bool, on: date, policy: Policy
) -> None:
    measure = made(lengths, start, last_open)
    found = standing(measure, on, policy)
    assert found.status == counted(walk(measure)[on], policy)
    assert found.stale or found.status != "unknown"
