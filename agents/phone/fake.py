"""A phone for units: answers from a script and remembers what it was asked."""

# ruff: noqa: ARG002 — the fake keeps the signatures of the seam and needs only some of them

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from agents.phone.errors import CommandFailed, PhoneUnreachable
from agents.phone.phone import Answer, Stat, quoted, shown

Reply = Answer | bytes | str | Exception
Replies = Reply | Sequence[Reply] | Callable[[str], Reply]


@dataclass
class FakeStream:
    chunks: Sequence[bytes]
    status: int | None = None
    stderr: bytes = b""
    lost_stderr: int = 0
    ends_with: Answer | None = None  # None: the stream is cut off before its end
    serial: str = "FAKE"

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        if self.ends_with is None:
            raise PhoneUnreachable(self.serial, "cut off")
        self.status, self.stderr = self.ends_with.status, self.ends_with.stderr


@dataclass
class FakeSync:
    files: Mapping[bytes, bytes]
    serial: str = "FAKE"
    version: int = 2
    sent: dict[bytes, bytes] = field(default_factory=dict)

    def stat(self, path: bytes) -> Stat:
        return Stat(mode=0o100644, size=len(self._content(path)), mtime=0)

    def lstat(self, path: bytes) -> Stat:
        return self.stat(path)

    def list(self, path: bytes) -> Iterator[tuple[bytes, Stat]]:
        for name in sorted(self.files):
            folder, _, leaf = name.rpartition(b"/")
            if folder == path.rstrip(b"/"):
                yield leaf, self.stat(name)

    def recv(self, path: bytes) -> Iterator[bytes]:
        yield self._content(path)

    def send(
        self, path: bytes, chunks: Iterable[bytes], *, mode: int = 0o644, mtime: int = 0
    ) -> None:
        self.sent[path] = b"".join(chunks)

    def _content(self, path: bytes) -> bytes:
        if path not in self.files:
            named = path.decode(errors="replace")
            raise CommandFailed(self.serial, f"sync {named}", "No such file or directory")
        return self.files[path]


@dataclass
class FakePhone:
    """`replies` maps a pattern (re.search over the command) to what the phone says to it.

    A list is used up one by one and its last reply stays; an exception is raised. A command that
    no pattern matches fails the test, so that nothing is asked unseen.
    """

    replies: Mapping[str, Replies] = field(default_factory=dict)
    files: Mapping[bytes, bytes] = field(default_factory=dict)
    serial: str = "FAKE"
    features: frozenset[str] = frozenset({"shell_v2", "cmd", "stat_v2", "ls_v2"})
    asked: list[str] = field(default_factory=list)
    stdins: list[bytes | None] = field(default_factory=list)
    chunk: int = 65536
    round_trips: int = 0
    _used: dict[str, int] = field(default_factory=dict)

    def script(
        self,
        text: str,
        *,
        deadline: float = 30.0,
        stdin: bytes | None = None,
        secrets: Sequence[str] = (),
    ) -> Answer:
        self.asked.append(text)
        self.stdins.append(stdin)
        self.round_trips += 1
        return self._reply(text)

    def shell(self, *argv: str, deadline: float = 30.0, secrets: Sequence[str] = ()) -> Answer:
        return self.script(quoted(argv), deadline=deadline, secrets=secrets)

    def service(self, name: str, *, deadline: float = 30.0) -> str:
        return self.script(name, deadline=deadline).text

    @contextmanager
    def stream(
        self,
        text: str,
        *,
        deadline: float,
        idle: float,
        stdin: bytes | Iterable[bytes] | None = None,
    ) -> Iterator[FakeStream]:
        given = stdin if stdin is None or isinstance(stdin, bytes) else b"".join(stdin)
        answer = self.script(text, deadline=deadline, stdin=given)
        out, step = answer.stdout, self.chunk
        chunks = [out[at : at + step] for at in range(0, len(out), step)]
        whole = answer if answer.status is not None else None
        yield FakeStream(chunks, ends_with=whole, serial=self.serial)

    @contextmanager
    def sync(self, *, deadline: float = 600.0, idle: float | None = None) -> Iterator[FakeSync]:
        self.round_trips += 1
        yield FakeSync(self.files, self.serial)

    def _reply(self, text: str) -> Answer:
        for pattern, replies in self.replies.items():
            if re.search(pattern, text, re.DOTALL):
                return self._answer(self._next(pattern, replies, text))
        raise AssertionError(f"nobody said what to answer to: {shown(text)}")

    def _next(self, pattern: str, replies: Replies, text: str) -> Reply:
        if callable(replies):
            return replies(text)
        if isinstance(replies, (Answer, bytes, str, Exception)):
            return replies
        used = self._used.get(pattern, 0)
        self._used[pattern] = used + 1
        return replies[min(used, len(replies) - 1)]

    @staticmethod
    def _answer(reply: Reply) -> Answer:
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Answer):
            return reply
        return Answer(reply if isinstance(reply, bytes) else reply.encode())
