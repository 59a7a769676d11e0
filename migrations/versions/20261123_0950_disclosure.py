"""Ask for a value, have it approved, see it once."""

import sqlalchemy as sa
from alembic import op

revision = "disclosure"
down_revision = "signin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "disclosure_request",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=True),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("viewed_at", moment, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name="fk_disclosure_request_credential_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_request"),
    )
    for name in ("credential_id", "state", "asked_by_id", "asked_at"):
        op.create_index(f"ix_disclosure_request_{name}", "disclosure_request", [name])


def downgrade() -> None:
    op.drop_table("disclosure_request")
