"""Where a phone can be in its life, and which move leads where."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from fleet.devices.errors import MoveNotAllowed


class State(StrEnum):
    IN_STOCK = "in_stock"
    ISSUED = "issued"
    RETURNING = "returning"  # its holder is to give it back: the gate collects proofs
    QUARANTINED = "quarantined"  # given back, kept as it is for some days
    ACCEPTED = "accepted"  # given back, to be wiped
    WIPED = "wiped"  # erased; a visit is to find it empty
    IN_REPAIR = "in_repair"
    LOST = "lost"
    RETIRED = "retired"


class Move(StrEnum):
    ISSUE = "issue"
    START_RETURN = "start_return"
    STAY = "stay"
    ACCEPT = "accept"
    QUARANTINE = "quarantine"  # accept, or keep what was accepted as it is
    END_QUARANTINE = "end_quarantine"
    UNDO_ACCEPT = "undo_accept"
    WIPE = "wipe"
    WIPE_AGAIN = "wipe_again"
    RESTOCK = "restock"
    UNSTOCK = "unstock"  # it is not as empty as stock is to be
    SEND_TO_REPAIR = "send_to_repair"
    REPAIRED = "repaired"
    LOSE = "lose"
    FIND = "find"
    RETIRE = "retire"


# A phone that left stock comes back by the gate and the wipe alone: that is why only a phone in
# stock goes to repair, and why a lost one that is found is to be returned.
MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.IN_STOCK, Move.ISSUE): State.ISSUED,
    (State.IN_STOCK, Move.UNSTOCK): State.RETURNING,
    (State.IN_STOCK, Move.SEND_TO_REPAIR): State.IN_REPAIR,
    (State.IN_STOCK, Move.LOSE): State.LOST,
    (State.IN_STOCK, Move.RETIRE): State.RETIRED,
    (State.ISSUED, Move.START_RETURN): State.RETURNING,
    (State.ISSUED, Move.ACCEPT): State.ACCEPTED,
    (State.ISSUED, Move.LOSE): State.LOST,
    (State.RETURNING, Move.ACCEPT): State.ACCEPTED,
    (State.RETURNING, Move.STAY): State.ISSUED,  # the return is taken back
    (State.RETURNING, Move.LOSE): State.LOST,
    (State.ISSUED, Move.QUARANTINE): State.QUARANTINED,
    (State.RETURNING, Move.QUARANTINE): State.QUARANTINED,
    (State.ACCEPTED, Move.QUARANTINE): State.QUARANTINED,
    (State.QUARANTINED, Move.END_QUARANTINE): State.ACCEPTED,
    (State.QUARANTINED, Move.UNDO_ACCEPT): State.RETURNING,
    (State.QUARANTINED, Move.LOSE): State.LOST,
    (State.QUARANTINED, Move.RETIRE): State.RETIRED,
    (State.ACCEPTED, Move.UNDO_ACCEPT): State.RETURNING,
    (State.ACCEPTED, Move.WIPE): State.WIPED,
    (State.ACCEPTED, Move.RESTOCK): State.IN_STOCK,
    (State.WIPED, Move.WIPE_AGAIN): State.ACCEPTED,
    (State.WIPED, Move.RESTOCK): State.IN_STOCK,
    (State.WIPED, Move.LOSE): State.LOST,
    (State.WIPED, Move.RETIRE): State.RETIRED,
    (State.ACCEPTED, Move.LOSE): State.LOST,
    (State.ACCEPTED, Move.RETIRE): State.RETIRED,
    (State.IN_REPAIR, Move.REPAIRED): State.IN_STOCK,
    (State.IN_REPAIR, Move.LOSE): State.LOST,
    (State.IN_REPAIR, Move.RETIRE): State.RETIRED,
    (State.LOST, Move.FIND): State.RETURNING,
    (State.LOST, Move.RETIRE): State.RETIRED,
}


def after(state: State, move: Move) -> State:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise MoveNotAllowed(move=move.value, state=state.value) from None
