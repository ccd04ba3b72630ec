"""The probabilities of the codes in an answer, and how each document of a sample's population was drawn or not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("probabilities", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("inclusions", sa.Column("drawn", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name in ("stratum", "cluster"):
        op.add_column("inclusions", sa.Column(name, sa.Text(), nullable=False, server_default=""))
