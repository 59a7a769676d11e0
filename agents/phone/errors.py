"""What can go wrong between the station and a phone; a command named here is already scrubbed."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Conflict, FleetError, Invalid, NotFound, Unavailable


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
class PhoneStarting(Unavailable):
    """adb reaches it, and what would answer is not up yet."""

    serial: str

    code = "phone_starting"
    message = _("Phone {serial} is still starting.")
    advice = _("Leave it plugged in; where it asks for a PIN before it starts, enter it.")


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


@dataclass(eq=False)
class AddressInvalid(Invalid):
    address: str

    code = "adb_address_invalid"
    message = _("“{address}” is not an address with a port.")
    advice = _("Write it as the phone shows it, such as 192.168.1.23:41234.")


@dataclass(eq=False)
class CodeInvalid(Invalid):
    code = "pairing_code_invalid"
    message = _("A pairing code has six digits.")
    advice = _("Read it on the phone, under “Pair device with pairing code”.")


@dataclass(eq=False)
class CodeRefused(Invalid):
    address: str

    code = "pairing_code_refused"
    message = _("The phone at {address} did not take this code.")
    advice = _("Read code and port on the phone again: both change each time they are shown.")


@dataclass(eq=False)
class NoCodeTakenThere(Unavailable):
    address: str

    code = "pairing_not_reached"
    message = _("Nothing takes a pairing code at {address}.")
    advice = _(
        "“Pair device with pairing code” must stay open on the phone until it is done, and show "
        "this address; phone and station must be in one network."
    )


@dataclass(eq=False)
class CannotPair(Conflict):
    address: str

    code = "adb_cannot_pair"
    message = _("The adb server at {address} is too old to pair with phones.")
    advice = _("End the program that runs it; workfleet then starts an adb of its own that can.")


@dataclass(eq=False)
class PhoneNotConnected(Unavailable, NoAnswer):
    address: str
    reason: str

    code = "phone_not_connected"
    message = _("No phone could be connected at {address}: {reason}.")
    advice = _(
        "Wireless debugging must be on; look at the phone's screen for the port, which changes "
        "whenever it restarts."
    )


@dataclass(eq=False)
class KeyNotTaken(Unavailable, NoAnswer):
    address: str

    code = "phone_key_not_taken"
    message = _("The phone at {address} does not take this station's key.")
    advice = _("Pair it again: `workfleet agent pair`, with the address and code of its dialog.")
