"""The adb servers of a station: who runs them, and what they see."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agents.phone.devices import Transport
from agents.phone.errors import AdbServerUnavailable
from agents.phone.server import HOST, Adb
from agents.station.doctor.check import Check, attention, broken, well
from agents.station.doctor.place import Place
from agents.station.doctor.processes import Listener, adb_servers, listener, user_name
from fleet.contracts.words import _, say

LOCAL: Final = (HOST, "localhost", "::1")

SERVER = _("adb server")
PHONES = _("phones")
NONE_RUNS = _("None runs at {address}; the agent starts its own.")
NONE_THERE = _("None answers at {address}, which is another machine.")
START_THERE = _("Start it there: adb -a nodaemon server start")
ANSWERS = _("{address} answers (protocol {version}): {who}.")
OURS = _("the shipped adb, as {user}")
ANOTHER = _("{program}, as {user}")
UNSEEN = _("whose it is cannot be seen")
OF_ANOTHER_USER = _(
    "Its key and its rights are that user's; end it to have the agent start its own."
)
ALSO_RUNS = _("Another adb server runs: process {pid}, as {user}.")
BOTH_WANT = _("Only one of them gets a phone on a cable: end that one.")
NO_PHONE = _("{address} sees no phone.")
READY = _("{address} sees {count} phones that are ready.")
NOT_READY = _("{serial} is {state}. {explanation}")
ALLOW = _("Unlock it and allow USB debugging in the prompt; plug it in again when none shows.")
RIGHTS = _("See the line on USB.")
REPLUG = _("Plug it in again; restart the phone when that does not help.")
NORMAL = _("Restart the phone into its normal system.")
ADVICE: Final = {
    "unauthorized": ALLOW,
    "authorizing": ALLOW,
    "no permissions": RIGHTS,
    "bootloader": NORMAL,
    "recovery": NORMAL,
    "rescue": NORMAL,
    "sideload": NORMAL,
}


def server(place: Place, adb: Adb) -> Iterator[Check]:
    """Say who serves; nothing is started."""
    part = say(SERVER)
    try:
        version = adb.version()
    except AdbServerUnavailable:
        found = _listener(place, adb)
        if found is not None:
            raise
        yield _nobody(part, adb)
        return
    who = _listener(place, adb)
    sentence = say(ANSWERS, address=adb.address, version=version, who=_said(place, who))
    if who is not None and who.uid != os.getuid():
        yield attention(part, sentence, say(OF_ANOTHER_USER))
    else:
        yield well(part, sentence)


def rivals(place: Place) -> Iterator[Check]:
    """Name the adb servers on this machine that the station does not use."""
    if sys.platform != "linux":
        return
    ours = [found for adb in place.servers if (found := _listener(place, adb))]
    for one in adb_servers(place.root):
        if not any(one.pid == mine.pid or _may_be(one.uid, mine) for mine in ours):
            sentence = say(ALSO_RUNS, pid=one.pid, user=user_name(one.uid))
            yield attention(say(SERVER), sentence, say(BOTH_WANT))


def _may_be(uid: int, mine: Listener) -> bool:
    """Tell whether a process whose sockets we may not see could be the one that we use."""
    return mine.pid is None and mine.uid == uid


def phones(_place: Place, adb: Adb) -> Iterator[Check]:
    """Say what a server that runs sees; none is started to be asked."""
    try:
        found = adb.devices()
    except AdbServerUnavailable:
        return
    ready = sum(one.ready for one in found)
    text = READY if found else NO_PHONE
    yield well(say(PHONES), say(text, address=adb.address, count=ready))
    yield from (_not_ready(one) for one in found if not one.ready)


def _not_ready(one: Transport) -> Check:
    sentence = say(NOT_READY, serial=one.serial, state=one.state, explanation=one.explanation)
    return attention(say(PHONES), sentence.strip(), say(ADVICE.get(one.state, REPLUG)))


def _nobody(part: str, adb: Adb) -> Check:
    if adb.host in LOCAL:
        return well(part, say(NONE_RUNS, address=adb.address))
    return broken(part, say(NONE_THERE, address=adb.address), say(START_THERE))


def _listener(place: Place, adb: Adb) -> Listener | None:
    if sys.platform != "linux" or adb.host not in LOCAL:
        return None
    return listener(place.root, adb.port)


def _said(place: Place, who: Listener | None) -> str:
    if who is None:
        return say(UNSEEN)
    user = user_name(who.uid)
    if who.program is not None and _is_same(who.program, place.adb):
        return say(OURS, user=user)
    return say(ANOTHER, program=who.program or "?", user=user)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
