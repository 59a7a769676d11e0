"""What can become of a job."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.stations import JobState
from fleet.stations.errors import JobMoveNotAllowed


class Move(StrEnum):
    LEASE = "lease"
    GIVE_BACK = "give_back"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"


# A lease that ran out is leased again; a job that ended stays ended, whatever is heard of it later.
MOVES: Final[Mapping[tuple[JobState, Move], JobState]] = {
    (JobState.WAITING, Move.LEASE): JobState.LEASED,
    (JobState.WAITING, Move.FAIL): JobState.FAILED,
    (JobState.WAITING, Move.FINISH): JobState.DONE,
    (JobState.WAITING, Move.CANCEL): JobState.CANCELLED,
    (JobState.LEASED, Move.LEASE): JobState.LEASED,
    (JobState.LEASED, Move.GIVE_BACK): JobState.WAITING,
    (JobState.LEASED, Move.FINISH): JobState.DONE,
    (JobState.LEASED, Move.FAIL): JobState.FAILED,
    (JobState.LEASED, Move.CANCEL): JobState.CANCELLED,
}

LIVE: Final = (JobState.WAITING, JobState.LEASED)


def after(state: JobState, move: Move) -> JobState:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise JobMoveNotAllowed(move=move.value, state=state.value) from None
