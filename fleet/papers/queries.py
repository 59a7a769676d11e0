"""Finding papers: those who sign them, the heads above, the desk and auditors."""

import hmac
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from fleet.access.actor import Actor, Reach
from fleet.contracts.papers import (
    Drawing,
    PaperLineOut,
    PaperOut,
    PaperQuery,
    PaperSignedOut,
    PaperState,
    PartyOut,
    Said,
    ScanOut,
    SignatureOut,
)
from fleet.contracts.permissions import Permission
from fleet.paging import containing, page
from fleet.papers.errors import PaperNotFound
from fleet.papers.models import Paper, PaperParty, PaperScan, Signature
from fleet.people.models import Employee
from fleet.people.queries import people_within

SORTS = {
    "number": Paper.number,
    "kind": Paper.kind,
    "subject": Paper.subject,
    "made_at": Paper.made_at,
}


def paper(session: Session, number: str, *, actor: Actor) -> Paper:
    """Return a paper within the actor's reach; others do not exist for him."""
    reach = actor.reach(Permission.PAPERS_READ)
    return _within(session, number, reach)


def paper_to_sign(session: Session, number: str, *, actor: Actor) -> Paper:
    reach = actor.reach(Permission.PAPERS_SIGN)
    return _within(session, number, reach)


def _within(session: Session, number: str, reach: Reach) -> Paper:
    found = session.scalar(_whole().where(Paper.number == number, papers_within(reach)))
    if found is None:
        raise PaperNotFound(number=number)
    return found


def paper_by_check(session: Session, check: str) -> Paper | None:
    """Return the paper whose QR code leads here; for everybody, so of it little is shown."""
    found = session.scalar(select(Paper).where(Paper.check == check))
    return found if found and hmac.compare_digest(found.check, check) else None


def papers(
    session: Session, query: PaperQuery, *, actor: Actor
) -> tuple[list[PaperLineOut], str | None]:
    """Return one page of papers, the newest first, and the mark of the next."""
    statement = select(Paper).where(
        papers_within(actor.reach(Permission.PAPERS_READ)),
        containing(query.q, Paper.number, Paper.subject, Paper.digest),
        *_asked(query),
    )
    statement = statement.options(defer(Paper.content))
    rows, mark = page(session, statement, query, sorts=SORTS, default="-made_at", key=Paper.id)
    ids = [row.id for row in rows]
    parties, signed = _counted(session, PaperParty, ids), _counted(session, Signature, ids)
    return [_line(row, parties, signed) for row in rows], mark


def papers_within(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the papers that somebody within `reach` signs."""
    if reach.everything:
        return true()
    theirs = select(PaperParty.paper_id).join(PaperParty.employee).where(people_within(reach))
    return Paper.id.in_(theirs)


def _asked(query: PaperQuery) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if query.kind:
        asked.append(Paper.kind == query.kind)
    if query.state:
        asked.append(_is(query.state))
    if query.employee:
        theirs = select(PaperParty.paper_id).join(PaperParty.employee)
        asked.append(Paper.id.in_(theirs.where(Employee.number == query.employee)))
    if query.signed:
        asked.append(_signed(query.signed))
    return asked


def _is(state: PaperState) -> ColumnElement[bool]:
    if state is PaperState.VOID:
        return Paper.voided_at.is_not(None)
    replaced = Paper.replaced_by_id.is_not(None)
    still = Paper.voided_at.is_(None)
    return still & (replaced if state is PaperState.REPLACED else ~replaced)


def _signed(how_many: str) -> ColumnElement[bool]:
    parties, signed = _number_of(PaperParty), _number_of(Signature)
    if how_many == "all":
        return signed == parties
    return signed == 0 if how_many == "none" else (signed > 0) & (signed < parties)


def _number_of(table: type[PaperParty] | type[Signature]) -> ColumnElement[int]:
    return select(func.count()).where(table.paper_id == Paper.id).scalar_subquery()


def _counted(
    session: Session, table: type[PaperParty] | type[Signature], ids: Sequence[UUID]
) -> dict[UUID, int]:
    of_them = select(table.paper_id, func.count()).where(table.paper_id.in_(ids))
    return dict(iter(session.execute(of_them.group_by(table.paper_id))))


def _whole() -> Select[Paper]:
    return select(Paper).options(
        joinedload(Paper.replaced_by),
        selectinload(Paper.parties).joinedload(PaperParty.employee),
        selectinload(Paper.signatures).joinedload(Signature.scan),
        selectinload(Paper.scans),
    )


def _line(row: Paper, parties: dict[UUID, int], signed: dict[UUID, int]) -> PaperLineOut:
    return PaperLineOut(**_told(row), parties=parties.get(row.id, 0), signed=signed.get(row.id, 0))


def _told(row: Paper) -> dict[str, Any]:
    names = ("number", "kind", "subject", "state", "made_at", "made_by", "digest")
    return {name: getattr(row, name) for name in names}


def shown(one: Paper) -> PaperOut:
    return PaperOut(
        **_told(one),
        parties=len(one.parties),
        signed=len(one.signatures),
        replaced_by=one.replaced_by.number if one.replaced_by else None,
        voided_at=one.voided_at,
        voided_by=one.voided_by,
        void_reason=one.void_reason,
        check=one.check,
        content=one.said,
        signers=[_party(one, party) for party in one.parties],
        scans=[_scan(scan) for scan in one.scans],
    )


def shown_signed(one: Paper, told: list[str]) -> PaperSignedOut:
    return PaperSignedOut(**dict(shown(one)), told=told)


def _party(one: Paper, party: PaperParty) -> PartyOut:
    signature = one.signature(party.role)
    return PartyOut(
        role=party.role,
        title=Said.model_validate(party.title),
        name=party.name,
        employee=party.employee.number if party.employee else None,
        signature=shown_signature(signature) if signature else None,
    )


def shown_signature(one: Signature) -> SignatureOut:
    return SignatureOut(
        role=one.role,
        name=one.name,
        how=one.how,
        level=one.level,
        signed_at=one.signed_at,
        by=one.by,
        identity=one.identity,
        digest=one.digest,
        drawing=Drawing.model_validate(one.drawing) if one.drawing else None,
        scan=one.scan.number if one.scan else None,
    )


def _scan(one: PaperScan) -> ScanOut:
    return ScanOut.model_validate(one)
