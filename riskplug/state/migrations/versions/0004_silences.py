"""Silences over alerts to come, what keeps an alert quiet, when people last heard of it, and on which business date
somebody did something about it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("alert", sa.Column("suppressed_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("alert", sa.Column("said_on", sa.Date(), nullable=True))
    # Until now whatever was told or quietly moved counted as told; nothing of it is to be told again.
    op.execute("UPDATE alert SET said_on = COALESCE(told_on, opened_on)")
    op.add_column("alert_event", sa.Column("business_date", sa.Date(), nullable=True))
    op.create_table(
        "silence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("matchers", sa.JSON(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lets_critical", sa.Boolean(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_silence_scope"), "silence", ["scope"], unique=False)
    op.create_table(
        "silence_end",
        sa.Column("silence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["silence_id"], ["silence.id"]),
        sa.PrimaryKeyConstraint("silence_id"),
    )
