"""A checksum in each alert and each message; rows from before have none until they are next written."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("alert", "outbox"):
        op.add_column(table, sa.Column("checksum", sa.String(length=32), nullable=True))
