"""The company's files of apps: whose they are is read out of the file itself, and has to be known.

The bytes come in without a session, as those of backups do; whoever sends them is asked before.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups.errors import NotInStorage
from fleet.backups.storage import OBJECTS, Storage, apk_name, storage_of
from fleet.compliance.ledger import usual_signers
from fleet.compliance.rules.work_apps import allowed_signers
from fleet.compliance.terms import policies
from fleet.contracts.apk_files import ApkAddQuery, ApkOut, ApkQuery
from fleet.contracts.apks import ApkFile, ApkUnclear, read_apk
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.remedying import RemedyState
from fleet.database import beside_others, in_turn, write
from fleet.paging import containing, page
from fleet.remedies import events
from fleet.remedies.errors import (
    ApkInUse,
    ApkNotFound,
    ApkSignerUnknown,
    ApkSignerWrong,
    ApkUnreadable,
)
from fleet.remedies.models import Apk, Remedy
from fleet.vault.tools import Tools

TURN: Final = "apks"
Judge = Callable[[ApkFile], None]
# Of a digest, so much is enough to name a file by.
PART: Final = re.compile(r"[0-9a-f]{8,64}")
SORTS: Final = {
    "package": Apk.package,
    "version_code": Apk.version_code,
    "added_at": Apk.added_at,
}


def require_may_add(given: ApkAddQuery, *, actor: Actor) -> None:
    """Refuse whoever may not add a file, before its bytes are read."""
    actor.require(Permission.APKS_WRITE)
    if given.trust:
        actor.require(Permission.APKS_TRUST)


def receive(tools: Tools, chunks: Iterable[bytes], given: ApkAddQuery, judge: Judge) -> ApkFile:
    """Take the bytes of a file, and put them into the storage where `judge` has nothing against."""
    storage = storage_of(tools.settings)
    with storage.received(chunks, digest=given.digest, size=given.size) as path:
        try:
            read = read_apk(path)
        except ApkUnclear as unclear:
            raise ApkUnreadable(reason=unclear.reason) from None
        judge(read)
        storage.keep_apk(path, digest=given.digest, size=given.size)
    return read


def require_known_signer(
    session: Session, read: ApkFile, given: ApkAddQuery, *, actor: Actor
) -> None:
    """Refuse a file whose certificate is not what the terms of the company, or most phones, say."""
    actor.require(Permission.APKS_WRITE)
    terms = policies(session).terms(None, now())
    known = allowed_signers(read.package, terms, usual_signers(session))
    if read.certificate in known:
        return
    if given.trust:
        actor.require(Permission.APKS_TRUST)
        return
    if not known:
        raise ApkSignerUnknown(package=read.package, certificate=read.certificate)
    raise ApkSignerWrong(package=read.package, certificate=read.certificate, known=", ".join(known))


def add(session: Session, tools: Tools, read: ApkFile, given: ApkAddQuery, *, actor: Actor) -> Apk:
    """Note a file whose bytes are in the storage; the same one again changes nothing."""
    actor.require(Permission.APKS_WRITE)
    in_turn(session, TURN)
    beside_others(session, OBJECTS)  # nobody deletes it meanwhile as an object without a name
    require_known_signer(session, read, given, actor=actor)
    if storage_of(tools.settings).size_of(apk_name(given.digest)) is None:
        raise NotInStorage(digest=given.digest)  # it was removed at the same moment
    apk = session.scalar(select(Apk).where(Apk.digest == given.digest))
    if apk is not None and apk.removed_at is None and not given.trust:
        return apk
    if apk is None:
        apk = Apk(id=uuid4(), digest=given.digest, size=given.size, added_by=actor.name)
        session.add(apk)
    apk.package, apk.certificate = read.package, read.certificate
    apk.version_code, apk.version_name = read.version_code, read.version_name
    apk.added_at, apk.added_by = now(), actor.name
    apk.removed_at = apk.removed_by = None
    apk.trusted_by = actor.name if given.trust else None
    apk.trusted_because = given.reason if given.trust else None
    added = events.ApkAdded(
        **_about(apk),
        certificate=apk.certificate,
        size=apk.size,
        trusted_because=apk.trusted_because,
    )
    record(session, actor, added)
    write(session)
    return apk


def remove(session: Session, tools: Tools, reference: str, *, actor: Actor) -> Apk:
    """Delete a file that nothing is to be updated from any more; its line stays."""
    actor.require(Permission.APKS_WRITE)
    in_turn(session, TURN)
    apk = apk_of(session, reference)
    _require_spare(session, apk)
    apk.removed_at, apk.removed_by = now(), actor.name
    record(session, actor, events.ApkRemoved(**_about(apk)))
    write(session)
    storage_of(tools.settings).delete([apk_name(apk.digest)])
    return apk


def fetch(session: Session, tools: Tools, digest: str, *, actor: Actor) -> tuple[Apk, Storage]:
    """Return a file for a station, and where its bytes are."""
    actor.require(Permission.APKS_FETCH)
    apk = session.scalar(select(Apk).where(Apk.digest == digest, Apk.removed_at.is_(None)))
    if apk is None:
        raise ApkNotFound(apk=digest)
    return apk, storage_of(tools.settings)


def pieces(storage: Storage, apk: Apk, start: int, end: int) -> Iterator[bytes]:
    return storage.read(apk_name(apk.digest), start=start, end=end)


def apks(session: Session, query: ApkQuery, *, actor: Actor) -> tuple[list[Apk], str | None]:
    """Return one page of the files there are, and the mark of the next."""
    actor.require(Permission.APKS_READ)
    statement = select(Apk).where(containing(query.q, Apk.package, Apk.version_name, Apk.digest))
    if query.package:
        statement = statement.where(Apk.package == query.package)
    if not query.removed:
        statement = statement.where(Apk.removed_at.is_(None))
    return page(session, statement, query, sorts=SORTS, default="-added_at", key=Apk.id)


def apk(session: Session, reference: str, *, actor: Actor) -> Apk:
    """Return a file by its digest, or the beginning of it; also one that was removed."""
    actor.require(Permission.APKS_READ)
    return apk_of(session, reference, removed=True)


def apk_of(session: Session, reference: str, *, removed: bool = False) -> Apk:
    if not PART.fullmatch(reference):
        raise ApkNotFound(apk=reference)
    named = select(Apk).where(Apk.digest.startswith(reference)).limit(2)
    if not removed:
        named = named.where(Apk.removed_at.is_(None))
    found = session.scalars(named).all()
    if len(found) != 1:
        raise ApkNotFound(apk=reference)
    return found[0]


def shown(one: Apk) -> ApkOut:
    return ApkOut.model_validate(one)


def _require_spare(session: Session, apk: Apk) -> None:
    waiting = select(Remedy.number).where(
        Remedy.apk_id == apk.id, Remedy.state == RemedyState.PLANNED
    )
    numbers = list(session.scalars(waiting.order_by(Remedy.number).limit(5)))
    if numbers:
        raise ApkInUse(package=apk.package, remedies=", ".join(numbers))


def _about(apk: Apk) -> events.AboutApk:
    return {
        "subject_id": apk.id,
        "subject_name": f"{apk.package} {apk.version}",
        "digest": apk.digest,
        "version_code": apk.version_code,
    }
