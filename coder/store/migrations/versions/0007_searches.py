"""Searches, their hits, pages as they were retrieved, and which documents are one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    table("searches", key("coder_id", "coders"), key("protocol_hash"), *texts("name", "protocol"))
    table(
        "hits",
        key("search_id", "searches"),
        key("document_id", "documents"),
        *texts("source", "query", "url", "place"),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        indexes=("search_id", "document_id"),
    )
    op.create_table(
        "bodies",
        sa.Column("hash", KEY, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_bodies"),
    )
    forbid_changes("bodies")
    table(
        "captures",
        key("document_id", "documents"),
        key("body_hash"),
        key("version_id", "versions", optional=True),
        *texts("url", "outcome", "reason", "final_url", "media_type", "etag", "modified"),
        sa.Column("http_status", sa.Integer(), nullable=False),
        indexes=("document_id",),
    )
    table(
        "matches",
        key("document_id", "documents"),
        key("other_id", "documents"),
        key("coder_id", "coders", optional=True),
        *texts("verdict", "grounds"),
        sa.Column("evidence", sa.JSON(), nullable=False),
        indexes=("document_id", "other_id"),
    )


def table(name: str, *columns: sa.Column[object], indexes: tuple[str, ...] = ()) -> None:
    references = [
        sa.ForeignKeyConstraint([column.name], [f"{column.info['of']}.id"], name=f"fk_{name}_{column.name}")
        for column in columns
        if "of" in column.info
    ]
    op.create_table(
        name,
        sa.Column("id", KEY, nullable=False),
        *columns,
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        *references,
    )
    for column in indexes:
        op.create_index(f"ix_{name}_{column}", name, [column])
    forbid_changes(name)


def key(name: str, of: str = "", *, optional: bool = False) -> sa.Column[object]:
    return sa.Column(name, KEY, nullable=optional, info={"of": of} if of else {})


def texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


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
