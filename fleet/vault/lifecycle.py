"""What can become of one version of a credential; a version is never deleted.

A version that may be on a phone is active, pending or doubtful, and leaves these three states only
when a visit has shown that it is not in use, or that another one is.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.contracts.credentials import VersionState
from fleet.vault.errors import VersionMoveNotAllowed


class Move(StrEnum):
    PROMOTE = "promote"
    DOUBT = "doubt"
    RETRY = "retry"
    REJECT = "reject"
    RETIRE = "retire"


# Rejected and retired versions come back as doubtful ones: a report that was long under way may
# show that one of them is what opens the phone after all.
MOVES: Final[Mapping[tuple[VersionState, Move], VersionState]] = {
    (VersionState.PENDING, Move.PROMOTE): VersionState.ACTIVE,
    (VersionState.PENDING, Move.DOUBT): VersionState.DOUBTFUL,
    (VersionState.PENDING, Move.REJECT): VersionState.REJECTED,
    (VersionState.DOUBTFUL, Move.PROMOTE): VersionState.ACTIVE,
    (VersionState.DOUBTFUL, Move.RETRY): VersionState.PENDING,
    (VersionState.DOUBTFUL, Move.REJECT): VersionState.REJECTED,
    (VersionState.DOUBTFUL, Move.RETIRE): VersionState.RETIRED,
    (VersionState.ACTIVE, Move.RETIRE): VersionState.RETIRED,
    (VersionState.ACTIVE, Move.DOUBT): VersionState.DOUBTFUL,
    (VersionState.RETIRED, Move.DOUBT): VersionState.DOUBTFUL,
    (VersionState.REJECTED, Move.DOUBT): VersionState.DOUBTFUL,
}

MAY_BE_IN_USE: Final = frozenset({VersionState.ACTIVE, VersionState.PENDING, VersionState.DOUBTFUL})


def after(state: VersionState, move: Move) -> VersionState:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise VersionMoveNotAllowed(move=move.value, state=state.value) from None
