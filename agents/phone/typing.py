"""Typing a secret into the window that was looked at, and into no other.

The secret comes to the phone's shell as standard input, so that it is in no command that a
computer keeps, logs or traces by name. The phone's own `input` still takes it as an argument: for
that moment it is in the phone's process list, which other apps cannot read since Android 7.
"""

import shlex
from enum import StrEnum
from typing import Final

from agents.phone.errors import CommandFailed
from agents.phone.phone import Phone

SECONDS: Final = 30.0
FOCUS: Final = "dumpsys window 2>/dev/null | grep -F mCurrentFocus"
DONE, MOVED = "wf-typed", "wf-moved"
DENIED: Final = ("INJECT_EVENTS", "SecurityException", "Permission denied", "not found")
# Asked again at the last moment: what came in front meanwhile (a call, a chat) gets nothing.
TYPE: Final = f"""\
if [ "$({FOCUS})" != {{focus}} ]; then echo {MOVED}; exit 0; fi
while IFS= read -r v; do input text "$v" </dev/null || exit 1; done
echo {DONE}
"""


class Typed(StrEnum):
    DONE = "done"
    MOVED = "moved"  # another window was in front: nothing was typed
    DENIED = "denied"  # the phone lets no computer type


def can_type(value: str) -> bool:
    """Tell whether the phone's `input` has keys for every character."""
    return value.isascii() and value.isprintable() and bool(value)


def focus(phone: Phone) -> str:
    """Return what the phone calls the window in front; empty where it does not say."""
    return phone.script(FOCUS, deadline=SECONDS).text.rstrip("\n")


def type_secret(phone: Phone, value: str, window: str) -> Typed:
    """Type `value` where `window` is still in front; refused with what the phone complained of."""
    script = TYPE.format(focus=shlex.quote(window))
    lines = "".join(f"{piece}\n" for piece in pieces(value))
    answer = phone.script(script, deadline=SECONDS, stdin=lines.encode(), secrets=[value])
    said = f"{answer.text}\n{answer.complaint}"
    if MOVED in answer.text:
        return Typed.MOVED
    if any(word in said for word in DENIED):
        return Typed.DENIED
    if DONE not in answer.text:
        raise CommandFailed(phone.serial, "input text", "it ended without a word")
    return Typed.DONE


def pieces(value: str) -> list[str]:
    """Cut a secret so that no piece holds "%s", which `input` takes for a blank."""
    apart = value.replace("%s", "%\ns").split("\n")
    return [piece.replace(" ", "%s") for piece in apart]
