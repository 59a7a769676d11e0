"""Exit codes: one for each kind of answer, so that a script can tell them apart."""

from typing import Final

from fleet.contracts.words import _

OK: Final = 0
OUR_MISTAKE: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
CONFLICT: Final = 4
INVALID: Final = 5
GATE_OPEN: Final = 6
NOT_ALLOWED: Final = 7
UNAVAILABLE: Final = 8
NOT_SO: Final = 9
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

MEANINGS: Final = {
    OK: _("done"),
    OUR_MISTAKE: _("our mistake; the traceback was written to a file"),
    USAGE: _("the command was not written as it must be, or needs --yes"),
    NOT_FOUND: _("there is no such thing"),
    CONFLICT: _("the thing is not in a state for it, or somebody else was quicker"),
    INVALID: _("what was given cannot be right"),
    GATE_OPEN: _("checks of the return gate are open"),
    NOT_ALLOWED: _("not logged in, or not allowed"),
    UNAVAILABLE: _("the server, a station, a phone or adb does not answer; try again"),
    NOT_SO: _("it ran, and the answer is no: unproven, incomplete, broken, different"),
    INTERRUPTED: _("stopped by Ctrl-C, or by a no to a question"),
    PIPE_CLOSED: _("whoever read the output went away"),
}

OF_KIND: Final = {
    "not_found": NOT_FOUND,
    "conflict": CONFLICT,
    "invalid": INVALID,
    "unauthorized": NOT_ALLOWED,
    "forbidden": NOT_ALLOWED,
    "unavailable": UNAVAILABLE,
}
# Refusals whose exit code says more than their kind does.
OF_CODE: Final = {
    "gate_open": GATE_OPEN,
    "account_gate_open": GATE_OPEN,
    "confirmation_needed": USAGE,
}
