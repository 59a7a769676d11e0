"""Keep what stations do on phones against findings, and the files that they update apps from."""

import sqlalchemy as sa
from alembic import op

revision = "remedies"
down_revision = "station_ports"
branch_labels = None
depends_on = None

LIVE = sa.text("state = 'planned'")


def upgrade() -> None:
    op.create_table(
        "apk",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("version_code", sa.BigInteger(), nullable=False),
        sa.Column("version_name", sa.String(), nullable=True),
        sa.Column("certificate", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("trusted_by", sa.String(), nullable=True),
        sa.Column("trusted_because", sa.String(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apk")),
        sa.UniqueConstraint("digest", name=op.f("uq_apk_digest")),
    )
    op.create_index(op.f("ix_apk_package_version_code"), "apk", ["package", "version_code"])
    op.create_table(
        "remedy",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("package", sa.String(), nullable=True),
        sa.Column("phone_user", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("apk_id", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_because", sa.String(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("sentence", sa.String(), nullable=True),
        sa.Column("word", sa.String(), nullable=True),
        sa.Column("undo", sa.String(40), nullable=True),
        sa.Column("build", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("undo_of_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["apk_id"], ["apk.id"], name=op.f("fk_remedy_apk_id")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_remedy_device_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_remedy_finding_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_remedy_job_id")),
        sa.ForeignKeyConstraint(["undo_of_id"], ["remedy.id"], name=op.f("fk_remedy_undo_of_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy")),
        sa.UniqueConstraint("job_id", name=op.f("uq_remedy_job_id")),
        sa.UniqueConstraint("number", name=op.f("uq_remedy_number")),
    )
    op.create_index(
        "uq_remedy_live",
        "remedy",
        ["device_id", "target"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(op.f("ix_remedy_planned_at"), "remedy", ["planned_at"])
    op.create_index(op.f("ix_remedy_device_id_planned_at"), "remedy", ["device_id", "planned_at"])
    for name in ("finding_id", "apk_id", "undo_of_id"):
        op.create_index(op.f(f"ix_remedy_{name}"), "remedy", [name])


def downgrade() -> None:
    op.drop_table("remedy")
    op.drop_table("apk")
    _forget_the_jobs()


def _forget_the_jobs() -> None:
    """The version before knows no jobs of this kind."""
    job = sa.table("job", sa.column("id"), sa.column("kind"))
    lease = sa.table("job_lease", sa.column("job_id"))
    of_remedies = sa.select(job.c.id).where(job.c.kind == "remedy")
    op.execute(sa.delete(lease).where(lease.c.job_id.in_(of_remedies)))
    op.execute(sa.delete(job).where(job.c.kind == "remedy"))
