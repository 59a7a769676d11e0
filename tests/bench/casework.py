"""Planning 400 leaving cases together, against planning one after the other; and opening them.

Each person holds a phone, a SIM and an account, as `issue` hands them out, with what opens them in
the vault. The plain way is the plan for one, as `workfleet offboard --plan` asks for it, in a
session of its own; it is measured on a few and multiplied. Opening begins every return and plans
the work of the stations: all in one transaction with its trail.
"""

import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, select

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
import migrations
from fleet.access.actor import SYSTEM
from fleet.cases.bulk import leavers
from fleet.cases.queries import plan_leaving
from fleet.contracts.cases import LeaverIn, LeaversIn
from fleet.custody.issuing import issue
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.people.models import Employee
from fleet.people.queries import employee
from fleet.settings import Settings
from fleet.vault import services as vault
from fleet.vault.queries import pin_of
from fleet.vault.tools import Tools
from tests import postgres_server
from tests.bench.measure import Row, seconds, size
from tests.bench.planning import _database
from tests.factories import Make

LEAVERS: Final = 400
SAMPLE: Final = 20
MOST_SECONDS: Final = 5.0
MOST_TO_OPEN: Final = 10.0
BY: Final = date(2099, 12, 31)


def casework() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        rows = _rows("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}")
    binaries = postgres_server.newest_binaries()
    if binaries is not None:
        with postgres_server.running(binaries) as server, _database(server.url) as url:
            rows += _rows("PostgreSQL", url)
    return rows


def _rows(name: str, url: str) -> list[Row]:
    migrations.upgrade(url)
    engine, tools = make_engine(url), Tools(Keyring.of(bytes(32)), _settings())
    people = size(LEAVERS)
    _fill(engine, tools, people)
    numbers = _numbers(engine)
    plain = seconds(lambda: _one_by_one(engine, numbers[:SAMPLE])) * people / SAMPLE
    ours = seconds(lambda: _together(engine, tools, numbers, plan_only=True))
    opened = seconds(lambda: _together(engine, tools, numbers, plan_only=False))
    engine.dispose()
    planned = Row(
        f"plan {people} leaving cases, {name}",
        f"{ours:.2f} s",
        f"{plain:.1f} s one by one",
        f"{plain / ours:.1f}",
        f"< {MOST_SECONDS:.0f} s",
        ours < MOST_SECONDS,
    )
    shown = Row(
        f"open {people} leaving cases, all or none, {name}",
        f"{opened:.1f} s",
        f"{opened / people * 1000:.0f} ms each",
        "",
        f"< {MOST_TO_OPEN:.0f} s",
        opened < MOST_TO_OPEN,
    )
    return [planned, shown]


def _settings() -> Settings:
    return Settings(home=Path(), recipients=("age1bench",))


def _fill(engine: Engine, tools: Tools, people: int) -> None:
    """Hand each of them a phone, a SIM and an account, and adopt the PIN of the phone."""
    with make_sessions(engine)() as session:
        make = Make(session)
        place = make.department()
        for _ in range(people):
            somebody = make.employee(department=place)
            phone = make.device()
            things = {"devices": [phone], "sims": [make.sim()], "accounts": [make.account()]}
            issue(session, to=somebody, actor=SYSTEM, **things)
            vault.adopt(session, tools, pin_of(phone), value="735184", reason="bench", actor=SYSTEM)
        session.commit()


def _numbers(engine: Engine) -> list[str]:
    with make_sessions(engine)() as session:
        return list(session.scalars(select(Employee.number).order_by(Employee.number)))


def _one_by_one(engine: Engine, numbers: list[str]) -> None:
    for number in numbers:
        with make_sessions(engine)() as session:
            plan_leaving(session, employee(session, number), by=BY, actor=SYSTEM)


def _together(engine: Engine, tools: Tools, numbers: list[str], *, plan_only: bool) -> None:
    given = [LeaverIn(employee=number, by=BY) for number in numbers]
    with make_sessions(engine)() as session:
        done = leavers(session, tools, LeaversIn(leavers=given, plan_only=plan_only), actor=SYSTEM)
        if done.refused or len(done.rows) != len(numbers):
            raise RuntimeError(done.refused)
        if not plan_only:
            session.commit()
