"""A phone behind an adb server: one service opened for each call, each within its deadline."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from agents.phone.errors import (
    AdbServerUnavailable,
    CommandTimedOut,
    PhoneNotFound,
    PhoneUnauthorized,
    PhoneUnreachable,
)
from agents.phone.phone import Answer, ShellStream, quoted, shown
from agents.phone.server import Adb
from agents.phone.shell import PacketStream, PlainStream, new_mark, wrapped
from agents.phone.sync import SyncChannel
from agents.phone.wire import CutOff, Deadline, Refused, ServerGone, Wire, connected
from fleet.errors import FleetError

__all__ = ["Adb", "AdbPhone"]

# The phone gets a script as one argument of its shell, and an argument ends at 128 KiB; phones
# without shell_v2 take no more than 4 KiB with a request.
LONGEST_SCRIPT = 60_000
LONGEST_PLAIN_SCRIPT = 3_500
MOST_SAID = 256 << 20  # bytes of one answer, which are in memory as a whole
NEEDS_NEW_DAEMON = frozenset({"shell_v2", "stat_v2", "ls_v2"})

Told = Callable[[], AbstractContextManager[None]]
Stdin = bytes | Iterable[bytes]


@dataclass(eq=False)
class AdbPhone:
    """The phone with adb's name `serial`; `legacy` treats it as one of the Android 4-6 age."""

    adb: Adb
    serial: str
    legacy: bool = False

    def __post_init__(self) -> None:
        self.round_trips = 0  # services opened on the phone
        self._lock = Lock()
        self._exec_refused = False
        self._is_cut = False
        self._wires: set[Wire] = set()

    @cached_property
    def features(self) -> frozenset[str]:
        with self._told("features", 0.0):
            announced = self.adb.features(self.serial)
        return announced - NEEDS_NEW_DAEMON if self.legacy else announced

    def script(
        self,
        text: str,
        *,
        deadline: float = 30.0,
        stdin: bytes | None = None,
        secrets: Sequence[str] = (),
    ) -> Answer:
        command = shown(text, secrets)
        with self._stream(text, command, Deadline(deadline), stdin=stdin) as stream:
            stdout = self._whole(stream)
            return Answer(stdout, stream.stderr, stream.status)

    def _whole(self, stream: ShellStream) -> bytes:
        said = bytearray()
        for piece in stream:
            said += piece
            if len(said) > MOST_SAID:
                raise PhoneUnreachable(self.serial, "it does not end its answer")
        return bytes(said)

    def is_silent(self, seconds: float) -> bool:
        """Say whether the phone's shell lets the least of questions go unanswered for so long.

        A phone that is not there, or not ready, is not silent: adb says so itself.
        """
        try:
            with self._opened(b"shell:echo", Deadline(seconds)) as wire:
                wire.some(1)
        except TimeoutError:
            return not self._is_cut
        except (Refused, CutOff, OSError):
            return False
        return False

    def cut(self) -> None:
        """Have whoever waits for the phone wait no longer, now and later."""
        with self._lock:
            self._is_cut = True
            for wire in self._wires:
                wire.cut()

    def shell(self, *argv: str, deadline: float = 30.0, secrets: Sequence[str] = ()) -> Answer:
        return self.script(quoted(argv), deadline=deadline, secrets=secrets)

    def stream(
        self, text: str, *, deadline: float, idle: float, stdin: Stdin | None = None
    ) -> AbstractContextManager[ShellStream]:
        return self._stream(text, shown(text), Deadline(deadline), idle, stdin)

    def service(self, name: str, *, deadline: float = 30.0) -> str:
        limit = Deadline(deadline)
        with self._told(name, deadline), self._opened(name.encode(), limit) as wire:
            return b"".join(wire.rest()).decode(errors="replace")

    @contextmanager
    def sync(self, *, deadline: float = 600.0, idle: float | None = None) -> Iterator[SyncChannel]:
        limit = Deadline(deadline)
        channel = SyncChannel(
            self.serial,
            self.features,
            opened=lambda: self._opened(b"sync:", limit, idle),
            told=lambda command: self._told(command, deadline),
            rests=limit.put_off,
        )
        try:
            yield channel
        finally:
            channel.close()

    @contextmanager
    def _stream(
        self,
        text: str,
        command: str,
        deadline: Deadline,
        idle: float | None = None,
        stdin: Stdin | None = None,
    ) -> Iterator[ShellStream]:
        def told() -> AbstractContextManager[None]:
            return self._told(command, deadline.seconds)

        with ExitStack() as stack:
            with told():
                start = self._packets if "shell_v2" in self.features else self._plain
                stream = start(stack, text, deadline, idle, stdin)
            yield _Told(stream, told)

    def _packets(
        self,
        stack: ExitStack,
        text: str,
        deadline: Deadline,
        idle: float | None,
        stdin: Stdin | None,
    ) -> PacketStream:
        script = _bytes(text)
        if len(script) > LONGEST_SCRIPT:
            if stdin is not None:
                raise ValueError("a script this long leaves no room for standard input")
            script, stdin = b'eval "$(cat)"', script
        opened = self._opened(b"shell,v2,raw:" + script, deadline, idle)
        return PacketStream(stack.enter_context(opened), stdin)

    def _plain(
        self,
        stack: ExitStack,
        text: str,
        deadline: Deadline,
        idle: float | None,
        stdin: Stdin | None,
    ) -> PlainStream:
        mark = new_mark()
        script = self._plain_script(text, mark, deadline, stdin)
        return PlainStream(self._plain_wire(stack, script, deadline, idle), mark)

    def _plain_script(self, text: str, mark: str, deadline: Deadline, stdin: Stdin | None) -> str:
        """Return a short script; what does not go into a request waits in files on the phone.

        A terminal takes no binary input, and no end of it.
        """
        told, given = f"/data/local/tmp/.{mark}-told", "/dev/null"
        waiting: list[tuple[str, Stdin]] = []
        if stdin is not None:
            given = f"/data/local/tmp/.{mark}-given"
            waiting.append((given, stdin))
        if len(_bytes(text)) > LONGEST_PLAIN_SCRIPT:
            waiting.append((told, _bytes(text)))
            text = f"sh {told}"
        self._leave(waiting, deadline)
        return wrapped(text, mark, given, *(path for path, _ in waiting))

    def _leave(self, waiting: Sequence[tuple[str, Stdin]], deadline: Deadline) -> None:
        if waiting:
            with self.sync(deadline=deadline.left()) as sync:
                for path, content in waiting:
                    pieces = [content] if isinstance(content, bytes) else content
                    sync.send(path.encode(), pieces, mode=0o600)

    def _plain_wire(
        self, stack: ExitStack, script: str, deadline: Deadline, idle: float | None
    ) -> Wire:
        """Open `exec:`, which is raw, or `shell:` where the daemon is too old for it."""
        if not self._exec_refused:
            try:
                return stack.enter_context(self._opened(b"exec:" + _bytes(script), deadline, idle))
            except Refused as refusal:
                if not _knows_no_service(str(refusal)):
                    raise
                self._exec_refused = True
        return stack.enter_context(self._opened(b"shell:" + _bytes(script), deadline, idle))

    @contextmanager
    def _opened(
        self, service: bytes, deadline: Deadline, idle: float | None = None
    ) -> Iterator[Wire]:
        with connected(self.adb.host, self.adb.port, deadline, idle) as wire:
            wire.service(b"host:transport:" + self.adb.own_name(self.serial).encode())
            with self._lock:
                self.round_trips += 1
            with self._to_be_cut(wire):
                wire.service(service)
                yield wire

    @contextmanager
    def _to_be_cut(self, wire: Wire) -> Iterator[None]:
        with self._lock:
            self._wires.add(wire)
        try:
            if self._is_cut:
                raise CutOff
            yield
        finally:
            with self._lock:
                self._wires.discard(wire)

    @contextmanager
    def _told(self, command: str, seconds: float) -> Iterator[None]:
        """Say what went wrong on the way to the phone in the station's own words."""
        try:
            yield
        except TimeoutError:
            raise CommandTimedOut(self.serial, command, seconds) from None
        except ServerGone as error:
            raise AdbServerUnavailable(self.adb.address, str(error)) from None
        except Refused as refusal:
            raise self._refused(str(refusal)) from None
        except (CutOff, ConnectionError):
            raise PhoneUnreachable(self.serial, "cut off") from None

    def _refused(self, reason: str) -> FleetError:
        if "unauthorized" in reason or "authorizing" in reason:
            return PhoneUnauthorized(self.serial)
        if "not found" in reason:
            return PhoneNotFound(self.serial, self._present())
        return PhoneUnreachable(self.serial, reason.splitlines()[0] if reason else "refused")

    def _present(self) -> tuple[str, ...]:
        try:
            return tuple(one.serial for one in self.adb.devices())
        except (FleetError, Refused):
            return ()


class _Told:
    """A stream whose trouble on the way is told as the phone's, and nothing else's."""

    def __init__(self, stream: PacketStream | PlainStream, told: Told) -> None:
        self._stream = stream
        self._told = told

    @property
    def status(self) -> int | None:
        return self._stream.status

    @property
    def stderr(self) -> bytes:
        return self._stream.stderr

    @property
    def lost_stderr(self) -> int:
        return self._stream.lost_stderr

    def __iter__(self) -> Iterator[bytes]:
        with self._told():
            yield from self._stream


def _knows_no_service(reason: str) -> bool:
    return "closed" in reason or "unknown" in reason


def _bytes(text: str) -> bytes:
    """Return what the phone gets: names on a phone are bytes, and not always UTF-8."""
    return text.encode(errors="surrogateescape")
