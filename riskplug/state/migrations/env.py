"""Alembic's entry: the connection and its transaction come from riskplug.state.migrate, never from a file."""

from alembic import context

from riskplug.state.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite can roll back DDL, which Alembic does not assume; the transaction is begun before (see engine.py).
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
