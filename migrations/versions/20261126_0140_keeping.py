"""Keep backups by terms, delete them for good, and check what is stored."""

import sqlalchemy as sa
from alembic import op

revision = "keeping"
down_revision = "backup_flow"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "storage_check",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("depth", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("busy_until", moment, nullable=True),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("healed", sa.Integer(), nullable=False),
        sa.Column("orphans", sa.Integer(), nullable=False),
        sa.Column("orphan_bytes", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_storage_check"),
        sa.UniqueConstraint("number", name="uq_storage_check_number"),
    )
    op.create_index("ix_storage_check_started_at", "storage_check", ["started_at"], unique=False)
    op.create_index(
        "uq_storage_check_open",
        "storage_check",
        ["depth"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "storage_fault",
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("expected", sa.String(), nullable=True),
        sa.Column("seen", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("found_at", moment, nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("looked_at", moment, nullable=True),
        sa.Column("removal_by", sa.String(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_storage_fault"),
    )
    op.create_index("ix_storage_fault_found_at", "storage_fault", ["found_at"], unique=False)
    op.create_index(
        "uq_storage_fault_open",
        "storage_fault",
        ["object"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "retention_policy",
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("effective_from", moment, nullable=False),
        sa.Column("set_at", moment, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("drill_days", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "department_id IS NOT NULL OR NOT inherits",
            name=op.f("ck_retention_policy_company_has_its_own"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name="fk_retention_policy_department_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_retention_policy"),
    )
    op.create_index(
        "ix_retention_policy_department_id", "retention_policy", ["department_id"], unique=False
    )
    op.create_index(
        "ix_retention_policy_purpose_effective_from",
        "retention_policy",
        ["purpose", "effective_from"],
        unique=False,
    )

    op.create_table(
        "backup_deletion",
        sa.Column("backup_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("marked_at", moment, nullable=False),
        sa.Column("marked_by", sa.String(), nullable=False),
        sa.Column("state_before", sa.String(length=40), nullable=False),
        sa.Column("begun_at", moment, nullable=True),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["backup_id"], ["backup.id"], name="fk_backup_deletion_backup_id"),
        sa.PrimaryKeyConstraint("id", name="pk_backup_deletion"),
        sa.UniqueConstraint("backup_id", name="uq_backup_deletion_backup_id"),
    )
    op.create_index("ix_backup_deletion_marked_at", "backup_deletion", ["marked_at"], unique=False)

    op.create_table(
        "preservation",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("backup_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_at", moment, nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("lifted_at", moment, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_because", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN employee_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN backup_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_preservation_of_one_thing"),
        ),
        sa.ForeignKeyConstraint(["backup_id"], ["backup.id"], name="fk_preservation_backup_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_preservation_device_id"),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name="fk_preservation_employee_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_preservation"),
        sa.UniqueConstraint("number", name="uq_preservation_number"),
    )
    op.create_index("ix_preservation_backup_id", "preservation", ["backup_id"], unique=False)
    op.create_index("ix_preservation_device_id", "preservation", ["device_id"], unique=False)
    op.create_index("ix_preservation_employee_id", "preservation", ["employee_id"], unique=False)

    op.create_table(
        "restore_drill",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("backup_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("packs", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("planned_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("damaged", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["backup_id"], ["backup.id"], name="fk_restore_drill_backup_id"),
        sa.PrimaryKeyConstraint("id", name="pk_restore_drill"),
        sa.UniqueConstraint("number", name="uq_restore_drill_number"),
    )
    op.create_index("ix_restore_drill_backup_id", "restore_drill", ["backup_id"], unique=False)
    op.create_index(
        "ix_restore_drill_state_due_at", "restore_drill", ["state", "due_at"], unique=False
    )
    op.create_index(
        "uq_restore_drill_planned",
        "restore_drill",
        ["backup_id"],
        unique=True,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    with op.batch_alter_table("backup") as table:
        table.add_column(sa.Column("purpose", sa.String(length=40), nullable=True))
        table.create_index("ix_backup_manifest_digest", ["manifest_digest"], unique=False)
        table.add_column(sa.Column("tested_at", moment, nullable=True))
        table.add_column(sa.Column("tested_by", sa.String(), nullable=True))
        table.add_column(sa.Column("tested_files", sa.Integer(), nullable=True))
    op.execute("UPDATE backup SET purpose = 'routine', tested_files = 0")
    op.execute("UPDATE backup SET purpose = 'leaving' WHERE asked = 'leaving'")
    with op.batch_alter_table("backup") as table:
        table.alter_column("tested_files", existing_type=sa.Integer(), nullable=False)
        table.alter_column("purpose", existing_type=sa.String(length=40), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("backup") as table:
        table.drop_index("ix_backup_manifest_digest")
        for name in ("tested_files", "tested_by", "tested_at", "purpose"):
            table.drop_column(name)
    for name in (
        "restore_drill",
        "preservation",
        "backup_deletion",
        "retention_policy",
        "storage_fault",
        "storage_check",
    ):
        op.drop_table(name)
