"""Keep the PIN and the PUK of a SIM like any other credential."""

import sqlalchemy as sa
from alembic import op

revision = "sim_codes"
down_revision = "chores"
branch_labels = None
depends_on = None

ONE_OF_TWO = "(device_id IS NULL) <> (account_id IS NULL)"
ONE_OF_THREE = (
    "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN account_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN sim_id IS NULL THEN 0 ELSE 1 END) = 1"
)
OF_SIMS = "(SELECT id FROM credential WHERE sim_id IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("credential") as table:
        table.add_column(sa.Column("sim_id", sa.Uuid(), nullable=True))
        table.create_foreign_key("fk_credential_sim_id", "sim", ["sim_id"], ["id"])
        table.create_unique_constraint("uq_credential_sim_id_kind", ["sim_id", "kind"])
        table.drop_constraint(op.f("ck_credential_one_subject"), type_="check")
        table.create_check_constraint(op.f("ck_credential_one_subject"), ONE_OF_THREE)


def downgrade() -> None:
    # The version before has no room for values of SIMs.
    for below in ("disclosure_request", "credential_version"):
        op.execute(f"DELETE FROM {below} WHERE credential_id IN {OF_SIMS}")  # noqa: S608
    op.execute("DELETE FROM credential WHERE sim_id IS NOT NULL")
    with op.batch_alter_table("credential") as table:
        table.drop_constraint(op.f("ck_credential_one_subject"), type_="check")
        table.create_check_constraint(op.f("ck_credential_one_subject"), ONE_OF_TWO)
        table.drop_constraint("uq_credential_sim_id_kind", type_="unique")
        table.drop_constraint("fk_credential_sim_id", type_="foreignkey")
        table.drop_column("sim_id")
