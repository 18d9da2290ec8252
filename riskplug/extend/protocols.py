"""What a plugin's classes must be. Hooks say what there is; these protocols do the work.

Frames where the count grows with the data, records where it grows with what people act on.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from riskplug.catalogue import Fact
from riskplug.model import Frames, Severity

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class ScanContext:
    """What a plugin may know of the scan it works in. ``business_date`` is today: nothing else tells the time.

    ``root``: the workspace's folder; relative paths in options are meant from there.
    """

    scan_id: str
    business_date: date
    currency: str
    horizon_days: int
    root: Path = Path()


@runtime_checkable
class Source(Protocol):
    """Reads canonical tables from somewhere no profile can describe.

    ``Options`` is a pydantic model of the source's ``options`` in riskplug.toml. Values are handed over as text, in
    the dialect of the `canonical` profile (decimal point, ISO dates), and typed by the same contract as any file.
    """

    kind: ClassVar[str]
    Options: ClassVar[type[Any]]

    def __init__(self, options: Any, /) -> None: ...

    def tables(self) -> frozenset[str]:
        """Canonical tables it can give."""
        ...

    def read(self, table: str, context: ScanContext) -> "pd.DataFrame":
        """The table as text columns; what is absent is unknown."""
        ...

    def extracted_at(self, table: str) -> datetime | None:
        """When the data was extracted, time-zone aware; None when nothing says so."""
        ...


@runtime_checkable
class Reshaper(Protocol):
    """Turns the rows of an export into others where a profile cannot say how: BOM versions, tables in tables.

    A profile names it by its kind: ``reshape: <kind>``, with the further tables it reads under ``inputs``.
    """

    kind: ClassVar[str]

    def reshape(self, rows: "pd.DataFrame", inputs: Frames, business_date: date) -> "pd.DataFrame":
        """``rows`` and ``inputs`` are text under the source's column names, blanks missing (NaN).

        The result has text columns, and in ``(row)`` the number that the row it was made from has there: quarantine
        names the line of the file by it. Rows of ``rows`` that appear nowhere are counted as left out.
        """
        ...


@runtime_checkable
class ContentMapper(Protocol):
    """Says what is in a part."""

    kind: ClassVar[str]

    def map_content(self, parts: "pd.DataFrame", context: ScanContext) -> "pd.DataFrame":
        """CONTENT_COLUMNS (model.py) for parts of the canonical table; no row means nothing to say."""
        ...


@runtime_checkable
class RuleKind(Protocol):
    """A rule in Python, for what the expression language cannot say.

    ``needs`` names the canonical tables (``inventory``) and fact grains (``facts.part``) it may see, as a frozenset, or
    as a mapping to the columns that it reads; nothing else is handed over. ``Options`` is a pydantic model that the
    rule file's options must satisfy. The docstring is the reference page.
    """

    kind: ClassVar[str]
    Options: ClassVar[type[Any]]

    def __init__(self, options: Any, /) -> None: ...

    @property
    def needs(self) -> Collection[str]:
        """Of the class: names, or a mapping of names to column names."""
        ...

    def assess(self, tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """Findings: columns severity, message and the identity columns the rule file names; more is evidence."""
        ...


@runtime_checkable
class Enricher(Protocol):
    """Adds columns to a fact table: a company's own class of part, a price, a rating.

    ``columns`` declares them as the catalogue does its own (name, type, doc, choices, unit); rules, schemas, exports
    and machine output then know them. ``needs`` names the canonical tables that are handed over.
    """

    kind: ClassVar[str]
    grain: ClassVar[str]
    columns: ClassVar[tuple[Fact, ...]]
    needs: ClassVar[frozenset[str]]

    def enrich(self, facts: "pd.DataFrame", tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """A frame with the declared columns and the index of ``facts``; what is missing in it is unknown."""
        ...


@runtime_checkable
class AlternateFinder(Protocol):
    """Names other parts that may do in place of one. Advice that nobody approved: never counted as supply.

    ``needs`` names the canonical tables that are handed over. It is asked about parts that a measure catches or that
    run short.
    """

    kind: ClassVar[str]
    needs: ClassVar[frozenset[str]]

    def find(self, part_nos: "pd.Series", tables: Frames, context: ScanContext) -> "pd.DataFrame":
        """part_no (of those asked), alternate_part_no (of the part master), basis (why, in a few words), free_of
        (materials it does without, comma-separated; may be missing, column and values), score (0 to 1, 1 is best).

        One row per pair; no row means nothing to say.
        """
        ...


@dataclass(frozen=True, slots=True)
class Section:
    """What a section of the report says: plain text and plain values, no HTML. Every row has a cell per heading."""

    paragraphs: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str | float | int | bool | date | None, ...], ...] = ()


@runtime_checkable
class ReportSection(Protocol):
    """A section of the brief and of the machine output. ``needs`` names the fact grains that are handed over."""

    kind: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[frozenset[str]]

    def section(self, facts: Frames, context: ScanContext) -> Section:
        """What it says tonight; an empty Section says nothing and is not shown."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """`riskplug NAME`. ``run`` takes the words after the name and gives the exit code (None: 0), or is a Typer app."""

    name: str
    help: str
    run: Callable[[Sequence[str]], int | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a receiver can take."""

    text: int = 40_000
    blocks: int = 45
    per_second: float = 1.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a receiver can do beyond taking a message.

    ``update`` and ``thread`` together make a conversation: digests come as a parent with replies, critical alerts as
    messages of their own, both edited later. ``file``: takes files, in the thread where it has threads, else with the
    message. ``chat``: read by many; prices and customers are left out unless the workspace says otherwise.
    ``standing``: wants every open alert every night (`Digest.standing`), also when there is no news: a receiver that
    forgets what it is not told again.
    """

    update: bool = False
    thread: bool = False
    file: bool = False
    reconcile: bool = False
    idempotent: bool = False
    chat: bool = False
    standing: bool = False


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One alert in a digest, already worded and redacted; escaping is the notifier's.

    ``about``: what it is about, without the title. ``left``: its measure in a word or two (``12 days``), or empty.
    ``state``: what became of it since it was told, for a message edited in place.
    For receivers that keep alerts of their own: ``rule``, ``identity`` (its fields, redacted as the title is) and
    ``episode``, which counts how often it came back after it was over.
    """

    severity: Severity
    change: str
    title: str
    text: str
    owner: str
    key: str
    about: str = ""
    left: str = ""
    state: str = ""
    rule: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    episode: int = 1


