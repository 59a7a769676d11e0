from itertools import product

import pytest

from fleet.applications.errors import ApplicationMoveNotAllowed
from fleet.applications.lifecycle import MOVES, OPEN, SET_ASIDE, Move, after
from fleet.contracts.applications import ApplicationState


def test_each_move_leads_where_the_table_says_or_is_refused():
    for state, move in product(ApplicationState, Move):
        if (state, move) in MOVES:
            assert after(state, move) is MOVES[state, move]
        else:
            with pytest.raises(ApplicationMoveNotAllowed):
                after(state, move)


def test_what_has_ended_stays_as_it_is():
    assert {state for state, _move in MOVES} == OPEN


def test_nothing_is_handed_out_that_was_not_signed_for_and_set_aside():
    assert {state for state, move in MOVES if move is Move.ISSUE} == {ApplicationState.SIGNED}
    assert {state for state, move in MOVES if move is Move.RELEASE} == SET_ASIDE


def test_every_state_is_reached():
    assert {*MOVES.values(), ApplicationState.REQUESTED} == set(ApplicationState)
