"""Signatures: with one's own hand by one's own sign-in, at the desk, or with ink on a scan.

What is signed is the digest of the paper that was read. A signature by one's own sign-in is seen by
the server itself: `observed`. Of one at the desk, and of ink, an operator says whose it is:
`declared`. None is more than that: no machine knows a hand.
"""

from collections.abc import Callable, Collection
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.services import require_signed_in
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.papers import AttestIn, PaperRole, SignedHow, SignIn
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.database import clash, write
from fleet.papers import events
from fleet.papers.errors import (
    DigestOfAnother,
    NotToBeSignedSo,
    NotYoursToSign,
    PaperAltered,
    RoleSigned,
    RoleSignedMeanwhile,
    SignedInAnotherRole,
    SignsForHimself,
)
from fleet.papers.models import Paper, PaperParty, PaperScan, Signature
from fleet.papers.standing import held_still, require_valid

clash("uq_signature_paper_id_role", RoleSignedMeanwhile)
clash("signature.paper_id, signature.role", RoleSignedMeanwhile)

# What is done when a paper was signed (an application is handed out by its form); each returns
# what is to be said to whoever is there now. Filled by `fleet.wiring`.
SIGN_LISTENERS: Final[list[Callable[[Session, Paper, Signature, Actor], list[str]]]] = []

LEVELS: Final = {
    SignedHow.OWN_HAND: Level.OBSERVED,
    SignedHow.AT_THE_DESK: Level.DECLARED,
    SignedHow.ON_PAPER: Level.DECLARED,
}


def sign(
    session: Session,
    paper: Paper,
    given: SignIn,
    *,
    actor: Actor,
    told: list[str] | None = None,
) -> Signature:
    """Sign as oneself; refused for a role that is somebody else's.

    `told` is given what came of it beyond the signature, in sentences.
    """
    actor.reach(Permission.PAPERS_SIGN)
    require_signed_in(actor)
    held = _to_be_signed(session, paper, given)
    party = party_of(held, given.role)
    _require_own(held, party, actor)
    signature = _signature(party, SignedHow.OWN_HAND, actor)
    signature.name, signature.employee_id = actor.name, actor.employee_id
    if party.employee is not None:
        signature.name = party.employee.name
    return _keep(session, held, signature, given, actor, told)


def attest(
    session: Session,
    paper: Paper,
    given: AttestIn,
    *,
    actor: Actor,
    told: list[str] | None = None,
) -> Signature:
    """Let somebody sign at the desk, and say how one knows that it is he."""
    actor.require(Permission.PAPERS_WRITE)
    held = _to_be_signed(session, paper, given)
    party = party_of(held, given.role)
    _require_another(held, party, given.name, actor)
    signature = _signature(party, SignedHow.AT_THE_DESK, actor)
    signature.name, signature.identity = given.name, given.identity
    return _keep(session, held, signature, given, actor, told)


def signed_with_ink(
    session: Session,
    paper: Paper,
    scan: PaperScan,
    roles: Collection[PaperRole],
    *,
    actor: Actor,
    told: list[str] | None = None,
) -> None:
    """Note the signatures that a scan shows, in the order of the paper's parties.

    What was signed before stays as it is.
    """
    actor.require(Permission.PAPERS_WRITE)
    for party in sorted((party_of(paper, role) for role in roles), key=lambda one: one.place):
        if paper.signature(party.role) is not None:
            raise RoleSigned(number=paper.number, role=party.role.value)
        signature = _signature(party, SignedHow.ON_PAPER, actor)
        signature.scan = scan
        _keep(session, paper, signature, None, actor, told)


def party_of(paper: Paper, role: PaperRole) -> PaperParty:
    party = paper.party(role)
    if party is None:
        known = ", ".join(one.role.value for one in paper.parties)
        raise NotToBeSignedSo(number=paper.number, role=role.value, known=known)
    return party


def may_sign(party: PaperParty, actor: Actor) -> bool:
    """Tell whether a role is the actor's: his own, or an office that whoever runs it signs for."""
    if not actor.may(Permission.PAPERS_SIGN):
        return False
    if party.employee_id is not None:
        return party.employee_id == actor.employee_id
    return actor.reach(Permission.PAPERS_SIGN).everything


def _to_be_signed(session: Session, paper: Paper, given: SignIn) -> Paper:
    """Return a paper that counts, is unaltered, is the one that was read, and lacks that role."""
    held = held_still(session, paper)
    require_valid(held)
    if not held.is_whole:
        raise PaperAltered(number=held.number)
    if not held.digest.startswith(given.digest.replace(" ", "")):
        raise DigestOfAnother(number=held.number)
    if held.signature(given.role) is not None:
        raise RoleSigned(number=held.number, role=given.role.value)
    return held


def _require_own(paper: Paper, party: PaperParty, actor: Actor) -> None:
    if not may_sign(party, actor):
        raise NotYoursToSign(number=paper.number, role=party.role.value)
    for other in paper.signatures:
        if other.how is SignedHow.OWN_HAND and other.by_id == actor.id:
            raise SignedInAnotherRole(number=paper.number, role=other.role.value)


def _require_another(paper: Paper, party: PaperParty, name: str, actor: Actor) -> None:
    own = party.employee_id is not None and party.employee_id == actor.employee_id
    if own or name == actor.name:
        raise SignsForHimself(number=paper.number)


def _signature(party: PaperParty, how: SignedHow, actor: Actor) -> Signature:
    return Signature(
        id=uuid4(),
        role=party.role,
        name=party.name or actor.name,
        employee_id=party.employee_id,
        how=how,
        level=LEVELS[how],
        signed_at=now(),
        by=actor.name,
        by_id=actor.id,
    )


def _keep(
    session: Session,
    paper: Paper,
    signature: Signature,
    given: SignIn | None,
    actor: Actor,
    told: list[str] | None,
) -> Signature:
    signature.digest = paper.digest
    if given is not None and given.drawing is not None:
        signature.drawing = given.drawing.model_dump(mode="json")
    paper.signatures.append(signature)
    event = events.PaperSigned(
        **paper.about,
        role=signature.role,
        how=signature.how,
        level=signature.level,
        digest=signature.digest,
        identity=signature.identity,
    )
    record(session, actor, event)
    write(session)
    for listen in SIGN_LISTENERS:
        said = listen(session, paper, signature, actor)
        if told is not None:
            told += said
    return signature
