"""Let plans say what is taken of a phone, and people what they did for its chats."""

import sqlalchemy as sa
from alembic import op

revision = "plans"
down_revision = "escrow"
branch_labels = None
depends_on = None

LISTS = ("sources", "spaces", "found")


def upgrade() -> None:
    op.create_table(
        "plan_version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_plan_version_name_number")),
    )
    op.create_table(
        "chat_attestation",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_by_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("witnessed_by", sa.String(), nullable=True),
        sa.Column("witnessed_by_id", sa.Uuid(), nullable=True),
        sa.Column("witnessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_chat_attestation_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_attestation")),
    )
    op.create_index(
        op.f("ix_chat_attestation_device_id_said_at"), "chat_attestation", ["device_id", "said_at"]
    )
    with op.batch_alter_table("backup") as table:
        for name in LISTS:
            table.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("backup") as table:
        for name in LISTS:
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("backup") as table:
        for name in reversed(LISTS):
            table.drop_column(name)
    op.drop_table("chat_attestation")
    op.drop_table("plan_version")
