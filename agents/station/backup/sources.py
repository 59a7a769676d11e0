"""To which source of the plan a path belongs, and what became of each source in each space."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from agents.station.backup.spaces import Storage
from fleet.contracts.plans import (
    CARD,
    OWN,
    WHOLE,
    Source,
    SourceKind,
    SourceLine,
    SourceState,
    in_space,
)
from fleet.contracts.spelling import is_user, parents, placed

FOLDERS = 1024  # files of one come together
PERMISSION = "permission"
NOT_RUNNING = "not_running"
NO_FOLDER = "no_folder"
TROUBLE = "trouble"
PARTLY = "partly"  # something of it is taken, and some of its places cannot be reached
REASONS = {"Permission denied": PERMISSION, "No such file or directory": NO_FOLDER}

Places = Mapping[bytes, str]  # by its place in small letters


def places_of(sources: Sequence[Source]) -> dict[bytes, str]:
    of_files = (one for one in sources if one.kind is SourceKind.FILES)
    return {
        b"" if place == WHOLE else place.lower().encode(): one.id
        for one in of_files
        for place in one.places
    }


@dataclass
class Sources:
    """Hears what a listing finds; each listing begins with `forget`.

    `others` are the spaces that are tried beside the first user's. `said_beside` says what became
    of what is no file of the phone.
    """

    asked: Sequence[Source]
    others: tuple[str, ...] = ()
    running: Mapping[str, bool | None] = field(default_factory=dict)
    expects_card: bool = False
    said_beside: list[SourceLine] = field(default_factory=list)
    _there: set[str] = field(default_factory=set)
    _troubles: dict[tuple[str, bytes], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._own = places_of(self.asked)
        self._all = places_of([one for one in self.asked if one.spaces == "all"])
        self._of_folder = lru_cache(FOLDERS)(self._nearest)

    @classmethod
    def of(cls, asked: Sequence[Source], spaces: Sequence[str], storage: Storage) -> "Sources":
        everywhere = any(one.spaces == "all" and WHOLE in one.places for one in asked)
        others = storage.to_try(spaces) if everywhere else ()
        return cls(asked, others, storage.running, CARD in spaces)

    def belongs(self, path: bytes, source: str) -> None:
        """Let everything below a path of the first user's storage belong to `source`."""
        self._own[path.lower()] = source
        self._of_folder.cache_clear()

    def to_which(self, path: bytes) -> str | None:
        space, rest = placed(path)
        if space is None:
            return rest.rpartition(b"/")[2].partition(b".")[0].decode(errors="replace")
        places, lowered = self._places(space), rest.lower()
        if source := places.get(lowered):
            return in_space(source, space)
        return self._of_folder(space, lowered.rpartition(b"/")[0]) if places else None

    def _nearest(self, space: str, folder: bytes) -> str | None:
        places = self._places(space)
        for place in (*parents(folder), b""):
            if place in places:
                return in_space(places[place], space)
        return None

    def _places(self, space: str) -> Places:
        return self._own if space == OWN else self._all

    def forget(self) -> None:
        self._there.clear()
        self._troubles.clear()

    def note_folder(self, path: bytes) -> None:
        space, rest = placed(path)
        name = self._places(space).get(rest.lower()) if space else None
        if space and name:
            self._there.add(in_space(name, space))

    def note_trouble(self, path: bytes, reason: str) -> None:
        space, rest = placed(path)
        if space:
            self._troubles[space, rest.lower()] = REASONS.get(reason, TROUBLE)

    def said(self, taken: Collection[str]) -> list[SourceLine]:
        """Say what became of every source; `taken` are those that a line belongs to."""
        lines = [line for one in self.asked for line in self._of_files(one, taken)]
        if self.expects_card and all(map(is_user, self.others)):
            lines += self._in_all(CARD, SourceState.ABSENT)
        return [*lines, *(_unless_taken(line, taken) for line in self.said_beside)]

    def _of_files(self, source: Source, taken: Collection[str]) -> Iterator[SourceLine]:
        if source.kind is not SourceKind.FILES:
            return
        yield self._line(source, OWN, taken)
        for space in self.others if source.spaces == "all" else ():
            line = self._line(source, space, taken)
            if line.state is not SourceState.ABSENT or WHOLE in source.places:
                yield line

    def _line(self, source: Source, space: str, taken: Collection[str]) -> SourceLine:
        name = in_space(source.id, space)
        trouble = self._trouble(source, space)
        if name in taken:
            return SourceLine(
                source=name, state=SourceState.TAKEN, reason=PARTLY if trouble else None
            )
        if trouble == NO_FOLDER:
            return self._without_folder(name, space)
        if trouble:
            return SourceLine(source=name, state=SourceState.UNREACHABLE, reason=trouble)
        there = name in self._there
        return SourceLine(source=name, state=SourceState.EMPTY if there else SourceState.ABSENT)

    def _without_folder(self, name: str, space: str) -> SourceLine:
        """Tell a user who is gone, where the phone names its users, from one who is shut."""
        if OWN in self.running and space not in self.running:
            return SourceLine(source=name, state=SourceState.ABSENT)
        shut = NOT_RUNNING if self.running.get(space) is False else NO_FOLDER
        return SourceLine(source=name, state=SourceState.UNREACHABLE, reason=shut)

    def _trouble(self, source: Source, space: str) -> str | None:
        """Return why a place of the source, or a folder above it, could not be listed."""
        for place in source.places:
            path = b"" if place == WHOLE else place.lower().encode()
            for above in (*parents(path), b""):
                if reason := self._troubles.get((space, above)):
                    return reason
        return None

    def _in_all(self, space: str, state: SourceState) -> list[SourceLine]:
        return [
            SourceLine(source=in_space(one.id, space), state=state)
            for one in self.asked
            if WHOLE in one.places and one.spaces == "all"
        ]


def _unless_taken(line: SourceLine, taken: Collection[str]) -> SourceLine:
    """Say that it is there of what was taken before a backup broke off, and is refused now."""
    if line.source not in taken:
        return line
    return line.model_copy(update={"state": SourceState.TAKEN})
