"""Encrypting to age recipients: what went wrong with the disk is told as that."""

from collections.abc import Sequence
from threading import Thread
from typing import Any

import pyrage

from agents.station.backup.pipe import Pipe
from agents.station.backup.spool import Spool


def seal(source: Any, spool: Spool, recipients: Sequence[Any]) -> None:
    """Encrypt what `source` gives into `spool`; age itself passes over some of its troubles."""
    try:
        pyrage.encrypt_io(source, spool, recipients)
    finally:
        if spool.error is not None:
            raise spool.error from None


class Sealing(Thread):
    """Encrypts what comes through a pipe; `error` is what went wrong, if anything did."""

    def __init__(self, pipe: Pipe, spool: Spool, recipients: Sequence[Any]) -> None:
        super().__init__(daemon=True, name="seal")
        self.error: Exception | None = None
        self._work = (pipe, spool, recipients)
        self.start()

    def run(self) -> None:
        pipe, spool, recipients = self._work
        try:
            seal(pipe, spool, recipients)
        except Exception as error:  # noqa: BLE001 — kept for the thread that waits, which raises it
            self.error = error
        finally:
            pipe.leave()
