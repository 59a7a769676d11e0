"""Taking a phone without a cable into the station: paired, connected, known by its number."""

import time
from dataclasses import replace

from agents.phone.adb import AdbPhone
from agents.phone.errors import NoAnswer, PhoneUnauthorized
from agents.phone.pairing import connect, found, pair
from agents.phone.server import Adb
from agents.station.addresses import Addresses, Kept
from agents.station.errors import PairedAndNotFound

FIND_SECONDS = 10.0  # a phone says where it is every few seconds
READY_SECONDS = 15.0
POLL_SECONDS = 0.2


def join_by_code(
    adb: Adb, addresses: Addresses, *, at: str, code: str, connect_at: str | None, named: str
) -> Kept:
    """Pair with the phone that shows `code` at `at`, connect it and keep it.

    `named` is the server as the person named it, empty for the station's own.
    """
    guid = pair(adb, at, code)
    address = connect_at or _found(adb, guid)
    if address is None:
        raise PairedAndNotFound(guid=guid)
    return join(adb, addresses, Kept(address, guid=guid, adb=named))


def join(adb: Adb, addresses: Addresses, phone: Kept) -> Kept:
    """Connect a phone, learn its serial number and keep it; one that does not answer is refused."""
    connect(adb, phone.address)
    try:
        known = replace(phone, serial=_serial(AdbPhone(adb, phone.address)))
    except PhoneUnauthorized:
        addresses.keep(phone)  # it waits for its owner's consent, and the agent for it
        raise
    known = replace(known, guid=known.guid or _name_before(addresses, known.serial))
    addresses.keep(known)
    return known


def _found(adb: Adb, guid: str) -> str | None:
    end = time.monotonic() + FIND_SECONDS
    while time.monotonic() < end:
        for one in found(adb):
            if one.guid.startswith(guid):
                return one.address
        time.sleep(POLL_SECONDS)
    return None


def _serial(phone: AdbPhone) -> str:
    """Ask the phone; it takes a moment until a new connection carries."""
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            return phone.shell("getprop", "ro.serialno").text.strip()
        except PhoneUnauthorized:
            raise
        except NoAnswer:
            if time.monotonic() > end:
                raise
            time.sleep(POLL_SECONDS)


def _name_before(addresses: Addresses, serial: str) -> str:
    """Return the name by which this phone was known already."""
    return next((one.guid for one in addresses.all() if serial and one.serial == serial), "")
