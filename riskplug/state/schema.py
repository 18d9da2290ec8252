"""The state database's tables. Migrations make them; this is what the code reads and writes."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

VERSION_TABLE = "riskplug_version"
RUNNING, COMPLETE, FAILED, ABANDONED = "running", "complete", "failed", "abandoned"
# A date on which a scan was due and that cannot be scanned any more: its exports are gone.
MISSED = "missed"
metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as text of fixed width, so that every database compares it alike."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


# SQLite numbers rows only in a column of type INTEGER.
_RowId = BigInteger().with_variant(Integer(), "sqlite")

scan = Table(
    "scan",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("business_date", Date, nullable=False),
    Column("scope", String(200), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("owner", String(300), nullable=False),
    Column("token", String(32), nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("summary", JSON),
    UniqueConstraint("business_date", "scope", "attempt", name="one_attempt"),
)
# The lock itself: whatever the clock or the number of schedulers does, one scope has one running scan.
Index(
    "one_running_scan",
    scan.c.scope,
    unique=True,
    sqlite_where=text("status = 'running'"),
    postgresql_where=text("status = 'running'"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("scan_id", ForeignKey("scan.id"), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("partition", String(200), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("rows", BigInteger),
    Column("undetermined", BigInteger),
    Column("reason", Text),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_key", String(64), primary_key=True),
    Column("scope", String(200), nullable=False, index=True),
    *(Column(name, Text, nullable=False) for name in ("rule", "grain", "identity")),
    *(Column(name, Text, nullable=False) for name in ("site", "part_no", "material", "measure", "owner")),
    Column("condition", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("metric", Float),
    Column("episode", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("first_seen", Date, nullable=False),
    Column("last_seen", Date, nullable=False),
    Column("checked_on", Date, nullable=False),
    Column("closed_on", Date),
    *(Column(name, Date) for name in ("opened_on", "told_on", "counted_on", "waiting_since")),
    Column("suppression", String(16), nullable=False),
    Column("suppressed_by", Text, nullable=False, server_default=""),
    Column("said_on", Date),
    *(Column(name, Text, nullable=False) for name in ("flips", "flapping", "ladder")),
    *(Column(name, Float) for name in ("metric_told", "metric_opened")),
    *(Column(name, Integer, nullable=False) for name in ("sightings", "misses", "escalated")),
    Column("checksum", String(32)),
)

alert_event = Table(
    "alert_event",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("alert_key", ForeignKey("alert.alert_key"), nullable=False),
    Column("version", Integer),
    Column("scan_id", ForeignKey("scan.id"), index=True),
    Column("kind", String(16), nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("business_date", Date),
    Column("at", Instant, nullable=False),
    UniqueConstraint("alert_key", "version", name="one_event_per_version"),
)

# What people decided and what still holds of it; how it came to that stands in alert_event.
alert_handling = Table(
    "alert_handling",
    metadata,
    Column("alert_key", ForeignKey("alert.alert_key"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("author", String(200), nullable=False),
    Column("assignee", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Date),
    Column("until_worse", Boolean, nullable=False),
    Column("until_metric", Float),
    Column("severity", String(16), nullable=False),
    Column("metric", Float),
    Column("set_on", Date, nullable=False),
    Column("at", Instant, nullable=False),
)

# What people decided about alerts to come. Rows are never changed; an end is a row of its own.
silence = Table(
    "silence",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("scope", String(200), nullable=False, index=True),
    Column("matchers", JSON, nullable=False),
    Column("until", Date, nullable=False),
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("lets_critical", Boolean, nullable=False),
    Column("set_on", Date, nullable=False),
    Column("at", Instant, nullable=False),
)

silence_end = Table(
    "silence_end",
    metadata,
    Column("silence_id", ForeignKey("silence.id"), primary_key=True),
    Column("author", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_on", Date, nullable=False),
    Column("at", Instant, nullable=False),
)

# How many findings a rule had, for the volume guard.
alert_volume = Table(
    "alert_volume",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("seen", BigInteger, nullable=False),
    Column("accepted", BigInteger),
    Column("population", BigInteger, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checked_on", Date, nullable=False),
    Column("released", BigInteger),
    Column("released_by", String(200), nullable=False),
    Column("released_at", Instant),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("scope", String(200), nullable=False),
    Column("scan_id", ForeignKey("scan.id"), nullable=False),
    Column("receiver", String(200), nullable=False),
    Column("delivery_key", String(64), nullable=False, unique=True),
    Column("remarks_key", String(64), nullable=False, index=True),
    Column("payload", JSON, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Instant),
    Column("owner", String(300)),
    Column("token", String(32)),
    Column("lease_until", Instant),
    Column("attempted_since", Instant),
    Column("created", Instant, nullable=False),
    Column("detail", Text, nullable=False),
    Column("operation", String(16), nullable=False, server_default="post"),
    Column("slot", String(200), nullable=False, server_default=""),
    Column("thread", String(200), nullable=False, server_default=""),
    Column("payload_hash", String(64), nullable=False, server_default=""),
    Column("last_word", Integer, nullable=False, server_default="0"),
    Column("expires", Instant),
    Column("fallback", JSON),
    Column("checksum", String(32)),
    Index("outbox_slot", "receiver", "slot"),
)

outbox_file = Table(
    "outbox_file",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("alt", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

outbox_item = Table(
    "outbox_item",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("alert_key", ForeignKey("alert.alert_key"), primary_key=True),
    Column("kind", String(16), nullable=False),
)

# Until when a receiver is left alone, whichever message it is about: it asked for a pause, or did not answer.
receiver_hold = Table(
    "receiver_hold",
    metadata,
    Column("scope", String(200), primary_key=True),
    Column("receiver", String(200), primary_key=True),
    Column("until", Instant, nullable=False),
    Column("detail", Text, nullable=False),
)

# An older state was put back. What it was last written at is ``since``: what was sent between that moment and the
# restore it does not know. ``until``: the last business date of which that may be so. ``told``: receivers of which the
# administrator said that they had everything.
restore_mark = Table(
    "restore_mark",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("restored", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Date, nullable=False),
    Column("told", JSON, nullable=False),
)

# What the replaced state knew to be delivered.
sent_before = Table(
    "sent_before",
    metadata,
    Column("delivery_key", String(64), primary_key=True),
    Column("reference", JSON, nullable=False),
    Column("delivered", Instant, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("started", Instant, nullable=False),
    Column("ended", Instant),
    Column("outcome", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("retry_after", Float),
    Column("reconciled", Integer, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("receiver", String(200), nullable=False),
    Column("reference", JSON, nullable=False),
    Column("delivered", Instant, nullable=False),
)
