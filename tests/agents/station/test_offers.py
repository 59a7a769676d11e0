"""What a station began by itself is named until its end was heard, and told in whole if need be."""

from threading import Event
from uuid import uuid4

import pytest

from agents.station.journal import Journal
from agents.station.kits import Kits
from agents.station.offers import TOLD_AT_ONCE, Offers
from agents.station.outbox import Outbox
from agents.station.phones import Phones
from agents.station.store import Store
from agents.station.sync import Syncer
from fleet.contracts.backups import BackupOutcome, BackupTask
from fleet.contracts.clock import now
from fleet.contracts.offline import Begun, Kit, Why
from fleet.contracts.stations import JobDone, Lease
from tests.agents.station.test_sync import NoJobs, Server

TASK = BackupTask(
    backup="b", roots=[], excludes=[], recipients=[], pack_bytes=1, sealed_names="sealed"
)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "outbox.db")
    yield store
    store.close()


@pytest.fixture
def offers(store):
    return Offers(store)


def begin(offers, serial="SN1"):
    begun = Begun(
        job=str(uuid4()), backup=str(uuid4()), serial=serial, ticket="t", begun_at=now(),
        why=Why.ASKED,
    )  # fmt: skip
    lease = Lease(job=begun.job, device="WF-1", serial=serial, attempt=1, until=now(), task=TASK)
    offers.begin(lease, begun, size=10)
    return begun


def test_it_is_offered_in_whole_until_the_server_knows_it_and_named_then(offers):
    begun = begin(offers)
    assert offers.all() == [begun]
    assert offers.unadopted() == {begun.job}

    offers.heard([begun], [begun.job])

    (named,) = offers.all()
    assert (named.job, named.ticket, offers.unadopted()) == (begun.job, None, set())


def test_a_server_that_knows_it_no_more_is_told_all_again(offers):
    begun = begin(offers)
    offers.heard([begun], [begun.job])

    offers.heard(offers.all(), [])

    assert offers.all() == [begun]


def test_its_end_goes_with_all_of_it_and_then_it_is_forgotten(store, offers):
    begun, outbox = begin(offers), Outbox(store)
    offers.heard([begun], [begun.job])
    failed = BackupOutcome(backup=begun.backup, state="failed")
    Journal(store).end(JobDone(job=begun.job, backup=failed))
    assert offers.all() == [begun]

    (report,) = outbox.batch().reports
    outbox.settle(taken=report.sequence)

    assert offers.all() == []


def test_only_so_many_are_offered_in_whole_at_once(offers):
    every = [begin(offers, f"SN{number}") for number in range(TOLD_AT_ONCE + 2)]

    offered = offers.all()
    assert offered == every[:TOLD_AT_ONCE]

    offers.heard(offered, [one.job for one in offered])
    rest = [one for one in offers.all() if one.ticket is not None]
    assert rest == every[TOLD_AT_ONCE:]


def test_what_came_to_nothing_leaves_nothing_and_rests(store, offers):
    given = Kit(
        id="k", serial="SN1", device="WF-1", issued_at=now(), until=now(), due_at=now(), bytes=1,
        task=TASK, ticket="t",
    )  # fmt: skip
    Kits(store).take([given], [], now())
    begun = begin(offers)

    offers.drop(begun.job, "SN1")

    assert (offers.all(), Journal(store).open(), offers.sizes()) == ([], [], {})
    (kept,) = Kits(store).all()
    assert not kept.is_due
    assert kept.rests_until > now()


def test_a_kit_is_wanted_anew_when_a_backup_has_ended(store, offers):
    given = Kit(
        id="k", serial="SN1", device="WF-1", issued_at=now(), until=now(), due_at=now(), bytes=1,
        task=TASK, ticket="t",
    )  # fmt: skip
    kits = Kits(store)
    kits.take([given], [], now())
    begun = begin(offers)
    assert kits.made_at(["SN1", "SN2"]) == {"SN1": given.issued_at}

    Journal(store).end(
        JobDone(job=begun.job, backup=BackupOutcome(backup=begun.backup, state="failed"))
    )

    assert kits.made_at(["SN1"]) == {}


def test_of_what_the_server_was_not_told_yet_no_word_is_said(store, offers):
    """A job that it hears of and does not know would be called lost, and removed here."""
    every = [begin(offers, f"SN{number}") for number in range(TOLD_AT_ONCE + 2)]
    server = Server()
    syncer = Syncer(
        server=server, outbox=Outbox(store), journal=Journal(store), phones=Phones(),
        runner=Busy([one.job for one in every]), stop=Event(), say=print, offers=offers,
    )  # fmt: skip

    syncer.once()

    (told,) = server.heard
    assert {*told.running} == {*told.whole} == {one.job for one in told.begun}
    assert len(told.begun) == TOLD_AT_ONCE


class Busy(NoJobs):
    def __init__(self, jobs):
        self.jobs = jobs

    def held(self):
        return self.jobs

    whole = held
