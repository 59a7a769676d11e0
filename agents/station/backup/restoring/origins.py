"""Where a backup comes back from: a server, or anything that gives packs by number."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from agents.station.backup.opening import PackDamaged
from api.client import Client, Refused
from fleet.contracts.backups import BackupOut

NOT_THERE = "not_in_storage"


@dataclass(frozen=True)
class SealedPack:
    """A pack as it lies in storage now; `open` gives its bytes from a place on."""

    digest: str
    size: int | None  # None where that is only known once it is here
    open: Callable[[int], AbstractContextManager[Iterable[bytes]]]


class Origin(Protocol):
    """One backup; `digest` is of its index, where somebody we believe has said it."""

    @property
    def digest(self) -> str | None: ...

    def index(self) -> AbstractContextManager[Iterable[bytes]]: ...

    def pack(self, number: int, digest: str, /) -> SealedPack:
        """Give the pack with that number, `digest` as first stored; PackDamaged if there is none.

        It may have been sealed to other keys since: then its digest is another one.
        """
        ...


@contextmanager
def known_refusals() -> Iterator[None]:
    """Take what the server has lost, or knows to be damaged, for something damaged."""
    try:
        yield
    except Refused as refusal:
        if refusal.kind not in {"not_found", "conflict"}:
            raise
        raise PackDamaged(refusal.code) from None


@dataclass(frozen=True)
class FromServer:
    client: Client
    backup: BackupOut

    @property
    def digest(self) -> str | None:
        return self.backup.index or self.backup.manifest

    def index(self) -> AbstractContextManager[Iterable[bytes]]:
        return self.client.index(self.backup.id)

    def pack(self, number: int, _first: str, /) -> SealedPack:
        for row in self.backup.packs:
            if row.number == number:
                return SealedPack(row.digest, row.size, lambda start: self._open(number, start))
        raise PackDamaged(NOT_THERE)

    @contextmanager
    def _open(self, number: int, start: int) -> Iterator[Iterable[bytes]]:
        with known_refusals(), self.client.pack(self.backup.id, number, start=start) as chunks:
            yield chunks
