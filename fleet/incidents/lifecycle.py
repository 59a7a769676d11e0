"""Where a measure can be, and which measures an incident of a kind leads to."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from fleet.contracts.custody import Thing
from fleet.contracts.incidents import IncidentKind, MeasureKind, MeasureState
from fleet.incidents.errors import MeasureEnded
from fleet.settings import Settings


class Move(StrEnum):
    FINISH = "finish"
    WAIVE = "waive"


MOVES: Final[Mapping[tuple[MeasureState, Move], MeasureState]] = {
    (MeasureState.OPEN, Move.FINISH): MeasureState.DONE,
    (MeasureState.OPEN, Move.WAIVE): MeasureState.NOT_NEEDED,
}


def after(state: MeasureState, move: Move) -> MeasureState:
    """Return the state that `move` leads to, or refuse."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise MeasureEnded(state=state.value) from None


_GONE: Final = {
    Thing.DEVICE: (MeasureKind.MARK_LOST,),
    Thing.ACCOUNT: (MeasureKind.FREEZE_ACCOUNT, MeasureKind.CHANGE),
    Thing.SIM: (MeasureKind.BLOCK_SIM,),
}
_KNOWN_TO_OTHERS: Final = dict.fromkeys(Thing, (MeasureKind.CHANGE,))

# What has to be done about a thing that an incident is about; a thing that is not named here is
# none that such an incident can be about.
MEASURES: Final[Mapping[IncidentKind, Mapping[Thing, tuple[MeasureKind, ...]]]] = {
    IncidentKind.LOST: _GONE,
    IncidentKind.STOLEN: _GONE,
    IncidentKind.ACCOUNT_ABNORMAL: {
        Thing.ACCOUNT: (MeasureKind.FREEZE_ACCOUNT, MeasureKind.CHANGE)
    },
    IncidentKind.PASSWORD_LEAKED: _KNOWN_TO_OTHERS,
    IncidentKind.DRIFT: {Thing.DEVICE: (MeasureKind.CHANGE,)},
}
# Where the phone is gone, so is whatever is in it.
WITH_WHAT_IS_INSIDE: Final = {IncidentKind.LOST, IncidentKind.STOLEN}


def clock_of(kind: MeasureKind, settings: Settings) -> timedelta:
    """Return how long a measure may take from the report on."""
    if kind is MeasureKind.FREEZE_ACCOUNT:
        return timedelta(minutes=settings.incident_freeze_minutes)
    if kind is MeasureKind.CHANGE:
        return timedelta(hours=settings.incident_change_hours)
    return timedelta(minutes=settings.incident_block_minutes)
