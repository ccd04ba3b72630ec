"""Run by Alembic: applies the migrations on the connection, and within the transaction, that the store opened."""

from __future__ import annotations

from alembic import context

from coder.store.tables import metadata

context.configure(target_metadata=metadata, **context.config.attributes["context"])
with context.begin_transaction():
    context.run_migrations()
