"""Messages that are edited, answered and have files; what takes over when they cannot be delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    texts = (("operation", 16, "post"), ("slot", 200, ""), ("thread", 200, ""), ("payload_hash", 64, ""))
    for name, length, default in texts:
        op.add_column("outbox", sa.Column(name, sa.String(length=length), nullable=False, server_default=default))
    op.add_column("outbox", sa.Column("last_word", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("expires", sa.String(length=32), nullable=True))
    op.add_column("outbox", sa.Column("fallback", sa.JSON(), nullable=True))
    op.create_index("outbox_slot", "outbox", ["receiver", "slot"], unique=False)
    op.create_table(
        "outbox_file",
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.PrimaryKeyConstraint("outbox_id", "n"),
    )
