"""One process of the trail's bench: says that it is ready, waits for a word, and does its work.

`python -m tests.bench.trail_process URL WORK COUNT`, where WORK is one of the names below.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.orm import Session

import fleet.wiring  # noqa: F401 — puts the rooms together, as the server does
from fleet.access.actor import SYSTEM
from fleet.access.events import UserShutOut
from fleet.audit import services as audit
from fleet.audit.changes import Changes
from fleet.audit.models import AuditEntry
from fleet.audit.queries import verify_trail
from fleet.database import make_engine, make_sessions, reading
from fleet.devices.models import Device
from fleet.keys.keyring import Keyring
from fleet.rotation.services import plan_rotation
from fleet.settings import Settings
from fleet.vault.models import CredentialVersion
from fleet.vault.rekeying import rewrap_all
from fleet.vault.tools import Tools
from tests.factories import Make

OLD, NEW = bytes(32), bytes(range(32))
MEGABYTE = 1 << 10  # of the kilobytes that getrusage speaks of

Work = Callable[[], object]


def chained(engine: Engine, count: int) -> Work:
    """Add phones, one a transaction, each with its entry of the trail."""
    sessions = make_sessions(engine)

    def work() -> None:
        for _ in range(count):
            with sessions.begin() as session:
                device = _phone(session)
                told = UserShutOut(subject_id=device.id, subject_name=device.tag)
                audit.record(session, SYSTEM, told)

    return work


def unchained(engine: Engine, count: int) -> Work:
    """The same, but an entry is a row like any other: no lock, no head, no hash."""
    audit._append = _append_unchained
    return chained(engine, count)


def _append_unchained(session: Session, waiting: Iterable[tuple[audit.Recorded, Changes]]) -> None:
    rows = []
    for item, changes in waiting:
        row = audit._row(item, changes, sequence=uuid4().int >> 65, previous="")
        rows.append(row)
    session.execute(insert(AuditEntry), rows)


def planning(engine: Engine, count: int) -> Work:
    """Plan the change of a PIN, one a transaction, of phones that no other process plans for."""
    sessions = make_sessions(engine)
    tools = Tools(Keyring.of(OLD), Settings(home=Path(), recipients=("age1test",)))
    with sessions.begin() as session:
        devices = [_phone(session).id for _ in range(count)]
        actor = Make(session).actor()

    def work() -> None:
        for key in devices:
            with sessions.begin() as session:
                device = session.get_one(Device, key)
                plan_rotation(session, tools, device, reason="due", actor=actor)

    return work


def planning_locked(engine: Engine, count: int) -> Work:
    """The same with the head of the trail held from the beginning of each transaction."""
    work = planning(engine, count)
    lock = text(f"SELECT pg_advisory_xact_lock({audit.HEAD_LOCK})")
    event.listen(Session, "after_begin", lambda _session, _begun, link: link.execute(lock))
    return work


def verify(engine: Engine, _count: int) -> Work:
    """Verify the whole trail."""

    def work() -> None:
        with make_sessions(engine)() as session:
            assert verify_trail(reading(session)).whole

    return work


def rewrap(engine: Engine, _count: int) -> Work:
    """Wrap every secret with a new key."""
    both = Keyring.of(OLD, NEW)
    return lambda: list(rewrap_all(make_sessions(engine), both, actor=SYSTEM))


def seal_anew(engine: Engine, count: int) -> Work:
    """Open `count` secrets and seal them with a new key, each by itself."""
    old, new, sessions = Keyring.of(OLD), Keyring.of(NEW), make_sessions(engine)

    def work() -> None:
        with sessions() as session:
            keys = session.scalars(select(CredentialVersion.id).limit(count)).all()
        for key in keys:
            with sessions.begin() as session:
                version = session.get_one(CredentialVersion, key)
                plain = old.open(version.sealed, context=version.context)
                version.sealed = new.seal(plain, context=version.context)

    return work


def _phone(session: Session) -> Device:
    name = uuid4().hex
    return Make(session).device(tag=name[:12], serial=name)


WORKS = {
    work.__name__: work
    for work in (chained, unchained, planning, planning_locked, verify, rewrap, seal_anew)
}

if __name__ == "__main__":
    url, name, count = sys.argv[1:]
    work = WORKS[name](make_engine(url), int(count))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    began = time.perf_counter()
    work()
    taken = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    print(json.dumps({"seconds": taken, "megabytes": memory}))  # noqa: T201
