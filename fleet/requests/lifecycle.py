"""What can become of a change request; it is done by evidence alone, never by a tick."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.requests import RequestState
from fleet.requests.errors import RequestMoveNotAllowed

State = RequestState


class Move(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    APPOINT = "appoint"
    FAIL = "fail"
    FINISH = "finish"
    WITHDRAW = "withdraw"
    CLOSE = "close"


WAITS: Final = frozenset({State.REQUESTED, State.APPROVED, State.APPOINTED})
ALLOWED: Final = frozenset({State.APPROVED, State.APPOINTED})

# An approved request whose change failed, or was cancelled, waits for another appointment.
MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.REQUESTED, Move.APPROVE): State.APPROVED,
    (State.REQUESTED, Move.REFUSE): State.REFUSED,
    **{(state, Move.APPOINT): State.APPOINTED for state in ALLOWED},
    **{(state, Move.FAIL): State.APPROVED for state in ALLOWED},
    **{(state, Move.FINISH): State.DONE for state in ALLOWED},
    **{(state, Move.WITHDRAW): State.WITHDRAWN for state in WAITS},
    **{(state, Move.CLOSE): State.CLOSED for state in WAITS},
}


def after(state: State, move: Move, *, request: str = "") -> State:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise RequestMoveNotAllowed(request=request, move=move.value, state=state.value) from None
