"""Where the keys of the vault come from: a file, the environment, or a command (a KMS, an HSM).

A server has its keys in memory. It notices that the file has changed before it uses them again, so
that a key can be added while several processes run; the other two are read when a process starts.
"""

import os
import shlex
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fleet.contracts.words import say
from fleet.keys.ciphers import CIPHERS, Cipher
from fleet.keys.errors import (
    CipherUnknown,
    KeyCommandFailed,
    KeyFileMissing,
    KeyVariableMissing,
    KeyVariableUnusable,
)
from fleet.keys.files import parsed
from fleet.keys.keyring import Keyring
from fleet.settings import Settings

COMMAND_SECONDS: Final = 20
MOST_BYTES: Final = 64 * 1024


def load_keyring(settings: Settings) -> Keyring:
    """Return the keys that the settings name, or refuse; the value is in no refusal."""
    cipher = cipher_named(settings.cipher)
    if settings.key_command:
        return Keyring.of(*_of_command(settings.key_command), cipher=cipher)
    if settings.key_variable:
        return Keyring.of(*_of_environment(settings.key_variable), cipher=cipher)
    return Keyring.load(settings.key_path, cipher=cipher)


def cipher_named(name: str) -> Cipher:
    if name not in CIPHERS:
        raise CipherUnknown(cipher=name, known=", ".join(CIPHERS))
    return CIPHERS[name]


def source_of(settings: Settings) -> str:
    """Say where the keys come from."""
    if settings.key_command:
        return say("the command {command}", command=shlex.join(settings.key_command))
    if settings.key_variable:
        return say("the variable {name}", name=settings.key_variable)
    return str(settings.key_path)


def is_file(settings: Settings) -> bool:
    return not (settings.key_command or settings.key_variable)


class KeyHolder:
    """The keys of one process: loaded when first asked for, and again when their file changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._keyring: Keyring | None = None

    def keyring(self) -> Keyring:
        with self._lock:
            mark = self._mark()
            if self._keyring is None or mark != self._seen:
                self._keyring, self._seen = load_keyring(self._settings), mark
            return self._keyring

    def _mark(self) -> tuple[int, ...]:
        if not is_file(self._settings):
            return ()
        try:
            about = self._settings.key_path.stat()
        except FileNotFoundError:
            raise KeyFileMissing(path=str(self._settings.key_path)) from None
        return about.st_ino, about.st_mtime_ns, about.st_size, about.st_mode


def _of_environment(name: str) -> list[bytes]:
    text = os.environ.get(name)
    if not text:
        raise KeyVariableMissing(variable=name)
    try:
        return parsed(text.replace(",", " ").split())
    except ValueError:
        raise KeyVariableUnusable(variable=name) from None


@dataclass(frozen=True)
class _Said:
    status: int
    output: bytes
    complaint: str


def _of_command(words: tuple[str, ...]) -> list[bytes]:
    said = _run(words)
    if said.status:
        raise _failed(words, said.complaint or say("exit code {status}", status=said.status))
    try:
        return parsed(said.output.decode("ascii").split())
    except ValueError:
        raise _failed(words, say("what it printed is not 32 bytes in base64.")) from None


def _run(words: tuple[str, ...]) -> _Said:
    """Run the command without a shell; what it prints is kept out of every text."""
    try:
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            return _listened(process, words)
    except OSError as error:
        raise _failed(words, error.strerror or type(error).__name__) from None


def _listened(process: "subprocess.Popen[bytes]", words: tuple[str, ...]) -> _Said:
    timer = threading.Timer(COMMAND_SECONDS, process.kill)
    complaint: list[bytes] = []
    heard = threading.Thread(target=lambda: complaint.append(_some(process.stderr)), daemon=True)
    timer.start()
    heard.start()
    try:
        output = _some(process.stdout)
        if len(output) > MOST_BYTES:
            process.kill()
            raise _failed(words, say("it prints without end."))
        status = process.wait()
    finally:
        late = not timer.is_alive()
        timer.cancel()
    heard.join(1)
    if late:
        raise _failed(words, say("it took longer than {seconds} s.", seconds=COMMAND_SECONDS))
    return _Said(status, output, b"".join(complaint)[:500].decode("utf-8", "replace").strip())


def _some(stream: object) -> bytes:
    return stream.read(MOST_BYTES + 1)  # type: ignore[attr-defined, no-any-return]


def _failed(words: tuple[str, ...], reason: str) -> KeyCommandFailed:
    return KeyCommandFailed(command=Path(words[0]).name, reason=reason)
