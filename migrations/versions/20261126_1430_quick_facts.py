"""Keep what phones said of themselves apart from who and where they are."""

import sqlalchemy as sa
from alembic import op

revision = "quick_facts"
down_revision = "remedies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_facts",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("noted", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_facts_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_facts")),
        sa.UniqueConstraint("device_id", name=op.f("uq_device_facts_device_id")),
    )
    op.execute(
        "INSERT INTO device_facts (id, device_id, facts, noted)"
        " SELECT id, id, facts, noted FROM device WHERE facts_digest IS NOT NULL"
    )
    op.drop_column("device", "facts")
    op.drop_column("device", "noted")
    op.add_column("device", sa.Column("quick", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "quick")
    op.add_column("device", sa.Column("facts", sa.JSON(), nullable=True))
    op.add_column("device", sa.Column("noted", sa.JSON(), nullable=False, server_default="{}"))
    for name in ("facts", "noted"):
        op.execute(
            f"UPDATE device SET {name} = (SELECT {name} FROM device_facts"  # noqa: S608 — ours
            " WHERE device_id = device.id)"
            " WHERE id IN (SELECT device_id FROM device_facts)"
        )
    op.drop_table("device_facts")
