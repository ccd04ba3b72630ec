"""Which window of a long text a call asked about, and of how many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("part", "parts"):
        op.add_column("calls", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
