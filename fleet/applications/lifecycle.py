"""What can become of an application."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.applications.errors import ApplicationMoveNotAllowed
from fleet.contracts.applications import ApplicationState

State = ApplicationState


class Move(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    RESERVE = "reserve"
    RELEASE = "release"
    SIGN = "sign"
    UNSIGN = "unsign"
    ISSUE = "issue"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


OPEN: Final = frozenset({State.REQUESTED, State.APPROVED, State.RESERVED, State.SIGNED})
SET_ASIDE: Final = frozenset({State.RESERVED, State.SIGNED})

# What was agreed to is these very things: others are agreed to anew.
MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.REQUESTED, Move.APPROVE): State.APPROVED,
    (State.REQUESTED, Move.REFUSE): State.REFUSED,
    (State.APPROVED, Move.RESERVE): State.RESERVED,
    **{(state, Move.RESERVE): State.RESERVED for state in SET_ASIDE},
    **{(state, Move.RELEASE): State.APPROVED for state in SET_ASIDE},
    (State.RESERVED, Move.SIGN): State.SIGNED,
    (State.SIGNED, Move.UNSIGN): State.RESERVED,
    (State.SIGNED, Move.ISSUE): State.ISSUED,
    **{(state, Move.WITHDRAW): State.WITHDRAWN for state in OPEN},
    **{(state, Move.EXPIRE): State.EXPIRED for state in OPEN},
}


def after(state: State, move: Move, *, application: str = "") -> State:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise ApplicationMoveNotAllowed(
            application=application, move=move.value, state=state.value
        ) from None
