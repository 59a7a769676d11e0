"""Where a case and its steps can be, and which move leads where."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.cases.errors import CaseMoveNotAllowed, StepMoveNotAllowed
from fleet.contracts.cases import CaseState, StepState


class Move(StrEnum):
    CLOSE = "close"
    CANCEL = "cancel"
    REOPEN = "reopen"


class StepMove(StrEnum):
    FINISH = "finish"
    WAIVE = "waive"
    DROP = "drop"
    REOPEN = "reopen"


MOVES: Final[Mapping[tuple[CaseState, Move], CaseState]] = {
    (CaseState.OPEN, Move.CLOSE): CaseState.CLOSED,
    (CaseState.OPEN, Move.CANCEL): CaseState.CANCELLED,
    (CaseState.OPEN, Move.REOPEN): CaseState.OPEN,  # a step of it is to be done again
    (CaseState.CLOSED, Move.REOPEN): CaseState.OPEN,
    (CaseState.CANCELLED, Move.REOPEN): CaseState.OPEN,
}
STEP_MOVES: Final[Mapping[tuple[StepState, StepMove], StepState]] = {
    (StepState.OPEN, StepMove.FINISH): StepState.DONE,
    (StepState.OPEN, StepMove.WAIVE): StepState.WAIVED,
    (StepState.OPEN, StepMove.DROP): StepState.NOT_NEEDED,
    (StepState.DONE, StepMove.REOPEN): StepState.OPEN,
    (StepState.WAIVED, StepMove.REOPEN): StepState.OPEN,
    (StepState.NOT_NEEDED, StepMove.REOPEN): StepState.OPEN,
}


def after(state: CaseState, move: Move, *, case: str) -> CaseState:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise CaseMoveNotAllowed(case=case, move=move.value, state=state.value) from None


def step_after(state: StepState, move: StepMove, *, case: str, step: int) -> StepState:
    """Return the state of a step that `move` leads to, or refuse."""
    try:
        return STEP_MOVES[state, move]
    except KeyError:
        raise StepMoveNotAllowed(case=case, step=step, state=state.value) from None
