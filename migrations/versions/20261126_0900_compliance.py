"""Judge phones by rules: terms by department, and findings that are graded, due and waived."""

import sqlalchemy as sa
from alembic import op

revision = "compliance"
down_revision = "device_imei"
branch_labels = None
depends_on = None

WAIVED = (
    "(waived_until IS NULL) = (waived_by IS NULL)"
    " AND (waived_until IS NULL) = (waived_because IS NULL)"
)
NAME = "ck_finding_waived_with_a_reason"


def upgrade() -> None:
    op.create_table(
        "compliance_policy",
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_compliance_policy_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_policy")),
    )
    op.create_index(
        op.f("ix_compliance_policy_department_id_effective_from"),
        "compliance_policy",
        ["department_id", "effective_from"],
    )
    op.create_table(
        "phone_standing",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_known", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_phone_standing_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_phone_standing_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_standing")),
        sa.UniqueConstraint("device_id", name=op.f("uq_phone_standing_device_id")),
    )
    op.create_index(op.f("ix_phone_standing_department_id"), "phone_standing", ["department_id"])
    op.create_index(op.f("ix_phone_standing_judged_at"), "phone_standing", ["judged_at"])
    op.create_table(
        "app_signer",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_app_signer_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_signer")),
        sa.UniqueConstraint("device_id", "package", name=op.f("uq_app_signer_device_id_package")),
    )
    op.create_index(op.f("ix_app_signer_package_signer"), "app_signer", ["package", "signer"])
    op.create_table(
        "usual_signer",
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("phones", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usual_signer")),
        sa.UniqueConstraint("package", name=op.f("uq_usual_signer_package")),
    )
    _grade_findings()


def _grade_findings() -> None:
    """Those there are tell of a PIN that was changed: critical, and due at once."""
    with op.batch_alter_table("finding") as table:
        table.add_column(sa.Column("severity", sa.String(40), server_default="critical"))
        table.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("seen", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("waived_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("waived_by", sa.String(), nullable=True))
        table.add_column(sa.Column("waived_because", sa.String(), nullable=True))
        table.add_column(sa.Column("closed_digest", sa.String(), nullable=True))
    finding = sa.table("finding", sa.column("due_at"), sa.column("opened_at"))
    op.execute(sa.update(finding).values(due_at=finding.c.opened_at))
    with op.batch_alter_table("finding") as table:
        table.alter_column("severity", nullable=False, server_default=None)
        table.alter_column("due_at", nullable=False)
        table.alter_column("seen", server_default=None)
        table.create_foreign_key(op.f("fk_finding_owner_id"), "employee", ["owner_id"], ["id"])
        table.create_check_constraint(op.f(NAME), WAIVED)
        table.create_index(op.f("ix_finding_closed_at"), ["closed_at"])


def downgrade() -> None:
    _forget_what_rules_found()
    with op.batch_alter_table("finding") as table:
        table.drop_index(op.f("ix_finding_closed_at"))
        table.drop_constraint(op.f(NAME), type_="check")
        table.drop_constraint(op.f("fk_finding_owner_id"), type_="foreignkey")
        for name in ("closed_digest", "waived_because", "waived_by", "waived_until", "seen"):
            table.drop_column(name)
        for name in ("due_at", "owner_id", "severity"):
            table.drop_column(name)
    for name in ("usual_signer", "app_signer", "phone_standing", "compliance_policy"):
        op.drop_table(name)


def _forget_what_rules_found() -> None:
    """The version before knows findings of the PIN alone."""
    finding = sa.table("finding", sa.column("rule"))
    of_the_pin = ("pin_refused", "lock_removed", "lock_replaced")
    op.execute(sa.delete(finding).where(finding.c.rule.not_in(of_the_pin)))
