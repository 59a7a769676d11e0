"""Keep what a list of the company's people proposes, until somebody decides."""

import sqlalchemy as sa
from alembic import op

revision = "directory"
down_revision = "posts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "directory_proposal",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("proposed_at", moment, nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state <> 'proposed' OR stands", name=op.f("ck_directory_proposal_what_waits_stands")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_directory_proposal"),
        sa.UniqueConstraint("number", name="uq_directory_proposal_number"),
    )
    op.create_index("ix_directory_proposal_state_number", "directory_proposal", ["state", "number"])
    op.create_index(
        "uq_directory_proposal_standing",
        "directory_proposal",
        ["employee", "kind"],
        unique=True,
        sqlite_where=sa.text("stands"),
        postgresql_where=sa.text("stands"),
    )


def downgrade() -> None:
    op.drop_table("directory_proposal")
