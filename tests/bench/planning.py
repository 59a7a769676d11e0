"""Planning 20,000 due PINs of 100,000 in parts, against planning them one by one.

The plain way is the verb for one, as `workfleet rotate` asks for it, again and again in one
transaction; it is measured on a few hundred other rows of the same tables, and multiplied. Both
include the commit, which chains the trail. Memory is what the process held at its highest above
what it held before, in a process of its own.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.orm import Session, sessionmaker

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
import migrations
from fleet.access.actor import SYSTEM
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.proof import Level
from fleet.contracts.rotation import PlanIn
from fleet.database import make_engine, make_sessions
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.keys.keyring import Keyring
from fleet.rotation.batches import plan_part
from fleet.rotation.services import plan_rotation
from fleet.settings import Settings
from fleet.vault.models import Credential, CredentialVersion, context_of
from fleet.vault.tools import Tools
from tests import postgres_server
from tests.bench.measure import Row, highest, seconds

PHONES: Final = 100_000
DUE: Final = 20_000
PART: Final = 500
SAMPLE: Final = 400
ROWS: Final = 5000  # stored in one statement while the tables are filled
AIM: Final = 2.0


@dataclass(frozen=True)
class Taken:
    seconds: float
    megabytes: float


def planning() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row("SQLite", f"sqlite:///{Path(folder) / 'bench.db'}")]
    binaries = postgres_server.newest_binaries()
    if binaries is not None:
        with postgres_server.running(binaries) as server, _database(server) as url:
            rows.append(_row("PostgreSQL", url))
    return rows


@contextmanager
def _database(server: str) -> Iterator[str]:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE bench"))
    engine.dispose()
    yield f"{server}/bench"


def _tools() -> Tools:
    return Tools(Keyring.of(bytes(32)), Settings(home=Path()))


def _row(name: str, url: str) -> Row:
    migrations.upgrade(url)
    engine = make_engine(url)
    _fill(engine, _tools())
    engine.dispose()
    with get_context("spawn").Pool(1) as fresh:
        plain = fresh.apply(_plain, (url,)) * DUE / SAMPLE
    with get_context("spawn").Pool(1) as fresh:
        ours = fresh.apply(_ours, (url,))
    ratio = plain / ours.seconds
    return Row(
        f"plan {DUE:,} of {PHONES:,} due PINs, {name}",
        f"{ours.seconds:.1f} s, {ours.megabytes:.0f} MB",
        f"{plain:.1f} s ({SAMPLE} measured × {DUE // SAMPLE})",
        f"{ratio:.1f} ×",
        f"≥ {AIM:g} ×",
        ratio >= AIM,
    )


def _plain(url: str) -> float:
    engine = make_engine(url)
    try:
        return _one_by_one(make_sessions(engine), _tools())
    finally:
        engine.dispose()


def _ours(url: str) -> Taken:
    engine = make_engine(url)
    try:
        return _in_parts(make_sessions(engine), _tools())
    finally:
        engine.dispose()


def _fill(engine: Engine, tools: Tools) -> None:
    """Store phones with a PIN each: every fifth is due, and a few more for the plain way."""
    for first in range(0, PHONES, ROWS):
        pairs = [(number, uuid4(), uuid4()) for number in range(first, first + ROWS)]
        with engine.begin() as connection:
            connection.execute(insert(Device), [_device(n, phone) for n, phone, _ in pairs])
            rows = [_credential(n, phone, key) for n, phone, key in pairs]
            connection.execute(insert(Credential), rows)
            versions = [_version(n, key, tools.keyring) for n, _, key in pairs]
            connection.execute(insert(CredentialVersion), versions)


def _device(number: int, key: UUID) -> dict[str, object]:
    return {
        "id": key,
        "tag": f"B-{number:06d}",
        "serial": f"BENCH{number:08d}",
        "imei": [],
        "state": State.IN_STOCK,
        "present": False,
        "found_at": now(),
        "version": 1,
    }


def _credential(number: int, phone: UUID, key: UUID) -> dict[str, object]:
    fifth = PHONES // DUE
    hours = {0: -1, 1: -2 if number < SAMPLE * fifth else 2000}.get(number % fifth, 2000)
    return {
        "id": key,
        "kind": CredentialKind.DEVICE_PIN,
        "device_id": phone,
        "subject": f"B-{number:06d}",
        "level": Level.PROVEN,
        "changed_at": now(),
        "due_at": now() + timedelta(hours=hours),
        "revision": 1,
    }


def _version(number: int, credential: UUID, keyring: Keyring) -> dict[str, object]:
    return {
        "id": uuid4(),
        "credential_id": credential,
        "number": 1,
        "sealed": keyring.seal(f"{number:06d}", context=context_of(credential, 1)),
        "state": VersionState.ACTIVE,
        "reason": "bench",
        "made_at": now(),
    }


def _one_by_one(sessions: sessionmaker[Session], tools: Tools) -> float:
    """Plan a sample one by one, as often as asked."""

    def plan() -> None:
        with sessions.begin() as session:
            due = select(Device).join(Credential, Credential.device_id == Device.id)
            for phone in session.scalars(due.order_by(Credential.due_at).limit(SAMPLE)).all():
                with session.begin_nested():
                    plan_rotation(session, tools, phone, reason="due", actor=SYSTEM)

    return seconds(plan)


def _in_parts(sessions: sessionmaker[Session], tools: Tools) -> Taken:
    """Plan everything in parts, each committed by itself."""
    before = highest(reset=True)
    began, planned, given = time.perf_counter(), 0, PlanIn(most=PART)
    while True:
        with sessions.begin() as session:
            done = plan_part(session, tools, given, actor=SYSTEM)
        planned += done.planned
        if done.next is None:
            break
        given = given.model_copy(update={"after": done.next})
    if planned < DUE:
        raise RuntimeError(planned)
    return Taken(time.perf_counter() - began, highest() - before)
