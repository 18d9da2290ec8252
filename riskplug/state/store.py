"""The state database: opened, migrated, and the few things a scan does with it, each in one transaction."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import URL, Connection, Engine, select
from sqlalchemy.exc import DatabaseError, OperationalError

from riskplug.alerts import (
    Decision,
    Memory,
    Reconciled,
    Silence,
    conform_handlings,
    conform_ledger,
    conform_volumes,
)
from riskplug.deliver import Leased, Message, OutboxRow, Posted, Settlement
from riskplug.errors import StateUnusable
from riskplug.model import Outcome
from riskplug.state import leasing, marks, people, post, seals, shelf
from riskplug.state.backup import restore_hint, schema_of
from riskplug.state.claims import LEASE, Claim, claim, hold, miss, status_now
from riskplug.state.disk import FIX
from riskplug.state.dump import write_dump
from riskplug.state.engine import make_engine, reading, state_file, state_url
from riskplug.state.ledger import read_ledger, read_volumes, scan_dates, write_coverage, write_ledger
from riskplug.state.migrate import Upgraded, current, refuse_unknown_file, revisions, upgrade, usable
from riskplug.state.people import AlertEvent
from riskplug.state.restore import Restored, last_doubtful, restore_dump
from riskplug.state.schema import scan
from riskplug.state.silences import add_silence, end_silence, read_silences


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan that was claimed, and how it ended."""

    id: str
    business_date: date
    attempt: int
    status: str
    started: datetime
    finished: datetime | None


