"""Apply migrations. Apart from the rest because Alembic is slow to load and seldom needed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from coder.errors import StoreError
from coder.store.tables import VERSION_TABLE

_LOCK = 0x696E7463
"""Any number that nobody else is likely to lock on a PostgreSQL server."""


def upgrade(connection: Connection, shown: str) -> None:
    """Apply what is missing, within the connection's transaction; `shown` names the store in messages.

    Of two programs that come at once the second waits and then finds nothing left to do. StoreError where the
    store stands at a revision that this program does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    options = {"connection": connection, "version_table": VERSION_TABLE, "transactional_ddl": True}
    config = configuration()
    config.attributes["context"] = options
    current = MigrationContext.configure(connection, opts=options).get_current_revision()
    if current is not None and current not in revisions(config):
        raise StoreError(
            f"{shown}: a newer version of the program made this store (revision {current})",
            "update it: pip install --upgrade intercoder",
        )
    command.upgrade(config, "head")


def configuration() -> Config:
    """Alembic's settings, made here because an installed program has no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def revisions(config: Config) -> list[str]:
    """All revisions this program knows, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
