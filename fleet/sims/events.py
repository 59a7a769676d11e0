"""What happens to SIMs; numbers are masked."""

from dataclasses import dataclass

from fleet.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class SimAdded(Event):
    name = "sim.added"
    carrier: str | None


@dataclass(frozen=True, kw_only=True)
class SimMoved(Event):
    """A SIM was suspended, resumed or cancelled."""

    name = "sim.moved"
    move: str
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SimSeenElsewhere(Event):
    name = "sim.seen_elsewhere"
    old: str | None  # tags of the phones
    new: str


@dataclass(frozen=True, kw_only=True)
class SimCardReplaced(Event):
    """A number goes on on another card."""

    name = "sim.card_replaced"
    old: str  # the cards, masked
    new: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class NumberPolicySet(Event):
    name = "number.policy_set"
    quarantine_days: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class SimCorrected(Event):
    """What the register says of it was corrected; the trail's changes say what."""

    name = "sim.corrected"
