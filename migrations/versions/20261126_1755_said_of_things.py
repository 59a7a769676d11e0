"""Keep what the forms say of phones, SIMs and accounts, and let freed numbers rest."""

import sqlalchemy as sa
from alembic import op

revision = "said_of_things"
down_revision = "search"
branch_labels = None
depends_on = None

LIVE = sa.text("state <> 'cancelled'")
TEXT, DAY, YES_NO = sa.String, sa.Date, sa.Boolean
SAID = {
    "device": {
        **dict.fromkeys(("colour", "condition", "purpose", "note"), TEXT),
        **dict.fromkeys(("bought_on", "warranty_until"), DAY),
    },
    "sim": {**dict.fromkeys(("actual_user", "note"), TEXT), "opened_on": DAY},
    "account": {
        **dict.fromkeys(("contact", "administrators", "note"), TEXT),
        **dict.fromkeys(("real_name", "card_bound"), YES_NO),
        **dict.fromkeys(("contacts_on", "opened_on"), DAY),
        "contacts": sa.Integer,
    },
}


def upgrade() -> None:
    op.create_table(
        "number_policy",
        sa.Column("quarantine_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("quarantine_days >= 0", name=op.f("ck_number_policy_days_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_policy")),
    )
    op.create_index("ix_number_policy_set_at", "number_policy", ["set_at"])
    for name, columns in SAID.items():
        for column, kind in columns.items():
            op.add_column(name, sa.Column(column, kind(), nullable=True))
    op.add_column("account", sa.Column("registrant_standing", sa.String(40), nullable=True))
    op.create_index("ix_account_number", "account", ["number"])
    with op.batch_alter_table("device") as table:
        table.add_column(sa.Column("owner_id", sa.Uuid(), nullable=True))
        table.add_column(
            sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.create_index("ix_device_owner_id", ["owner_id"])
        table.create_foreign_key(op.f("fk_device_owner_id"), "employee", ["owner_id"], ["id"])
    with op.batch_alter_table("device") as table:
        table.alter_column("shared", server_default=None)
    with op.batch_alter_table("sim") as table:
        table.add_column(sa.Column("owner_kind", sa.String(40), nullable=True))
        table.add_column(sa.Column("quarantined_until", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint(op.f("uq_sim_number"), type_="unique")
        table.create_index("ix_sim_number", ["number"])
        table.create_index("ix_sim_quarantined_until", ["quarantined_until"])
    op.create_index(
        "uq_sim_number", "sim", ["number"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )


def downgrade() -> None:
    op.drop_index("uq_sim_number", "sim")
    # A number once more stands for one card alone: those that are gone are named by theirs.
    op.execute(
        "UPDATE sim SET number = number || '/' || iccid WHERE state = 'cancelled' AND number IN"
        " (SELECT number FROM sim GROUP BY number HAVING count(*) > 1)"
    )
    op.execute("UPDATE sim SET state = 'in_stock' WHERE state = 'to_be_cancelled'")
    with op.batch_alter_table("sim") as table:
        table.drop_index("ix_sim_quarantined_until")
        table.drop_index("ix_sim_number")
        table.create_unique_constraint(op.f("uq_sim_number"), ["number"])
        table.drop_column("quarantined_until")
        table.drop_column("owner_kind")
    with op.batch_alter_table("device") as table:
        table.drop_constraint(op.f("fk_device_owner_id"), type_="foreignkey")
        table.drop_index("ix_device_owner_id")
        table.drop_column("shared")
        table.drop_column("owner_id")
    op.drop_index("ix_account_number", "account")
    op.drop_column("account", "registrant_standing")
    for name, columns in SAID.items():
        for column in columns:
            op.drop_column(name, column)
    op.drop_table("number_policy")
