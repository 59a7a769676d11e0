"""Where a work account can be in its life, and which move leads where."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.accounts.errors import AccountMoveNotAllowed


class State(StrEnum):
    IN_STOCK = "in_stock"
    ISSUED = "issued"
    RETURNING = "returning"  # its holder is to give it back: its password is to be changed
    FROZEN = "frozen"  # stolen or abnormal: nobody is to use it
    DEREGISTERED = "deregistered"


class Move(StrEnum):
    ISSUE = "issue"
    START_RETURN = "start_return"
    STAY = "stay"
    TAKE_BACK = "take_back"
    REASSIGN = "reassign"
    FREEZE = "freeze"
    THAW = "thaw"
    DEREGISTER = "deregister"


# An account that was held comes back with its password changed: thawing leads to that as well.
MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.IN_STOCK, Move.ISSUE): State.ISSUED,
    (State.IN_STOCK, Move.REASSIGN): State.ISSUED,
    (State.IN_STOCK, Move.FREEZE): State.FROZEN,
    (State.IN_STOCK, Move.DEREGISTER): State.DEREGISTERED,
    (State.ISSUED, Move.START_RETURN): State.RETURNING,
    (State.ISSUED, Move.FREEZE): State.FROZEN,
    (State.RETURNING, Move.STAY): State.ISSUED,  # the return is taken back
    (State.RETURNING, Move.TAKE_BACK): State.IN_STOCK,
    (State.RETURNING, Move.REASSIGN): State.ISSUED,
    (State.RETURNING, Move.FREEZE): State.FROZEN,
    (State.FROZEN, Move.THAW): State.RETURNING,
    (State.FROZEN, Move.DEREGISTER): State.DEREGISTERED,
}


def after(state: State, move: Move) -> State:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise AccountMoveNotAllowed(move=move.value, state=state.value) from None
