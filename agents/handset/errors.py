"""Refusals of the virtual phones."""

from dataclasses import dataclass

from fleet.contracts.words import _
from fleet.errors import Invalid, NotFound, Unavailable


@dataclass(eq=False)
class ProfileNotFound(NotFound):
    name: str
    known: str

    code = "handset_profile_not_found"
    message = _("There is no virtual phone called {name}.")
    advice = _("Known are: {known}.")


@dataclass(eq=False)
class ProfileInvalid(Invalid):
    name: str
    reason: str

    code = "handset_profile_invalid"
    message = _("The description of the virtual phone {name} cannot be used: {reason}.")


@dataclass(eq=False)
class FaultNotFound(NotFound):
    name: str
    known: str

    code = "handset_fault_not_found"
    message = _("No fault of a virtual phone is called {name}.")
    advice = _("Known are: {known}.")


@dataclass(eq=False)
class RootNotBuilt(Unavailable):
    reason: str

    code = "handset_root_not_built"
    message = _("The system of the virtual phones could not be built: {reason}.")
    advice = _(
        "It needs Debian 12 or newer on amd64, apt and its archive; real phones work without."
    )


@dataclass(eq=False)
class SandboxNotPossible(Unavailable):
    reason: str

    code = "handset_sandbox_not_possible"
    message = _("This machine cannot run virtual phones: {reason}.")
    advice = _("Run as root, allow user namespaces, or plug in a real phone.")


@dataclass(eq=False)
class HandsetDidNotStart(Unavailable):
    profile: str
    reason: str

    code = "handset_did_not_start"
    message = _("The virtual phone {profile} did not start: {reason}.")


@dataclass(eq=False)
class AdbServerDidNotStart(Unavailable):
    reason: str

    code = "adb_server_did_not_start"
    message = _("The adb server did not start: {reason}.")


@dataclass(eq=False)
class HandsetNotConnected(Unavailable):
    address: str
    reason: str

    code = "handset_not_connected"
    message = _("adb could not connect to the virtual phone at {address}: {reason}.")
