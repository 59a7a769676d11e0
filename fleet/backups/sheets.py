"""The honesty sheet: what of a phone is safe, source by source, in words that claim no more."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.backups.chats import chat_history
from fleet.backups.errors import NotInStorage
from fleet.backups.models import Backup
from fleet.backups.storage import seal_name, storage_of
from fleet.contracts.backups import ManifestSeal
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.plans import Source, SourceKind, SourceState, parted, space_said
from fleet.contracts.seals import is_countersigned
from fleet.contracts.sheets import Outcome, SheetOut, SheetRow, SheetSignature, SourceFound
from fleet.contracts.wire import EmployeeRef
from fleet.contracts.words import _, language, say
from fleet.plans.queries import Taken, taken_of
from fleet.settings import Settings

SENTENCES: Final[Mapping[Outcome, str]] = {
    Outcome.EQUAL: _("Taken: {files} files, each equal to the phone's own hash."),
    Outcome.EQUAL_BUT: _(
        "Taken: {equal} of {files} files are equal to the phone's own hash; {uncompared} were not "
        "compared again, {changed} changed meanwhile, {missing} are missing and named in the index."
    ),
    Outcome.NOT_COMPARABLE: _(
        "Taken, not comparable: read twice and the same, but the phone has no hash of it."
    ),
    Outcome.CARRIED: _(
        "Taken: {equal} of {files} files are equal to the phone's own hash; {uncompared} were "
        "equal in an earlier backup and are as large and as old as then, not compared again."
    ),
    Outcome.EMPTY: _("The place is there, and nothing is in it."),
    Outcome.ABSENT: _("Not on this phone."),
    Outcome.UNREACHABLE: _("Not reachable: {reason}."),
    Outcome.NOT_FOUND: _("No finished archive was found: {reason}."),
    Outcome.ANSWERED: _("Taken: what the phone said of itself, which nothing compares."),
    Outcome.ATTESTED: _("A finished archive of {files} files, made on the phone by a person."),
}

SAMPLED: Final = _(
    "Of what earlier backups had stored, {percent} % was drawn and compared with the phone again."
)


def sheet(session: Session, settings: Settings, backup: Backup, *, actor: Actor) -> SheetOut:
    actor.require(Permission.BACKUPS_READ)
    asked = {one.id: one for one in backup.asked_sources}
    taken = taken_of(session, backup.device)
    holder = backup.holder
    return SheetOut(
        number=backup.number,
        device=backup.device.tag,
        holder=EmployeeRef.model_validate(holder) if holder else None,
        station=backup.station.name if backup.station else None,
        level=backup.level,
        state=backup.state,
        started_at=backup.started_at,
        ended_at=backup.ended_at,
        manifest=backup.manifest_digest,
        index=_signed_index(backup),
        serial=backup.device.serial,
        sampled=_sampled(backup),
        excludes=backup.excludes,
        left_off=_left_off(taken, asked),
        rows=[_row(asked[parted(one.source)[0]], one) for one in _known(backup, asked)],
        chat=chat_history(session, backup.device, backup, taken=taken),
        signatures=_signatures(settings, backup),
        faults=backup.reasons,
    )


def _known(backup: Backup, asked: Mapping[str, Source]) -> list[SourceFound]:
    return [one for one in backup.found_sources if parted(one.source)[0] in asked]


def _left_off(taken: Taken, asked: Mapping[str, Source]) -> list[str]:
    """Name what the plans have and this backup was not asked for."""
    every = (*taken.left_off, *taken.sources)
    return [one.title.said(language()) for one in every if one.id not in asked]


def _row(source: Source, found: SourceFound) -> SheetRow:
    outcome = _outcome(source.kind, found)
    reason = label(found.reason) if found.reason else ""
    space = parted(found.source)[1]
    counts = found.model_dump(include={"equal", "uncompared", "changed", "missing"})
    sentence = say(SENTENCES[outcome], files=found.files, reason=reason, **counts)
    named = "" if "{reason}" in SENTENCES[outcome] else reason
    return SheetRow(
        **dict(found),
        kind=source.kind,
        title=source.title.said(language()),
        space=space,
        space_title=space_said(space),
        outcome=outcome,
        sentence=" ".join(filter(None, (sentence, f"({named})" if named else ""))),
    )


def _outcome(kind: SourceKind, found: SourceFound) -> Outcome:
    taken = found.state is SourceState.TAKEN
    if kind is SourceKind.ATTESTED:
        return Outcome.ATTESTED if taken else Outcome.NOT_FOUND
    if not taken:
        return Outcome(found.state.value)
    if kind is not SourceKind.FILES and found.taken == found.files:
        return Outcome.ANSWERED if kind is SourceKind.FACTS else Outcome.NOT_COMPARABLE
    if found.changed or found.missing:
        return Outcome.EQUAL_BUT
    return Outcome.CARRIED if found.uncompared else Outcome.EQUAL


def _sampled(backup: Backup) -> str | None:
    """Say how much of what earlier backups had stored was compared again, if not all of it."""
    if not backup.uncompared:
        return None
    return say(SAMPLED, percent=backup.compare)


def _signatures(settings: Settings, backup: Backup) -> list[SheetSignature]:
    """Return both signatures; none where they are gone, or are not of this backup any more."""
    seal = _seal(settings, backup)
    if seal is None or not is_countersigned(seal) or not _is_of(seal, backup):
        return []
    return [
        SheetSignature(by=seal.station, key=seal.station_key, signature=seal.station_signature),
        SheetSignature(
            by=say(_("the server")), key=seal.server_key, signature=seal.server_signature
        ),
    ]


def _seal(settings: Settings, backup: Backup) -> ManifestSeal | None:
    if backup.seal_digest is None:
        return None
    try:
        kept = b"".join(storage_of(settings).read(seal_name(backup.seal_digest)))
        return ManifestSeal.model_validate_json(kept)
    except (NotInStorage, ValueError):  # a ValidationError is a ValueError
        return None


def _is_of(seal: ManifestSeal, backup: Backup) -> bool:
    signed = seal.serial, seal.manifest, seal.index
    return signed == (backup.device.serial, backup.manifest_digest, _signed_index(backup))


def _signed_index(backup: Backup) -> str | None:
    """Return what the signatures call the index: sealed anew, it has another name since."""
    return backup.index_first_digest or backup.index_digest
