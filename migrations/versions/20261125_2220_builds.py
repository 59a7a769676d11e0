"""Learn which builds' lock tools can be believed, and from which visits."""

import sqlalchemy as sa
from alembic import op

revision = "builds"
down_revision = "incidents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "build",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_seen_at", moment, nullable=False),
        sa.Column("trust", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("since", moment, nullable=True),
        sa.Column("shown_by", sa.Uuid(), nullable=True),
        sa.Column("reset_at", moment, nullable=True),
        sa.Column("reset_by", sa.String(), nullable=True),
        sa.Column("reset_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(trust = 'unknown') = (since IS NULL)",
            name=op.f("ck_build_since_when_it_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_build"),
        sa.UniqueConstraint("name", name="uq_build_name"),
    )
    op.create_table(
        "build_visit",
        sa.Column("build_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("rotation_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("showed", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["build.id"], name="fk_build_visit_build_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_build_visit_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_build_visit"),
    )
    op.create_index("ix_build_visit_build_id_at", "build_visit", ["build_id", "at"], unique=False)
    op.create_index("ix_device_build", "device", ["build"], unique=False)
    with op.batch_alter_table("rotation") as table:
        table.add_column(
            sa.Column("even_untrusted", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("rotation") as table:
        table.alter_column("even_untrusted", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("rotation") as table:
        table.drop_column("even_untrusted")
    op.drop_index("ix_device_build", "device")
    op.drop_table("build_visit")
    op.drop_table("build")