@dataclass(frozen=True)
class State:
    """The ledger and outbox of one database. Every method is one transaction.

    ``scope`` keeps apart the messages of workspaces that share a database; an empty one sees them all.
    """

    engine: Engine
    clock: Callable[[], datetime]
    scope: str = ""

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _explained(self.engine), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _explained(self.engine), reading(self.engine).begin() as connection:
            yield connection

    def claim_scan(
        self, business_date: date, scope: str, owner: str, lease: timedelta = LEASE, *, once: bool = False
    ) -> Claim:
        """The right to scan a scope; LockHeld while somebody else has it.

        ``once``: AlreadyScanned where a scan of the date is complete.
        """
        with self._writing() as connection:
            return claim(connection, business_date, scope, owner=owner, now=self.clock(), lease=lease, once=once)

    def miss_scan(self, business_date: date, scope: str, owner: str, reason: str) -> None:
        """Write down that a date was not scanned and cannot be any more."""
        with self._writing() as connection:
            miss(connection, business_date, scope, owner=owner, now=self.clock(), reason=reason)

    def finish_scan(self, taken: Claim, status: str, summary: Mapping[str, object]) -> None:
        """Give the claim back; LockHeld when another scan took over meanwhile."""
        with self._writing() as connection:
            hold(connection, taken, status=status, finished=self.clock(), summary=dict(summary))

    def scans(self, scope: str) -> list[ScanRow]:
        """Every claimed scan, the newest first; one whose process is dead or whose lease is over is abandoned."""
        columns = (scan.c.id, scan.c.business_date, scan.c.attempt, scan.c.status, scan.c.started, scan.c.finished)
        query = select(*columns, scan.c.owner, scan.c.lease_until).where(scan.c.scope == scope)
        now = self.clock()
        with self._reading() as connection:
            rows = connection.execute(query.order_by(scan.c.started.desc())).all()
        return [
            ScanRow(number, on, attempt, status_now(status, owner, until, now), started, finished)
            for number, on, attempt, status, started, finished, owner, until in rows
        ]

    def ledger(self, scope: str) -> pd.DataFrame:
        """Every alert of a scope, LEDGER_COLUMNS."""
        with self._reading() as connection:
            return conform_ledger(read_ledger(connection, scope))

    def memory(self, scope: str, scans: int = 14) -> Memory:
        """What people decided, how much each rule found, the dates of the last scans, and all silences."""
        with self._reading() as connection:
            return Memory(
                conform_handlings(people.read_handlings(connection, scope)),
                conform_volumes(read_volumes(connection, scope)),
                scan_dates(connection, scope, scans),
                tuple(read_silences(connection, scope)),
            )

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Keep what somebody decided, one row per alert and kind, and log it."""
        with self._writing() as connection:
            people.decide(connection, decisions, self.clock())

    def withdraw(self, handled: pd.DataFrame, author: str, reason: str, on: date | None = None) -> None:
        """Take back decisions (rows of HANDLING_COLUMNS), and log it."""
        with self._writing() as connection:
            people.withdraw(connection, handled, author, reason, on, self.clock())

    def comment(self, keys: Sequence[str], author: str, text: str, on: date | None = None) -> None:
        """Log a remark about alerts."""
        with self._writing() as connection:
            people.comment(connection, keys, author, text, on, self.clock())

    def release(self, scope: str, rule: str, author: str, reason: str, on: date | None = None) -> int | None:
        """Let the held alerts of a rule pass; how many findings that allows, None when it is not held."""
        with self._writing() as connection:
            return people.release(connection, scope, rule, author, reason, on, self.clock())

    def silences(self, scope: str) -> list[Silence]:
        """Every silence, the oldest first, ended ones included."""
        with self._reading() as connection:
            return read_silences(connection, scope)

    def silence(self, scope: str, made: Silence) -> Silence:
        """Keep a silence; the same with its number and time."""
        with self._writing() as connection:
            return add_silence(connection, scope, made, self.clock())

    def unsilence(self, number: int, author: str, reason: str, on: date) -> bool:
        """Take a silence back; False where that has been done already."""
        with self._writing() as connection:
            return end_silence(connection, number, author, reason, on, self.clock())

    def scan_dates(self, scope: str, limit: int) -> tuple[date, ...]:
        """Business dates of the last complete scans, the newest first."""
        with self._reading() as connection:
            return scan_dates(connection, scope, limit)

    def held_rules(self, scope: str) -> tuple[str, ...]:
        """Rules whose alerts the volume guard holds."""
        with self._reading() as connection:
            volumes = read_volumes(connection, scope)
        return tuple(volumes.loc[volumes["held"].astype(bool), "rule"])

    def events(self, scope: str, keys: Sequence[str]) -> list[AlertEvent]:
        """What happened to some alerts, the oldest first."""
        with self._reading() as connection:
            return people.events(connection, scope, keys)

    def apply(self, taken: Claim, reconciled: Reconciled, outcome: Outcome, messages: Sequence[Message]) -> None:
        """Write what a night did: ledger, events, coverage and messages, all or nothing, under the claim."""
        now = self.clock()
        with self._writing() as connection:
            hold(connection, taken, lease_until=now + LEASE)
            write_coverage(connection, taken.scan_id, outcome.coverage)
            write_ledger(connection, taken, reconciled, now)
            post.add(connection, taken, messages, now)

    def lease(self, receivers: Collection[str], *, now: datetime, lease: timedelta, owner: str) -> Leased | None:
        """The next message that is due, taken by exactly one caller."""
        with self._writing() as connection:
            return leasing.take(connection, receivers, scope=self.scope, now=now, lease=lease, owner=owner)

    def settle(self, leased: Leased, settlement: Settlement, *, now: datetime) -> bool:
        """Record the end of an attempt; False when the lease was lost."""
        with self._writing() as connection:
            return leasing.settle(connection, leased, settlement, now)

    def waiting(self) -> list[OutboxRow]:
        """Every message not delivered, dead ones included, oldest first."""
        with self._reading() as connection:
            return post.waiting(connection, self.scope, self.clock())

    def posted(self) -> list[Posted]:
        """Per receiver and slot the newest message that is out there or on its way."""
        with self._reading() as connection:
            return post.posted(connection, self.scope)

    def heartbeat(self, taken: Claim, lease: timedelta = LEASE) -> None:
        """Keep a claim that takes long; LockHeld when another scan took over."""
        with self._writing() as connection:
            hold(connection, taken, lease_until=self.clock() + lease)

    def check_rows(self) -> int:
        """Compare every alert and message with its checksum; how many have one. StateUnusable where they differ."""
        with self._reading() as connection:
            return seals.check_rows(connection)

    def dump(self, target: Path) -> Path:
        """Copy a PostgreSQL state, which may be in use, into a file."""
        with _explained(self.engine), reading(self.engine).begin() as connection:
            return write_dump(connection, str(current(connection)), target)

    def restore(
        self, backup: Path, folder: Path, *, nights: Collection[date] = (), told: Collection[str] = ()
    ) -> Restored:
        """Put a copy of a PostgreSQL state back, all at once; what gives way is kept in ``folder``."""
        with _explained(self.engine):
            return restore_dump(backup, self.engine, folder, clock=self.clock, nights=nights, told=told)

    def close(self) -> None:
        """Give back the database's connections."""
        self.engine.dispose()

    def mark_restored(self, nights: Collection[date], told: Collection[str]) -> tuple[datetime, tuple[date, ...]]:
        """Write down that this database was put back to an older state, by its own tools.

        ``nights``: dates known to have been scanned. Returns when the state was last written, and the dates that it
        does not know. LockHeld while a scan is under way.
        """
        now = self.clock()
        with self._writing() as connection:
            marks.refuse_while_scanning(connection, now)
            mine = marks.scanned(connection)
            until = last_doubtful(now, {*mine, *nights})
            since = marks.mark(connection, now, until=until, told=told)
        newest = max(mine, default=date.min)
        return since, tuple(sorted(night for night in nights if night > newest))

    def turn(self, scope: str, business_date: date) -> int:
        """How many scans of a date had something to tell; a state that was put back counts as it did then."""
        with self._reading() as connection:
            return post.turn(connection, scope, business_date)

    def retry(self, message: int) -> bool:
        """Put a message that was given up or put away back into the queue; False when it was neither."""
        with self._writing() as connection:
            return shelf.put_back(connection, message, self.scope, self.clock())

    def drop(self, messages: Sequence[int], by: str, reason: str) -> list[int]:
        """Put away messages that wait or are dead; the numbers that are neither, and then nothing is changed."""
        with self._writing() as connection:
            return shelf.drop(connection, messages, shelf.Dropping(by, reason, self.clock()), self.scope)

    def prune(self, scope: str, on: date, keep_days: int) -> int:
        """Delete messages that are over and older than so many days, but none of the date ``on``; returns how many."""
        now = self.clock()
        with self._writing() as connection:
            return shelf.prune(connection, scope, on, now - timedelta(days=keep_days), now)


