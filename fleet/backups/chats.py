"""How well it is known that the chats of a phone are safe: what people said, what was then found.

The chats themselves are never read. Each level stands on the one below: a person says that he put
them into an archive; a station finds one that is finished and fresh; it is in a backup, equal to
the phone's, and a second person saw it made; somebody restored it for a test.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.backups.models import Backup, ChatAttestation
from fleet.backups.queries import latest_complete
from fleet.contracts.plans import How, Source, SourceState
from fleet.contracts.proof import Level
from fleet.contracts.sheets import AttestationOut, Attested, ChatHistoryOut, SourceFound
from fleet.contracts.words import _, language, say
from fleet.devices.models import Device
from fleet.plans.queries import Taken, taken_of

# Outside of a return: how much older than its backup an archive may be.
FRESH: Final = timedelta(days=1)


@dataclass(frozen=True)
class Chats:
    """`backup` is the one that the archive was looked for in; `missing` why there is none.

    `said` is what counts of what people said.
    """

    level: Level
    said: Sequence[ChatAttestation]
    backup: Backup | None = None
    found: SourceFound | None = None
    missing: str | None = None

    @property
    def sentence(self) -> str:
        return say(SENTENCES[self.level])


SENTENCES: Final = {
    Level.NONE: _("Nobody has said that the chats were put into an archive."),
    Level.DECLARED: _("A person said that the chats were put into an archive; none was found."),
    Level.OBSERVED: _("A finished, fresh archive of the chats is on the phone."),
    Level.VERIFIED: _(
        "The archive of the chats is in the backup, equal to the phone's; a second person saw it "
        "made."
    ),
    Level.PROVEN: _("The archive of the chats was restored on a phone for a test."),
}
ADVICE: Final = {
    Level.NONE: _(
        "Make the phone's own local backup with WeChat in it, then say so: "
        "`workfleet backup chat-history declare {tag} --how vendor-clone --note …`."
    ),
    Level.DECLARED: _(
        "Let the phone's own backup end, keep it on the phone, and back the phone up: "
        "`workfleet backup run {tag}`."
    ),
    Level.OBSERVED: _(
        "A second person who saw it confirms: `workfleet backup chat-history witness {tag}`; "
        "then back the phone up with the archive on it."
    ),
    Level.VERIFIED: _(
        "Restore the archive on a phone for a test, then say so: "
        "`workfleet backup chat-history declare {tag} --what restored --note …`, and a second "
        "person confirms."
    ),
    Level.PROVEN: "",
}


def chats_by(
    said: Sequence[ChatAttestation], backup: Backup | None, since: datetime | None
) -> Chats:
    """Return what is known by a backup and by what was said of the phone's chats, oldest first.

    `since`: the beginning of the return. Outside of one, what counts is of the backup's day.
    """
    said = counted(said, backup, since)
    made = _made(said, backup, since)
    if made is None:
        return Chats(Level.NONE, said, backup)
    found = _archive(backup, made, since)
    if backup is None or found is None:
        return Chats(Level.DECLARED, said, backup, missing=_why_none(backup, made))
    if made.witnessed_at is None or found.equal != found.files:
        return Chats(Level.OBSERVED, said, backup, found)
    tested = _is_tested(_last(said, Attested.RESTORED), backup)
    return Chats(Level.PROVEN if tested else Level.VERIFIED, said, backup, found)


def counted(
    said: Iterable[ChatAttestation], backup: Backup | None, since: datetime | None
) -> list[ChatAttestation]:
    """Return what of it counts: nothing that was said before."""
    oldest = _oldest(backup, since)
    return [one for one in said if oldest is None or one.said_at >= oldest]


def _oldest(backup: Backup | None, since: datetime | None) -> datetime | None:
    return since or (backup.planned_at - FRESH if backup else None)


def _made(
    said: Sequence[ChatAttestation], backup: Backup | None, since: datetime | None
) -> ChatAttestation | None:
    """Return the word that the archive was made: of the backup's day, else the newest."""
    of_its_day = (one for one in said if _is_of_its_day(one, backup, since))
    return _last(of_its_day, Attested.MADE) or _last(said, Attested.MADE)


