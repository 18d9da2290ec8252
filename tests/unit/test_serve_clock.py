"""The clock of `riskplug serve` on nights that are too short, too long, slept through or lived twice. Nothing waits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from riskplug.catchup import due
from riskplug.errors import UsageError
from riskplug.serving import Server, Timetable
from riskplug.state import ScanRow
from riskplug.workspace import ScheduleSettings

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class World:
    """A clock that moves when somebody waits, and jumps where it is told to.

    ``jumps``: the clock on the wall moves by so much, once it has reached a time; a machine that sleeps looks the same.
    ``scans`` is what the state would hold: dates are scanned as `scan --business-date auto` decides.
    """

    now: datetime
    until: datetime
    takes: timedelta = timedelta(minutes=3)
    jumps: list[tuple[datetime, timedelta]] = field(default_factory=list)
    waited: timedelta = timedelta(0)
    starts: list[datetime] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    scans: list[date] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    patience: timedelta = timedelta(days=20)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> bool:
        assert 0 <= seconds <= 30
        self.move(timedelta(seconds=seconds))
        return self.now >= self.until or self.waited > self.patience

    def move(self, by: timedelta) -> None:
        self.waited += by
        self.now += by
        if self.jumps and self.now >= self.jumps[0][0]:
            self.now += self.jumps.pop(0)[1]

    def scan(self) -> int:
        self.starts.append(self.now)
        on = self.now.astimezone(BERLIN).date()
        history = [ScanRow("", done, 1, "complete", self.now, self.now) for done in self.scans]
        try:
            if due(history, (), on, ScheduleSettings()).today:
                self.scans.append(on)
            self.codes.append(0)
        except UsageError:
            self.codes.append(2)
        self.move(self.takes)
        return self.codes[-1]


def lived(expression: str, world: World) -> World:
    Server(Timetable(expression, BERLIN), world.clock, world.wait, world.scan, world.said.append).serve()
    return world


def test_it_scans_at_the_start_and_at_every_time() -> None:
    """Berlin is two hours ahead of UTC in summer: 04:10 is 02:10."""
    world = lived("10 4 * * *", World(at("2026-06-01T10:00"), at("2026-06-03T12:00")))
    assert world.starts == [at("2026-06-01T10:00"), at("2026-06-02T02:10"), at("2026-06-03T02:10")]
    assert world.scans == [date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)]


def test_one_line_is_said_per_run() -> None:
    world = lived("10 4 * * *", World(at("2026-06-01T10:00"), at("2026-06-02T12:00")))
    assert len(world.said) == 2
    assert world.said[0].startswith("2026-06-01 12:00:00 CEST: scan ended with 0 after ")
    assert world.said[0].endswith("the next is at 2026-06-02 04:10:00 CEST")


@pytest.mark.parametrize(
    ("expression", "moment"),
    [
        # 02:00 to 03:00 is left out: the clock goes from 00:59:59 UTC, 01:59:59 local, to 03:00 local at 01:00 UTC
        ("30 2 * * *", "2027-03-28T01:00"),
        ("10 4 * * *", "2027-03-28T02:10"),
    ],
)
def test_the_night_that_is_an_hour_short_has_one_scan(expression: str, moment: str) -> None:
    world = lived(expression, World(at("2027-03-27T10:00"), at("2027-03-28T20:00")))
    assert world.starts == [at("2027-03-27T10:00"), at(moment)]
    assert world.scans == [date(2027, 3, 27), date(2027, 3, 28)]


@pytest.mark.parametrize("minutes", [3, 45, 80])
@pytest.mark.parametrize(
    ("expression", "moment"),
    # 02:30 is at 00:30 UTC and again at 01:30 UTC; 04:10 is at 03:10 UTC, an hour later than the night before
    [("30 2 * * *", "2026-10-25T00:30"), ("10 4 * * *", "2026-10-25T03:10")],
)
def test_the_night_that_is_an_hour_long_has_one_scan(expression: str, moment: str, minutes: int) -> None:
    """Also when the scan ends while the doubled hour is there for the second time."""
    takes = timedelta(minutes=minutes)
    world = lived(expression, World(at("2026-10-24T10:00"), at("2026-10-25T20:00"), takes))
    assert world.starts == [at("2026-10-24T10:00"), at(moment)]
    assert world.scans == [date(2026, 10, 24), date(2026, 10, 25)]


def test_a_start_within_the_doubled_hour_is_not_followed_by_a_time_that_is_over() -> None:
    """01:10 UTC is 02:10 for the second time."""
    world = lived("30 2 * * *", World(at("2026-10-25T01:10"), at("2026-10-25T20:00")))
    assert world.starts == [at("2026-10-25T01:10")]


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=30), timedelta(days=4)])
def test_a_clock_that_leaps_or_a_machine_that_slept_makes_up_with_one_scan(jump: timedelta) -> None:
    start = at("2026-06-01T10:00")
    awake = at("2026-06-01T23:00")
    world = lived("10 4 * * *", World(start, awake + jump + timedelta(hours=1), jumps=[(awake, jump)]))
    assert len(world.starts) == 2
    assert timedelta(0) <= world.starts[1] - (awake + jump) <= timedelta(seconds=30)
    assert len(set(world.scans)) == len(world.scans) == 2


def test_a_clock_set_back_by_an_hour_scans_no_date_twice() -> None:
    """02:40 UTC is 04:40: the time of 04:10 comes again."""
    back = (at("2026-06-02T02:40"), timedelta(hours=-1))
    world = lived("10 4 * * *", World(at("2026-06-01T10:00"), at("2026-06-03T12:00"), jumps=[back]))
    assert world.scans == [date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 3)]
    assert [start for start in world.starts if start.day == 2] == [at("2026-06-02T02:10")] * 2
    assert any("the clock went back" in line for line in world.said)


def test_a_clock_set_back_by_days_is_an_error_until_it_has_caught_up() -> None:
    back = (at("2026-06-05T10:00"), timedelta(days=-2))
    world = lived("10 4 * * *", World(at("2026-06-04T10:00"), at("2026-06-06T12:00"), jumps=[back]))
    assert world.scans == [date(2026, 6, 4), date(2026, 6, 5), date(2026, 6, 6)]
    assert world.codes.count(2) == 1


def test_times_that_pass_during_a_scan_are_made_up_for_by_one() -> None:
    """A scan of 50 hours from 10:00 on the 1st ends at 12:00 on the 3rd, the next at 14:00 on the 5th, each past two
    times."""
    world = lived("10 4 * * *", World(at("2026-06-01T10:00"), at("2026-06-05T20:00"), timedelta(hours=50)))
    assert world.starts == [at("2026-06-01T10:00"), at("2026-06-03T12:00"), at("2026-06-05T14:00")]
    assert world.said[0].endswith("the next is due")


def test_scans_never_overlap() -> None:
    takes = timedelta(minutes=40)
    world = lived("*/15 * * * *", World(at("2026-06-01T10:00"), at("2026-06-01T18:00"), takes))
    assert all(later - earlier >= takes for earlier, later in pairwise(world.starts))
    assert world.scans == [date(2026, 6, 1)]


def test_who_is_stopped_before_the_start_scans_nothing() -> None:
    assert lived("10 4 * * *", World(at("2026-06-01T10:00"), at("2026-06-01T10:00"))).starts == []


@pytest.mark.parametrize("wrong", ["10 4", "61 4 * * *", "nightly", "0 0 30 2 *"])
def test_a_schedule_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="no schedule"):
        Timetable(wrong, BERLIN)


@pytest.mark.parametrize("moment", ["2027-03-28T00:59:59", "2026-10-25T00:30", "2026-10-25T01:30", "2026-06-01T02:10"])
@pytest.mark.parametrize("expression", ["30 2 * * *", "10 4 * * *", "*/5 * * * *", "0 */2 * * *"])
def test_the_next_time_is_always_to_come(expression: str, moment: str) -> None:
    timetable: Callable[[datetime], datetime] = Timetable(expression, BERLIN).after
    assert timetable(at(moment)) > at(moment)
