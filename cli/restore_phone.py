"""A restore to a phone that adb sees on this machine: the identity never leaves it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.phone.adb import Adb, AdbPhone
from agents.station.backup.reading_index import Asked
from agents.station.backup.restoring.phone import PhoneTarget
from cli.amounts import amount
from cli.context import App
from cli.refusals import PhoneNotHere
from cli.restore_sources import Chosen
from cli.restoring import Wishes
from fleet.contracts.words import _
from fleet.errors import FleetError

LEFT = _(
    "{files} files ({size}) of {backup} go to phone {phone}; what is there and different is left."
)
WRITTEN_OVER = _(
    "{files} files ({size}) of {backup} go to phone {phone}; what is there and different is "
    "written over."
)


@contextmanager
def phone_target(app: App, one: Chosen, asked: Asked, wishes: Wishes) -> Iterator[PhoneTarget]:
    name = wishes.phone or ""
    serial = app.client.device(name).serial if one.record else name
    with Adb(port=wishes.adb_port) as adb, TemporaryDirectory(prefix="workfleet-restore-") as spool:
        phone = _found(adb, serial, name)
        app.confirm(
            WRITTEN_OVER if wishes.overwrite else LEFT,
            yes=wishes.yes,
            files=asked.files,
            size=amount(asked.size),
            backup=one.name,
            phone=name,
        )
        target = PhoneTarget(phone, Path(spool), wishes.overwrite)
        target.refuse_too_full(asked)
        try:
            yield target
        finally:
            with suppress(FleetError):  # a phone that is gone keeps our folder until the next run
                target.finish(whole=False)


def _found(adb: Adb, serial: str, name: str) -> AdbPhone:
    """Return the phone that calls itself so: adb's name may be that of a cable or an address."""
    adb.ensure()
    ready = [AdbPhone(adb, one.serial) for one in adb.devices() if one.ready]
    found = [phone for phone in ready if serial in {phone.serial, _own_serial(phone)}]
    if not found:
        raise PhoneNotHere(name=name, serial=serial)
    return found[0]


def _own_serial(phone: AdbPhone) -> str:
    return phone.script("getprop ro.serialno").text.strip()
