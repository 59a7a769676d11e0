"""Keep applications, kits, reservations and the days of loans."""

import sqlalchemy as sa
from alembic import op

revision = "applications"
down_revision = "recycle_bin"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")
LENT = sa.text("due_on IS NOT NULL AND returned_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "kit",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit")),
        sa.UniqueConstraint("name", name=op.f("uq_kit_name")),
    )
    op.create_table(
        "application_policy",
        sa.Column("term", sa.String(40), nullable=False),
        sa.Column("approvers", sa.JSON(), nullable=False),
        sa.Column("decide_days", sa.Integer(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("name_format", sa.String(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "department_id IS NOT NULL OR NOT inherits",
            name=op.f("ck_application_policy_company_has_its_own"),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_application_policy_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_policy")),
    )
    op.create_index(
        op.f("ix_application_policy_department_id"), "application_policy", ["department_id"]
    )
    op.create_index(
        op.f("ix_application_policy_term_effective_from"),
        "application_policy",
        ["term", "effective_from"],
    )

    op.create_table(
        "application",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("kit", sa.String(), nullable=True),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("real_name", sa.String(), nullable=False),
        sa.Column("exception", sa.String(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unprepared", sa.String(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=True),
        sa.Column("signed_how", sa.String(40), nullable=True),
        sa.Column("agreement", sa.String(), nullable=True),
        sa.Column("agreed", sa.Text(), nullable=True),
        sa.Column("condition", sa.String(40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("lapse", sa.String(40), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("desk", sa.String(40), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("way", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_application_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["employee.id"], name=op.f("fk_application_holder_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("number", name=op.f("uq_application_number")),
    )
    op.create_index(op.f("ix_application_asked_at"), "application", ["asked_at"])
    op.create_index(op.f("ix_application_holder_id"), "application", ["holder_id"])
    op.create_index(
        op.f("ix_application_holder_id_ended_at"), "application", ["holder_id", "ended_at"]
    )
    op.create_index(op.f("ix_application_state_decide_by"), "application", ["state", "decide_by"])

    op.create_table(
        "application_approval",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_as", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_approval_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_approval")),
        sa.UniqueConstraint(
            "application_id", "place", name=op.f("uq_application_approval_application_id_place")
        ),
    )
    op.create_index(
        op.f("ix_application_approval_decided_by_id"), "application_approval", ["decided_by_id"]
    )

    op.create_table(
        "reservation",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("thing", sa.String(40), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("sim_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_reservation_exactly_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reservation_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_reservation_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_reservation_device_id")
        ),
        sa.ForeignKeyConstraint(["sim_id"], ["sim.id"], name=op.f("fk_reservation_sim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(op.f("ix_reservation_application_id"), "reservation", ["application_id"])
    op.create_index(op.f("ix_reservation_ended_at_until"), "reservation", ["ended_at", "until"])
    for thing in ("device", "sim", "account"):
        op.create_index(
            f"uq_reservation_open_{thing}",
            "reservation",
            [f"{thing}_id"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )

    op.add_column("holding", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_holding_due", "holding", ["due_on", "id"], sqlite_where=LENT, postgresql_where=LENT
    )


def downgrade() -> None:
    op.drop_index("ix_holding_due", "holding")
    op.drop_column("holding", "due_on")
    op.drop_table("reservation")
    op.drop_table("application_approval")
    op.drop_table("application")
    op.drop_table("application_policy")
    op.drop_table("kit")
