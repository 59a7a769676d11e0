"""Phones registered by hand, and their moves that no other room decides."""

import pytest
from sqlalchemy import select

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.database import ChangedMeanwhile, make_sessions, write
from fleet.devices.errors import DeviceNotFound, MoveNotAllowed, SerialTaken, TagTaken
from fleet.devices.lifecycle import Move, State
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.devices.services import BY_HAND, add_device, move_device
from tests.conftest import ON_POSTGRES
from tests.factories import Make


def test_a_phone_gets_the_next_tag(session, make):
    added = add_device(session, serial="SER00001", actor=make.actor())

    assert (added.tag, device(session, "WF-0001")) == ("WF-0001", added)
    assert recorded(session)[0].details == {"serial": "SER00001"}


def test_a_serial_is_registered_once(session, make):
    known = make.device(serial="SER00001")

    with pytest.raises(SerialTaken) as refusal:
        add_device(session, serial="SER00001", actor=make.actor())

    assert refusal.value.tag == known.tag


def test_a_tag_is_given_once(session, make):
    with pytest.raises(TagTaken):
        add_device(session, serial="SER00001", tag=make.device().tag, actor=make.actor())


def test_an_unknown_tag_is_not_found(session):
    with pytest.raises(DeviceNotFound):
        device(session, "WF-9999")


def test_an_auditor_adds_nothing(session, make):
    with pytest.raises(NotAllowed):
        add_device(session, serial="SER00001", actor=make.actor(Role.AUDITOR))


def test_a_move_by_hand_is_recorded_with_its_reason(session, make):
    phone = make.device()

    move_device(session, phone, move=Move.SEND_TO_REPAIR, reason="screen", actor=make.actor())

    assert phone.state is State.IN_REPAIR
    assert recorded(session)[0].details == {
        "move": "send_to_repair",
        "state": "in_repair",
        "reason": "screen",
    }


@pytest.mark.parametrize("move", sorted(set(Move) - BY_HAND))
def test_moves_with_conditions_are_not_made_by_hand(session, make, move):
    for state in State:
        with pytest.raises(MoveNotAllowed):
            move_device(session, make.device(state), move=move, reason="x", actor=make.actor())


def test_a_found_phone_is_to_be_returned(session, make):
    phone = make.device(State.LOST)

    move_device(session, phone, move=Move.FIND, reason="taxi", actor=make.actor())

    assert (phone.state, phone.returning_since is None) == (State.RETURNING, False)


def test_a_phone_that_is_not_empty_comes_back_out_of_stock(session, make):
    phone = make.device(State.IN_STOCK)

    move_device(session, phone, move=Move.UNSTOCK, reason="photos", actor=make.actor())

    assert (phone.state, phone.returning_since is None) == (State.RETURNING, False)


@ON_POSTGRES  # SQLite lets one writer in at a time: the second reads what the first wrote
def test_the_later_of_two_writes_finds_that_the_phone_has_moved_on(engine):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        key = Make(session).device().id
    with sessions() as early, sessions() as late:
        early.get_one(Device, key).move(Move.LOSE)
        late.get_one(Device, key).move(Move.RETIRE)
        early.commit()

        with pytest.raises(ChangedMeanwhile):
            write(late)


@ON_POSTGRES
def test_it_is_found_as_well_by_a_question_that_sends_what_is_pending(engine):
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        key = Make(session).device().id
    with sessions() as early, sessions() as late:
        early.get_one(Device, key).move(Move.LOSE)
        late.get_one(Device, key).move(Move.RETIRE)
        early.commit()

        with pytest.raises(ChangedMeanwhile):
            late.scalars(select(Device)).all()
