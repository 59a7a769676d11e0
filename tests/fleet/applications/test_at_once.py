"""Two at one thing at the same moment: one has it, and the other is told or has the next best."""

import pytest
from sqlalchemy import select

from fleet.applications import errors
from fleet.applications.models import Application, Reservation
from fleet.applications.releasing import let_lapse
from fleet.applications.reserving import reserve
from fleet.applications.services import decide, make, withdraw
from fleet.contracts.applications import ApplicationIn, ApplicationState, ReserveIn
from fleet.custody.errors import AlreadyHeld
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.devices.errors import MoveNotAllowed
from fleet.devices.models import Device
from fleet.people.models import Employee
from tests.factories import Make
from tests.fleet.applications.firm import A_PHONE, Firm
from tests.fleet.custody.test_two_operators import at_once


@pytest.fixture
def own_sessions(engine):
    return make_sessions(engine)


@pytest.fixture
def firm(own_sessions, tools):
    """Give a company whose rows are stored, so that others see them."""
    with own_sessions() as session:
        firm = Firm(session, tools, Make(session))
        firm.actors = {"wei": firm.as_(firm.wei), "ann": firm.as_(firm.ann)}
        session.commit()
        yield firm


def each(own_sessions, *verbs):
    def run(n):
        with own_sessions.begin() as session:
            verbs[n](session)

    return [type(one) for one in at_once(run, len(verbs))]


def approved_for(firm, *people):
    made = []
    for person in people:
        one = firm.applied(holder=person.number)
        firm.approve(one, firm.han if person is firm.hua else firm.wei)
        made.append(one.number)
    firm.session.commit()
    return made


def reserving(firm, number, **named):
    def verb(session):
        one = session.scalars(select(Application).where(Application.number == number)).one()
        reserve(session, one, ReserveIn(**named), actor=firm.liu)

    return verb


def test_of_two_who_reserve_at_once_the_second_takes_the_next_best(own_sessions, firm):
    firm.phone(tag="BEST"), firm.phone(tag="NEXT", percent=80)
    first, second = approved_for(firm, firm.ann, firm.hua)

    refused = each(own_sessions, reserving(firm, first), reserving(firm, second))

    assert refused == []
    with own_sessions() as session:
        tags = {one.device.tag for one in session.scalars(select(Reservation))}
    assert tags == {"BEST", "NEXT"}


def test_of_two_who_want_the_last_one_one_has_it(own_sessions, firm):
    firm.phone(tag="LAST")
    first, second = approved_for(firm, firm.ann, firm.hua)

    refused = each(own_sessions, reserving(firm, first), reserving(firm, second))

    assert refused == [errors.NoneFits]
    with own_sessions() as session:
        assert len(session.scalars(select(Reservation)).all()) == 1


def test_of_two_who_choose_the_same_by_hand_one_is_told_of_the_other(own_sessions, firm):
    firm.phone(tag="HERS")
    first, second = approved_for(firm, firm.ann, firm.hua)

    refused = each(
        own_sessions,
        reserving(firm, first, device="HERS"),
        reserving(firm, second, device="HERS"),
    )

    assert refused == [errors.ThingReserved]


def test_issued_and_reserved_at_once_a_phone_has_one_of_them(own_sessions, firm):
    phone = firm.phone(tag="HERS")
    [number] = approved_for(firm, firm.ann)

    def issuing(session):
        to = session.get_one(Employee, firm.hua.id)
        issue(session, to=to, devices=[session.get_one(Device, phone.id)], actor=firm.liu)

    refused = each(own_sessions, issuing, reserving(firm, number, device="HERS"))

    assert len(refused) == 1
    assert refused[0] in {errors.ThingReserved, errors.NotInStock, AlreadyHeld, MoveNotAllowed}
    with own_sessions() as session:
        held = session.scalars(select(Holding)).all()
        kept = session.scalars(select(Reservation)).all()
    assert len(held) + len(kept) == 1


def test_of_two_verdicts_one_counts(own_sessions, firm):
    one = firm.applied()
    firm.session.commit()

    def deciding(*, approve):
        def verb(session):
            mine = session.get_one(Application, one.id)
            decide(session, mine, approve=approve, note="so be it", actor=firm.actors["wei"])

        return verb

    refused = each(own_sessions, deciding(approve=True), deciding(approve=False))

    assert refused in ([errors.ApplicationMoveNotAllowed], [ChangedMeanwhile])


def test_withdrawn_and_approved_at_once_it_is_withdrawn_in_the_end(own_sessions, firm):
    one = firm.applied()
    firm.session.commit()

    def approving(session):
        mine = session.get_one(Application, one.id)
        decide(session, mine, approve=True, note="go ahead", actor=firm.actors["wei"])

    def withdrawing(session):
        mine = session.get_one(Application, one.id)
        withdraw(session, mine, note="not needed", actor=firm.actors["ann"])

    refused = each(own_sessions, approving, withdrawing)

    assert set(refused) <= {errors.ApplicationMoveNotAllowed, ChangedMeanwhile}
    with own_sessions() as session:
        stored = session.get_one(Application, one.id)
        withdrawn = stored.state is ApplicationState.WITHDRAWN
    assert withdrawn or refused == [ChangedMeanwhile]


def test_a_person_who_applies_twice_at_once_has_applied_once(own_sessions, firm):
    def applying(session):
        given = ApplicationIn(reason="starts in sales", wants=A_PHONE)
        make(session, given, actor=firm.actors["ann"])

    refused = each(own_sessions, applying, applying)

    assert refused == [errors.ApplicationOpen]


def test_of_two_turns_at_once_a_reservation_ends_once(own_sessions, firm):
    firm.phone()
    [number] = approved_for(firm, firm.ann)
    reserving(firm, number)(firm.session)
    [kept] = firm.session.scalars(select(Reservation))
    kept.until = kept.made_at
    firm.session.commit()
    done = []

    def turn(session):
        done.append(let_lapse(session))

    refused = each(own_sessions, turn, turn)

    assert refused == []
    assert sorted(done) == [0, 1]
    with own_sessions() as session:
        [stored] = session.scalars(select(Application))
        assert stored.state is ApplicationState.APPROVED
