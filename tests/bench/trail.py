"""What the chained trail costs, how fast it is verified, and how long an exchange of keys takes.

Every figure is of processes of their own that begin at one word; commits reach the disk.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import NullPool, create_engine, insert, text

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
import migrations
from fleet.access.actor import SYSTEM
from fleet.access.events import UserShutOut
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.vault.models import Credential, CredentialVersion, context_of
from tests import postgres_server
from tests.bench.measure import Row
from tests.bench.trail_process import OLD
from tests.factories import Make

WRITERS, WRITES = 4, 150
FEW, MANY = 20_000, 200_000  # entries
SECRETS, ONE_BY_ONE = 100_000, 2_000
AT_A_TIME = 5_000


@dataclass(frozen=True)
class Taken:
    """How long the slowest of some processes took, and the most memory that one had."""

    seconds: float
    megabytes: float


def trail() -> list[Row]:
    rows = []
    with _sqlite() as fresh:
        rows += [_cost("SQLite", fresh), *_verified("SQLite", fresh), _rekeyed("SQLite", fresh)]
    with _postgresql() as fresh:
        rows += [_cost("PostgreSQL", fresh), _late_lock(fresh)]
        rows += [*_verified("PostgreSQL", fresh), _rekeyed("PostgreSQL", fresh)]
    return rows


class Fresh:
    """Gives the URL of a new database with the tables in it, each time it is asked."""

    def __init__(self, make: object) -> None:
        self._make = make

    def __call__(self) -> str:
        url: str = self._make()  # type: ignore[operator]
        migrations.upgrade(url)
        return url


def databases() -> Iterator[tuple[str, "Fresh"]]:
    """Give both databases, each while it is measured."""
    with _sqlite() as fresh:
        yield "SQLite", fresh
    with _postgresql() as fresh:
        yield "PostgreSQL", fresh


@contextmanager
def _sqlite() -> Iterator[Fresh]:
    with tempfile.TemporaryDirectory() as folder:
        yield Fresh(lambda: f"sqlite:///{Path(folder) / uuid4().hex}.db")


@contextmanager
def _postgresql() -> Iterator[Fresh]:
    binaries = postgres_server.newest_binaries()
    assert binaries, "Debian's package postgresql is not installed: scripts/setup test installs it"
    with postgres_server.running(binaries, postgres_server.SAFE_SETTINGS) as server:
        yield Fresh(lambda: _own_database(server.url))


def _own_database(server: str) -> str:
    name = f"bench_{uuid4().hex}"
    whole = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with whole.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    return f"{server}/{name}"


def _run(url: str, work: str, count: int, processes: int = 1) -> Taken:
    command = [sys.executable, "-m", "tests.bench.trail_process", url, work, str(count)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, **pipes) for _ in range(processes)]  # type: ignore[call-overload]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [json.loads(process.communicate()[0]) for process in running]
    return Taken(max(x["seconds"] for x in said), max(x["megabytes"] for x in said))


def _cost(database: str, fresh: Fresh) -> Row:
    """Compare writes with the chain to the same writes with plain rows in its place."""
    ours = _run(fresh(), "chained", WRITES, WRITERS).seconds
    plain = _run(fresh(), "unchained", WRITES, WRITERS).seconds
    what = f"{database}: {WRITERS} × {WRITES} writes with the chained trail / with plain rows"
    return Row(*_rates(what, ours, plain, WRITERS * WRITES), "≤ 1.5 ×", ours / plain <= 1.5)


def _rates(what: str, ours: float, plain: float, count: int) -> tuple[str, str, str, str]:
    return what, f"{count / ours:.0f}/s", f"{count / plain:.0f}/s", f"{ours / plain:.2f} × time"


def _late_lock(fresh: Fresh) -> Row:
    """Compare the head held for the commit alone to a head held by the whole transaction."""
    ours = _run(fresh(), "planning", WRITES, WRITERS).seconds
    plain = _run(fresh(), "planning_locked", WRITES, WRITERS).seconds
    count, ratio = WRITERS * WRITES, plain / ours
    what = (
        f"PostgreSQL: {WRITERS} × {WRITES} changes planned, the head locked late / from the start"
    )
    return Row(
        what,
        f"{count / ours:.0f}/s",
        f"{count / plain:.0f}/s",
        f"{ratio:.2f} ×",
        "≥ 1 ×",
        ratio >= 1,
    )


def _verified(database: str, fresh: Fresh) -> list[Row]:
    """Verify a trail and one ten times as long: memory must not grow with it."""
    url = fresh()
    _fill(url, FEW)
    few = _run(url, "verify", 0)
    _fill(url, MANY - FEW)
    many = _run(url, "verify", 0)
    rate, ratio = MANY / many.seconds, many.megabytes / few.megabytes
    return [
        Row(f"{database}: audit verify", f"{rate:.0f} entries/s", "", "", "", met=True),
        Row(
            f"{database}: memory to verify {MANY:,} entries / {FEW:,}",
            f"{many.megabytes:.0f} MB",
            f"{few.megabytes:.0f} MB",
            f"{ratio:.2f} ×",
            "≤ 1.1 ×",
            ratio <= 1.1,
        ),
    ]


def _fill(url: str, count: int) -> None:
    sessions = make_sessions(make_engine(url, poolclass=NullPool))
    for _ in range(0, count, AT_A_TIME):
        with sessions.begin() as session:
            for _each in range(AT_A_TIME):
                told = UserShutOut(subject_id=uuid4(), subject_name="somebody")
                record(session, SYSTEM, told)


def _rekeyed(database: str, fresh: Fresh) -> Row:
    """Compare the exchange of a key to opening and sealing secrets one by one, per secret."""
    url = fresh()
    _seal(url)
    plain = _run(url, "seal_anew", ONE_BY_ONE).seconds * SECRETS / ONE_BY_ONE
    url = fresh()
    _seal(url)
    ours = _run(url, "rewrap", 0).seconds
    what = f"{database}: vault rekey of {SECRETS:,} secrets / opened and sealed one by one"
    return Row(
        what, f"{ours:.1f} s", f"{plain:.0f} s", f"{plain / ours:.1f} ×", "≥ 5 ×", plain / ours >= 5
    )


def _seal(url: str) -> None:
    """Store secrets as earlier values of one credential, sealed with the old key."""
    ring, sessions = Keyring.of(OLD), make_sessions(make_engine(url, poolclass=NullPool))
    with sessions.begin() as session:
        device = Make(session).device()
        credential = Credential(
            id=uuid4(),
            kind=CredentialKind.DEVICE_PIN,
            subject=device.tag,
            device_id=device.id,
            level=Level.NONE,
        )
        session.add(credential)
        session.flush()
        for first in range(1, SECRETS, AT_A_TIME):
            numbers = range(first, first + AT_A_TIME)
            session.execute(
                insert(CredentialVersion), [_version(ring, credential, n) for n in numbers]
            )


def _version(ring: Keyring, credential: Credential, number: int) -> dict[str, object]:
    return {
        "id": uuid4(),
        "credential_id": credential.id,
        "number": number,
        "sealed": ring.seal(f"{number:06d}", context=context_of(credential.id, number)),
        "state": "retired",
        "reason": "of the bench",
        "made_at": now(),
    }
