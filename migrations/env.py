"""Run by Alembic for every command; the connection comes from `migrations`, never from a file."""

from alembic import context

from fleet.tables import metadata
from migrations.rendering import OPTIONS

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, **OPTIONS)
with context.begin_transaction():
    context.run_migrations()
