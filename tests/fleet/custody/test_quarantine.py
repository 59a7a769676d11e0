"""Between acceptance and wipe: days in which a mistake is undone, and what keeps a phone at all."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

import fleet.wiring  # noqa: F401 — who listens
from fleet.access.actor import SYSTEM
from fleet.audit.models import AuditEntry
from fleet.audit.queries import verify_trail
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.keeping import PreservationIn
from fleet.contracts.stations import JobDone, JobKind, JobState, WipeOutcome
from fleet.custody.acceptance import accept, plan_wipe
from fleet.custody.erasing import allow_step
from fleet.custody.errors import LegalHold, NoAcceptanceToUndo, WipeUnderWay
from fleet.custody.gate import gate
from fleet.custody.issuing import issue
from fleet.custody.models import Certificate
from fleet.custody.quarantine import end_quarantines, undo_accept
from fleet.custody.queries import open_holding
from fleet.custody.wiping import restock_by_hand, say_wiped
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.errors import FleetError
from fleet.keeping.preserving import lift, place
from fleet.stations.models import Job
from tests.factories import Make
from tests.fleet.custody.marks import ERASE
from tests.fleet.custody.proofs import look_at_empty, return_with_proof
from tests.fleet.custody.test_two_operators import at_once
from tests.fleet.stations.desk import Desk

ALLOWED, PLACED = "device.erase_allowed", "preservation.placed"


@pytest.fixture
def ann(make):
    return make.employee(name="王芳")


@pytest.fixture
def phone(session, tools, make, ann):
    """Give a phone whose gate holds."""
    device = make.device()
    issue(session, to=ann, devices=[device], actor=make.actor())
    return_with_proof(session, tools, make, device, ann)
    return device


def wipes(session, device) -> list[JobState]:
    mine = select(Job.state).where(Job.device_id == device.id, Job.kind == JobKind.WIPE)
    return list(session.scalars(mine.order_by(Job.created_at)))


def test_a_phone_is_kept_for_its_days_and_then_wiped(session, make, phone):
    taken = accept(session, phone, quarantine_days=3, actor=make.actor())
    assert (phone.state, taken.wipe, wipes(session, phone)) == (State.QUARANTINED, None, [])
    assert end_quarantines(session) == 0

    taken.certificate.quarantine_until = now() - timedelta(seconds=1)

    assert end_quarantines(session) == 1
    assert (phone.state, wipes(session, phone)) == (State.ACCEPTED, [JobState.WAITING])


def test_an_acceptance_is_taken_back_with_its_holding_and_its_paper(session, make, phone, ann):
    paper = accept(session, phone, quarantine_days=3, actor=make.actor()).certificate

    undo_accept(session, phone, reason="chats were forgotten", actor=make.actor())

    assert phone.state is State.RETURNING
    assert open_holding(session, phone).employee is ann
    assert (paper.undone_because, paper.undone_by) == ("chats were forgotten", "Liu Yang")
    assert CheckName.PIN in gate(session, phone).open  # what was shown before is spent
    with pytest.raises(NoAcceptanceToUndo):
        undo_accept(session, phone, reason="again", actor=make.actor())


def test_a_wipe_that_waits_is_taken_back_with_the_acceptance(session, make, phone):
    accept(session, phone, actor=make.actor())

    undo_accept(session, phone, reason="too early", actor=make.actor())

    assert wipes(session, phone) == [JobState.CANCELLED]


def test_nothing_is_taken_back_once_a_station_erases_it(session, make, phone):
    job = accept(session, phone, actor=make.actor()).wipe
    job.state, job.leased_until = JobState.LEASED, now() + timedelta(minutes=1)

    with pytest.raises(WipeUnderWay):
        undo_accept(session, phone, reason="too late", actor=make.actor())


@pytest.mark.parametrize("of", ["device", "employee"])
def test_what_has_to_be_kept_is_accepted_and_not_wiped(session, make, phone, ann, of):
    name = {"device": phone.tag, "employee": ann.number}[of]
    held = place(session, PreservationIn(reason="court", **{of: name}), actor=SYSTEM).preservation
    assert held.number in gate(session, phone).warnings[-1]

    taken = accept(session, phone, actor=make.actor())

    assert (phone.state, taken.wipe) == (State.QUARANTINED, None)
    assert end_quarantines(session) == 0
    lift(session, held.number, reason="over", actor=SYSTEM)
    assert end_quarantines(session) == 1


def test_a_preservation_of_somebody_who_had_it_before_keeps_nothing(session, make, phone):
    before = make.employee()
    place(session, PreservationIn(reason="court", employee=before.number), actor=SYSTEM)

    assert accept(session, phone, actor=make.actor()).wipe is not None


def test_nobodys_word_goes_past_a_preservation(session, make, phone):
    accept(session, phone, actor=make.actor()).wipe.state = JobState.CANCELLED
    place(session, PreservationIn(reason="court", device=phone.tag), actor=SYSTEM)

    with pytest.raises(LegalHold):
        plan_wipe(session, phone, actor=make.actor())
    with pytest.raises(LegalHold):
        restock_by_hand(session, phone, reason="erased", actor=make.actor())
    with pytest.raises(LegalHold):
        say_wiped(session, phone, way="settings", note="erased", actor=make.actor())


def test_a_preservation_between_plan_and_loan_keeps_the_phone(session, tools, make, phone):
    desk = Desk(session, tools, make)
    post = desk.post()
    desk.plug_in(post, phone)
    accept(session, phone, actor=make.actor())
    held = place(session, PreservationIn(reason="court", device=phone.tag), actor=SYSTEM)

    answer = desk.sync(post, free=8)

    assert [lease for lease in answer.leases if lease.task.kind is JobKind.WIPE] == []
    assert (phone.state, wipes(session, phone)) == (State.QUARANTINED, [JobState.FAILED])
    lift(session, held.preservation.number, reason="over", actor=SYSTEM)
    assert end_quarantines(session) == 1
    assert wipes(session, phone)[-1] is JobState.WAITING


def test_a_station_that_was_away_too_long_loses_the_wipe_that_was_taken_back(
    session, tools, make, phone
):
    """Killed in the middle, it comes back with the job in its journal: it is told to let it be."""
    desk = Desk(session, tools, make)
    post = desk.post()
    desk.plug_in(post, phone)
    job = accept(session, phone, actor=make.actor()).wipe
    session.commit()
    [lease] = desk.sync(post, free=8).leases
    assert lease.task.kind is JobKind.WIPE
    job.leased_until = now() - timedelta(seconds=1)

    undo_accept(session, phone, reason="a mistake", actor=make.actor())
    session.commit()

    assert desk.sync(post, running=[lease.job], free=0).lost == [lease.job]
    late = JobDone(job=lease.job, wipe=WipeOutcome(state="verified", method="testharness"))
    desk.sync(post, post.report(late), free=0)
    assert phone.state is State.RETURNING
    assert gate(session, phone).open


# Two at once


@pytest.fixture
def own_sessions(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


@pytest.fixture
def waiting(own_sessions: sessionmaker[Session], tools):
    """Give a phone at a station, accepted, with its wipe waiting; each session sees it stored."""
    with own_sessions() as session:
        make = Make(session)
        desk = Desk(session, tools, make)
        post = desk.post()
        ann, device = make.employee(), make.device()
        issue(session, to=ann, devices=[device], actor=make.actor())
        return_with_proof(session, tools, make, device, ann)
        session.commit()
        desk.plug_in(post, device)
        accept(session, device, actor=make.actor())
        session.commit()
        return device.id, device.tag, post


def until_it_stands(attempt: Callable[[], None]) -> None:
    """Do it again where it gave way to somebody else, as whoever is told so does."""
    for _ in range(5):
        try:
            return attempt()
        except ChangedMeanwhile:
            continue
    raise AssertionError("it gave way five times to one that was done once")


def lent(own_sessions: sessionmaker[Session], tools, post) -> list[JobKind]:
    with own_sessions() as session:
        answer = Desk(session, tools, Make(session)).sync(post, free=8)
        return [lease.task.kind for lease in answer.leases]


@pytest.mark.parametrize("turn", range(4))
def test_a_loan_and_an_undoing_at_once_never_both_happen(own_sessions, tools, waiting, turn):
    key, _tag, post = waiting
    kinds: list[JobKind] = []

    def work(n: int) -> None:
        if n == turn % 2:
            kinds.extend(lent(own_sessions, tools, post))
        else:
            with own_sessions.begin() as session:
                device = session.get_one(Device, key)
                undo_accept(session, device, reason="a mistake", actor=SYSTEM)

    refusals = at_once(work, 2)

    assert all(isinstance(one, FleetError) for one in refusals), refusals
    with own_sessions() as session:
        state = session.get_one(Device, key).state
        assert (JobKind.WIPE in kinds) == (state is State.ACCEPTED)
        assert verify_trail(session).whole


@pytest.mark.parametrize("turn", range(4))
def test_a_loan_and_a_preservation_at_once_are_in_one_order(own_sessions, tools, waiting, turn):
    """Whichever is first: a phone that is lent to be erased was kept by nothing at that moment."""
    key, tag, post = waiting
    kinds: list[JobKind] = []

    def lend() -> None:
        kinds.extend(lent(own_sessions, tools, post))

    def keep() -> None:
        with own_sessions.begin() as session:
            place(session, PreservationIn(reason="court", device=tag), actor=SYSTEM)

    assert at_once(lambda n: until_it_stands(lend if n == turn % 2 else keep), 2) == []

    with own_sessions() as session:
        state = session.get_one(Device, key).state
        assert state is (State.ACCEPTED if JobKind.WIPE in kinds else State.QUARANTINED)


@pytest.mark.parametrize("turn", range(2))
def test_leave_to_erase_and_a_preservation_at_once_are_in_one_order(
    own_sessions, tools, waiting, turn
):
    """Whoever is refused: nobody may erase a phone that was kept by then."""
    _key, tag, post = waiting
    with own_sessions() as session:
        [lease] = Desk(session, tools, Make(session)).sync(post, free=8).leases

    def work(n: int) -> None:
        with own_sessions.begin() as session:
            if n == turn:
                allow_step(session, tools, lease.job, ERASE, actor=post.actor)
            else:
                place(session, PreservationIn(reason="court", device=tag), actor=SYSTEM)

    refusals = at_once(work, 2)

    assert {type(one) for one in refusals} <= {LegalHold, ChangedMeanwhile}
    with own_sessions() as session:
        told = select(AuditEntry.event).where(AuditEntry.event.in_([ALLOWED, PLACED]))
        order = list(session.scalars(told.order_by(AuditEntry.sequence)))
        assert order in ([ALLOWED, PLACED], [PLACED], [ALLOWED])
        assert verify_trail(session).whole


def test_two_ends_of_one_quarantine_plan_one_wipe(own_sessions, tools, waiting):
    key, _tag, _post = waiting
    with own_sessions.begin() as session:
        device = session.get_one(Device, key)
        undo_accept(session, device, reason="again", actor=SYSTEM)
        make = Make(session)
        return_with_proof(session, tools, make, device, None)
        accept(session, device, quarantine_days=1, actor=SYSTEM)
        papers = select(Certificate).where(Certificate.undone_at.is_(None))
        session.scalars(papers).one().quarantine_until = now()

    def end() -> None:
        with own_sessions.begin() as session:
            end_quarantines(session)

    assert at_once(lambda _n: until_it_stands(end), 3) == []
    with own_sessions() as session:
        live = Job.kind == JobKind.WIPE, Job.state == JobState.WAITING
        assert len(session.scalars(select(Job).where(*live)).all()) == 1


def test_a_wiped_phone_is_kept_by_nothing_more(session, tools, make, phone):
    accept(session, phone, actor=make.actor())
    say_wiped(session, phone, way="settings", note="first screen", actor=make.actor())
    place(session, PreservationIn(reason="court", device=phone.tag), actor=SYSTEM)

    look_at_empty(session, tools, make, phone)

    assert phone.state is State.IN_STOCK
