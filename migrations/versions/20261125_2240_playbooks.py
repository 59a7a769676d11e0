"""Keep playbooks in versions, with each change the one it began with, and what people declare."""

import sqlalchemy as sa
from alembic import op

revision = "playbooks"
down_revision = "change_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "playbook_version",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_playbook_version"),
        sa.UniqueConstraint("name", "number", name="uq_playbook_version_name_number"),
    )
    op.create_table(
        "rotation_declaration",
        sa.Column("rotation_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_by_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", moment, nullable=False),
        sa.Column("witnessed_by", sa.String(), nullable=True),
        sa.Column("witnessed_by_id", sa.Uuid(), nullable=True),
        sa.Column("witnessed_at", moment, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rotation_id"], ["rotation.id"], name="fk_rotation_declaration_rotation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rotation_declaration"),
        sa.UniqueConstraint("rotation_id", "what", name="uq_rotation_declaration_rotation_id_what"),
    )
    with op.batch_alter_table("rotation") as table:
        table.add_column(sa.Column("guided_by", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rotation") as table:
        table.drop_column("guided_by")
    op.drop_table("rotation_declaration")
    op.drop_table("playbook_version")
