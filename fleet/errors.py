"""Refusals: what cannot be done, said so that a caller can act on it.

FleetError
├── NotFound       there is no such thing
├── Conflict       the thing is not in a state for it, or somebody else was quicker
├── Invalid        what was given cannot be right
├── Unauthorized   nobody we know is asking
├── Forbidden      somebody we know may not ask this
└── Unavailable    a part that is needed does not answer; trying again may help
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

from fleet.contracts.labels import label
from fleet.contracts.words import translated

# Fields that hold words of ours: a sentence says them as people do, the details as they are.
WORDS: Final = frozenset({"check", "kind", "move", "role", "state", "status"})


@dataclass(eq=False)
class FleetError(Exception):
    """A refusal the caller can act on; `code` is stable, the sentences may be reworded.

    `message` says what is so and `advice` what to do next; the fields fill their blanks.
    Both are English source texts, marked with `_` and translated when they are shown.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "This cannot be done."
    advice: ClassVar[str] = ""

    def __post_init__(self) -> None:
        # Exception's own __init__ is not called by a dataclass: without this a refusal cannot be
        # pickled or shown by logging with its fields.
        self.args = tuple(asdict(self).values())

    @property
    def details(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        return translated(self.message).format(**self._blanks())

    def next_step(self) -> str:
        return translated(self.advice).format(**self._blanks())

    def _blanks(self) -> dict[str, Any]:
        spoken = {name: _said(self.details[name]) for name in WORDS & self.details.keys()}
        return self.details | spoken

    def __str__(self) -> str:
        return " ".join(filter(None, (self.sentence(), self.next_step())))


def _said(value: object) -> str:
    return ", ".join(map(label, str(value).split(", ")))


class NotFound(FleetError):
    code = "not_found"


class Conflict(FleetError):
    code = "conflict"


class Invalid(FleetError):
    code = "invalid"


class Unauthorized(FleetError):
    code = "unauthorized"


class Forbidden(FleetError):
    code = "forbidden"


class Unavailable(FleetError):
    code = "unavailable"
