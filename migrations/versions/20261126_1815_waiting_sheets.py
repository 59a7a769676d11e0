"""Keep a spreadsheet between the look at it and the yes."""

import sqlalchemy as sa
from alembic import op

revision = "waiting_sheets"
down_revision = "naming"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_sheet",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_sheet"),
    )
    op.create_index("ix_waiting_sheet_sent_at", "waiting_sheet", ["sent_at"])


def downgrade() -> None:
    op.drop_table("waiting_sheet")
