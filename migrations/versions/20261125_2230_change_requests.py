"""Ask for a change, have it approved and appointed, and hand the new value over."""

import sqlalchemy as sa
from alembic import op

revision = "change_requests"
down_revision = "builds"
branch_labels = None
depends_on = None

POINTS = {
    "credential_id": "credential",
    "department_id": "department",
    "holder_id": "employee",
    "rotation_id": "rotation",
    "station_id": "station",
}


def upgrade() -> None:
    _make_delegations()
    _make_requests()


def _make_delegations() -> None:
    key, text, moment = sa.Uuid(), sa.String(), sa.DateTime(timezone=True)
    op.create_table(
        "delegation",
        sa.Column("head_id", key, nullable=False),
        sa.Column("delegate_id", key, nullable=False),
        sa.Column("begins_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_by", text, nullable=True),
        sa.Column("id", key, nullable=False),
        *(_points("delegation", name, "employee") for name in ("head_id", "delegate_id")),
        sa.PrimaryKeyConstraint("id", name="pk_delegation"),
    )
    for name in ("head_id", "delegate_id"):
        op.create_index(f"ix_delegation_{name}", "delegation", [name])


def _make_requests() -> None:
    key, text, moment = sa.Uuid(), sa.String(), sa.DateTime(timezone=True)
    word = sa.String(length=40)
    op.create_table(
        "change_request",
        sa.Column("number", text, nullable=False),
        sa.Column("what", word, nullable=False),
        sa.Column("credential_id", key, nullable=False),
        sa.Column("holder_id", key, nullable=False),
        sa.Column("state", word, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("asked_by", text, nullable=False),
        sa.Column("asked_by_id", key, nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("desk", word, nullable=True),
        sa.Column("department_id", key, nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("decide_by", moment, nullable=True),
        sa.Column("way", sa.JSON(), nullable=False),
        sa.Column("decided_by", text, nullable=True),
        sa.Column("decided_as", text, nullable=True),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("note", text, nullable=True),
        sa.Column("station_id", key, nullable=True),
        sa.Column("appointed_for", moment, nullable=True),
        sa.Column("appointed_by", text, nullable=True),
        sa.Column("rotation_id", key, nullable=True),
        sa.Column("outcome", text, nullable=True),
        sa.Column("sentence", text, nullable=False),
        sa.Column("level", word, nullable=False),
        sa.Column("closing", word, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("handed_at", moment, nullable=True),
        sa.Column("handed_by", text, nullable=True),
        sa.Column("handed_how", word, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", key, nullable=False),
        *(_points("change_request", name, to) for name, to in POINTS.items()),
        sa.PrimaryKeyConstraint("id", name="pk_change_request"),
        sa.UniqueConstraint("number", name="uq_change_request_number"),
    )
    for name in ("appointed_for", "asked_at", "credential_id", "holder_id"):
        op.create_index(f"ix_change_request_{name}", "change_request", [name])
    op.create_index("ix_change_request_state_decide_by", "change_request", ["state", "decide_by"])
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_change_request_open",
        "change_request",
        ["credential_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def downgrade() -> None:
    op.drop_table("change_request")
    op.drop_table("delegation")
