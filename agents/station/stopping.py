"""Stopping between two pieces of work: what was done stays done, and the rest goes on later."""

from threading import Event


class Stopped(Exception):
    """The agent is ending, or the job is no longer this station's."""


class Paused(Stopped):
    """Somebody wants the rest to be done later; everything that was done is kept."""


class PhoneAwaited(Stopped):
    """The phone is gone in the middle of it, and perhaps nobody is there to lend the job anew."""


def go_on(stop: Event, pause: Event | None = None) -> None:
    """Raise Stopped once `stop` is set, or Paused; asked between pieces of long work."""
    if stop.is_set():
        raise Stopped
    if pause is not None and pause.is_set():
        raise Paused


class Beside(Event):
    """Set by itself, or while another event is."""

    def __init__(self, other: Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()
