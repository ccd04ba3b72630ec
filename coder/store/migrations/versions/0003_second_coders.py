"""Items of one person alone, leases, and rows that say when the other codes were shown."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    # By hand: SQLite takes a reference only together with its column, which Alembic splits in two.
    collation = ' COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(
        f"ALTER TABLE queue_items ADD COLUMN coder_id TEXT{collation} "
        "CONSTRAINT fk_queue_items_coder_id REFERENCES coders (id)"
    )
    op.create_table(
        "leases",
        sa.Column("item_id", KEY, sa.ForeignKey("queue_items.id", name="fk_leases_item_id"), nullable=False),
        sa.Column("coder_id", KEY, sa.ForeignKey("coders.id", name="fk_leases_coder_id"), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_leases"),
    )
    record_reveals()


def reveal_id(answer_id: str) -> str:
    """An id that follows from the answer's: copies of a store that are migrated apart and merged again agree."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    digest = hashlib.sha256(f"reveal {answer_id}".encode()).digest()
    return answer_id[:10] + "".join(letters[byte % 32] for byte in digest[:16])


def record_reveals() -> None:
    """Until now every answer showed the other codes of its item at once."""
    log = op.get_bind().execute(
        sa.text("SELECT id, item_id, coder_id, created_at FROM decisions WHERE action = 'answer' ORDER BY id")
    )
    rows = [{"id": reveal_id(answer), "item": item, "coder": coder, "at": at} for answer, item, coder, at in log]
    if rows:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO decisions (id, item_id, coder_id, action, visible, seconds, memo, created_at) "
                "VALUES (:id, :item, :coder, 'reveal', 'revealed', 0, '', :at)"
            ),
            rows,
        )
