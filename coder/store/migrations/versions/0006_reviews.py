"""What experts say of the patterns of a report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", KEY, nullable=False),
        sa.Column("coder_id", KEY, sa.ForeignKey("coders.id", name="fk_reviews_coder_id"), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("report", "pattern", "sentence", "verdict", "comment")
        ),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_coder_id", "reviews", ["coder_id"])
    forbid_changes()


def forbid_changes() -> None:
    """As in the other tables, rows are added and never changed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER reviews_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews "
            "FOR EACH STATEMENT EXECUTE FUNCTION intercoder_append_only()"
        )
        return
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER reviews_no_{change} BEFORE {change.upper()} ON reviews "
            "BEGIN SELECT RAISE(ABORT, 'reviews is append-only'); END"
        )
