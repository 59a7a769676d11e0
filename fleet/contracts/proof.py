"""How well a claim about the world is known."""

from enum import StrEnum


class Level(StrEnum):
    """From weakest to strongest; levels compare by strength with `at_least`."""

    NONE = "none"
    DECLARED = "declared"  # a person said so
    OBSERVED = "observed"  # the phone's screen, or a picture of it, showed it
    VERIFIED = "verified"  # read back from the source and equal
    PROVEN = "proven"  # verified, and a wrong value was refused

    @property
    def strength(self) -> int:
        return list(Level).index(self)

    def at_least(self, other: "Level") -> bool:
        return self.strength >= other.strength
