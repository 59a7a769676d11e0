"""Keep credentials and all their versions, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "vault"
down_revision = "accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_disclosed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(device_id IS NULL) <> (account_id IS NULL)", name=op.f("ck_credential_one_subject")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_credential_account_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_credential_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sa.UniqueConstraint("account_id", "kind", name="uq_credential_account_id_kind"),
        sa.UniqueConstraint("device_id", "kind", name="uq_credential_device_id_kind"),
    )
    op.create_index("ix_credential_due_at", "credential", ["due_at"], unique=False)
    op.create_index("ix_credential_subject", "credential", ["subject"], unique=False)
    op.create_table(
        "credential_version",
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name="fk_credential_version_credential_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_credential_version"),
        sa.UniqueConstraint(
            "credential_id", "number", name="uq_credential_version_credential_id_number"
        ),
    )
    op.create_index(
        "ix_credential_version_credential_id", "credential_version", ["credential_id"], unique=False
    )
    op.create_index(
        "uq_credential_version_active",
        "credential_version",
        ["credential_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(
        "uq_credential_version_pending",
        "credential_version",
        ["credential_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    op.drop_table("credential_version")
    op.drop_table("credential")
