"""The watches of all adb servers that a station follows: each phone is asked over its own."""

from collections.abc import Mapping, Sequence

from agents.phone.adb import AdbPhone
from agents.phone.server import Adb
from agents.station.watch import Watch


class Watches:
    """One watch for each server; the end of one leaves the phones of the others alone."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._all = tuple(watches)
        for watch in self._all:
            watch.of = self.of

    def of(self, transport: str) -> Watch:
        """Return the watch of the server at which a phone is."""
        return next(one for one in self._all if transport.endswith(one.adb.place))

    def phone(self, transport: str) -> AdbPhone:
        return self.of(transport).phone(transport)

    def look(self, transport: str) -> None:
        self.of(transport).look(transport)

    def suspect(self, transport: str) -> None:
        self.of(transport).suspect(transport)

    def states(self, adb: Adb) -> Mapping[str, str]:
        """Return what a server calls its phones, and their states."""
        return next(one for one in self._all if one.adb is adb).states()
