"""The probabilities of the codes in an answer, kept with the call that they came with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("probabilities", sa.JSON(), nullable=False, server_default="[]"))
