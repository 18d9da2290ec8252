"""A clock for hosts without a scheduler of their own: it starts the one-shot scan at the times of a schedule.

It decides nothing about dates: the scan that it starts knows which are due, and does each once. So a clock that is set
back, a night that lasts two hours longer or a machine that slept cost an idle start and never a second scan.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from riskplug.errors import UsageError

LOOK_SECONDS = 30.0
"""How often the clock on the wall is looked at: waiting is measured by another one, which stands still in a machine
that sleeps and knows nothing of a clock that was set."""
GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Timetable:
    """Times in cron's five fields, in a time zone, with Debian cron's care for daylight-saving switches.

    A time that a switch leaves out comes right after the gap, one that it doubles comes the first time only.
    """

    expression: str
    zone: ZoneInfo

    def __post_init__(self) -> None:
        try:
            CronSim(self.expression, datetime.now(self.zone))
        except CronSimError as error:
            raise UsageError(
                f"{self.expression!r} is no schedule: {error}",
                "--schedule",
                'write minute, hour, day, month and weekday, such as "10 4 * * *"',
            ) from error

    def after(self, moment: datetime) -> datetime:
        """The first time after a moment, in UTC; UsageError when there is none in fifty years."""
        for at in CronSim(self.expression, moment.astimezone(self.zone)):
            # in the doubled hour the first time of it may be over already
            if at.astimezone(UTC) > moment:
                return at.astimezone(UTC)
        raise UsageError(f"{self.expression!r} never comes", "--schedule", "name a day that there is")


@dataclass(frozen=True, slots=True)
class Server:
    """Scans at once and then at every time of the timetable. ``wait`` waits so many seconds; True: stop."""

    timetable: Timetable
    clock: Callable[[], datetime]
    wait: Callable[[float], bool]
    scan: Callable[[], int]
    say: Callable[[str], None]

    def serve(self) -> None:
        """Until told to stop. Times that pass during a scan, or while the machine sleeps, are made up for by one."""
        seen = self.clock()
        if not self.wait(0):
            self._scan()
        due = self.timetable.after(seen)
        while not self.wait(max(0.0, min(LOOK_SECONDS, (due - self.clock()).total_seconds()))):
            now = self.clock()
            if now < seen:
                self.say(f"the clock went back to {self._local(now)}")
                due = self.timetable.after(now)
            if now >= due:
                self._scan()
                # from its start on: what came during it is over by now and made up for at once
                due = self.timetable.after(now)
            seen = now

    def _scan(self) -> None:
        started, began = time.monotonic(), self.clock()
        code = self.scan()
        lasted = time.monotonic() - started
        self.say(f"{self._local(began)}: scan ended with {code} after {lasted:.0f} s; {self._next(began)}")

    def _next(self, began: datetime) -> str:
        due = self.timetable.after(began)
        return "the next is due" if due <= self.clock() else f"the next is at {self._local(due)}"

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self.timetable.zone).strftime("%Y-%m-%d %H:%M:%S %Z")


@dataclass
class Child:
    """One scan as a process of its own, which is sent the signal that stops us."""

    command: Sequence[str]
    stopped: Event = field(default_factory=Event)
    signal: int = 0

    def stop(self, number: int) -> None:
        """For a signal handler: end the scan that runs and start no other."""
        self.signal = number
        self.stopped.set()

    def __call__(self) -> int:
        """Run it to its end; its exit code, 128 and more for a signal as a shell has it."""
        # a session of its own: a Ctrl-C at the terminal reaches it through us, once
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, start_new_session=True)
        while True:
            try:
                code = process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                if self.stopped.is_set():
                    code = self._end(process)
                else:
                    continue
            return 128 - code if code < 0 else code

    def _end(self, process: "subprocess.Popen[bytes]") -> int:
        process.send_signal(self.signal)
        try:
            return process.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
