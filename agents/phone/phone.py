"""The one seam to hardware: what an operation may ask of a phone, whatever carries the question."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

HIDDEN = "•••"
SHOWN = 120  # characters of a command that a refusal repeats


@dataclass(frozen=True, slots=True)
class Answer:
    """What the phone said; `status` is None only where the phone cannot tell it.

    The texts stay out of `repr`: some commands repeat the secrets they were given.
    """

    stdout: bytes = field(repr=False)
    stderr: bytes = field(default=b"", repr=False)
    status: int | None = 0

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace")

    @property
    def complaint(self) -> str:
        return self.stderr.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Stat:
    """`size` in bytes, `mtime` in whole seconds since 1970, `mode` as in stat(2)."""

    mode: int
    size: int
    mtime: int


class ShellStream(Protocol):
    """Standard output as it comes; `status` and `stderr` are known when the iteration has ended."""

    @property
    def status(self) -> int | None: ...

    @property
    def stderr(self) -> bytes: ...

    @property
    def lost_stderr(self) -> int:
        """Bytes of standard error beyond what is kept."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...


class Sync(Protocol):
    """File transfer; `version` says which stat and list the phone has (1 cuts sizes to 32 bits)."""

    @property
    def version(self) -> int: ...

    def stat(self, path: bytes) -> Stat: ...

    def lstat(self, path: bytes) -> Stat: ...

    def list(self, path: bytes) -> Iterator[tuple[bytes, Stat]]: ...

    def recv(self, path: bytes) -> Iterator[bytes]: ...

    def send(
        self, path: bytes, chunks: Iterable[bytes], *, mode: int = 0o644, mtime: int = 0
    ) -> None: ...


class Phone(Protocol):
    """A phone as the operations see it; every deadline is for the whole call, in seconds.

    What whoever takes a stream does between its pieces is not counted; `idle` bounds each silence.
    """

    @property
    def serial(self) -> str: ...

    @property
    def features(self) -> frozenset[str]: ...

    def script(
        self,
        text: str,
        *,
        deadline: float = 30.0,
        stdin: bytes | None = None,
        secrets: Sequence[str] = (),
    ) -> Answer:
        """Run `text` in the phone's shell, in one round trip; its own end proves the status."""
        ...

    def shell(self, *argv: str, deadline: float = 30.0, secrets: Sequence[str] = ()) -> Answer: ...

    def stream(
        self,
        text: str,
        *,
        deadline: float,
        idle: float,
        stdin: bytes | Iterable[bytes] | None = None,
    ) -> AbstractContextManager[ShellStream]:
        """Run `text`, fed with `stdin` as it takes it, and hand out its output as it comes."""
        ...

    def service(self, name: str, *, deadline: float = 30.0) -> str:
        """Open a service of the phone's daemon that answers with a text, like `usb:`."""
        ...

    def sync(
        self, *, deadline: float = 600.0, idle: float | None = None
    ) -> AbstractContextManager[Sync]: ...


def quoted(argv: Iterable[str]) -> str:
    """Join `argv` for the phone's shell, which parses the whole line again."""
    return shlex.join(argv)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with each secret hidden, also where it stands quoted for a shell."""
    forms = {form for secret in secrets if secret for form in (secret, shlex.quote(secret))}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def shown(command: str, secrets: Iterable[str] = ()) -> str:
    """Return a command as a refusal may name it: scrubbed, on one line, not too long."""
    line = " ".join(scrub(command, secrets).split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
