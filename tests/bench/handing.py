"""Pairs of issue and return a second through the API, against the same rows written plainly.

What goes out and comes back is a SIM: its return is one call, without a gate. Ours is a server in
a process of its own, with identity, checks, the chained trail and a commit for each call; the plain
way writes the rows that came of a pair (holding, SIM, entries of the trail) by prepared statements
in two transactions, from as many threads. Both reach the disk.
"""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Engine, Update, insert, select, update

import migrations
from api.client import Client
from api.serve import Serving
from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.services import make_user
from fleet.access.tokens import make_token
from fleet.audit.models import AuditEntry
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.custody import IssueIn, Thing
from fleet.custody.models import Holding
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.people.models import Employee
from fleet.settings import Settings, load
from fleet.sims.lifecycle import State
from fleet.sims.models import Sim
from tests import postgres_server
from tests.api.running import Running, spawn, wait_until_ready
from tests.bench.measure import Row, seconds, size
from tests.bench.syncing import _databases as databases
from tests.factories import Make
from tests.ports import free_port

PAIRS: Final = 200  # in all, whatever the number of clients
CLIENTS: Final = (1, 16)
AIM: Final = 0.05  # of the plain rate


def handing() -> list[Row]:
    pairs = size(PAIRS)
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{Path(folder) / name}.db" for name in ("ours", "plain")]
        rows = _rows("SQLite", urls, pairs)
    binaries = postgres_server.newest_binaries()
    if binaries is not None:
        with (
            postgres_server.running(binaries, postgres_server.SAFE_SETTINGS) as server,
            databases(server.url) as urls,
        ):
            rows += _rows("PostgreSQL", urls, pairs)
    return rows


def _rows(database: str, urls: Sequence[str], pairs: int) -> list[Row]:
    ours_url, plain_url = urls
    rows = []
    for url in urls:
        migrations.upgrade(url)
    plain = make_engine(plain_url, pool_size=max(CLIENTS))
    with tempfile.TemporaryDirectory() as home, _served(Path(home), ours_url) as (server, token):
        for clients in CLIENTS:
            ours = seconds(lambda n=clients: _through_the_api(server, token, n, pairs))  # type: ignore[misc]
            written = seconds(lambda n=clients: _plainly(plain, n, pairs))  # type: ignore[misc]
            rows.append(_row(f"{database}: {clients} clients", pairs / ours, pairs / written))
    plain.dispose()
    return rows


def _row(what: str, ours: float, plain: float) -> Row:
    told = f"{ours:,.0f} pairs/s", f"{plain:,.0f} pairs/s", f"{ours / plain:.2f} ×", f"≥ {AIM:g} ×"
    return Row(f"{what}: a SIM issued and returned", *told, met=ours / plain >= AIM)


@contextmanager
def _served(home: Path, url: str) -> Iterator[tuple[str, str]]:
    """Give the address of a server over a database with people and SIMs, and a token for it."""
    for name in ("data", "keys", "storage"):
        (home / name).mkdir()
    Keyring.create(Settings(home=home).key_path)
    (home / "settings.toml").write_text(f'database_url = "{url}"\nrecipients = ["age1test"]\n')
    engine = make_engine(load(home).database)
    with make_sessions(engine).begin() as session:
        make = Make(session)
        for number in range(max(CLIENTS)):
            make.sim(number=_number(number))
            make.employee(number=f"B{number}")
        user = make_user(session, username="bench", name="bench", actor=SYSTEM)
        grant_role(session, user, Role.OPERATOR, reason="bench", actor=SYSTEM)
        token = make_token(session, user=user, label="bench", actor=SYSTEM)[0]
    engine.dispose()
    serving = Serving(home=home, port=free_port())
    running = Running(serving, spawn(serving, home / "log"), home / "log")
    try:
        wait_until_ready(running)
        yield serving.url, token
    finally:
        running.stop()


def _number(n: int) -> str:
    return f"139{n:08d}"


def _shared(work: Callable[[int, int], None], clients: int, pairs: int) -> None:
    """Have so many clients do their part of the pairs at the same time."""
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(work, n, pairs // clients) for n in range(clients)]:
            done.result()


def _through_the_api(server: str, token: str, clients: int, pairs: int) -> None:
    def work(number: int, times: int) -> None:
        with Client(server, token) as client:
            for _time in range(times):
                client.issue(IssueIn(to=f"B{number}", sims=[_number(number)]))
                client.return_sim(_number(number))

    _shared(work, clients, pairs)


def _plainly(engine: Engine, clients: int, pairs: int) -> None:
    """Write what a pair leaves: a holding opened and closed, the SIM moved, two entries."""
    people = _filled(engine)

    def work(number: int, times: int) -> None:
        person, sim = people[number]
        for _time in range(times):
            key = uuid4()
            with engine.begin() as connection:
                connection.execute(insert(Holding), [_opened(key, person, sim)])
                connection.execute(
                    update(Sim)
                    .where(Sim.id == sim)
                    .values(state=State.ISSUED, version=Sim.version + 1)
                )
                connection.execute(insert(AuditEntry), [_entry("holding.issued")])
            with engine.begin() as connection:
                closed = {"returned_at": now(), "returned_by": "bench"}
                connection.execute(update(Holding).where(Holding.id == key).values(**closed))
                connection.execute(
                    update(Sim)
                    .where(Sim.id == sim)
                    .values(state=State.IN_STOCK, version=Sim.version + 1)
                )
                connection.execute(insert(AuditEntry), [_entry("holding.returned")])

    _shared(work, clients, pairs)


def _filled(engine: Engine) -> list[tuple[UUID, UUID]]:
    with make_sessions(engine).begin() as session:
        if session.scalar(select(Sim.id).limit(1)) is None:
            make = Make(session)
            for number in range(max(CLIENTS)):
                make.sim(number=_number(number))
                make.employee(number=f"B{number}")
        people = session.scalars(select(Employee.id).order_by(Employee.number)).all()
        cards = session.scalars(select(Sim.id).order_by(Sim.number)).all()
        return list(zip(people, cards, strict=True))


def _moved(sim: UUID, state: State) -> Update:
    return update(Sim).where(Sim.id == sim).values(state=state, version=Sim.version + 1)


def _opened(key: UUID, person: UUID, sim: UUID) -> dict[str, Any]:
    told = {"thing": Thing.SIM, "issued_at": now(), "issued_by": "bench"}
    return {"id": key, "employee_id": person, "sim_id": sim, **told}


def _entry(event: str) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "sequence": next(SEQUENCE),
        "at": now(),
        "actor_id": uuid4(),
        "actor_name": "bench",
        "event": event,
        "subject_kind": "holding",
        "subject_id": uuid4(),
        "subject_name": "139****0000",
        "details": {"thing": "sim", "holder": "B0"},
        "previous": secrets.token_hex(32),
        "hash": secrets.token_hex(32),
    }


SEQUENCE: Final = count(1)