DigestPart = Literal["whole", "parent", "thread", "single", "note", "status"]


@dataclass(frozen=True, slots=True)
class Digest:
    """What a receiver is told in one night: equal input gives an equal digest, byte for byte.

    ``part``: ``whole`` is everything in one message, for a receiver without threads. In a conversation the ``parent``
    has the counts and ``top``, each ``thread`` the lines of one group (``headline`` names it), a ``single`` one alert,
    a ``note`` what happened to it, a ``status`` that nothing is new. ``open``: open alerts by severity, with the
    difference to the last scan. ``silences``, ``gaps``, ``dates``: what ends soon, what could not be checked, which
    rules and data; ``notes`` has all else, and in a ``whole`` one silences and gaps too.
    ``standing``: every open alert of the receiver, worst first, for one whose capabilities ask for it.
    """

    workspace: str
    business_date: date
    scan_id: str
    headline: str
    counts: Mapping[str, int]
    lines: tuple[DigestLine, ...]
    more: int = 0
    notes: tuple[str, ...] = ()
    part: DigestPart = "whole"
    open: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    top: tuple[DigestLine, ...] = ()
    silences: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    standing: tuple[DigestLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send. ``alt``: what a screen reader says of a picture."""

    name: str
    media_type: str
    content: bytes
    alt: str = ""


Operation = Literal["post", "reply", "update", "file"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to send: ``key`` is the same in every attempt, ``payload`` what `render` made of the digest.

    ``operation`` is always ``post`` for a receiver without threads and updates. A ``reply`` and a ``file`` go below the
    message that ``thread`` refers to (a file without one goes into the channel), an ``update`` replaces the one that
    ``target`` refers to. ``files`` come with a ``file``, or with the ``post`` of a receiver that has no threads.
    A ``lost`` in the payload refers to an older message that this one takes over from.
    """

    key: str
    payload: Mapping[str, Any]
    attempted_since: datetime | None = None
    operation: Operation = "post"
    thread: Mapping[str, str] = field(default_factory=dict)
    target: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an attempt ended.

    ``reference`` says where the message is, e.g. channel and ts; of a rejected one ``{"try": "minimal"}`` asks for
    another attempt without its form, ``{"try": "post"}`` says that the message it belongs to is gone.
    """

    outcome: Literal["delivered", "rejected", "not_accepted", "ambiguous"]
    detail: str = ""
    reference: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None


@runtime_checkable
class Notifier(Protocol):
    """A receiver kind. ``Options`` is a pydantic model of the receiver's table in riskplug.toml."""

    kind: ClassVar[str]
    Options: ClassVar[type[Any]]
    limits: ClassVar[Limits]
    capabilities: ClassVar[Capabilities]

    def __init__(self, options: Any, /) -> None: ...

    def render(self, digest: Digest) -> Mapping[str, Any]:
        """The payload, JSON-serialisable and deterministic; sends nothing."""
        ...

    def send(self, delivery: Delivery, *, timeout: float) -> Receipt:
        """One attempt, never retried inside; network trouble is an outcome, not an exception."""
        ...

    def find(self, delivery: Delivery, *, timeout: float) -> Receipt | None:
        """Look for an earlier attempt that may have arrived; None when not there or the receiver cannot say."""
        ...


@runtime_checkable
class SharingALimit(Protocol):
    """A notifier whose rate limit is not its own: two receivers may write to one channel."""

    def limit_key(self) -> str:
        """What the limit counts for; receivers with the same answer wait together. Contains no secret."""
        ...


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One thing that `riskplug notify test` tried: ``works`` is None where it does not apply."""

    name: str
    works: bool | None
    detail: str = ""


@runtime_checkable
class Probed(Protocol):
    """A notifier that can say in steps what works; without it `riskplug notify test` posts one marked message."""

    def probe(self, digest: Digest, attachment: Attachment, *, timeout: float) -> Iterator[ProbeStep]:
        """Try everything with a message that says that it is a test; stops where going on makes no sense."""
        ...


@runtime_checkable
class Installable(Protocol):
    """A notifier class that needs something on the other side, and says what."""

    @classmethod
    def setup(cls) -> str:
        """What to paste and to do, as text; `riskplug notify setup KIND` prints it."""
        ...


class AlertDesk(Protocol):
    """What a button may do to an alert; ``by`` names the person. Each returns one sentence for the person.

    ``key`` is the whole alert key. UsageError where the alert is not there or the act is not allowed.
    """

    def acknowledge(self, key: str, *, by: str) -> str:
        """Somebody looks after it."""
        ...

    def snooze(self, key: str, *, days: int, by: str) -> str:
        """Not before so many days after the business date."""
        ...


@runtime_checkable
class Listening(Protocol):
    """A notifier whose messages have buttons: `riskplug listen` runs it."""

    def listen(self, desk: AlertDesk, *, stopped: Event) -> None:
        """Answer people until ``stopped`` is set. UsageError when the receiver is not set up for it."""
        ...
