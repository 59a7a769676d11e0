"""Keep photographs of phones that go out and come back."""

import sqlalchemy as sa
from alembic import op

revision = "photos"
down_revision = "known_nothing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("holding_id", sa.Uuid(), nullable=False),
        sa.Column("taken", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("cipher", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["holding_id"], ["holding.id"], name=op.f("fk_photo_holding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("holding_id", "digest", name=op.f("uq_photo_holding_id_digest")),
        sa.UniqueConstraint("number", name=op.f("uq_photo_number")),
    )
    op.create_index(op.f("ix_photo_added_at"), "photo", ["added_at"])


def downgrade() -> None:
    op.drop_table("photo")
