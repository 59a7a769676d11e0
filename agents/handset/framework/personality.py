"""How the lock tool of one version and maker differs from that of another: data, read once."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal


@dataclass(frozen=True)
class Personality:
    """`unchecked`: the verbs that do not ask for the credential first; unknown verbs always do."""

    sdk: int
    present: bool = True  # Android 8.0 and older have no such tool
    lock_screen: bool = True
    unchecked: tuple[str, ...] = (
        "help",
        "remove-cache",
        "require-strong-auth",
        "get-disabled",
        "set-disabled",
    )
    missing_old: Literal["exception", "sentence"] = "exception"
    yes_without_lock: bool = False  # says "verified" to any value where no lock is set
    resets_wipe_counter: bool = True  # a right value brings the administrator's counter back
    has_help: bool = True
    type_words: str = "CAPITALS"  # how the dump spells the kind of lock; empty: not at all
    second_type: bool = False  # the dump has a CredentialType that means another thing
    asks_policy: bool = True  # a new value is held against the administrators' policies
    throttled: str = "Request throttled"
    retail_refuses: tuple[str, ...] = ()
    drops_status: bool = True  # `locksettings` ends with 0 even when it refused

    def kind(self, name: str) -> str:
        """Return the word that the dump has for a kind of lock."""
        words = {"pin": ("Pin", "PIN"), "none": ("None", "NONE")}
        capital, capitals = words.get(name, (name.capitalize(), name.upper()))
        return capitals if self.type_words == "CAPITALS" else capital


NAMES: Final = "lock_tools.toml"


@cache
def personalities() -> dict[str, Personality]:
    """Return every lock tool there is a description of, by its name."""
    text = files("agents.handset").joinpath(NAMES).read_text(encoding="utf-8")
    return {name: _made(row) for name, row in tomllib.loads(text).items()}


def _made(row: dict[str, Any]) -> Personality:
    given: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in row.items()
    }
    return Personality(**given)


def usual(sdk: int) -> Personality:
    """Return the tool of the newest plain Android that is not newer than `sdk`."""
    plain = (one for name, one in personalities().items() if name.startswith("aosp-"))
    return max((one for one in plain if one.sdk <= sdk), key=lambda one: one.sdk)
