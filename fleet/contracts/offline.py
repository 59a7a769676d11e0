"""Backups that a station begins by itself while its server is away.

At its exchanges a station is given a *kit* for each phone that is with it: all that it takes to
begin a backup, but for the server. What it has begun it offers when the server is back, which
adopts it, or refuses it with the reason.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from fleet.contracts.backups import BackupState, BackupTask
from fleet.contracts.wire import Given, ListQuery, Moment, Short, Shown

MOST_BEGUN = 500  # backups that one station speaks of at once

Ticket = Annotated[str, StringConstraints(min_length=1, max_length=400_000)]
Key = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]  # a UUID in small letters, as both sides write it


class Why(StrEnum):
    DUE = "due"  # it was older than the company's terms allow
    ASKED = "asked"  # by somebody at the station


class Kit(Shown):
    """`task` lacks the backup's name; its key for names is sealed to the station for `id`.

    `ticket` opens at the server alone, which so knows again what it decided when. All moments are
    the server's. `bytes`: what the phone holds, as far as it is known; `due_at` is None where
    nothing is ever due by itself.
    """

    id: str
    serial: str
    device: str  # tag
    issued_at: Moment
    until: Moment
    due_at: Moment | None
    bytes: int | None
    task: BackupTask
    ticket: str


class Begun(Given):
    """A backup that a station began with a kit; both names are of the station's own making.

    The moments are the station's, corrected as those of reports are. `whole_at`: everything was
    read then, and the phone is needed no more. `ticket` is left out once the server has said that
    it knows the job; one that does not know it any more says nothing of it, and is told all again.
    """

    job: Key
    backup: Key
    serial: Short
    ticket: Ticket | None = None
    begun_at: Moment
    why: Why
    by: Short | None = None  # who asked for it there, as that machine calls him
    goes_on: bool = False  # from the base that the kit names; else everything is stored anew
    whole_at: Moment | None = None


class BegunRefused(Shown):
    """What is not to become a backup; the station removes what it has of it."""

    job: str
    code: str
    message: str


class BegunState(StrEnum):
    ADOPTED = "adopted"
    REFUSED = "refused"


class BegunOut(Shown):
    """`number` is the backup's, where it was adopted; `refusal` says why it was not."""

    id: str
    device: str | None  # tag; None where the phone is not known
    serial: str
    station: str
    state: BegunState
    begun_at: Moment
    heard_at: Moment
    why: Why
    by: str | None
    number: str | None
    backup_state: BackupState | None
    refusal: str | None
    sentence: str | None


class BegunQuery(ListQuery):
    device: str | None = None
    station: str | None = None
    state: BegunState | None = None
