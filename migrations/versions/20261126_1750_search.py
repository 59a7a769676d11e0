"""Find things by what people say, and give lists in their order by an index.

The terms are filled in by the server itself, some at a time; until then lists look as they did.
"""

import sqlalchemy as sa
from alembic import op

revision = "search"
down_revision = "papers"
branch_labels = None
depends_on = None

# By table: the columns of indexes that are, and of those that were.
INDEXES: tuple[tuple[str, list[list[str]], list[list[str]]], ...] = (
    ("account", [["state", "handle"]], [["state"]]),
    ("credential", [["kind", "level"]], []),
    (
        "device",
        [["state", "tag"], ["station_id", "tag"], ["last_seen_at", "id"], ["model", "id"]],
        [["state"], ["station_id"]],
    ),
    (
        "employee",
        [["department_id", "number"], ["status", "number"], ["name", "id"]],
        [["department_id"], ["status"], ["name"]],
    ),
    ("sim", [["state", "number"]], [["state"]]),
)


def upgrade() -> None:
    op.create_table(
        "search_fill",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("spelling", sa.Integer(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("things", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_fill")),
        sa.UniqueConstraint("kind", name=op.f("uq_search_fill_kind")),
    )
    term = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
    op.create_table(
        "search_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("term", term, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_term")),
    )
    _make("search_term", [["kind", "term"], ["thing_id", "kind"]])
    op.create_table(
        "saved_view",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_view_owner_id_name")),
    )
    _make("saved_view", [["name"], ["shared"]])
    for table, now, before in INDEXES:
        _make(table, now)
        _drop(table, before)


def downgrade() -> None:
    for table, now, before in reversed(INDEXES):
        _make(table, before)
        _drop(table, now)
    op.drop_table("saved_view")
    op.drop_table("search_term")
    op.drop_table("search_fill")


def _make(table: str, indexes: list[list[str]]) -> None:
    for columns in indexes:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def _drop(table: str, indexes: list[list[str]]) -> None:
    for columns in indexes:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
