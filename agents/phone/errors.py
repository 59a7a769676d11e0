"""What can go wrong between the station and a phone; a command named here is already scrubbed."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, FleetError, NotFound, Unavailable


class NoAnswer(FleetError):
    """The phone did not answer, or not to the end: what it did meanwhile is not known."""


@dataclass(eq=False)
class AdbServerUnavailable(Unavailable, NoAnswer):
    address: str
    reason: str

    code = "adb_server_unavailable"
    message = _("The adb server at {address} does not answer: {reason}.")
    advice = _("See whether another program holds that port.")


@dataclass(eq=False)
class PhoneNotFound(NotFound, NoAnswer):
    serial: str
    present: tuple[str, ...] = ()

    code = "phone_not_found"
    message = _("No phone {serial} is plugged in; adb sees: {seen}.")
    advice = _("Check the cable, and that USB debugging is on.")

    @property
    def details(self) -> dict[str, object]:
        return {**super().details, "seen": ", ".join(self.present) or "—"}


@dataclass(eq=False)
class PhoneUnauthorized(Unavailable, NoAnswer):
    serial: str

    code = "phone_unauthorized"
    message = _("Phone {serial} does not trust this station yet.")
    advice = _("Unlock it and allow USB debugging in the prompt; plug it in again when none shows.")


@dataclass(eq=False)
class PhoneUnreachable(Unavailable, NoAnswer):
    serial: str
    reason: str

    code = "phone_unreachable"
    message = _("Phone {serial} is not answering: {reason}.")
    advice = _("Check the cable and the trust prompt.")


@dataclass(eq=False)
class CommandFailed(Conflict):
    serial: str
    command: str
    reason: str

    code = "phone_command_failed"
    message = _("Phone {serial} could not do “{command}”: {reason}.")


@dataclass(eq=False)
class CommandTimedOut(Unavailable, NoAnswer):
    serial: str
    command: str
    seconds: float

    code = "phone_command_timed_out"
    message = _("Phone {serial} did not finish “{command}” within {seconds:g} s.")
    advice = _("Unlock the phone and try again.")


@dataclass(eq=False)
class LockToolHangs(CommandTimedOut):
    """The phone itself answers: only its lock tool does not, and may still do what it was told."""

    code = "lock_tool_hangs"
    message = _("Phone {serial} answers, but not its lock tool, within {seconds:g} s.")
    advice = _("Restart the phone, unlock it once, and leave it plugged in.")
