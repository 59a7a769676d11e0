"""`locksettings` (`cmd lock_settings`): verbs, order of checks and texts of each Android version.

The texts are those of LockSettingsShellCommand; success is printed whatever the call behind it
did, and the exit status says little.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from agents.handset.framework.lock import Check, Kind
from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import PhoneState

MINIMUM_LENGTH: Final = 4
FAILED: Final = 255

SETTING: Final = {
    "set-pin": (Kind.PIN, "Pin set to '{}'"),
    "set-password": (Kind.PASSWORD, "Password set to '{}'"),
    "set-pattern": (Kind.PATTERN, "Pattern set to '{}'"),
}
# What a Samsung says where a company demands two factors; other makers have no such policy.
MULTI_FACTOR: Final = (
    "New credential doesn't satisfy admin policies: "
    "password null does not meet multi-factor auth enforced"
)

HELP: Final = """\
lockSettings service commands:

NOTE: when lock screen is set, all commands require the --old <CREDENTIAL> argument.

  help
    Prints this help text.

  get-disabled [--user USER_ID]
    Checks whether lock screen is disabled.

  set-disabled [--user USER_ID] <true|false>
    When true, disables lock screen.

  set-pattern [--old <CREDENTIAL>] [--user USER_ID] <PATTERN>
    Sets the lock screen as pattern, using number 1-9 as the pattern cell.

  set-pin [--old <CREDENTIAL>] [--user USER_ID] <PIN>
    Sets the lock screen as PIN.

  set-password [--old <CREDENTIAL>] [--user USER_ID] <PASSWORD>
    Sets the lock screen as password.

  clear [--old <CREDENTIAL>] [--user USER_ID]
    Clears the lock credentials.

  verify [--old <CREDENTIAL>] [--user USER_ID]
    Verifies the lock credentials.
