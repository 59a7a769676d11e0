"""Keep findings, checks of PINs, incidents and drafts of violations."""

import sqlalchemy as sa
from alembic import op

revision = "incidents"
down_revision = "rotation_ended"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")
ONE_THING = (
    "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_a_station", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_finding_device_id"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("number", name="uq_finding_number"),
    )
    op.create_index("ix_finding_device_id", "finding", ["device_id"])
    op.create_index("ix_finding_opened_at", "finding", ["opened_at"])
    op.create_index(
        "uq_finding_open",
        "finding",
        ["device_id", "rule"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "incident",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=True),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_incident_employee_id"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name="fk_incident_finding_id"),
        sa.ForeignKeyConstraint(["reporter_id"], ["employee.id"], name="fk_incident_reporter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("number", name="uq_incident_number"),
    )
    op.create_index("ix_incident_employee_id", "incident", ["employee_id"])
    op.create_index("ix_incident_reporter_id", "incident", ["reporter_id"])
    op.create_index("ix_incident_state_reported_at", "incident", ["state", "reported_at"])
    op.create_table(
        "violation",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"], name="fk_violation_employee_id"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name="fk_violation_finding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_violation"),
        sa.UniqueConstraint(
            "finding_id", "employee_id", name="uq_violation_finding_id_employee_id"
        ),
        sa.UniqueConstraint("number", name="uq_violation_number"),
    )
    op.create_index("ix_violation_employee_id", "violation", ["employee_id"])
    op.create_index("ix_violation_state", "violation", ["state"])
    op.create_table(
        "incident_note",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_incident_note_incident_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_incident_note"),
    )
    op.create_index("ix_incident_note_incident_id", "incident_note", ["incident_id"])
    op.create_table(
        "incident_thing",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("open_kind", sa.String(length=40), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("sim_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_incident_thing_exactly_one_thing")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_incident_thing_account_id"
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_incident_thing_device_id"),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name="fk_incident_thing_incident_id"
        ),
        sa.ForeignKeyConstraint(["sim_id"], ["sim.id"], name="fk_incident_thing_sim_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident_thing"),
        sa.UniqueConstraint(
            "account_id", "open_kind", name="uq_incident_thing_account_id_open_kind"
        ),
        sa.UniqueConstraint("device_id", "open_kind", name="uq_incident_thing_device_id_open_kind"),
        sa.UniqueConstraint("sim_id", "open_kind", name="uq_incident_thing_sim_id_open_kind"),
    )
    op.create_index("ix_incident_thing_incident_id", "incident_thing", ["incident_id"])
    op.create_table(
        "measure",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("sim_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_measure_exactly_one_thing")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_measure_account_id"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_measure_device_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_measure_incident_id"),
        sa.ForeignKeyConstraint(["sim_id"], ["sim.id"], name="fk_measure_sim_id"),
        sa.PrimaryKeyConstraint("id", name="pk_measure"),
        sa.UniqueConstraint("incident_id", "number", name="uq_measure_incident_id_number"),
    )
    op.create_index("ix_measure_account_id", "measure", ["account_id"])
    op.create_index("ix_measure_device_id", "measure", ["device_id"])
    op.create_index("ix_measure_sim_id", "measure", ["sim_id"])
    op.create_index("ix_measure_state_due_at", "measure", ["state", "due_at"])
    op.create_table(
        "pin_check",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("wrong_attempts", sa.Integer(), nullable=False),
        sa.Column("build", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_pin_check_device_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_pin_check_job_id"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["credential_version.id"], name="fk_pin_check_version_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pin_check"),
        sa.UniqueConstraint("job_id", name="uq_pin_check_job_id"),
    )
    op.create_index("ix_pin_check_device_id_planned_at", "pin_check", ["device_id", "planned_at"])
    with op.batch_alter_table("credential") as table:
        table.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("credential") as table:
        table.drop_column("confirmed_at")
    op.drop_table("pin_check")
    op.drop_table("measure")
    op.drop_table("incident_thing")
    op.drop_table("incident_note")
    op.drop_table("violation")
    op.drop_table("incident")
    op.drop_table("finding")
