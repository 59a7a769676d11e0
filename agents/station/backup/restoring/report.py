"""What a restore brought back, and what it could not."""

from dataclasses import dataclass, field
from enum import StrEnum

from fleet.contracts import paths

DIFFERS = "differs"  # came out of the pack with another hash
NOT_IN_PACK = "not_in_pack"
NOT_A_FILE = "not_a_file"
OTHER_KEYS = "sealed_to_other_keys"
TAKEN = "taken"  # something else has this name in the target already


@dataclass(frozen=True)
class Problem:
    """A file that is not in the target as it was, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Renamed:
    """A file that is in the target whole, under another name."""

    path: str
    restored_as: str
    reason: str


@dataclass(frozen=True)
class Done:
    """What became of one file: a problem, or the place it has when that is not its own name."""

    path: bytes
    problem: str | None = None
    place: str | None = None
    reason: str | None = None  # why it has that place
    untimed: bool = False  # its time is not the one it had

    @property
    def good(self) -> bool:
        return self.problem is None


class Outcome(StrEnum):
    RESTORED = "restored"
    KEPT = "kept"  # it was there already, and equal
    NOT_RESTORED = "not_restored"


@dataclass(frozen=True)
class Line:
    """What became of one file, for a list of all of them."""

    path: str
    outcome: Outcome
    size: int
    sha256: str
    restored_as: str | None = None
    reason: str | None = None
    other_time: bool = False


@dataclass
class Report:
    """What is good and what is not; `never_stored` are files the backup itself did not get.

    `kept` of the files were there from an earlier run, and equal; `doubtful` ones are restored as
    they were read, and the phone had something else in the end.
    """

    files: int = 0
    size: int = 0  # bytes
    kept: int = 0
    untimed: int = 0  # the phone did not take the time they had
    problems: list[Problem] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    doubtful: list[Problem] = field(default_factory=list)
    never_stored: list[Problem] = field(default_factory=list)
    damaged_packs: dict[int, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not self.problems and not self.damaged_packs

    def lacks(self, path: bytes, reason: str) -> None:
        self.problems.append(Problem(paths.text_of(path), reason))

    def has(self, done: Done, size: int) -> None:
        self.files += 1
        self.size += size
        self.untimed += done.untimed
        if done.place is not None:
            text = paths.text_of(done.path)
            self.renamed.append(Renamed(text, done.place, done.reason or ""))
