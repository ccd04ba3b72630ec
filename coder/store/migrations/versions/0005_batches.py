"""Calls handed to a provider's batch API, and every step since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = ("batches", "batch_items", "batch_events")


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run_id", KEY, sa.ForeignKey("runs.id", name="fk_batches_run_id"), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("requests", "bytes", "tokens")),
        sa.Column("usd", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_run_id", "batches", ["run_id"])
    op.create_table(
        "batch_items",
        sa.Column("batch_id", KEY, sa.ForeignKey("batches.id", name="fk_batch_items_batch_id"), nullable=False),
        sa.Column("custom_id", KEY, nullable=False),
        sa.Column("version_id", KEY, sa.ForeignKey("versions.id", name="fk_batch_items_version_id"), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "custom_id", name="pk_batch_items"),
    )
    op.create_index("ix_batch_items_key", "batch_items", ["key"])
    op.create_table(
        "batch_events",
        sa.Column("id", KEY, nullable=False),
        sa.Column("batch_id", KEY, sa.ForeignKey("batches.id", name="fk_batch_events_batch_id"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("remote", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch_events"),
    )
    op.create_index("ix_batch_events_batch_id", "batch_events", ["batch_id"])
    forbid_changes()


def forbid_changes() -> None:
    """Rows are added, never changed, as in the tables of the first migration."""
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION intercoder_append_only()"
            )
        return
    for table in TABLES:
        for change in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
