"""A virtual phone: a real adbd in a sandbox below a scripted Android framework."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from agents.handset.adb_server import AdbServer
from agents.handset.apk import write_apks
from agents.handset.faults import After, Before, Fault
from agents.handset.framework.framework import Framework
from agents.handset.framework.lock import Lock
from agents.handset.framework.server import FrameworkServer
from agents.handset.new_phone import give_number_back, new_state, take_number
from agents.handset.person import Person
from agents.handset.ports import LOOPBACK
from agents.handset.power import SandboxPower
from agents.handset.profile import Profile, profile
from agents.handset.root import handset_root
from agents.handset.sandbox import MEDIA_RW, Sandbox
from agents.handset.seed import write_seed


class Handset:
    """One virtual phone, running inside a `with` block.

    With an `adb` server it is connected there as long as it is plugged in.
    """

    def __init__(
        self,
        profile_name: str = "xiaomi-14-hyperos",
        *,
        serial: str | None = None,
        faults: Sequence[Fault] = (),
        storage: Path | None = None,
        adb: AdbServer | None = None,
        seed: bool = True,
    ) -> None:
        self.profile: Profile = profile(profile_name)
        self.faults = list(faults)
        self.adb = adb
        self._seed = seed
        self._storage = storage
        self._serial = serial
        self._sandbox: Sandbox | None = None
        self._server: FrameworkServer | None = None
        self._endings: list[Callable[[], None]] = []
        self._number: int | None = None
        self._power: SandboxPower | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Switch the phone on and, with an adb server, plug it in."""
        sandbox = Sandbox(handset_root(), hostname=self.profile.hostname, storage=self._storage)
        self._sandbox = sandbox
        try:
            self._make_state(sandbox)
            write_apks(self.state, sandbox.data)
            if self._seed:
                write_seed(sandbox.storage, self.profile.raw["files"])
                self.own_files()
            self._server = FrameworkServer(self.framework, sandbox.sockets)
            sandbox.start()
            self._attach_faults()
            if self.adb is not None:
                self.adb.connect(self.address)
        except BaseException:
            self.stop()
            raise

    def _make_state(self, sandbox: Sandbox) -> None:
        number = self.take_number()
        self.serial = self._serial or self.profile.serial(number)
        self._power = SandboxPower(sandbox, self._plugged_in_again)
        self.state = new_state(self.profile, self.serial, number, self._power, sandbox.storage)
        self.state.data = sandbox.data
        self.framework = Framework(self.state)
        self.person = Person(self.state)

    def take_number(self) -> int:
        """Be the first of its kind that is not running yet."""
        if self._number is None:
            self._number = take_number(self.profile.name)
        return self._number

    def _attach_faults(self) -> None:
        faults, self.faults = self.faults, []
        for fault in faults:
            self.add_fault(fault)

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        self.faults.append(fault)
        self.state.lock_tool = fault.lock_tool(self.state.lock_tool)
        self.framework.witnesses.append(fault)
        fault.attach(self)

    def before(self, command: str, do: Callable[[], None], *, times: int = 1) -> None:
        """Call `do` just before a command like "locksettings set-pin" is carried out."""
        self.add_fault(Before(command, do, times))

    def after(self, command: str, do: Callable[[], None], *, times: int = 1) -> None:
        """Call `do` when a command is carried out and its answer not yet given."""
        self.add_fault(After(command, do, times))

    def when_stopped(self, do: Callable[[], None]) -> None:
        """Call `do` when the phone is switched off, so that nothing goes on waiting for it."""
        self._endings.append(do)

    def stop(self) -> None:
        """Unplug the phone, switch it off, and remove its files."""
        for ending in self._endings:
            ending()
        if self._power is not None:
            self._power.wait_until_up()
        sandbox, self._sandbox = self._sandbox, None
        if self.adb is not None and sandbox is not None and sandbox.port:
            self.adb.disconnect(f"{LOOPBACK}:{sandbox.port}")
        if self._server is not None:
            self._server.close()
            self._server = None
        if sandbox is not None:
            sandbox.stop()
        if self._number is not None:
            give_number_back(self.profile.name, self._number)
            self._number = None

    @property
    def sandbox(self) -> Sandbox:
        assert self._sandbox is not None, "the handset is not running"  # noqa: S101
        return self._sandbox

    @property
    def address(self) -> str:
        """Where adb reaches it; also adb's own name for the phone."""
        return f"{LOOPBACK}:{self.sandbox.port}"

    @property
    def props(self) -> dict[str, str]:
        return self.state.props

    @property
    def lock(self) -> Lock:
        return self.state.lock

    @property
    def journal(self) -> list[str]:
        """What the framework was asked so far, without secrets."""
        return self.framework.journal

    @property
    def storage_path(self) -> Path:
        """The phone's /sdcard, as a folder of this machine."""
        return self.sandbox.storage

    @property
    def data_path(self) -> Path:
        """The phone's /data, as a folder of this machine."""
        return self.sandbox.data

    def put(self, path: str, content: bytes) -> Path:
        """Put a file on shared storage, owned as the phone's own files are."""
        target = self.storage_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if self.sandbox.privileged:
            inside = [target, *target.parents]
            for one in inside[: inside.index(self.storage_path)]:
                self.sandbox.own(one, MEDIA_RW)
        return target

    def put_beside(self, space: str, path: str, content: bytes) -> Path:
        """Put a file into the storage of another user, or onto a memory card (`1A2B-3C4D`)."""
        storage = self.sandbox.folder / "storage"
        root = storage / "emulated" / space if space.isdecimal() else storage / space
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        for one in (root, *root.rglob("*")):
            self.sandbox.own(one, MEDIA_RW)
        return target

    def replace_tool(self, name: str, script: str) -> None:
        """Have the phone's shell run a script of the maker's in the place of a tool."""
        tool = self.sandbox.apex / "com.android.runtime" / "bin" / name
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text(f"#!/system/bin/sh\n{script}\n")
        for path in (tool.parent.parent, tool.parent, tool):
            path.chmod(0o755)

    def own_files(self) -> None:
        """Give everything on shared storage to the phone's media user."""
        if self.sandbox.privileged:
            for path in (self.storage_path, *self.storage_path.rglob("*")):
                self.sandbox.own(path, MEDIA_RW)

    def kill_daemon(self) -> None:
        """Kill the phone's adbd, as a phone short of memory does; it comes back by itself."""
        self.sandbox.ask("kill_daemon")

    def unplug(self) -> None:
        """Pull the cable: the connection breaks and nothing reaches the phone until `plug_in`."""
        self.sandbox.ask("unplug")
        if self.adb is not None:
            self.adb.disconnect(self.address)

    def plug_in(self) -> None:
        self.sandbox.ask("plug_in")
        if self.adb is not None:
            self.adb.connect(self.address)

    def cut_after(self, after_bytes: int, *, direction: str = "from_phone", times: int = 1) -> None:
        """Break the connection when so many more bytes have passed in one direction."""
        self.sandbox.ask("cut", direction=direction, after_bytes=after_bytes, times=times)

    def hold_after(self, after_bytes: int) -> None:
        """Let nothing pass any more once so many more bytes have come from the phone."""
        self.sandbox.ask("trip", what="hold", after_bytes=after_bytes)

    def flip_after(self, after_bytes: int) -> None:
        """Have one bit arrive as another, that many bytes from now."""
        self.sandbox.ask("trip", what="flip", after_bytes=after_bytes)

    @property
    def flows(self) -> bool:
        """Whether anything passes; false while the cable is held."""
        return bool(self.sandbox.ask("status")["flowing"])

    def stop_flow(self) -> None:
        """Let the connection stand and nothing pass."""
        self.sandbox.ask("flow", on=False)

    def resume_flow(self) -> None:
        self.sandbox.ask("flow", on=True)

    def slow_down(self, bytes_per_second: int) -> None:
        self.sandbox.ask("slow", bytes_per_second=bytes_per_second)

    @property
    def cuts(self) -> int:
        """How often the connection was cut in mid-stream so far."""
        return int(self.sandbox.ask("status")["cuts"])

    def reboot(self) -> None:
        """Restart the phone and wait until it is up; the cable stays plugged in."""
        with self.state.mutex:
            self.state.restart()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Wait until no restart is under way any more."""
        if self._power is not None:
            self._power.wait_until_up()

    def _plugged_in_again(self) -> None:
        if self.adb is not None:
            self.adb.reconnect(self.address)


@contextlib.contextmanager
def handsets(
    names: Sequence[str], *, adb: AdbServer | None = None, seed: bool = True
) -> Iterator[list[Handset]]:
    """Run several phones at once, started side by side."""
    phones = [Handset(name, adb=adb, seed=seed) for name in names]
    for phone in phones:
        phone.take_number()  # in the order they were asked for
    handset_root()  # built once, before they all want it
    with contextlib.ExitStack() as running, ThreadPoolExecutor(max_workers=8) as starters:
        for phone in phones:
            running.callback(phone.stop)
        list(starters.map(Handset.start, phones))
        yield phones
