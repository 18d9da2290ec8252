"""Alembic's entry: the connection and its transaction come from riskplug.state.migrate, never from a file.

That transaction is begun by statement (engine.py), so SQLite takes back a migration that fails, DDL and all.
"""

from alembic import context

from riskplug.state.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