def _is_of_its_day(said: ChatAttestation, backup: Backup | None, since: datetime | None) -> bool:
    """What is said long after a backup is of another archive than the one in it."""
    ended = backup.ended_at if backup else None
    return since is not None or ended is None or said.said_at <= ended + FRESH


def _is_tested(restored: ChatAttestation | None, backup: Backup) -> bool:
    """Tell whether this very archive was restored: said after its backup ended, and witnessed."""
    if restored is None or restored.witnessed_at is None or backup.ended_at is None:
        return False
    return restored.said_at >= backup.ended_at


def _last(said: Iterable[ChatAttestation], what: Attested) -> ChatAttestation | None:
    return max((one for one in said if one.what is what), key=lambda one: one.said_at, default=None)


def _archive(
    backup: Backup | None, made: ChatAttestation, since: datetime | None
) -> SourceFound | None:
    """Return the newest finished archive made in that way, where it is fresh."""
    oldest = _oldest(backup, since)
    if backup is None or oldest is None or not _is_of_its_day(made, backup, since):
        return None
    found = [one for one in _looked_for(backup, made) if one.archive is not None]
    fresh = [one for one in found if one.archive is not None and one.archive.made_at >= oldest]
    return max(fresh, key=lambda one: one.archive.made_at if one.archive else oldest, default=None)


def _looked_for(backup: Backup, made: ChatAttestation) -> list[SourceFound]:
    asked = {one.id for one in backup.asked_sources if one.archive and one.archive.how is made.how}
    return [one for one in backup.found_sources if one.source in asked]


def _why_none(backup: Backup | None, made: ChatAttestation) -> str | None:
    """Return the code of why no archive counts: what the station said, or that it is old."""
    if backup is None:
        return None
    looked = _looked_for(backup, made)
    if any(one.state is SourceState.TAKEN for one in looked):
        return "too_old"
    return next((one.reason for one in looked if one.reason), None)


def said_of(session: Session, devices: Iterable[UUID]) -> dict[UUID, list[ChatAttestation]]:
    """Return what was ever said of the chats of each phone, oldest first."""
    wanted = select(ChatAttestation).where(ChatAttestation.device_id.in_(devices))
    found: dict[UUID, list[ChatAttestation]] = defaultdict(list)
    for row in session.scalars(wanted.order_by(ChatAttestation.said_at)):
        found[row.device_id].append(row)
    return found


def chat_history(
    session: Session, device: Device, backup: Backup | None = None, *, taken: Taken | None = None
) -> ChatHistoryOut:
    """Return how well it is known, by `backup` or by the last complete one."""
    since = None if _is_of_before(backup, device) else device.returning_since
    backup = backup or latest_complete(session, device)
    chats = chats_by(said_of(session, [device.id])[device.id], backup, since)
    taken = taken or taken_of(session, device)
    return ChatHistoryOut(
        device=device.tag,
        level=chats.level,
        needed=taken.return_needs,
        sentence=chats.sentence,
        advice=advice(chats.level, device),
        backup=chats.backup.number if chats.backup and chats.found else None,
        archive=chats.found.archive if chats.found else None,
        missing=chats.missing,
        guide=_guide(taken.sources, chats.said) if not chats.level.at_least(Level.OBSERVED) else [],
        attestations=[AttestationOut.model_validate(one) for one in chats.said],
    )


def _is_of_before(backup: Backup | None, device: Device) -> bool:
    """Tell whether a backup had ended when the return began: the return is no measure for it."""
    since, ended = device.returning_since, backup.ended_at if backup else None
    return since is not None and ended is not None and ended < since


def _guide(sources: Iterable[Source], said: Sequence[ChatAttestation]) -> list[str]:
    """Return the steps of the way that was declared, or of the first that fits the phone."""
    ways = [one.archive for one in sources if one.archive is not None and one.archive.guide]
    made = _last(said, Attested.MADE)
    how = made.how if made else How.VENDOR_CLONE
    fitting = [one for one in ways if one.how is how]
    return [step.said(language()) for step in fitting[0].guide] if fitting else []


def advice(level: Level, device: Device) -> str:
    return say(ADVICE[level], tag=device.tag)
