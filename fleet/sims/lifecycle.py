"""Where a SIM can be in its life, and which move leads where."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.sims.errors import SimMoveNotAllowed


class State(StrEnum):
    IN_STOCK = "in_stock"
    ISSUED = "issued"
    SUSPENDED = "suspended"  # the carrier has been asked to block it
    SUSPENDED_OUT = "suspended_out"  # … and its holder still has it
    TO_BE_CANCELLED = "to_be_cancelled"  # nobody needs it; its accounts are still to be unbound
    CANCELLED = "cancelled"


class Move(StrEnum):
    ISSUE = "issue"
    TAKE_BACK = "take_back"
    SUSPEND = "suspend"
    RESUME = "resume"
    GIVE_UP = "give_up"
    KEEP = "keep"
    CANCEL = "cancel"
    REPLACE = "replace"  # the number goes on on another card


MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.IN_STOCK, Move.ISSUE): State.ISSUED,
    (State.IN_STOCK, Move.SUSPEND): State.SUSPENDED,
    (State.IN_STOCK, Move.CANCEL): State.CANCELLED,
    (State.ISSUED, Move.TAKE_BACK): State.IN_STOCK,
    (State.ISSUED, Move.SUSPEND): State.SUSPENDED_OUT,
    (State.SUSPENDED_OUT, Move.RESUME): State.ISSUED,
    (State.SUSPENDED_OUT, Move.TAKE_BACK): State.SUSPENDED,
    (State.SUSPENDED, Move.RESUME): State.IN_STOCK,
    (State.SUSPENDED, Move.CANCEL): State.CANCELLED,
    (State.IN_STOCK, Move.GIVE_UP): State.TO_BE_CANCELLED,
    (State.SUSPENDED, Move.GIVE_UP): State.TO_BE_CANCELLED,
    (State.TO_BE_CANCELLED, Move.KEEP): State.IN_STOCK,
    (State.TO_BE_CANCELLED, Move.CANCEL): State.CANCELLED,
    (State.IN_STOCK, Move.REPLACE): State.CANCELLED,
    (State.ISSUED, Move.REPLACE): State.CANCELLED,
    (State.SUSPENDED, Move.REPLACE): State.CANCELLED,
    (State.SUSPENDED_OUT, Move.REPLACE): State.CANCELLED,
}
BLOCKED: Final = frozenset({State.SUSPENDED, State.SUSPENDED_OUT, State.CANCELLED})
GIVEN_UP: Final = BLOCKED | {State.TO_BE_CANCELLED}  # nothing new is bound to such a number


def after(state: State, move: Move) -> State:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise SimMoveNotAllowed(move=move.value, state=state.value) from None