"""

MISSING_CREDENTIAL: Final = """\
Error while executing command: {verb}
java.lang.IllegalArgumentException: Credential can't be null or empty
\tat com.android.server.locksettings.LockSettingsService.doVerifyCredential(\
LockSettingsService.java)
\tat com.android.server.locksettings.LockSettingsShellCommand.checkCredential(\
LockSettingsShellCommand.java)
\tat com.android.server.locksettings.LockSettingsShellCommand.onCommand(\
LockSettingsShellCommand.java)
"""
BAD_VALUE: Final = """\
Error while executing command: {verb}
java.lang.IllegalArgumentException: {reason}
\tat com.android.server.locksettings.LockSettingsShellCommand.onCommand(\
LockSettingsShellCommand.java)
"""


@dataclass(frozen=True)
class Order:
    """A parsed command line; options behind the first value are values as well."""

    verb: str
    old: str = field(default="", repr=False)
    user: int = 0
    value: str = field(default="", repr=False)
    unknown_option: str = ""


def parse(words: list[str], current_user: int = 0) -> Order:
    """Read a command line; without `--user` the user in the foreground is meant, not the first."""
    verb, *rest = words or ("help",)
    found = {"--old": "", "--user": "current"}
    while rest and rest[0].startswith("--"):
        option = rest.pop(0)
        if option not in found:
            return Order(verb, unknown_option=option)
        found[option] = rest.pop(0) if rest else ""
    user = current_user if found["--user"] == "current" else int(found["--user"] or 0)
    return Order(verb, found["--old"], user, rest[0] if rest else "")


def locksettings(state: PhoneState, words: list[str]) -> Reply:
    tool = state.personality
    if not tool.present:
        return err("/system/bin/sh: locksettings: inaccessible or not found", 127)
    order = parse(words, state.current_user)
    if not tool.lock_screen:
        return out("The device does not support lock screen - ignoring the command.", FAILED)
    if order.unknown_option:
        text = f"Unknown option: {order.unknown_option}\n"
        return err(text + BAD_VALUE.format(verb=order.verb, reason="Unknown option"))
    if order.user != 0:
        return _of_another_user(state, order)
    if order.verb not in tool.unchecked and (refusal := _check(state, order)):
        return refusal
    return _carry_out(state, order)


def _of_another_user(state: PhoneState, order: Order) -> Reply:
    """Answer for a profile or a second space: its lock is its own, and nothing is kept of it."""
    known = next((user for user in state.users if user.number == order.user), None)
    if known is not None and known.is_managed and not known.separate and state.lock.secure:
        return out("Profile uses unified challenge", FAILED)
    if order.verb in SETTING:
        return out(SETTING[order.verb][1].format(order.value))
    return out("Lock credential verified successfully")


def _check(state: PhoneState, order: Order) -> Reply | None:
    """Return the refusal of the credential check, or None when it passes."""
    if order.old:
        return _check_old(state, order.old)
    if not state.lock.secure:
        return None
    if state.personality.missing_old == "exception":
        return err(MISSING_CREDENTIAL.format(verb=order.verb), FAILED)
    return out("User has a lock credential, but old credential was not provided", FAILED)


def _check_old(state: PhoneState, old: str) -> Reply | None:
    if not state.lock.secure:
        if state.personality.yes_without_lock:
            return None
        return out("Old password provided but user has no password", FAILED)
    match state.lock_tool.check(old):
        case Check.RIGHT:
            return None
        case Check.THROTTLED:
            return out(state.personality.throttled, FAILED)
        case Check.WRONG:
            return out(f"Old password '{old}' didn't match", FAILED)


def _carry_out(state: PhoneState, order: Order) -> Reply:
    tool = state.personality
    if order.verb in tool.retail_refuses:
        return out("Not supported ship build", FAILED)
    if order.verb in VERBS and (order.verb != "help" or tool.has_help):
        return VERBS[order.verb](state, order)
    return err(f"Unknown command: {order.verb}", 0)


def _clear(state: PhoneState, order: Order) -> Reply:
    del order
    if state.lock.may_not_be_cleared:
        return out(MULTI_FACTOR, FAILED)
    state.lock_tool.change(Kind.NONE, "")
    return out("Lock credential cleared")


def _get_disabled(state: PhoneState, order: Order) -> Reply:
    del order
    disabled = state.lock.disabled and not state.lock.secure
    return out("true" if disabled else "false")


def _set_disabled(state: PhoneState, order: Order) -> Reply:
    wanted = order.value.lower() == "true"
    if not state.lock.secure:
        state.lock.disabled = wanted
    return out(f"Lock screen disabled set to {'true' if wanted else 'false'}")


def _set(state: PhoneState, order: Order) -> Reply:
    kind, text = SETTING[order.verb]
    reason = _unfit(kind, order.value)
    if reason:
        return err(BAD_VALUE.format(verb=order.verb, reason=reason), FAILED)
    if state.personality.asks_policy and len(order.value) < state.lock.minimum_length:
        short = f"Password too short; required: {state.lock.minimum_length}"
        return out(f"New credential doesn't satisfy admin policies: {short}", FAILED)
    state.lock_tool.change(kind, order.value)
    return out(text.format(order.value))


def _unfit(kind: Kind, value: str) -> str:
    if len(value) < MINIMUM_LENGTH:
        return f"{kind} must not be null and at least of length {MINIMUM_LENGTH}"
    if kind is Kind.PIN and not (value.isascii() and value.isdigit()):
        return "PIN must only contain digits"
    if kind is Kind.PATTERN and not set(value) <= set("123456789"):
        return "Pattern must only contain 1-9"
    return ""


VERBS: Final[Mapping[str, Callable[[PhoneState, Order], Reply]]] = {
    "clear": _clear,
    "get-disabled": _get_disabled,
    "help": lambda _state, _order: out(HELP),
    "set-disabled": _set_disabled,
    "set-password": _set,
    "set-pattern": _set,
    "set-pin": _set,
    "verify": lambda _state, _order: out("Lock credential verified successfully"),
}
