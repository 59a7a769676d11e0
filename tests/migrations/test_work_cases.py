"""Leaving cases that were opened before are cases like the others, and go back as they were."""

from datetime import UTC, date, datetime
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import select

import migrations
from fleet.cases.models import Case
from fleet.cases.queries import shown_case
from fleet.cases.services import cancel
from fleet.contracts.cases import CaseState, CaseStepKind
from fleet.custody.issuing import issue
from fleet.custody.services import return_account, start_return
from fleet.database import make_engine, make_sessions
from fleet.people.models import Status
from tests.factories import Make

BEFORE = "waiting_sheets"
OPENED = datetime(2026, 11, 1, 8, tzinfo=UTC)
CASE = sa.table(
    "leaving_case",
    *(sa.column(name, sa.Uuid()) for name in ("id", "employee_id", "successor_id")),
    *(sa.column(name, sa.String()) for name in ("number", "opened_by")),
    sa.column("by", sa.Date()),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("opened_at", "closed_at")),
)
ITEM = sa.table(
    "leaving_item",
    *(sa.column(name, sa.Uuid()) for name in ("id", "case_id", "holding_id")),
    sa.column("place", sa.Integer()),
)


def test_leaving_cases_become_cases_and_go_back(url: str, tools):
    held = _somebody_leaving(url)
    migrations.downgrade(url, BEFORE)
    _opened_before(url, held)

    migrations.upgrade(url)

    engine = make_engine(url)
    with make_sessions(engine)() as session:
        make = Make(session)
        opened, closed = session.scalars(select(Case).order_by(Case.number)).all()
        assert (opened.state, closed.state) == (CaseState.OPEN, CaseState.CLOSED)
        assert [step.kind for step in opened.steps] == [
            CaseStepKind.PASSWORD,
            CaseStepKind.BACKUP,
            CaseStepKind.PIN,
            CaseStepKind.ACCEPT,
            CaseStepKind.SIM_BACK,
            CaseStepKind.HAND_ON,
        ]
        assert (opened.steps[3].after, opened.steps[0].due_on) == ([2, 3], date(2099, 12, 29))
        assert len(shown_case(session, opened).held.devices) == 1
        _, undone, _ = cancel(session, tools, opened.number, reason="stays", actor=make.actor())
        assert len(undone) == 3
        assert opened.employee.status is Status.ACTIVE
    engine.dispose()

    migrations.downgrade(url, BEFORE)

    engine = make_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(CASE).order_by(CASE.c.number)).all()
        assert [(row.number, row.closed_at is None) for row in rows] == [
            ("LV-2026-001", True),
            ("LV-2026-002", False),
        ]
        places = connection.scalars(select(ITEM.c.place).order_by(ITEM.c.place)).all()
        assert list(places) == [1, 2, 3]
    engine.dispose()
    migrations.upgrade(url)
    assert migrations.differences(url) == []


def _somebody_leaving(url: str) -> list[object]:
    """Let somebody hold three things whose return has begun, as the version before did it."""
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        make = Make(session)
        ann, boss = make.employee(status=Status.LEAVING), make.actor()
        ann.status = Status.ACTIVE
        device, sim, account = make.device(), make.sim(), make.account()
        handing = issue(
            session, to=ann, devices=[device], sims=[sim], accounts=[account], actor=boss
        )
        start_return(session, device, handed_back=False, actor=boss)
        return_account(session, account, actor=boss)
        ann.status = Status.LEAVING
        gone = make.employee(status=Status.LEFT)
        session.commit()
        found = [ann.id, gone.id, *(one.id for one in handing.holdings)]
    engine.dispose()
    return found


def _opened_before(url: str, held: list[object]) -> None:
    ann, gone, *holdings = held
    told = {"successor_id": None, "by": date(2099, 12, 31), "opened_by": "Liu", "opened_at": OPENED}
    rows = [
        {"id": uuid4(), "number": f"LV-2026-00{n}", "employee_id": who, "closed_at": ended, **told}
        for n, who, ended in ((1, ann, None), (2, gone, OPENED))
    ]
    items = [
        {"id": uuid4(), "case_id": rows[0]["id"], "holding_id": key, "place": place}
        for place, key in enumerate(holdings, start=1)
    ]
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(CASE.insert(), rows)
        connection.execute(ITEM.insert(), items)
    engine.dispose()
