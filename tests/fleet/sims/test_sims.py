"""SIMs: registered once, found by either number, blocked and cancelled by hand."""

import pytest

from fleet.access.errors import NotAllowed
from fleet.audit.services import recorded
from fleet.contracts.access import Role
from fleet.sims.errors import SimMoveNotAllowed, SimNotFound, SimTaken
from fleet.sims.lifecycle import Move, State
from fleet.sims.queries import sim
from fleet.sims.services import BY_HAND, add_sim, move_sim


def test_a_sim_is_found_by_its_number_and_its_card_number(session, make):
    card = make.sim()

    assert sim(session, card.number) is card
    assert sim(session, card.iccid) is card
    with pytest.raises(SimNotFound):
        sim(session, "13900000000")


def test_the_trail_shows_no_whole_number(session, make):
    add_sim(session, number="13812342231", iccid="89860012345678901234", actor=make.actor())

    (added,) = recorded(session)
    assert added.subject_name == "138****2231"
    assert "89860012345678901234" not in str(added)


@pytest.mark.parametrize("same", ["number", "iccid"])
def test_neither_number_is_registered_twice(session, make, same):
    card = make.sim()
    given = {"number": "13912342231", "iccid": "89860099999999999999"}
    given[same] = getattr(card, same)

    with pytest.raises(SimTaken):
        add_sim(session, **given, actor=make.actor())


def test_the_carrier_blocks_and_unblocks(session, make):
    card = make.sim()

    move_sim(session, card, move=Move.SUSPEND, reason="lost", actor=make.actor())
    assert card.state is State.SUSPENDED
    move_sim(session, card, move=Move.RESUME, reason="found", actor=make.actor())

    assert card.state is State.IN_STOCK


def test_a_card_that_is_out_is_blocked_and_stays_out(session, make):
    card = make.sim(state=State.ISSUED)

    move_sim(session, card, move=Move.SUSPEND, reason="lost", actor=make.actor())
    assert card.state is State.SUSPENDED_OUT
    move_sim(session, card, move=Move.RESUME, reason="found", actor=make.actor())

    assert card.state is State.ISSUED


def test_a_blocked_card_that_comes_back_stays_blocked(make):
    card = make.sim(state=State.SUSPENDED_OUT)

    card.move(Move.TAKE_BACK)

    assert card.state is State.SUSPENDED


@pytest.mark.parametrize("move", sorted(set(Move) - BY_HAND))
def test_a_sim_is_not_handed_out_by_hand(session, make, move):
    with pytest.raises(SimMoveNotAllowed):
        move_sim(session, make.sim(), move=move, reason="why", actor=make.actor())


def test_an_auditor_registers_none(session, make):
    with pytest.raises(NotAllowed):
        add_sim(session, number="1", iccid="2", actor=make.actor(Role.AUDITOR))
