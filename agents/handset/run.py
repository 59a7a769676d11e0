"""Virtual phones in the foreground, for training and for trying things out."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from adbutils import AdbClient, AdbError

from agents.handset.adb_server import answers, connect, disconnect, state
from agents.handset.errors import HandsetNotConnected
from agents.handset.faults import Fault, fault
from agents.handset.handset import Handset
from agents.handset.ports import LOOPBACK
from agents.handset.profile import profile, profiles
from agents.handset.root import handset_root
from agents.handset.wireless import Wireless
from fleet.contracts.words import _
from fleet.contracts.words import say as sentence

__all__ = ["profiles", "run"]

USUAL_ADB_PORT: Final = 5037
LOOK_SECONDS: Final = 1.0

Say = Callable[[str], None]


def run(
    names: Sequence[str],
    *,
    adb_port: int | None = None,
    serials: Sequence[str] = (),
    faults: Sequence[str] = (),
    wireless: bool = False,
    say: Say,
    stop: threading.Event | None = None,
) -> int:
    """Run a phone for each profile name until SIGINT, SIGTERM or `stop`; return an exit code.

    A fault is named alone, for every phone, or as `profile=fault`. The phones are connected to
    the adb server on `adb_port` whenever one answers there; none is started. Those that are
    `wireless` are on no cable: somebody has to pair with them.
    """
    stop = stop or threading.Event()
    phones = [_phone(name, at, serials, faults) for at, name in enumerate(names)]
    handset_root()
    with _ending_on_signals(stop), contextlib.ExitStack() as running:
        for phone in phones:
            running.enter_context(phone)
            say(_introduction(phone))
            if wireless:
                say(_invitation(running.enter_context(Wireless(phone))))
        port = adb_port or usual_adb_port()
        if not wireless:
            say(sentence(_("They are connected to the adb server on port {port}."), port=port))
        say(sentence(_("Ctrl-C switches them off.")))
        if wireless:
            stop.wait()
        else:
            _keep_connected(phones, AdbClient(host=LOOPBACK, port=port), stop, say)
    return 0


def usual_adb_port() -> int:
    return int(os.environ.get("ANDROID_ADB_SERVER_PORT") or USUAL_ADB_PORT)


def _phone(name: str, at: int, serials: Sequence[str], faults: Sequence[str]) -> Handset:
    serial = serials[at] if at < len(serials) else None
    return Handset(profile(name).name, serial=serial, faults=faults_for(name, faults))


def faults_for(name: str, asked: Sequence[str]) -> list[Fault]:
    """Return fresh faults for one phone out of `fault` and `profile=fault`."""
    pairs = (one.rpartition("=") for one in asked)
    return [fault(wanted) for whom, _equals, wanted in pairs if whom in ("", name)]


def _introduction(phone: Handset) -> str:
    return sentence(
        _("{title} is on: serial number {serial}, at {address}, PIN {pin}."),
        title=phone.profile.title,
        serial=phone.serial,
        address=phone.address,
        pin=phone.profile.pin or "-",
    )


def _invitation(wireless: Wireless) -> str:
    dialog = wireless.show_code()
    return sentence(
        _("It is on no cable: pair at {dialog} with the code {code}, connect at {address}."),
        dialog=dialog.address,
        code=dialog.code,
        address=wireless.address,
    )


def _keep_connected(
    phones: Sequence[Handset], client: AdbClient, stop: threading.Event, say: Say
) -> None:
    """Connect the phones as soon as an adb server is there, and again when it was restarted."""
    told: set[str] = set()
    while not stop.is_set():
        if answers(client.port):
            for phone in phones:
                _connect(phone, client, told, say)
        stop.wait(LOOK_SECONDS)
    if answers(client.port):
        for phone in phones:
            disconnect(client, phone.address)


def _connect(phone: Handset, client: AdbClient, told: set[str], say: Say) -> None:
    try:
        if state(client, phone.address) == "device":
            return
        disconnect(client, phone.address)
        connect(client, phone.address)
    except (HandsetNotConnected, AdbError, OSError):
        return  # the next look tries again
    if phone.address not in told:
        told.add(phone.address)
        say(sentence(_("{serial} is plugged in."), serial=phone.serial))


@contextlib.contextmanager
def _ending_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on Ctrl-C and SIGTERM; only the main thread can ask for signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
