"""What the agent says, on standard output and in a file that does not grow for ever."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from fleet.contracts.clock import now
from fleet.contracts.words import _, say

Say = Callable[[str], None]

NOT_WRITTEN = _("! The log {path} cannot be written ({reason}); the agent goes on without it.")


class LogFile(RotatingFileHandler):
    """Trouble with the file is said once, on standard output, and never stops who writes."""

    def __init__(self, path: Path, *, size: int, files: int, say: Say) -> None:
        super().__init__(path, maxBytes=size, backupCount=files, encoding="utf-8", delay=True)
        self._say, self._told = say, False

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 — logging's own name
        error = sys.exc_info()[1]
        self._let_go()
        if not self._told:
            self._told = True
            reason = getattr(error, "strerror", None) or type(error).__name__
            self._say(say(NOT_WRITTEN, path=self.baseFilename, reason=reason))

    def _let_go(self) -> None:
        """Close what cannot be written, so that the next line tries anew."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()

    def close(self) -> None:
        with suppress(OSError):  # what is left in its buffer
            super().close()


@contextmanager
def logged(say: Say, path: Path | None, *, size: int, files: int) -> Iterator[Say]:
    """Give a `say` that also writes each line, with its time, into the file at `path`."""
    if path is None:
        yield say
        return
    handler = LogFile(path, size=size, files=files, say=say)

    def say_and_keep(line: str) -> None:
        say(line)
        handler.handle(logging.makeLogRecord({"msg": stamped(line)}))

    try:
        yield say_and_keep
    finally:
        handler.close()


def stamped(line: str) -> str:
    """Return a line with its time; what a phone says in it begins no line of its own."""
    shown = "".join(one if one.isprintable() else " " for one in line)
    return f"{now().astimezone().isoformat(timespec='milliseconds')} {shown}"
