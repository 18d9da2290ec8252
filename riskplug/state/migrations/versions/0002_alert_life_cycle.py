"""Alerts that are pending, clearing, held or flapping; what people decided about them; volumes of rules."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_DATES = ("opened_on", "told_on", "counted_on", "waiting_since")


def upgrade() -> None:
    with op.batch_alter_table("alert") as alert:
        for name in _DATES:
            alert.add_column(sa.Column(name, sa.Date(), nullable=True))
        for name in ("metric_told", "metric_opened"):
            alert.add_column(sa.Column(name, sa.Float(), nullable=True))
        alert.add_column(sa.Column("suppression", sa.String(length=16), nullable=False, server_default=""))
        for name in ("flips", "flapping", "ladder"):
            alert.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        for name, least in (("sightings", "1"), ("misses", "0"), ("escalated", "0")):
            alert.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=least))
    # Until now every alert was told on the day it was first seen; what changed since then has no date of its own.
    op.execute(
        "UPDATE alert SET opened_on = first_seen, waiting_since = first_seen, told_on = last_seen,"
        " metric_told = metric, metric_opened = metric"
    )
    with op.batch_alter_table("alert_event") as event:
        event.alter_column("version", existing_type=sa.Integer(), nullable=True)
        event.alter_column("scan_id", existing_type=sa.String(length=80), nullable=True)
    op.create_table(
        "alert_handling",
        sa.Column("alert_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("assignee", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("until_worse", sa.Boolean(), nullable=False),
        sa.Column("until_metric", sa.Float(), nullable=True),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("metric", sa.Float(), nullable=True),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["alert_key"], ["alert.alert_key"]),
        sa.PrimaryKeyConstraint("alert_key", "kind"),
    )
    op.create_table(
        "alert_volume",
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=True),
        sa.Column("population", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.String(length=200), nullable=False),
        sa.Column("released_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("scope", "rule"),
    )
