"""The honesty sheet of a backup, and what people say of the chat history."""

from enum import StrEnum

from fleet.contracts.plans import ArchiveSeen, How, SourceKind, SourceState
from fleet.contracts.proof import Level
from fleet.contracts.wire import Digest, EmployeeRef, Given, Moment, Reason, Shown


class SourceFound(Shown):
    """What the lines of a manifest add up to, for one source in one space.

    `equal`: stored, and the phone has the same hash. `uncompared`: stored by an earlier backup and
    not hashed again. `taken`: stored, and the phone has no hash of such a thing.
    """

    source: str
    state: SourceState
    reason: str | None = None
    archive: ArchiveSeen | None = None
    equal: int = 0
    uncompared: int = 0
    taken: int = 0
    changed: int = 0
    missing: int = 0
    bytes: int = 0

    @property
    def files(self) -> int:
        return self.equal + self.uncompared + self.taken + self.changed + self.missing


class Outcome(StrEnum):
    """What can honestly be said of a source, in one word."""

    EQUAL = "equal"
    EQUAL_BUT = "equal_but"  # and something changed or is missing, and is named
    NOT_COMPARABLE = "not_comparable"
    CARRIED = "carried"  # some of it was not compared again
    EMPTY = "empty"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"
    ATTESTED = "attested"
    NOT_FOUND = "not_found"  # no finished archive, and why
    ANSWERED = "answered"  # what the phone said of itself


class SheetRow(SourceFound):
    kind: SourceKind
    title: str
    space: str
    space_title: str
    outcome: Outcome
    sentence: str


class Attested(StrEnum):
    MADE = "made"  # the chats were put into an archive
    RESTORED = "restored"  # … and brought back on a phone for a test


class AttestationOut(Shown):
    what: Attested
    how: How
    note: str
    said_by: str
    said_at: Moment
    witnessed_by: str | None
    witnessed_at: Moment | None


class ChatHistoryOut(Shown):
    """How well it is known that the chats of a phone are safe; `needed` before a return.

    none; declared: a person said so; observed: a fresh archive is there; verified: it is in a
    backup, equal to the phone's, and a second person saw it made; proven: restored for a test.
    """

    device: str
    level: Level
    needed: Level
    sentence: str
    advice: str
    backup: str | None  # the one that the archive was found in
    archive: ArchiveSeen | None
    missing: str | None  # why no archive counts; a code
    guide: list[str] = []  # what a person does on this phone, step by step
    attestations: list[AttestationOut]


class AttestIn(Given):
    what: Attested = Attested.MADE
    how: How = How.VENDOR_CLONE
    note: Reason


class SheetSignature(Shown):
    by: str
    key: str
    signature: str


class SheetOut(Shown):
    number: str
    device: str
    holder: EmployeeRef | None
    station: str | None
    level: Level
    state: str
    started_at: Moment | None
    ended_at: Moment | None
    serial: str  # with it, the manifest and the index the signatures can be checked
    manifest: Digest | None
    index: Digest | None  # as the manifest and the signatures call it
    sampled: str | None = None  # what of the earlier backups was not compared again, in words
    excludes: list[str]
    left_off: list[str]  # sources that the plan has and does not take
    rows: list[SheetRow]
    chat: ChatHistoryOut
    signatures: list[SheetSignature]
    faults: list[str]
