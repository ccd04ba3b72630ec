"""Every query that was asked, also one that found nothing or failed, which has no hit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "search_queries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("search_id", KEY, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("source", "query")),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_queries"),
        sa.ForeignKeyConstraint(["search_id"], ["searches.id"], name="fk_search_queries_search_id"),
    )
    op.create_index("ix_search_queries_search_id", "search_queries", ["search_id"])
    forbid_changes("search_queries")


def forbid_changes(name: str) -> None:
    """As in the other tables, rows are added and never changed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION intercoder_append_only()"
        )
        return
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {name}_no_{change} BEFORE {change.upper()} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        )
