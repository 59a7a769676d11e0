"""Keep escrow keys and openings as rows, and with each pack to which keys it is sealed."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "escrow"
down_revision = "keeping"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOT_DENIED = sa.text("state <> 'denied'")


def upgrade() -> None:
    _make_keys()
    _make_openings()
    _make_resealings()
    with op.batch_alter_table("access_policy") as table:
        table.add_column(
            sa.Column(
                "opening_needs_approval", sa.Boolean(), nullable=False, server_default=sa.true()
            )
        )
        table.add_column(
            sa.Column("opening_hours", sa.Integer(), nullable=False, server_default="24")
        )
    with op.batch_alter_table("access_policy") as table:
        table.alter_column("opening_needs_approval", server_default=None)
        table.alter_column("opening_hours", server_default=None)
    with op.batch_alter_table("backup_pack") as table:
        table.add_column(sa.Column("sealed_to", sa.String(), nullable=True))
        table.add_column(sa.Column("first_digest", sa.String(), nullable=True))
    _note_keys_of_packs()
    with op.batch_alter_table("backup_pack") as table:
        table.alter_column("sealed_to", existing_type=sa.String(), nullable=False)
        table.create_index("ix_backup_pack_sealed_to", ["sealed_to"])


def _asked() -> list[sa.Column[object]]:
    return [
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _make_keys() -> None:
    op.create_table(
        "escrow_key",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("kept_by", sa.String(), nullable=False),
        sa.Column("kept_with", sa.String(), nullable=True),
        sa.Column("kept_at", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("from_settings", sa.Boolean(), nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("retired_by", sa.String(), nullable=True),
        sa.Column("retired_because", sa.String(), nullable=True),
        sa.Column("proved_at", MOMENT, nullable=True),
        sa.Column("proved_by", sa.String(), nullable=True),
        sa.Column("challenge", sa.String(), nullable=True),
        sa.Column("challenge_until", MOMENT, nullable=True),
        *_asked(),
        sa.CheckConstraint(
            "(state = 'retired') = (retired_at IS NOT NULL)",
            name=op.f("ck_escrow_key_retired_when"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_escrow_key"),
    )
    for column in ("state", "asked_at", "asked_by_id"):
        op.create_index(f"ix_escrow_key_{column}", "escrow_key", [column])
    for column in ("name", "recipient"):
        op.create_index(
            f"uq_escrow_key_{column}",
            "escrow_key",
            [column],
            unique=True,
            sqlite_where=NOT_DENIED,
            postgresql_where=NOT_DENIED,
        )


def _make_openings() -> None:
    op.create_table(
        "backup_opening",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("backup_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("paths", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("last_fetched_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        *_asked(),
        sa.CheckConstraint(
            "(purpose = 'reseal') = (backup_id IS NULL)",
            name=op.f("ck_backup_opening_of_one_backup"),
        ),
        sa.ForeignKeyConstraint(["backup_id"], ["backup.id"], name="fk_backup_opening_backup_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_opening"),
        sa.UniqueConstraint("number", name="uq_backup_opening_number"),
    )
    for column in ("backup_id", "state", "asked_at", "asked_by_id"):
        op.create_index(f"ix_backup_opening_{column}", "backup_opening", [column])


def _make_resealings() -> None:
    op.create_table(
        "resealing",
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("plain", sa.String(), nullable=False),
        sa.Column("sealed_before", sa.String(), nullable=False),
        sa.Column("sealed_after", sa.String(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("resealed_by", sa.String(), nullable=False),
        sa.Column("resealed_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opening_id"], ["backup_opening.id"], name="fk_resealing_opening_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_resealing"),
        sa.UniqueConstraint("before", name="uq_resealing_before"),
        sa.UniqueConstraint("after", name="uq_resealing_after"),
    )
    for column in ("opening_id", "first", "settled_at"):
        op.create_index(f"ix_resealing_{column}", "resealing", [column])


def _note_keys_of_packs() -> None:
    """Every pack there is was sealed to all recipients of its backup."""
    backup = sa.table("backup", sa.column("id", sa.Uuid()), sa.column("recipients", sa.JSON()))
    pack = sa.table(
        "backup_pack", sa.column("backup_id", sa.Uuid()), sa.column("sealed_to", sa.String())
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(backup)).all():
        ids = {hashlib.sha256(one.encode()).hexdigest()[:16] for one in row.recipients}
        of_it = sa.update(pack).where(pack.c.backup_id == row.id)
        connection.execute(of_it.values(sealed_to=" ".join(sorted(ids))))


def downgrade() -> None:
    with op.batch_alter_table("backup_pack") as table:
        table.drop_index("ix_backup_pack_sealed_to")
        table.drop_column("first_digest")
        table.drop_column("sealed_to")
    with op.batch_alter_table("access_policy") as table:
        table.drop_column("opening_hours")
        table.drop_column("opening_needs_approval")
    op.drop_table("resealing")
    op.drop_table("backup_opening")
    op.drop_table("escrow_key")
