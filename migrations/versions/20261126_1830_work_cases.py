"""Lead people in, out and across by cases of one shape, the leaving ones among them."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "work_cases"
down_revision = "waiting_sheets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _ladder()
    _case()
    _rung()
    _step()
    connection = op.get_bind()
    for case in _rows(connection, "leaving_case"):
        _take_over(connection, case)
    op.drop_table("leaving_item")
    op.drop_table("leaving_case")
    for table in ("search_term", "search_fill"):
        op.execute(f"UPDATE {table} SET kind = 'work_case' WHERE kind = 'leaving_case'")  # noqa: S608
    op.execute("UPDATE saved_view SET list = 'cases' WHERE list = 'leaving-cases'")


def downgrade() -> None:
    """Go back to leaving cases alone: the other kinds are lost, as nothing could show them."""
    _leaving()
    connection = op.get_bind()
    for case in _rows(connection, "work_case"):
        if case.kind == "leaving":
            _give_back(connection, case)
    for table in ("search_term", "search_fill"):  # what is left is filled in anew
        op.execute(f"DELETE FROM {table} WHERE kind = 'work_case'")  # noqa: S608 — ours
    op.execute("UPDATE saved_view SET list = 'leaving-cases' WHERE list = 'cases'")
    for name in ("case_step", "case_rung", "work_case", "case_ladder"):
        op.drop_table(name)


_UUID, _TEXT, _DAY = sa.Uuid, sa.String, sa.Date
_WORD = sa.String(length=40)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _table(name: str, **columns: Any) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))


CASE = {
    **dict.fromkeys(("id", "employee_id", "successor_id"), sa.Uuid()),
    **dict.fromkeys(("number", "opened_by"), sa.String()),
    "by": sa.Date(),
    **dict.fromkeys(("opened_at", "closed_at"), _moment()),
}
NEW = {
    **dict.fromkeys(("kind", "state", "open_key", "closed_by"), sa.String()),
    "details": sa.JSON(),
    "revision": sa.Integer(),
}
STEP = {
    **dict.fromkeys(("id", "case_id", "holding_id"), sa.Uuid()),
    **dict.fromkeys(("number", "revision"), sa.Integer()),
    **dict.fromkeys(("kind", "doer", "office", "needed", "waivable", "state", "level"), _WORD),
    "due_on": sa.Date(),
    "after": sa.JSON(),
}
TABLES = {
    "leaving_case": _table("leaving_case", **CASE),
    "leaving_item": _table(
        "leaving_item",
        **dict.fromkeys(("id", "case_id", "holding_id"), sa.Uuid()),
        place=sa.Integer(),
    ),
    "work_case": _table("work_case", **CASE, **NEW),
    "case_step": _table("case_step", **STEP),
    "holding": _table(
        "holding",
        **dict.fromkeys(("id", "device_id", "sim_id", "account_id"), sa.Uuid()),
        returned_at=_moment(),
    ),
    "device": _table("device", id=sa.Uuid(), tag=sa.String(), state=sa.String()),
    "account": _table("account", id=sa.Uuid(), handle=sa.String(), state=sa.String()),
}


def _rows(connection: sa.Connection, name: str, *where: Any) -> Any:
    return connection.execute(sa.select(TABLES[name]).where(*where)).all()


# kind, doer, office, days before the last one, level needed, waived where, kinds that come first
PASSWORD = ("password", "job", "desk", 2, "observed", "gate", ())
BACKUP = ("backup", "job", "station", 1, "observed", "gate", ())
PIN = ("pin", "job", "station", 0, "proven", "gate", ())
ACCEPT = ("accept", "person", "desk", 0, "declared", None, ("backup", "pin"))
SIM_BACK = ("sim_back", "person", "desk", 0, "declared", None, ())
HAND_ON = ("hand_on", "person", "desk", 0, "declared", None, ("password",))
PARTS = (
    ("account_id", (PASSWORD,)),
    ("device_id", (BACKUP, PIN, ACCEPT)),
    ("sim_id", (SIM_BACK,)),
    ("account_id", (HAND_ON,)),
)


def _take_over(connection: sa.Connection, case: Any) -> None:
    """Make a case of one that was opened before, with a step for each thing as it had them."""
    item, holding = TABLES["leaving_item"].c, TABLES["holding"].c
    joined = TABLES["leaving_item"].join(TABLES["holding"], holding.id == item.holding_id)
    of_it = sa.select(TABLES["holding"]).select_from(joined).where(item.case_id == case.id)
    held = connection.execute(of_it.order_by(item.place)).all()
    is_open = case.closed_at is None
    row = {
        **{name: getattr(case, name) for name in CASE},
        "kind": "leaving",
        "state": "open" if is_open else "closed",
        "open_key": f"person:{case.employee_id}" if is_open else None,
        "closed_by": None,
        "details": {"begun": sorted(_begun(connection, held))} if is_open else {},
        "revision": 1,
    }
    connection.execute(TABLES["work_case"].insert().values(row))
    steps = list(_steps(case, held))
    if steps:
        connection.execute(TABLES["case_step"].insert(), steps)


def _begun(connection: sa.Connection, held: Any) -> Iterator[str]:
    """Give the names of the things whose return has begun and not ended."""
    for table, name in (("device", "tag"), ("account", "handle")):
        ids = [getattr(one, f"{table}_id") for one in held if one.returned_at is None]
        of_them = TABLES[table].c
        back = of_them.id.in_([one for one in ids if one]), of_them.state == "returning"
        yield from (getattr(row, name) for row in _rows(connection, table, *back))


def _steps(case: Any, held: Any) -> Iterator[dict[str, Any]]:
    number, known = 0, {}
    for column, kinds in PARTS:
        for one in (item for item in held if getattr(item, column) is not None):
            for kind, doer, office, before, needed, waivable, first in kinds:
                number += 1
                known[kind, one.id] = number
                yield {
                    "id": uuid4(),
                    "case_id": case.id,
                    "holding_id": one.id,
                    "number": number,
                    "kind": kind,
                    "doer": doer,
                    "office": office,
                    "needed": needed,
                    "waivable": waivable,
                    "state": "open",
                    "level": "none",
                    "due_on": _due(case, before),
                    "after": [known[name, one.id] for name in first],
                    "revision": 1,
                }


def _due(case: Any, before: int) -> date:
    opened, last = case.opened_at.date(), case.by - timedelta(days=before)
    return date.fromordinal(max(opened, last).toordinal())


def _give_back(connection: sa.Connection, case: Any) -> None:
    row = {name: getattr(case, name) for name in CASE}
    connection.execute(TABLES["leaving_case"].insert().values(row))
    step = TABLES["case_step"].c
    of_it = _rows(connection, "case_step", step.case_id == case.id, step.holding_id.is_not(None))
    held = dict.fromkeys(one.holding_id for one in sorted(of_it, key=lambda one: one.number))
    items = [
        {"id": uuid4(), "case_id": case.id, "holding_id": key, "place": place}
        for place, key in enumerate(held, start=1)
    ]
    if items:
        connection.execute(TABLES["leaving_item"].insert(), items)


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}")


def _indexes(table: str, *columns: tuple[str, ...]) -> None:
    for names in columns:
        op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names), unique=False)


def _ladder() -> None:
    op.create_table(
        "case_ladder",
        _column("kind", _WORD),
        _column("rungs", sa.JSON()),
        _column("department_id", _UUID(), null=True),
        _column("effective_from", _moment()),
        _column("set_at", _moment()),
        _column("set_by", _TEXT()),
        _column("reason", _TEXT()),
        _column("inherits", sa.Boolean()),
        _column("id", _UUID()),
        _key("case_ladder", "department_id", "department"),
        sa.PrimaryKeyConstraint("id", name="pk_case_ladder"),
    )
    _indexes("case_ladder", ("department_id",), ("kind", "effective_from"))


def _case() -> None:
    op.create_table(
        "work_case",
        _column("number", _TEXT()),
        _column("kind", _WORD),
        _column("state", _WORD),
        _column("open_key", _TEXT(), null=True),
        _column("employee_id", _UUID()),
        *(_column(f"{name}_id", _UUID(), null=True) for name in _OTHERS),
        _column("by", _DAY()),
        _column("reason", _TEXT(), null=True),
        _column("details", sa.JSON()),
        _column("opened_at", _moment()),
        _column("opened_by", _TEXT()),
        _column("closed_at", _moment(), null=True),
        _column("closed_by", _TEXT(), null=True),
        _column("revision", sa.Integer()),
        _column("id", _UUID()),
        _key("work_case", "employee_id", "employee"),
        *(_key("work_case", f"{name}_id", table) for name, table in _OTHERS.items()),
        sa.PrimaryKeyConstraint("id", name="pk_work_case"),
        sa.UniqueConstraint("number", name="uq_work_case_number"),
        sa.UniqueConstraint("open_key", name="uq_work_case_open_key"),
    )
    single = ("by",), ("employee_id",), ("incident_id",), ("successor_id",)
    _indexes("work_case", *single, ("kind", "state"), ("state", "by"))


_OTHERS: Mapping[str, str] = {
    "successor": "employee",
    "department": "department",
    "incident": "incident",
}


def _rung() -> None:
    op.create_table(
        "case_rung",
        _column("case_id", _UUID()),
        _column("place", sa.Integer()),
        _column("to", _WORD),
        _column("due_on", _DAY()),
        _column("at", _moment()),
        _column("open_steps", sa.JSON()),
        _column("id", _UUID()),
        _key("case_rung", "case_id", "work_case"),
        sa.PrimaryKeyConstraint("id", name="pk_case_rung"),
        sa.UniqueConstraint("case_id", "place", name="uq_case_rung_case_id_place"),
    )


def _step() -> None:
    op.create_table(
        "case_step",
        _column("case_id", _UUID()),
        _column("number", sa.Integer()),
        *(_column(name, _WORD) for name in ("kind", "doer", "office")),
        _column("who_id", _UUID(), null=True),
        _column("due_on", _DAY()),
        _column("after", sa.JSON()),
        _column("needed", _WORD),
        _column("waivable", _WORD, null=True),
        *(_column(f"{name}_id", _UUID(), null=True) for name in ("holding", "device", "measure")),
        _column("about", _TEXT(), null=True),
        *(_column(name, _WORD) for name in ("state", "level")),
        _column("by", _TEXT(), null=True),
        _column("at", _moment(), null=True),
        _column("note", _TEXT(), null=True),
        _column("waiver_asked_by_id", _UUID(), null=True),
        _column("waiver_asked_by", _TEXT(), null=True),
        _column("waiver_asked_why", _TEXT(), null=True),
        _column("revision", sa.Integer()),
        _column("id", _UUID()),
        _key("case_step", "case_id", "work_case"),
        _key("case_step", "who_id", "employee"),
        *(_key("case_step", f"{name}_id", name) for name in ("holding", "device", "measure")),
        sa.PrimaryKeyConstraint("id", name="pk_case_step"),
        sa.UniqueConstraint("case_id", "number", name="uq_case_step_case_id_number"),
    )
    single = ("device_id",), ("holding_id",), ("measure_id",)
    _indexes("case_step", *single, ("state", "office"), ("who_id", "state"))


def _leaving() -> None:
    op.create_table(
        "leaving_case",
        _column("number", _TEXT()),
        _column("employee_id", _UUID()),
        _column("successor_id", _UUID(), null=True),
        _column("by", _DAY()),
        _column("opened_at", _moment()),
        _column("opened_by", _TEXT()),
        _column("closed_at", _moment(), null=True),
        _column("id", _UUID()),
        _key("leaving_case", "employee_id", "employee"),
        _key("leaving_case", "successor_id", "employee"),
        sa.PrimaryKeyConstraint("id", name="pk_leaving_case"),
        sa.UniqueConstraint("number", name="uq_leaving_case_number"),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_leaving_case_open",
        "leaving_case",
        ["employee_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "leaving_item",
        _column("case_id", _UUID()),
        _column("holding_id", _UUID()),
        _column("place", sa.Integer()),
        _column("id", _UUID()),
        _key("leaving_item", "case_id", "leaving_case"),
        _key("leaving_item", "holding_id", "holding"),
        sa.PrimaryKeyConstraint("id", name="pk_leaving_item"),
    )
    _indexes("leaving_item", ("case_id",), ("holding_id",))
