"""Keep what was deleted or merged in a bin, and let old handles lead on."""

import sqlalchemy as sa
from alembic import op

revision = "recycle_bin"
down_revision = "said_of_things"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_name",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_name")),
    )
    op.create_index("ix_former_name_kind_name", "former_name", ["kind", "name"])
    op.create_index("ix_former_name_row_id", "former_name", ["row_id"])
    op.create_index("ix_former_name_entry_id", "former_name", ["entry_id"])
    op.create_table(
        "bin_entry",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("also", sa.String(), nullable=True),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("into", sa.String(), nullable=True),
        sa.Column("into_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(why = 'merged') = (into_id IS NOT NULL)", name=op.f("ck_bin_entry_led_on")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bin_entry")),
        sa.UniqueConstraint("number", name=op.f("uq_bin_entry_number")),
    )
    for column in ("kind", "name", "row_id", "into_id", "at", "until"):
        op.create_index(f"ix_bin_entry_{column}", "bin_entry", [column])


def downgrade() -> None:
    op.drop_table("bin_entry")
    op.drop_table("former_name")
