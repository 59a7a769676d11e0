"""Things are handed out whole or not at all, and to one person at a time."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.custody.errors import (
    AlreadyHeld,
    NothingToIssue,
    OneAccountOfAKind,
    RegistrantNotSeen,
)
from fleet.custody.issuing import issue
from fleet.custody.models import Holding
from fleet.custody.queries import held_by, history, open_holding
from fleet.devices.errors import MoveNotAllowed
from fleet.devices.lifecycle import State
from fleet.people.errors import EmployeeNotActive
from fleet.people.models import Status
from tests.factories import Make


def test_a_kit_is_handed_out_together(session: Session, make: Make):
    ann, device, sim, account = make.employee(), make.device(), make.sim(), make.account()

    handing = issue(
        session, to=ann, devices=[device], sims=[sim], accounts=[account], actor=make.actor()
    )

    assert {holding.name for holding in handing.holdings} == {
        device.tag,
        sim.number,
        account.handle,
    }
    assert [item.id for item in held_by(session, ann)] == [item.id for item in handing.holdings]
    assert (device.state, sim.device, account.device) == (State.ISSUED, device, device)


def test_each_thing_is_recorded_without_a_number(session: Session, make: Make):
    sim = make.sim()
    issue(session, to=make.employee(), sims=[sim], actor=make.actor())

    (event,) = recorded(session)
    assert event.name == "holding.issued"
    assert sim.number not in str(event)


def test_what_is_out_stays_where_it_is(session: Session, make: Make):
    ann, device = make.employee(name="Ann", number="E7"), make.device()
    issue(session, to=ann, devices=[device], actor=make.actor())

    with pytest.raises(AlreadyHeld) as refusal:
        issue(session, to=make.employee(), devices=[device], actor=make.actor())

    assert refusal.value.holder == "Ann (E7)"
    assert open_holding(session, device).employee is ann


def test_one_thing_that_is_not_free_refuses_the_whole(session: Session, make: Make):
    out, free = make.device(state=State.LOST), make.device()
    ben = make.employee()
    session.commit()

    with pytest.raises(MoveNotAllowed):
        issue(session, to=ben, devices=[free, out], actor=make.actor())
    session.rollback()

    assert held_by(session, ben) == []
    assert session.scalars(select(Holding)).all() == []


def test_somebody_who_leaves_is_handed_nothing(session: Session, make: Make):
    leaver = make.employee(status=Status.LEAVING)

    with pytest.raises(EmployeeNotActive):
        issue(session, to=leaver, devices=[make.device()], actor=make.actor())


def test_nothing_cannot_be_issued(session: Session, make: Make):
    with pytest.raises(NothingToIssue):
        issue(session, to=make.employee(), actor=make.actor())


def test_a_second_account_of_a_kind_needs_a_reason(session: Session, make: Make):
    ann = make.employee()
    issue(session, to=ann, accounts=[make.account()], actor=make.actor())
    second = make.account()

    with pytest.raises(OneAccountOfAKind):
        issue(session, to=ann, accounts=[second], actor=make.actor())

    handing = issue(
        session, to=ann, accounts=[second], exception="covers for a colleague", actor=make.actor()
    )
    assert handing.holdings[0].exception == "covers for a colleague"


def test_the_first_registrant_is_pointed_out(session: Session, make: Make):
    account = make.account(registrant="赵敏")

    with pytest.raises(RegistrantNotSeen):
        issue(session, to=make.employee(), accounts=[account], actor=make.actor())


def test_who_has_seen_the_registrant_is_warned_and_goes_on(session: Session, make: Make):
    account, ann = make.account(registrant="赵敏"), make.employee()

    handing = issue(session, to=ann, accounts=[account], registrant_seen=True, actor=make.actor())

    assert "赵敏" in handing.warnings[0]
    assert [span.holder.name for span in history(session, account, actor=make.actor())] == [
        ann.name
    ]


def test_ones_own_account_needs_no_word(session: Session, make: Make):
    ann = make.employee(name="赵敏")
    handing = issue(session, to=ann, accounts=[make.account(registrant="赵敏")], actor=make.actor())

    assert handing.warnings == []


def test_an_auditor_hands_out_nothing(session: Session, make: Make):
    with pytest.raises(NotAllowed):
        issue(session, to=make.employee(), devices=[make.device()], actor=make.actor(Role.AUDITOR))
