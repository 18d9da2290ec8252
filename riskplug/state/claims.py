"""One scan at a time per scope, whatever the clock, the number of schedulers or a crash does."""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from riskplug.errors import AlreadyScanned, LockHeld
from riskplug.state.schema import ABANDONED, COMPLETE, MISSED, RUNNING, scan

LEASE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to scan. ``token`` fences: once another scan took over, nothing can be written with it."""

    scan_id: str
    business_date: date
    scope: str
    attempt: int
    token: str


def claim(
    connection: Connection,
    business_date: date,
    scope: str,
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    once: bool = False,
) -> Claim:
    """Take the claim, or LockHeld. Expired claims, and those of a dead process of this host, are taken over.

    ``once``: AlreadyScanned where a scan of the date is complete.
    """
    held = connection.execute(
        select(scan.c.id, scan.c.owner, scan.c.lease_until, scan.c.started, scan.c.business_date).where(
            scan.c.scope == scope, scan.c.status == RUNNING
        )
    ).one_or_none()
    if held and status_now(RUNNING, held.owner, held.lease_until, now) == RUNNING:
        raise _held(scope, f"{held.business_date} by {held.owner} since {held.started:%Y-%m-%d %H:%M} UTC")
    if held:
        connection.execute(
            update(scan).where(scan.c.id == held.id, scan.c.status == RUNNING).values(status=ABANDONED, finished=now)
        )
    attempt = _attempts(connection, business_date, scope) + 1
    number = f"{business_date}-{attempt}-{secrets.token_hex(3)}"
    taken = Claim(number, business_date, scope, attempt, secrets.token_hex(16))
    row = {"id": taken.scan_id, "business_date": business_date, "scope": scope, "attempt": attempt, "status": RUNNING}
    lock = {"owner": owner, "token": taken.token, "lease_until": now + lease, "started": now}
    try:
        connection.execute(insert(scan).values(**row, **lock))
    except IntegrityError as error:
        raise _held(scope, "another process, just now") from error
    # Asked only now: the running row keeps everybody else from completing the date meanwhile.
    if once and _has(connection, business_date, scope, COMPLETE):
        raise AlreadyScanned(f"{business_date} has been scanned", f"scope {scope}", "nothing is to be done")
    return taken


def miss(connection: Connection, business_date: date, scope: str, *, owner: str, now: datetime, reason: str) -> None:
    """Write down that a date was not scanned and why, unless that or its scan is known already."""
    if _has(connection, business_date, scope, COMPLETE, MISSED):
        return
    attempt = _attempts(connection, business_date, scope) + 1
    number = f"{business_date}-{attempt}-{secrets.token_hex(3)}"
    row = {"id": number, "business_date": business_date, "scope": scope, "attempt": attempt, "status": MISSED}
    when = {"owner": owner, "token": secrets.token_hex(16), "lease_until": now, "started": now, "finished": now}
    connection.execute(insert(scan).values(**row, **when, summary={"reason": reason}))


def _attempts(connection: Connection, business_date: date, scope: str) -> int:
    of_date = scan.c.business_date == business_date, scan.c.scope == scope
    return connection.execute(select(func.max(scan.c.attempt)).where(*of_date)).scalar() or 0


def _has(connection: Connection, business_date: date, scope: str, *statuses: str) -> bool:
    wanted = scan.c.business_date == business_date, scan.c.scope == scope, scan.c.status.in_(statuses)
    return connection.execute(select(scan.c.id).where(*wanted).limit(1)).first() is not None


def hold(connection: Connection, taken: Claim, **values: object) -> None:
    """Change the claim's row; LockHeld when it is no longer ours. In one transaction with what it protects."""
    mine = scan.c.id == taken.scan_id, scan.c.token == taken.token, scan.c.status == RUNNING
    changed = connection.execute(update(scan).where(*mine).values(**(values or {"token": taken.token})))
    if changed.rowcount != 1:
        raise LockHeld(
            f"another scan took over from {taken.scan_id}",
            f"scope {taken.scope}",
            "nothing of this scan was written; the other one reports",
        )


def status_now(status: str, owner: str, lease_until: datetime, now: datetime) -> str:
    """A scan's status, where a running one of a dead process or with an expired lease counts as abandoned."""
    return ABANDONED if status == RUNNING and (lease_until <= now or is_gone(owner)) else status


def this_owner() -> str:
    """This process, so that another can tell whether it still lives."""
    return f"{socket.gethostname()}:{_namespace()}:{os.getpid()}"


def is_gone(owner: str) -> bool:
    """Whether the process is certainly dead; False where this host cannot know."""
    place, _, pid = owner.rpartition(":")
    if place != this_owner().rpartition(":")[0] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _namespace() -> str:
    """Containers may share a host name but count their processes each for itself."""
    boot, pids = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    try:
        return f"{boot.read_text().strip()[:8]}.{pids.readlink()}".replace(":", "")
    except OSError:
        return "-"


def _held(scope: str, who: str) -> LockHeld:
    return LockHeld(
        f"a scan is already running: {who}", f"scope {scope}", "wait for it to end; its claim expires by itself"
    )
