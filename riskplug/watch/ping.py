"""A dead man's switch: an address outside is told that a scan starts and how it ended; its silence is the alarm.

The protocol is that of Healthchecks (healthchecks.io/docs/http_api): the address itself says success, ``/start`` that
a scan is under way, ``/fail`` that it broke off, ``/<exit code>`` how it ended. The body is text for people; nothing in
it names a part, a file, a supplier or a receiver.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from riskplug.errors import UNFORESEEN, UsageError
from riskplug.extend.options import url_of
from riskplug.extend.web import Request, ask
from riskplug.model import ScanRecord
from riskplug.secrets import SecretRef
from riskplug.watch.night import Ended

TIMEOUT = 5.0
_TRIES = 2
_HEADERS = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "riskplug"}
_MEANINGS: Mapping[int, str] = {
    0: "complete",
    1: "complete, findings at or above the threshold",
    2: "the settings are wrong",
    3: "complete, but to be read with care",
    4: "complete, but somebody could not be told",
    6: "the data were refused",
    10: "the state is missing",
    11: "the state cannot be used",
    UNFORESEEN: "broke off unforeseen",
    130: "interrupted",
}


def ping_start(url: SecretRef, private_hosts: tuple[str, ...] = ()) -> str:
    """Say that a scan is under way; what went wrong with saying it, else nothing."""
    return _ping(url, "start", "", private_hosts)


def ping_end(url: SecretRef, night: Ended, private_hosts: tuple[str, ...] = ()) -> str:
    """Say how a scan ended; what went wrong with saying it, else nothing. Asked twice: silence would be an alarm."""
    where = "" if night.is_success else "fail" if night.exit_code == UNFORESEEN else str(night.exit_code)
    problem = ""
    for _ in range(_TRIES):
        problem = _ping(url, where, summary(night), private_hosts)
        if not problem:
            break
    return problem


def summary(night: Ended) -> str:
    """How a scan ended, in a few lines: codes, counts and seconds only."""
    meaning = _MEANINGS.get(night.exit_code, "broke off")
    lines = [f"scan {night.scan_id or 'not begun'}", f"exit code {night.exit_code}: {meaning}"]
    if night.reason:
        lines.append(f"error: {night.reason}")
    lines.append(f"{night.seconds:.0f} seconds")
    if night.record is not None:
        lines += _counts(night.record)
    return "\n".join(lines) + "\n"


def _counts(record: ScanRecord) -> tuple[str, str]:
    found = record.outcome.findings["severity"].astype("str").value_counts()
    waiting, dead = (sum(counts.get(name, 0) for counts in record.posts.values()) for name in ("waiting", "dead"))
    return (
        ", ".join(f"{int(found.get(name, 0))} {name}" for name in ("critical", "warning", "info")),
        f"{len(record.degraded)} reasons for care, {waiting} messages waiting, {dead} given up",
    )


def _ping(url: SecretRef, where: str, body: str, private_hosts: tuple[str, ...]) -> str:
    try:
        base = url_of(url)
    except UsageError as error:
        return f"{error.what} ({error.where})"
    hidden = _secrets(base)
    request = Request(_below(base, where), "POST", body.encode(), _HEADERS, None, hidden, private_hosts)
    answer = ask(request, timeout=TIMEOUT)
    # What the other side says is not repeated: an error page may hold the address.
    if 200 <= answer.status < 300:
        return ""
    if 300 <= answer.status < 400:
        return "a redirect, which is not followed"
    return f"HTTP {answer.status}" if answer.status else answer.detail


def _below(base: str, where: str) -> str:
    """The address with a word added to its path; a query stays."""
    parts = urlsplit(base)
    path = f"{parts.path.rstrip('/')}/{where}" if where else parts.path
    return urlunsplit(parts._replace(path=path))


def _secrets(base: str) -> tuple[str, ...]:
    """The address, and what of its path is long enough to be the key in it."""
    parts = urlsplit(base)
    return (base, *(piece for piece in (*parts.path.split("/"), parts.query) if len(piece) >= 8))
