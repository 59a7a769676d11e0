"""Two who act on one backup at once: the later one waits, and then sees what the first one did."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from time import monotonic, sleep

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from fleet.backups import flow, services
from fleet.backups.errors import BackupEnded
from fleet.backups.outcomes import settle
from fleet.backups.queries import backup_of
from fleet.backups.storage import AGE, OBJECTS
from fleet.contracts.backups import BackupOutcome, BackupState
from fleet.contracts.stations import JobDone, SyncIn
from fleet.database import in_turn, make_sessions
from fleet.stations.exchange import sync
from fleet.stations.queries import held_job, job_of
from tests.factories import Make
from tests.fleet.stations.desk import Desk

# SQLite has one writer from the beginning of its transaction on.
pytestmark = pytest.mark.parametrize(
    "dialect", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
PACK = AGE + b"sealed"
DIGEST = sha256(PACK).hexdigest()
CLERK = Make(None).actor()  # type: ignore[arg-type]


@pytest.fixture
def own(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


@pytest.fixture
def lent(own, tools):
    """Give a backup that a station is at, by its number, with its loan."""
    with own() as session:
        make = Make(session)
        desk = Desk(session, tools, make)
        post, device = desk.post(), make.device()
        desk.plug_in(post, device)
        backup = services.plan_backup(session, tools, device, reason="asked", actor=CLERK)
        session.commit()
        return backup.number, post, desk.lease(post)


@pytest.fixture
def meanwhile(engine: Engine):
    """Begin something that has to wait for what the test holds, and return when it waits."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with ThreadPoolExecutor(1) as pool:

        def begin(work: Callable[[], object]) -> Future[object]:
            begun, until = pool.submit(work), monotonic() + 20
            while not begun.done() and monotonic() < until:
                with engine.connect() as looking:
                    if looking.scalar(waiting):
                        return begun
                sleep(0.01)
            return begun

        yield begin


def test_a_pack_that_arrives_while_its_backup_is_given_up_is_not_noted(
    own, tools, lent, meanwhile
) -> None:
    number, post, _lease = lent
    services.receive_pack(tools, [PACK], digest=DIGEST, size=len(PACK))

    def store() -> None:
        with own.begin() as session:
            backup = backup_of(session, number)
            told = {"number": 1, "digest": DIGEST, "actor": post.actor}
            services.store_pack(session, tools, backup, **told)

    with own.begin() as session:
        in_turn(session, OBJECTS)
        storing = meanwhile(store)
        flow.cancel(session, tools, backup_of(session, number), actor=CLERK)

    with pytest.raises(BackupEnded):
        storing.result()
    with own() as session:
        assert backup_of(session, number).packs == []


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_who_stops_a_backup_whose_end_is_just_heard_of_waits_and_finds_it_ended(
    own, tools, lent, meanwhile, verb
) -> None:
    number, _post, lease = lent

    def stop() -> None:
        with own.begin() as session:
            backup = backup_of(session, number)
            given = {"cancel": (session, tools, backup)}.get(verb, (session, backup))
            getattr(flow, verb)(*given, actor=CLERK)

    with own.begin() as session:
        job = held_job(session, job_of(session, lease.job))
        stopping = meanwhile(stop)
        outcome = BackupOutcome(backup=str(number), state="incomplete")
        done = JobDone(job=lease.job, backup=outcome)
        settle(session, tools, job, done, late=False, actor=CLERK)

    with pytest.raises(BackupEnded):
        stopping.result()
    with own() as session:
        assert backup_of(session, number).state is BackupState.INCOMPLETE


def test_a_loan_is_not_told_again_while_its_backup_is_paused(own, tools, lent, meanwhile) -> None:
    number, post, lease = lent

    def ask() -> object:
        with own.begin() as session:
            return sync(session, tools, SyncIn(present=[lease.serial]), actor=post.actor).leases

    with own.begin() as session:
        flow.pause(session, backup_of(session, number), actor=CLERK)
        session.flush()
        asking = meanwhile(ask)

    assert asking.result() == []
    with own() as session:
        assert backup_of(session, number).state is BackupState.PAUSED
