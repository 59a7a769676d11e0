"""Two people at one request at the same moment: one of them is told that it has moved on."""

import pytest
from sqlalchemy import select

from fleet.contracts.requests import Ended, Handed, RequestKind, RequestState
from fleet.custody.services import start_return
from fleet.database import ChangedMeanwhile, make_sessions
from fleet.devices.models import Device
from fleet.requests import errors
from fleet.requests.handing import hand_over
from fleet.requests.models import ChangeRequest
from fleet.requests.services import ask, decide, escalate, withdraw
from tests.factories import Make
from tests.fleet.custody.test_two_operators import at_once
from tests.fleet.requests.company import PIN, Company

REFUSED = (ChangedMeanwhile, errors.RequestMoveNotAllowed, errors.HandedOver, errors.RequestOpen)


@pytest.fixture
def own_sessions(engine):
    return make_sessions(engine)


@pytest.fixture
def company(own_sessions, tools):
    """Give a company whose rows are stored, so that others see them."""
    with own_sessions() as session:
        company = Company(session, tools, Make(session))
        company.actors = {
            "ann": company.as_(company.ann),
            "wei": company.as_(company.wei),
            "liu": company.liu,
        }
        session.commit()
        yield company


def each(own_sessions, *verbs):
    """Do all of these at once, each in a transaction of its own; return what was refused."""

    def run(n):
        with own_sessions.begin() as session:
            verbs[n](session)

    return [type(one) for one in at_once(run, len(verbs))]


def changes(own_sessions):
    with own_sessions() as session:
        return session.scalars(CHANGES).all()


CHANGES = select(ChangeRequest).where(ChangeRequest.what == RequestKind.CHANGE)


def the_one(session):
    return session.scalars(CHANGES).one()


def deciding(company, *, approve):
    def verb(session):
        decide(
            session, the_one(session), approve=approve, note="decided", actor=company.actors["wei"]
        )

    return verb


def asking(company, who):
    def verb(session):
        ask(session, company.tools, PIN, "WF-0001", reason="known", actor=company.actors[who])

    return verb


def withdrawing(company):
    def verb(session):
        withdraw(session, company.tools, the_one(session), note="no", actor=company.actors["ann"])

    return verb


def test_of_two_verdicts_one_counts(own_sessions, company):
    company.asked()
    company.session.commit()

    refused = each(own_sessions, deciding(company, approve=True), deciding(company, approve=False))

    assert len(refused) == 1
    assert refused[0] in REFUSED
    [request] = changes(own_sessions)
    assert request.state in {RequestState.APPROVED, RequestState.REFUSED}


def test_withdrawn_and_approved_at_once_it_is_withdrawn_or_refused_to_be(own_sessions, company):
    company.asked()
    company.session.commit()

    refused = each(own_sessions, deciding(company, approve=True), withdrawing(company))

    [request] = changes(own_sessions)
    assert len(refused) < 2
    assert set(refused) <= set(REFUSED)
    # Approved first it could still be withdrawn; withdrawn first it could not be approved.
    assert request.state is RequestState.WITHDRAWN or refused == [ChangedMeanwhile]


def test_asked_for_while_the_phone_comes_back_nothing_stays_open(own_sessions, company):
    def returning(session):
        phone = session.get_one(Device, company.phone.id)
        start_return(session, phone, actor=company.liu)

    refused = each(own_sessions, asking(company, "ann"), returning)

    found = changes(own_sessions)
    assert set(refused) <= {errors.BeingReturned, ChangedMeanwhile}
    assert [one.closing for one in found] == [Ended.RETURN] * len(found)


def test_of_two_who_ask_at_once_one_is_told_of_the_other(own_sessions, company):
    refused = each(own_sessions, asking(company, "ann"), asking(company, "liu"))

    assert refused in ([errors.RequestOpen], [ChangedMeanwhile])
    assert len(changes(own_sessions)) == 1


def test_of_two_hand_overs_at_once_one_has_the_value(own_sessions, company):
    """The first PIN, at its issue: shown to the holder while IT prints a slip."""
    issue = select(ChangeRequest).where(ChangeRequest.what == RequestKind.ISSUE)

    def handing(how, who):
        def verb(session):
            one = session.scalars(issue).one()
            hand_over(session, company.tools, one, how=how, actor=company.actors[who])

        return verb

    refused = each(own_sessions, handing(Handed.SHOWN, "ann"), handing(Handed.SLIP, "liu"))

    assert len(refused) == 1
    assert refused[0] in REFUSED


def test_of_two_turns_at_once_each_request_is_passed_on_once(own_sessions, company):
    request = company.asked()
    request.decide_by = request.asked_at
    company.session.commit()
    moved = []

    def turn(session):
        moved.append(escalate(session))

    refused = each(own_sessions, turn, turn)

    [stored] = changes(own_sessions)
    assert set(refused) <= {ChangedMeanwhile}
    assert len(stored.way) == 2
    assert sum(moved) >= 1
