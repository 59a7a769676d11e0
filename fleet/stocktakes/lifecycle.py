"""Where a stock-take can be, and which move leads where."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.stocktakes import StocktakeState
from fleet.stocktakes.errors import StocktakeMoveNotAllowed


class Move(StrEnum):
    BEGIN = "begin"
    COUNT = "count"
    CLOSE = "close"
    SIGN = "sign"
    CANCEL = "cancel"


MOVES: Final[Mapping[tuple[StocktakeState, Move], StocktakeState]] = {
    (StocktakeState.PLANNED, Move.BEGIN): StocktakeState.OPEN,
    (StocktakeState.PLANNED, Move.CANCEL): StocktakeState.CANCELLED,
    (StocktakeState.OPEN, Move.COUNT): StocktakeState.OPEN,
    (StocktakeState.OPEN, Move.CLOSE): StocktakeState.CLOSED,
    (StocktakeState.OPEN, Move.CANCEL): StocktakeState.CANCELLED,
    (StocktakeState.CLOSED, Move.SIGN): StocktakeState.SIGNED,
}


def after(state: StocktakeState, move: Move) -> StocktakeState:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise StocktakeMoveNotAllowed(move=move.value, state=state.value) from None
