"""The phones without a cable that this station was told of, on disk with its reports."""

from dataclasses import astuple, dataclass

from agents.station.store import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """A phone to keep connected: where it was last, and what it is known by when it moves.

    `guid` is its name in the network, `adb` the server that is to connect it: the station's own
    where none is named.
    """

    address: str
    serial: str = ""
    guid: str = ""
    adb: str = ""

    @property
    def key(self) -> str:
        """What stays the same when it moves."""
        return self.serial or self.address

    def is_called(self, name: str) -> bool:
        """Whether `name` is this phone's in the network; adb puts more behind it."""
        known = self.guid or (f"adb-{self.serial}-" if self.serial else "")
        return bool(known) and name.startswith(known)

    def is_at(self, transport: str) -> bool:
        """Whether an adb server's `transport` is a way to this phone without a cable."""
        return transport == self.address or self.is_called(transport)


class Addresses:
    """The list; the agent and the commands beside it read and write it at the same time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Kept]:
        with self._store.transaction() as connection:
            rows = connection.execute(
                "SELECT address, serial, guid, adb FROM wireless ORDER BY address"
            )
            return [Kept(*row) for row in rows]

    def keep(self, phone: Kept) -> None:
        """Keep a phone in the place of what was known under its address or serial number."""
        with self._store.transaction() as connection:
            connection.execute(
                "DELETE FROM wireless WHERE address = ? OR (serial = ? AND serial <> '')",
                (phone.address, phone.serial),
            )
            connection.execute("INSERT INTO wireless VALUES (?, ?, ?, ?)", astuple(phone))

    def moved(self, phone: Kept, address: str) -> None:
        """Note where a phone is now, unless it was forgotten meanwhile."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE wireless SET address = ? WHERE address = ? AND serial = ?",
                (address, phone.address, phone.serial),
            )

    def forget(self, name: str) -> list[Kept]:
        """Forget the phone with this address, serial number or name; return what was kept."""
        gone = [one for one in self.all() if name in (one.address, one.serial, one.guid)]
        with self._store.transaction() as connection:
            for one in gone:
                connection.execute(
                    "DELETE FROM wireless WHERE address = ? AND serial = ?",
                    (one.address, one.serial),
                )
        return gone
