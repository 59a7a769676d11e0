"""Scans of what was signed with ink: known by their content, encrypted in the storage."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.backups import boxes
from fleet.backups.boxes import Box
from fleet.backups.storage import scan_name
from fleet.contracts.clock import now
from fleet.contracts.papers import LARGEST_SCAN, PaperRole, ScanQuery
from fleet.contracts.permissions import Permission
from fleet.database import write
from fleet.papers import events
from fleet.papers.errors import (
    NotToBeSignedSo,
    ScanArrivedWrong,
    ScanNotFound,
    ScanNotWhole,
    ScanTooLarge,
    ScanUnreadable,
)
from fleet.papers.models import Paper, PaperScan, context_of
from fleet.papers.signing import signed_with_ink
from fleet.papers.standing import held_still, require_valid
from fleet.vault.tools import Tools

# With how a PDF begins (ISO 32000-2, 7.5.2).
KINDS: Final = {b"%PDF-": "application/pdf", **boxes.PICTURES}


def require_may_attach(*, actor: Actor) -> None:
    """Refuse whoever may not attach a scan, before its bytes are read."""
    actor.require(Permission.PAPERS_WRITE)


def attach(
    session: Session,
    tools: Tools,
    paper: Paper,
    chunks: Iterable[bytes],
    given: ScanQuery,
    *,
    actor: Actor,
    told: list[str] | None = None,
) -> PaperScan:
    """Keep a scan and note who signed on it; the same one sent again changes nothing.

    `told` is given what came of the signatures, in sentences.
    """
    actor.require(Permission.PAPERS_WRITE)
    content = _received(chunks, given)
    kind = _kind_of(content)
    held = held_still(session, paper)
    known = next((one for one in held.scans if one.digest == given.digest), None)
    if known is not None:
        return known
    require_valid(held)
    roles = _roles(held, given)
    scan = _keep(tools, held, content, kind, given, actor)
    session.add(scan)
    held.scans.append(scan)
    event = events.ScanAttached(
        **held.about,
        digest=scan.digest,
        size=scan.size,
        content_type=kind,
        roles=[role.value for role in roles],
        note=given.note,
    )
    record(session, actor, event)
    write(session)
    signed_with_ink(session, held, scan, roles, actor=actor, told=told)
    return scan


def scan_of(paper: Paper, number: int) -> PaperScan:
    found = next((one for one in paper.scans if one.number == number), None)
    if found is None:
        raise ScanNotFound(number=paper.number, scan=number)
    return found


def opened(tools: Tools, paper: Paper, scan: PaperScan) -> bytes:
    """Return a scan as it was sent; refused where its bytes or its key are not what was stored."""
    box = Box(scan.object, scan.cipher, scan.sealed)
    content = boxes.opened(tools, box, named=scan_name, context=context_of(scan.id))
    if content is None:
        raise ScanNotWhole(number=paper.number, scan=scan.number)
    return content


def _received(chunks: Iterable[bytes], given: ScanQuery) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_SCAN:
            raise ScanTooLarge(most=LARGEST_SCAN)
    if len(content) != given.size or sha256(content).hexdigest() != given.digest:
        raise ScanArrivedWrong
    return bytes(content)


def _kind_of(content: bytes) -> str:
    found = boxes.kind_of(content, KINDS)
    if found is None:
        raise ScanUnreadable
    return found


def _roles(paper: Paper, given: ScanQuery) -> list[PaperRole]:
    known = {one.role.value: one.role for one in paper.parties}
    words = list(dict.fromkeys(filter(None, given.roles.split(","))))
    for word in words:
        if word not in known:
            raise NotToBeSignedSo(number=paper.number, role=word, known=", ".join(known))
    return [known[word] for word in words]


def _keep(
    tools: Tools, paper: Paper, content: bytes, kind: str, given: ScanQuery, actor: Actor
) -> PaperScan:
    """Put a scan into the storage and return its row."""
    scan_id = uuid4()
    box = boxes.packed(tools, content, named=scan_name, context=context_of(scan_id))
    return PaperScan(
        id=scan_id,
        paper_id=paper.id,
        number=max((one.number for one in paper.scans), default=0) + 1,
        digest=given.digest,
        size=given.size,
        kind=kind,
        object=box.object,
        cipher=box.cipher,
        sealed=box.sealed,
        note=given.note,
        added_at=now(),
        added_by=actor.name,
    )
