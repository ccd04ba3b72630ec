"""The whole data model: documents to decisions, and the triggers that keep every row as it was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = (
    "documents", "versions", "codebooks", "coders", "runs", "calls", "codings", "assignments", "gold", "gold_items",
    "splits", "inclusions", "queue_items", "decisions",
)  # fmt: skip


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def key(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, KEY, nullable=nullable)


def json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{columns[0]}")


def index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{columns[0]}", table, list(columns))


def upgrade() -> None:
    create_documents()
    create_coders()
    create_runs()
    create_codings()
    create_gold()
    create_samples()
    create_queue()
    forbid_changes()


def create_documents() -> None:
    op.create_table(
        "documents",
        key("id"),
        text("name"),
        json("variables"),
        text("source"),
        text("created_at"),
        primary("documents", "id"),
    )
    index("documents", "name")
    op.create_table(
        "versions",
        key("id"),
        key("document_id"),
        text("text"),
        key("hash"),
        text("language"),
        json("context"),
        text("created_at"),
        primary("versions", "id"),
        refers("versions", "document_id", "documents.id"),
    )
    index("versions", "document_id")
    index("versions", "hash")


def create_coders() -> None:
    op.create_table(
        "codebooks",
        key("hash"),
        text("name"),
        text("version"),
        text("content"),
        text("created_at"),
        primary("codebooks", "hash"),
    )
    op.create_table(
        "coders",
        key("id"),
        text("name"),
        text("kind"),
        text("created_at"),
        primary("coders", "id"),
        unique("coders", "name", "kind"),
    )


def create_runs() -> None:
    op.create_table(
        "runs",
        key("id"),
        key("coder_id"),
        key("codebook_hash"),
        key("prompt_hash"),
        json("parameters"),
        text("created_at"),
        primary("runs", "id"),
        refers("runs", "coder_id", "coders.id"),
        refers("runs", "codebook_hash", "codebooks.hash"),
    )
    op.create_table(
        "calls",
        key("id"),
        key("run_id"),
        key("version_id"),
        key("key"),
        integer("replicate"),
        json("dimensions"),
        text("status"),
        text("requested_model"),
        text("served_model"),
        text("fingerprint"),
        text("raw"),
        text("error"),
        integer("attempts"),
        count("prompt_tokens"),
        count("cached_tokens"),
        count("completion_tokens"),
        count("milliseconds"),
        real("cost_usd", nullable=True),
        text("created_at"),
        primary("calls", "id"),
        refers("calls", "run_id", "runs.id"),
        refers("calls", "version_id", "versions.id"),
    )
    index("calls", "run_id")
    index("calls", "key")


def create_codings() -> None:
    op.create_table(
        "codings",
        key("id"),
        key("version_id"),
        text("dimension_id"),
        key("coder_id"),
        text("status"),
        json("mentions"),
        json("evidence"),
        sa.Column("unsupported", sa.Boolean(), nullable=False),
        text("reason"),
        text("memo"),
        key("codebook_hash"),
        key("dimension_hash"),
        key("run_id", nullable=True),
        key("call_id", nullable=True),
        integer("replicate"),
        key("derived_from", nullable=True),
        text("created_at"),
        primary("codings", "id"),
        refers("codings", "version_id", "versions.id"),
        refers("codings", "coder_id", "coders.id"),
        refers("codings", "codebook_hash", "codebooks.hash"),
        refers("codings", "run_id", "runs.id"),
        refers("codings", "call_id", "calls.id"),
        refers("codings", "derived_from", "codings.id"),
    )
    index("codings", "version_id", "dimension_id")
    for column in ("dimension_id", "coder_id", "run_id"):
        index("codings", column)
    op.create_table(
        "assignments",
        key("coding_id"),
        integer("position"),
        text("category"),
        json("evidence"),
        real("confidence", nullable=True),
        text("confidence_source", nullable=True),
        primary("assignments", "coding_id", "position"),
        refers("assignments", "coding_id", "codings.id"),
    )


def create_gold() -> None:
    op.create_table(
        "gold",
        key("id"),
        text("name"),
        integer("version"),
        key("codebook_hash"),
        text("rule"),
        text("created_at"),
        primary("gold", "id"),
        unique("gold", "name", "version"),
        refers("gold", "codebook_hash", "codebooks.hash"),
    )
    op.create_table(
        "gold_items",
        key("gold_id"),
        key("coding_id"),
        json("defensible"),
        primary("gold_items", "gold_id", "coding_id"),
        refers("gold_items", "gold_id", "gold.id"),
        refers("gold_items", "coding_id", "codings.id"),
    )
    index("gold_items", "coding_id")


def create_samples() -> None:
    op.create_table(
        "splits",
        key("document_id"),
        text("split"),
        text("cluster"),
        text("scheme"),
        text("created_at"),
        primary("splits", "document_id"),
        refers("splits", "document_id", "documents.id"),
    )
    op.create_table(
        "inclusions",
        key("id"),
        text("sample"),
        key("document_id"),
        text("dimension_id"),
        real("probability"),
        text("created_at"),
        primary("inclusions", "id"),
        unique("inclusions", "sample", "document_id", "dimension_id"),
        refers("inclusions", "document_id", "documents.id"),
    )


def create_queue() -> None:
    op.create_table(
        "queue_items",
        key("id"),
        key("version_id"),
        text("dimension_id"),
        key("run_id", nullable=True),
        key("gold_id", nullable=True),
        text("reason"),
        text("detail"),
        real("probability"),
        text("created_at"),
        primary("queue_items", "id"),
        refers("queue_items", "version_id", "versions.id"),
        refers("queue_items", "run_id", "runs.id"),
        refers("queue_items", "gold_id", "gold.id"),
    )
    index("queue_items", "version_id", "dimension_id")
    op.create_table(
        "decisions",
        key("id"),
        key("item_id"),
        key("coder_id"),
        text("action"),
        key("coding_id", nullable=True),
        key("target_id", nullable=True),
        text("visible"),
        real("seconds"),
        text("memo"),
        text("created_at"),
        primary("decisions", "id"),
        refers("decisions", "item_id", "queue_items.id"),
        refers("decisions", "coder_id", "coders.id"),
        refers("decisions", "coding_id", "codings.id"),
        refers("decisions", "target_id", "decisions.id"),
    )
    index("decisions", "item_id")


def forbid_changes() -> None:
    """Rows are added, never changed: the database itself refuses, whichever program asks."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION intercoder_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
        )
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


def downgrade() -> None:
    """The first migration has nothing to go back to; an unwanted store is a file to delete."""
    raise RuntimeError("the first migration cannot be undone")
