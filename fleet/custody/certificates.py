"""The papers of phones that came back, as people look for them."""

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from fleet.access.actor import Actor
from fleet.contracts.accessories import KitOut
from fleet.contracts.custody import CertificateOut, CertificateQuery, CheckOut
from fleet.contracts.permissions import Permission
from fleet.custody.errors import CertificateNotFound
from fleet.custody.models import Certificate
from fleet.custody.queries import phones_within, ref
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.people.models import Employee

SORTS = {"number": Certificate.number, "accepted_at": Certificate.accepted_at}


def certificates(
    session: Session, query: CertificateQuery, *, actor: Actor
) -> tuple[list[Certificate], str | None]:
    """Return one page of certificates, the newest first."""
    statement = (
        select(Certificate)
        .join(Certificate.device)
        .outerjoin(Certificate.employee)
        .options(contains_eager(Certificate.device), contains_eager(Certificate.employee))
        .where(
            phones_within(actor.reach(Permission.CUSTODY_READ)),
            containing(query.q, Certificate.number, Device.tag, Employee.name),
        )
    )
    if query.device:
        statement = statement.where(Device.tag == query.device)
    if query.holder:
        statement = statement.where(Employee.number == query.holder)
    sorts = SORTS
    return page(session, statement, query, sorts=sorts, default="-accepted_at", key=Certificate.id)


def certificate(session: Session, number: str, *, actor: Actor) -> Certificate:
    """Return the paper with this number, within the actor's reach."""
    within = phones_within(actor.reach(Permission.CUSTODY_READ))
    mine = select(Certificate).join(Certificate.device).where(Certificate.number == number, within)
    paper = session.scalar(mine)
    if paper is None:
        raise CertificateNotFound(number=number)
    return paper


def shown_certificate(paper: Certificate) -> CertificateOut:
    return CertificateOut(
        number=paper.number,
        device=paper.device.tag,
        serial=paper.device.serial,
        holder=ref(paper.employee) if paper.employee else None,
        accepted_at=paper.accepted_at,
        accepted_by=paper.accepted_by,
        witness=paper.witness,
        quarantine_until=paper.quarantine_until,
        checks=[CheckOut.model_validate(check) for check in paper.stood],
        kit=KitOut.model_validate(paper.kit),
        undone_at=paper.undone_at,
        undone_by=paper.undone_by,
        undone_because=paper.undone_because,
    )
