"""What can become of a remedy.

What a station says of a phone is true whenever it is heard: of a remedy that was given up, and of
one that is in doubt.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.remedying import RemedyState
from fleet.remedies.errors import RemedyMoveNotAllowed


class Move(StrEnum):
    FINISH = "finish"
    REFUSE = "refuse"
    DOUBT = "doubt"
    CANCEL = "cancel"
    UNDO = "undo"


_HEARD_OF: Final = {
    Move.FINISH: RemedyState.DONE,
    Move.REFUSE: RemedyState.REFUSED,
    Move.DOUBT: RemedyState.IN_DOUBT,
}
_STILL: Final = (RemedyState.PLANNED, RemedyState.IN_DOUBT, RemedyState.CANCELLED)

MOVES: Final[Mapping[tuple[RemedyState, Move], RemedyState]] = {
    **{(state, move): to for state in _STILL for move, to in _HEARD_OF.items()},
    (RemedyState.PLANNED, Move.CANCEL): RemedyState.CANCELLED,
    (RemedyState.DONE, Move.UNDO): RemedyState.UNDONE,
}


def after(state: RemedyState, move: Move) -> RemedyState:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise RemedyMoveNotAllowed(move=move.value, state=state.value) from None
