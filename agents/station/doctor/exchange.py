"""The server as this station reaches it: trusted, of the same release, and it knows the station."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from agents.station.doctor.check import Check, attention, broken, well
from agents.station.home import Home
from api.client import Client, Refused
from api.client.clock import told_time
from fleet.contracts.words import _, say

SECONDS: Final = 10.0
NOTICED: Final = timedelta(seconds=30)
TOO_FAR: Final = timedelta(minutes=5)  # six-digit codes, leases and certificates stop working

SERVER = _("server")
CLOCK = _("clock")
WELL = _("{server} knows this station as {station} ({release}).")
REVOKED = _("{server} does not know this station any more: {message}")
ENROL_ANEW = _("When that is not meant: workfleet station invite, and enrol in another folder.")
OTHER_KEY = _("{server} seals what it sends to another key than the one in this folder.")
OTHER_RELEASE = _("The server is of release {theirs}, this station of {ours}.")
UPDATE = _("Update the server first, then its stations.")
SAME_TIME = _("This clock and the server's differ by less than {seconds} s.")
DIFFERS = _("This clock is {seconds} s {direction} the server's.")
AHEAD, BEHIND = _("ahead of"), _("behind")
SET_CLOCK = _("Have this machine follow a time server: timedatectl set-ntp true")
NO_TIME = _("The server sends no time.")


def server(home: Home) -> Iterator[Check]:
    with _client(home) as client:
        theirs = client.ready().version
        try:
            me = client.whoami()
        except Refused as refusal:
            yield _refused(home, refusal)
            return
    part = say(SERVER)
    if me.public_key is not None and me.public_key != home.key.public:
        yield broken(part, say(OTHER_KEY, server=home.server), say(ENROL_ANEW))
    if theirs != _release():
        sentence = say(OTHER_RELEASE, theirs=theirs, ours=_release())
        yield attention(part, sentence, say(UPDATE))
    words = {"server": home.server, "station": me.name, "release": theirs}
    yield well(part, say(WELL, **words))


def _client(home: Home) -> Client:
    return Client(
        home.server,
        home.token,
        timeout=SECONDS,
        authority=home.authority,
        insecure=home.insecure,
    )


def clock(home: Home, now: Callable[[], datetime]) -> Iterator[Check]:
    """Compare with the server's time, which is asked although nobody may vouch for it."""
    before = now()
    told = told_time(home.server, seconds=SECONDS)
    if told is None:
        yield attention(say(CLOCK), say(NO_TIME))
        return
    # It says whole seconds, and was said at some time while we waited: both are given to the clock.
    least, most = before - told - timedelta(seconds=1), now() - told
    yield _judged(max(least, min(most, timedelta())))


def _judged(off: timedelta) -> Check:
    if abs(off) < NOTICED:
        return well(say(CLOCK), say(SAME_TIME, seconds=int(NOTICED.total_seconds())))
    direction = say(AHEAD if off > timedelta() else BEHIND)
    sentence = say(DIFFERS, seconds=round(abs(off).total_seconds()), direction=direction)
    wrong = attention if abs(off) < TOO_FAR else broken
    return wrong(say(CLOCK), sentence, say(SET_CLOCK))


def _refused(home: Home, refusal: Refused) -> Check:
    if refusal.kind != "unauthorized":
        return broken(say(SERVER), refusal.sentence(), refusal.next_step())
    sentence = say(REVOKED, server=home.server, message=refusal.sentence())
    return broken(say(SERVER), sentence, say(ENROL_ANEW))


def _release() -> str:
    try:
        return version("workfleet")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"
