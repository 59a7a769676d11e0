"""Keep what became of backups that stations began by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "begun_backups"
down_revision = "directory"
branch_labels = None
depends_on = None

REFERENCES = ("backup", "device", "station")


def upgrade() -> None:
    op.create_table(
        "begun_backup",
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("backup_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("said_by", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{name}.id"], name=op.f(f"fk_begun_backup_{name}_id")
            )
            for name in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_begun_backup")),
    )
    for name in REFERENCES:
        op.create_index(op.f(f"ix_begun_backup_{name}_id"), "begun_backup", [f"{name}_id"])


def downgrade() -> None:
    op.drop_table("begun_backup")
