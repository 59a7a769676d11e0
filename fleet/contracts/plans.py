"""What is taken of a phone: plans of named sources, as data that server and station share.

A place is relative to the root of a space (shared storage of a user of the phone, or a card), with
`.` for all of it; capital and small letters are the same there.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from fleet.contracts.playbooks import Package, Words
from fleet.contracts.proof import Level
from fleet.contracts.wire import Given, ListQuery, Moment, Plain, Reason, Shown
from fleet.contracts.words import _, say

WHOLE: Final = "."  # the place that is all of a space
OWN: Final = "0"  # the space of the phone's first user
CARD: Final = "card"  # a memory card, before its name is known


def _relative(place: str) -> str:
    parts = place.split("/")
    if place != WHOLE and ({"", ".", ".."} & {*parts}):
        raise PydanticCustomError("place_outside", "not a place inside of a space")
    return place


SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
Place = Annotated[
    str, StringConstraints(min_length=1, max_length=400), Plain, AfterValidator(_relative)
]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=400), Plain]
Column = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,40}$")]
Maker = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,30}$")]
Provider = Annotated[str, StringConstraints(pattern=r"^content://[A-Za-z0-9._/-]{1,200}$")]


class SourceKind(StrEnum):
    FILES = "files"
    CONTENT = "content"  # what a provider of the phone answers, written as a file
    FACTS = "facts"  # what a visit learns, and the apps
    ATTESTED = "attested"  # what a person makes on the phone: its archive is looked for


class How(StrEnum):
    """In which way a person puts the chats into an archive."""

    VENDOR_CLONE = "vendor-clone"
    WECHAT_OWN_BACKUP = "wechat-own-backup"


class Ending(StrEnum):
    """By what the end of an archive shows that nothing of it lacks."""

    TAR = "tar"  # an Android backup or a plain archive: two empty blocks
    ZIP = "zip"  # its directory


class Archive(Given):
    """How a finished archive is known: in a folder below one of the places, with all of these.

    `descriptor` and `content` are shell patterns over names. Without a descriptor that is known
    none is ever taken for finished. `guide`: what a person does on the phone, step by step.
    """

    how: How
    descriptor: Pattern | None = None
    content: Pattern
    ending: Ending = Ending.TAR
    guide: list[Words] = Field([], max_length=12)


class Source(Given):
    """One thing that is taken; `spaces`: that of the first user alone, or every one of the phone.

    `columns` of a content source are asked for in this order, the one with free text last.
    """

    id: SourceId
    kind: SourceKind
    title: Words
    places: list[Place] = Field([], max_length=40)
    excludes: list[Pattern] = Field([], max_length=40)
    spaces: Literal["own", "all"] = "all"
    on: bool = True
    provider: Provider | None = None
    columns: list[Column] = Field([], max_length=20)
    archive: Archive | None = None


class Plan(Given):
    """For phones of these makers that have the app; for all of them where none is named.

    `return_needs`: how well it must be known that the chat history is safe, before a return.
    """

    title: Words
    makers: list[Maker] = Field([], max_length=20)
    package: Package | None = None
    return_needs: Level = Level.NONE
    sources: list[Source] = Field([], max_length=40)


class SourceState(StrEnum):
    TAKEN = "taken"  # something is there, and the lines say what became of it
    EMPTY = "empty"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"


class ArchiveSeen(Given):
    """A finished archive as the station saw it; the times are the station's."""

    made_at: Moment
    bytes: int
    files: int


class SourceLine(Given):
    """What became of a source in a space; `source` is `id`, or `id@space` beside the first one."""

    source: str
    state: SourceState
    reason: str | None = None
    archive: ArchiveSeen | None = None


def in_space(source: str, space: str) -> str:
    return source if space == OWN else f"{source}@{space}"


def parted(source: str) -> tuple[str, str]:
    """Undo `in_space`."""
    name, _at, space = source.partition("@")
    return name, space or OWN


def space_said(space: str) -> str:
    """Return the name of a space as people say it."""
    if space == OWN:
        return say(_("the phone's own"))
    return say(_("user {number}"), number=space) if space.isdecimal() else say(_("memory card"))


class PlanIn(Given):
    plan: Plan
    reason: Reason
    dry_run: bool = False


class PlanOut(Shown):
    """`made_by` is None for what came with the product."""

    name: str
    number: int
    title: str
    makers: list[str]
    package: str | None
    made_by: str | None
    made_at: Moment | None
    reason: str | None
    plan: Plan


class PlanEditedOut(Shown):
    plan: PlanOut
    dry_run: bool


class PlanQuery(ListQuery):
    package: str | None = None
    maker: str | None = None
    history: bool = False  # every version, not the newest of each alone


class PlanShowQuery(Given):
    number: int | None = Field(None, ge=1, le=1_000_000)


class TakenOut(Shown):
    """What a backup of a phone would take, as far as is known of it."""

    device: str
    plans: list[str]  # name and number
    sources: list[Source]
    left_off: list[Source]
    spaces: list[str]
