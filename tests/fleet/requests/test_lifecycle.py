from itertools import product

import pytest

from fleet.contracts.requests import RequestState
from fleet.requests.errors import RequestMoveNotAllowed
from fleet.requests.lifecycle import MOVES, WAITS, Move, after


def test_each_move_leads_where_the_table_says_or_is_refused():
    for state, move in product(RequestState, Move):
        if (state, move) in MOVES:
            assert after(state, move) is MOVES[state, move]
        else:
            with pytest.raises(RequestMoveNotAllowed):
                after(state, move)


def test_what_has_ended_stays_as_it_is():
    assert {state for state, _move in MOVES} == WAITS


def test_nothing_is_done_that_was_not_approved():
    before = {state for (state, move) in MOVES if move is Move.FINISH}

    assert before == {RequestState.APPROVED, RequestState.APPOINTED}
