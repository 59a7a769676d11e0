"""Signatures as people give them."""

from dataclasses import replace

from fleet.access.actor import Actor
from fleet.contracts.papers import AttestIn, Drawing, PaperRole, SignIn
from fleet.papers.models import Paper

STROKES = Drawing(strokes=((10, 10, 90, 40), (20, 120, 300, 60, 599, 199)))


def attested(paper: Paper, role: PaperRole, name: str) -> AttestIn:
    return AttestIn(role=role, digest=paper.digest, name=name, identity="staff card")


def signed(paper: Paper, role: PaperRole, drawing: Drawing | None = None) -> SignIn:
    return SignIn(role=role, digest=paper.digest, drawing=drawing)


def in_person(actor: Actor, employee: object = None) -> Actor:
    """Return somebody who is signed in with his password, as an employee where he is one."""
    return replace(actor, signed_in=True, employee_id=getattr(employee, "id", None))
