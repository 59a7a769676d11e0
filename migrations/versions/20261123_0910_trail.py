"""Keep checkpoints of the trail, and what changed."""

import sqlalchemy as sa
from alembic import op

revision = "trail"
down_revision = "grants"
branch_labels = None
depends_on = None


# An entry leaves only after 180 days, and only up to where a signed checkpoint says it was pruned.
def _old_and_pruned(half_a_year_ago: str) -> str:
    pruned = "SELECT max(sequence) FROM audit_checkpoint WHERE kind = 'pruned'"
    return f"OLD.at < {half_a_year_ago} AND OLD.sequence <= ({pruned})"


SQLITE_THEN = "datetime('now', '-180 days')"
POSTGRESQL_THEN = "now() - interval '180 days'"
STAYS = "an audit entry is never changed or removed"
SQLITE = [
    "DROP TRIGGER audit_entry_no_delete",
    f"""CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
        WHEN NOT coalesce({_old_and_pruned(SQLITE_THEN)}, 0)
        BEGIN SELECT RAISE(ABORT, 'an audit entry is never removed'); END""",
    *(
        f"""CREATE TRIGGER audit_checkpoint_no_{verb} BEFORE {verb} ON audit_checkpoint
            BEGIN SELECT RAISE(ABORT, 'a checkpoint stays as it was signed'); END"""
        for verb in ("update", "delete")
    ),
]
POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' THEN
            IF {_old_and_pruned(POSTGRESQL_THEN)} THEN
              RETURN OLD;
            END IF;
          END IF;
          RAISE EXCEPTION '{STAYS}';
        END $$""",
    """CREATE FUNCTION audit_checkpoint_stays() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'a checkpoint stays as it was signed'; END $$""",
    """CREATE TRIGGER audit_checkpoint_no_change BEFORE UPDATE OR DELETE ON audit_checkpoint
       FOR EACH ROW EXECUTE FUNCTION audit_checkpoint_stays()""",
    """CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint
       FOR EACH STATEMENT EXECUTE FUNCTION audit_checkpoint_stays()""",
]
BEFORE = {
    "sqlite": [
        "DROP TRIGGER audit_entry_no_delete",
        """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
           BEGIN SELECT RAISE(ABORT, 'an audit entry is never removed'); END""",
    ],
    "postgresql": [
        f"""CREATE OR REPLACE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{STAYS}'; END $$""",
    ],
}
SORTED = ("actor_name", "event", "subject_name")


def upgrade() -> None:
    op.create_table(
        "audit_checkpoint",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_checkpoint"),
    )
    op.create_index("ix_audit_checkpoint_sequence", "audit_checkpoint", ["sequence"])
    for name in ("actor_kind", "actor_role"):
        op.add_column("audit_entry", sa.Column(name, sa.String(), nullable=True))
    op.add_column("audit_entry", sa.Column("changes", sa.JSON(), nullable=True))
    for name in ("event", "subject_name"):
        op.drop_index(f"ix_audit_entry_{name}", "audit_entry")
    for name in SORTED:
        op.create_index(f"ix_audit_entry_{name}_sequence", "audit_entry", [name, "sequence"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_index("ix_audit_entry_at", "audit_entry")
    for name in SORTED:
        op.drop_index(f"ix_audit_entry_{name}_sequence", "audit_entry")
    for name in ("event", "subject_name"):
        op.create_index(f"ix_audit_entry_{name}", "audit_entry", [name])
    for name in ("changes", "actor_role", "actor_kind"):
        op.drop_column("audit_entry", name)
    op.drop_table("audit_checkpoint")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_checkpoint_stays")