def open_state(url: str, root: Path, *, clock: Callable[[], datetime], scope: str = "") -> State:
    """Open and migrate a state database; a relative SQLite path is relative to ``root``.

    StateUnusable when it is newer than this version, damaged, not riskplug's, or cannot be reached.
    """
    state, _ = open_and_upgrade(url, root, clock=clock, scope=scope)
    return state


def open_and_upgrade(url: str, root: Path, *, clock: Callable[[], datetime], scope: str = "") -> tuple[State, Upgraded]:
    """``open_state``, and what was done to bring the database to this version's schema."""
    place = state_url(url, root)
    refuse_unknown_file(place)
    engine = make_engine(place)
    with ExitStack() as undo:
        undo.callback(engine.dispose)
        with _explained(engine):
            done = upgrade(engine, clock, keep=backups_of(place, root))
        undo.pop_all()
    return State(engine, clock, scope), done


def found_schema(url: str, root: Path) -> tuple[str | None, str]:
    """The schema that a database has, None where it is empty or not there, and this version's; nothing is written."""
    place = state_url(url, root)
    refuse_unknown_file(place)
    file, head = state_file(place), revisions()[0]
    if file is not None:
        return (schema_of(file) if file.is_file() and file.stat().st_size else None), head
    engine = make_engine(place)
    try:
        with _explained(engine), reading(engine).begin() as connection:
            return usable(connection, revisions()), head
    finally:
        engine.dispose()


def backups_of(url: URL, root: Path) -> Path:
    """Where copies are kept that riskplug makes by itself: beside a SQLite file, else in the workspace."""
    file = state_file(url)
    return (file.parent if file else root / ".riskplug") / "backups"


_CURES = {
    "disk is full": ("the state cannot be written", FIX),
    "disk I/O": ("the state cannot be written", FIX),
    "readonly": ("the state cannot be written", FIX),
    "locked": (
        "the state is held by another program",
        "end what holds it, such as a copy or an editor of databases, and scan again",
    ),
}


def _cure(said: str) -> tuple[str, str]:
    """What an operational error means, and what to do about it."""
    unreached = "the state database cannot be reached", "check that it runs and that the URL is right"
    return next((cure for words, cure in _CURES.items() if words in said), unreached)


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    """A driver's error as what, where and what to do, without parameters or passwords."""
    where, file = engine.url.render_as_string(), state_file(engine.url)
    try:
        yield
    except OperationalError as error:
        what, fix = _cure(str(error.orig))
        raise StateUnusable(f"{what}: {error.orig}", where, fix) from error
    except DatabaseError as error:
        fix = restore_hint(file) if file else "restore it from your backup"
        raise StateUnusable(f"the state database cannot be read: {error.orig}", where, fix) from error
