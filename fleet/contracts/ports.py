"""What is at the ports of a station now, and in words what to do about it."""

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from pydantic import StringConstraints

from fleet.contracts.wire import Given, ListQuery, Moment, Plain, Short, Shown
from fleet.contracts.words import _, say

MOST_PORTS: Final = 500  # at one station


class PortState(StrEnum):
    """adb's own states, and what a station finds out by itself."""

    READY = "ready"
    READING = "reading"
    UNREADABLE = "unreadable"
    HUNG = "hung"
    CLASH = "clash"
    UNAUTHORIZED = "unauthorized"
    AUTHORIZING = "authorizing"
    CONNECTING = "connecting"
    OFFLINE = "offline"
    NO_PERMISSIONS = "no_permissions"
    BOOTLOADER = "bootloader"
    RECOVERY = "recovery"
    SIDELOAD = "sideload"
    RESCUE = "rescue"
    HOST = "host"
    DETACHED = "detached"
    UNKNOWN = "unknown"
    UNWATCHED = "unwatched"
    EMPTY = "empty"


# What is so, and what to do next; `reason` is what adb or the phone said about it.
SENTENCES: Final = {
    PortState.UNREADABLE: "{reason}",
    PortState.HUNG: _(
        "It is plugged in and does not answer, or comes to no end: unlock it and plug it in again;"
        " where that does not help, restart it by holding its power key."
    ),
    PortState.CLASH: _("{reason} Unplug all of them but one."),
    PortState.UNAUTHORIZED: _(
        "It does not trust this station yet: unlock it and allow USB debugging in its prompt, for"
        " always. Where no prompt shows, revoke USB debugging authorisations in its developer"
        " options and plug it in again."
    ),
    PortState.AUTHORIZING: _(
        "It has not said for a while whether it trusts this station: unlock it and look for the"
        " prompt; plug it in again when none shows."
    ),
    PortState.CONNECTING: _(
        "Its connection has not come about for a while: plug it in again, with another cable where"
        " that does not help; without a cable, see whether it is in the same network."
    ),
    PortState.OFFLINE: _(
        "adb sees it and gets no answer: unlock it, switch USB debugging off and on, and plug it in"
        " again; where that does not help, restart it or take another cable."
    ),
    PortState.NO_PERMISSIONS: _(
        "This computer does not let adb open it: {reason}. Install the udev rules (Debian: apt"
        " install android-sdk-platform-tools-common), put the agent's user into the group plugdev,"
        " and plug it in again."
    ),
    PortState.BOOTLOADER: _(
        "It stands in its bootloader (fastboot): choose START or REBOOT with its keys; nothing on"
        " it is lost by that."
    ),
    PortState.RECOVERY: _(
        "It stands in recovery: choose “Reboot system now” with its keys, and nothing that wipes."
    ),
    PortState.SIDELOAD: _(
        "It waits in recovery for an update to be sent: cancel that on the phone, then choose"
        " “Reboot system now”."
    ),
    PortState.RESCUE: _(
        "It failed to start and stands in rescue mode: choose “Try again”; “Factory data reset”"
        " would erase everything on it."
    ),
    PortState.HOST: _("It is no phone but a computer that runs adb: disconnect it."),
    PortState.DETACHED: _(
        "adb has let go of it for another program: end that program, then attach it with `adb"
        " attach`, or plug it in again."
    ),
    PortState.UNKNOWN: _(
        "adb does not know what state it is in: plug it in again; where that does not help, restart"
        " it."
    ),
    PortState.UNWATCHED: _(
        "Nobody watches it since the agent stopped: start `workfleet agent run`."
    ),
}
UNHEARD: Final = _(
    "The station has not been heard since: start `workfleet agent run` there, and see its network."
)


def port_state(adb_state: str) -> PortState:
    """Return the state that adb names so; one that only a newer adb knows is unknown."""
    name = adb_state.replace(" ", "_")
    return PortState(name) if name in set(PortState) else PortState.UNKNOWN


def port_sentence(state: PortState, reason: str = "") -> str:
    """Say what is so and what to do next; nothing where all is well."""
    return say(SENTENCES[state], reason=reason) if state in SENTENCES else ""


Said = Annotated[str, StringConstraints(max_length=2000), Plain]


class PortNow(Given):
    """What is at one port, and since when it is so; a port without a cable is an address."""

    port: Short
    transport: Short  # adb's name for it
    state: PortState
    serial: Short | None = None  # the phone's own, once it was read
    reason: Said = ""  # what adb, or the phone, said about a state in which nothing can be done
    since: Moment


def picture_digest(ports: Iterable[PortNow]) -> str:
    """Return the SHA-256 by which station and server know that they have one picture."""
    lines = sorted(one.model_dump_json() for one in ports)
    return sha256("\n".join(lines).encode()).hexdigest()


class TrayIn(Given):
    """What people call the place at a port; None takes the name away."""

    port: Short
    label: Short | None


class PortOut(Shown):
    """One port of a station; a tray without a phone is there too, and empty."""

    station: str
    port: str
    tray: str | None
    state: PortState
    since: Moment | None
    transport: str | None = None
    serial: str | None = None
    device: str | None = None  # tag
    advice: str = ""  # what is so and what to do, in the language of whoever asks
    heard_at: Moment | None = None  # when the station last spoke
    live: bool = True  # it speaks still: what is said here is so now
    kit_until: Moment | None = None  # till then a backup may be begun without the server
    begun_at: Moment | None = None  # one was, and the server knows nothing of it yet


class PortQuery(ListQuery):
    station: str | None = None
    state: PortState | None = None
