"""What the framework is asked and what it answers, as the stubs in the phone understand it."""

from dataclasses import dataclass, field

from agents.handset.stubs import END

SCRUBBED = "•••"


@dataclass(frozen=True)
class Call:
    """One command the framework is asked; `words` begins with the command's common name."""

    words: tuple[str, ...] = field(repr=False)  # may hold a secret, which no failing test shows
    stdin: bytes = field(default=b"", repr=False)

    @property
    def line(self) -> str:
        """The command as kept in the journal, without what it carries in confidence."""
        return " ".join(scrubbed(self.words))

    def starts_with(self, beginning: str) -> bool:
        wanted = tuple(beginning.split())
        return self.words[: len(wanted)] == wanted


@dataclass(frozen=True)
class Reply:
    """Bytes for each stream, the exit status, and files the shell is to write itself."""

    stdout: bytes = field(default=b"", repr=False)
    stderr: bytes = field(default=b"", repr=False)
    status: int = 0
    files: tuple[tuple[str, bytes], ...] = ()

    def script(self) -> bytes:
        """Return the piece of shell that gives this answer."""
        parts = [_print(content) + b" >" + _quoted(path.encode()) for path, content in self.files]
        parts += [_print(self.stdout)] if self.stdout else []
        parts += [_print(self.stderr) + b" >&2"] if self.stderr else []
        parts += [f"exit {self.status}".encode(), END.encode()]
        return b"\n".join(parts)


def out(text: str, status: int = 0) -> Reply:
    """Answer with lines on standard output."""
    return Reply(stdout=_ended(text), status=status)


def err(text: str, status: int = 255) -> Reply:
    """Answer with lines on standard error."""
    return Reply(stderr=_ended(text), status=status)


def _ended(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + (
        b"" if not text or text.endswith("\n") else b"\n"
    )


def _print(data: bytes) -> bytes:
    if b"\0" not in data:
        return b"print -rn -- " + _quoted(data)
    # A shell's words hold no NUL: the shell makes it from its escape.
    return b"print -n -- " + _quoted(data.replace(b"\\", b"\\\\").replace(b"\0", b"\\0000"))


def _quoted(data: bytes) -> bytes:
    return b"'" + data.replace(b"'", b"'\\''") + b"'"


# Names of one command that other words reach as well.
_SERVICES = {
    "lock_settings": "locksettings",
    "package": "pm",
    "activity": "am",
    "window": "wm",
    "device_policy": "dpm",
    "appops": "appops",
    "input_method": "ime",
    "settings": "settings",
}


def common_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words with `cmd package …` spelt `pm …`, and so on."""
    if len(words) > 1 and words[0] == "cmd" and words[1] in _SERVICES:
        return (_SERVICES[words[1]], *words[2:])
    return words


_NO_SECRET = {"--user", "--old"}


def scrubbed(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without lock secrets and without what was typed."""
    if words[:1] == ("locksettings",):
        return (*words[:2], *_scrub_lock_words(words[2:]))
    if words[:2] == ("input", "text"):
        return (*words[:2], *(SCRUBBED for _ in words[2:]))
    return words


def _scrub_lock_words(words: tuple[str, ...]) -> list[str]:
    kept = []
    before = ""
    for word in words:
        plain = word in _NO_SECRET or before == "--user"
        kept.append(word if plain else SCRUBBED)
        before = word
    return kept
