"""What one look at a part of a station found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from api.client import Refused
from fleet.contracts.words import _, say
from fleet.errors import FleetError

UNEXPECTED = _("This could not be looked at: {error}.")


class State(StrEnum):
    OK = "ok"
    ATTENTION = "attention"  # it works, and somebody should know
    BROKEN = "broken"


@dataclass(frozen=True)
class Check:
    """`sentence` says what is so, `advice` what to do about it."""

    part: str
    state: State
    sentence: str
    advice: str = ""


Look = Callable[[], Iterable[Check]]


def well(part: str, sentence: str) -> Check:
    return Check(part, State.OK, sentence)


def attention(part: str, sentence: str, advice: str = "") -> Check:
    return Check(part, State.ATTENTION, sentence, advice)


def broken(part: str, sentence: str, advice: str = "") -> Check:
    return Check(part, State.BROKEN, sentence, advice)


def looked(part: str, look: Look) -> list[Check]:
    """Return what `look` found; a refusal, or anything unexpected, is a finding as well."""
    try:
        return list(look())
    except (FleetError, Refused) as refusal:
        return [broken(part, refusal.sentence(), refusal.next_step())]
    except Exception as error:  # noqa: BLE001 — a doctor is called when anything may be wrong
        reason = getattr(error, "strerror", None) or type(error).__name__
        return [broken(part, say(UNEXPECTED, error=reason))]
