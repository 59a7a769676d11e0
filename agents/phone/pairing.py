"""Phones without a cable, through an adb server: paired by a code, connected, found by name."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

from agents.phone.errors import (
    AddressInvalid,
    CannotPair,
    CodeInvalid,
    CodeRefused,
    KeyNotTaken,
    NoCodeTakenThere,
    PhoneNotConnected,
)
from agents.phone.server import Adb
from agents.phone.wire import Refused

PAIR_SECONDS = 40.0
CONNECT_SECONDS = 30.0
PAUSE_SECONDS = 0.3
CONNECTS = "_adb-tls-connect._tcp"

ADDRESS = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+(%\w+)?\]|[\w.-]{1,253}):(?P<port>\d{1,5})", re.ASCII
)
CODE = re.compile(r"\d{6}", re.ASCII)
PAIRED = re.compile(r"Successfully paired to .* \[guid=(?P<guid>[^\]]*)\]")
SERVICE = re.compile(r"(?P<name>\S.*?)\s+(?P<kind>_[\w-]+\._tcp)\.?\s+(?P<address>\S+:\d+)\s*$")
FINDS = "mdns daemon version"
NO_REASON = "failed to connect to {}"
CONNECTED = re.compile(r"(already )?connected to ")


@dataclass(frozen=True, slots=True)
class Found:
    """A phone that says in the network where it takes connections; `guid` is its name there."""

    guid: str
    address: str


def host_and_port(address: str) -> tuple[str, int]:
    """Return the two parts of `HOST:PORT`, or refuse."""
    found = ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise AddressInvalid(address)
    return found["host"].strip("[]"), int(found["port"])


def check_code(code: str) -> None:
    """Refuse what no phone shows as a code."""
    if not CODE.fullmatch(code):
        raise CodeInvalid


def servers_at(addresses: Sequence[str]) -> list[Adb]:
    """Return the adb servers at `HOST:PORT`, each once, or refuse what is no address."""
    places = [host_and_port(one) for one in dict.fromkeys(addresses)]
    return [Adb(host, port, among_others=len(places) > 1) for host, port in places]


def pair(adb: Adb, address: str, code: str) -> str:
    """Pair with the phone that shows `code` and `address`; return the phone's name.

    The code goes into the request and nowhere else: what adb says back is not passed on.
    """
    host_and_port(address)
    check_code(code)
    try:
        said = adb.ask(f"host:pair:{code}:{address}", seconds=PAIR_SECONDS)
    except Refused as refusal:
        said = str(refusal)
    if (paired := PAIRED.match(said)) is not None:
        return paired["guid"]
    if "unknown host service" in said:
        raise CannotPair(adb.address)
    if "password" in said:
        raise CodeRefused(address)
    raise NoCodeTakenThere(address)


def connect(adb: Adb, address: str, stop: Event | None = None) -> None:
    """Have the server connect to a phone, or refuse; adb says OKAY to both.

    adb may begin with TLS before it has said that it will, the more so on a busy machine, and the
    phone hangs up; then, and where the phone does not know the station, it names no reason. It is
    tried three times and not more: adb's server may crash over a phone that hangs up.
    """
    host_and_port(address)
    said = _connected(adb, address, stop)
    for _again in range(2):
        if said == NO_REASON.format(address):
            time.sleep(PAUSE_SECONDS)
            said = _connected(adb, address, stop)
    if said.startswith("failed to") and ": " not in said:
        raise KeyNotTaken(address)
    if CONNECTED.match(said) is None:
        raise PhoneNotConnected(address, _reason(said))


def _connected(adb: Adb, address: str, stop: Event | None) -> str:
    try:
        return adb.ask(f"host:connect:{address}", seconds=CONNECT_SECONDS, stop=stop).strip()
    except Refused as refusal:
        return str(refusal)


def disconnect(adb: Adb, address: str) -> bool:
    """Have the server let go of a phone; tell whether it was connected."""
    try:
        adb.ask(f"host:disconnect:{address}")
    except Refused:
        return False
    return True


def can_pair(adb: Adb) -> bool:
    """Whether the server is new enough to pair; it came with looking for phones, which costs less
    to ask for.
    """
    try:
        adb.ask("host:mdns:check")
    except Refused:
        return False
    return True


def finds_phones(adb: Adb) -> bool:
    """Whether the server can find phones in the network by their names."""
    try:
        return adb.ask("host:mdns:check").startswith(FINDS)
    except Refused:
        return False


def found(adb: Adb) -> tuple[Found, ...]:
    """Return the phones that say in the network where they are; none where nobody can hear them."""
    try:
        return parse_services(adb.ask("host:mdns:services"))
    except Refused:
        return ()


def parse_services(text: str) -> tuple[Found, ...]:
    """Read the answer of `host:mdns:services`, or the output of `adb mdns services`."""
    lines = (SERVICE.match(line) for line in text.splitlines())
    return tuple(
        Found(one["name"], one["address"]) for one in lines if one and one["kind"] == CONNECTS
    )


def _reason(said: str) -> str:
    """Return why adb could not connect, without the address, which the refusal names itself."""
    first = said.splitlines()[0] if said else "-"
    return first.rpartition(": ")[2].rstrip(".")
