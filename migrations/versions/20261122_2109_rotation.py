"""Change PINs and passwords in two phases."""

import sqlalchemy as sa
from alembic import op

revision = "rotation"
down_revision = "stations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rotation",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("former_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("settling", sa.Boolean(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("wrong_attempts", sa.Integer(), nullable=False),
        sa.Column("build", sa.String(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name="fk_rotation_credential_id"
        ),
        sa.ForeignKeyConstraint(
            ["former_id"], ["credential_version.id"], name="fk_rotation_former_id"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_rotation_job_id"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["credential_version.id"], name="fk_rotation_version_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rotation"),
    )
    op.create_index("ix_rotation_credential_id", "rotation", ["credential_id"], unique=False)
    op.create_index(
        "ix_rotation_state_planned_at", "rotation", ["state", "planned_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("rotation")
