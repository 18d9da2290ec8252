"""Receivers that are left alone for a while, with all their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "receiver_hold",
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("receiver", sa.String(length=200), nullable=False),
        sa.Column("until", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "receiver"),
    )
    op.execute(
        "INSERT INTO receiver_hold (scope, receiver, until, detail) "
        "SELECT scope, receiver, max(not_before), '' FROM outbox "
        "WHERE status IN ('pending', 'ambiguous') AND not_before IS NOT NULL GROUP BY scope, receiver"
    )
