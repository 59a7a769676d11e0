"""Two departments with a person each, who holds everything and leaves: neither may see the other.

What is told of a department is known by the handles that are its own.
"""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.services import make_user
from fleet.access.tokens import make_token
from fleet.applications.services import make as apply_for
from fleet.backups.queries import live_backup
from fleet.cases.opening import open_leaving
from fleet.compliance.findings import open_finding
from fleet.conduct.models import Violation
from fleet.contracts.access import Role
from fleet.contracts.accessories import AccessoryIn
from fleet.contracts.applications import ApplicationIn, SimWish, Wants
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.custody import CheckName
from fleet.contracts.findings import Rule
from fleet.contracts.openings import OpeningPurpose
from fleet.contracts.papers import PaperIn, PaperKind
from fleet.contracts.waivers import WaiverIn
from fleet.custody.accessories import Kit
from fleet.custody.issuing import issue
from fleet.custody.models import Certificate, Holding
from fleet.custody.photos import attach
from fleet.custody.waivers import ask_waiver
from fleet.incidents.models import Incident
from fleet.openings.services import ask_opening
from fleet.papers.services import make_paper
from fleet.people.models import Department
from fleet.requests.models import Delegation
from fleet.requests.services import ask
from fleet.vault.tools import Tools
from tests.factories import Make
from tests.photographs import JPEG, said_of

Settled = dict[str, object]


def settle_two(session: Session, make: Make, tools: Tools) -> dict[str, Settled]:
    company = make.department(code="COMPANY", name="Company")
    return {name: settled(session, make, tools, company, name) for name in ("EAST", "WEST")}


def settled(session: Session, make: Make, tools: Tools, company: Department, name: str) -> Settled:
    beneath = make.department(
        code=f"{name}-SALES", parent=make.department(code=name, parent=company)
    )
    person = make.employee(number=f"{name}-1", name=f"Ann of {name}", department=beneath)
    device = make.device(tag=f"{name}-PHONE", serial=f"{name}SERIAL")
    sim, account = make.sim(), make.account(handle=f"{name}-account", department=beneath)
    issue(
        session,
        to=person,
        devices=[device],
        sims=[sim],
        accounts=[account],
        registrant_seen=True,
        kit=Kit([AccessoryIn(word="charger")]),
        until=date(2099, 1, 1),
        actor=SYSTEM,
    )
    form = PaperIn(kind=PaperKind.ISSUE_FORM, subject=device.tag)
    paper = make_paper(session, form, actor=SYSTEM)
    loan = session.scalars(select(Holding).where(Holding.employee_id == person.id)).first()
    wanted = ApplicationIn(holder=person.number, reason="a second", wants=Wants(sim=SimWish()))
    application = apply_for(session, wanted, actor=SYSTEM)
    request = ask(
        session, tools, CredentialKind.DEVICE_PIN, device.tag, reason="known", actor=SYSTEM
    )
    delegation = Delegation(
        head=person,
        delegate=person,
        begins_at=now(),
        ends_at=now() + timedelta(days=1),
        reason="test",
        made_at=now(),
    )
    session.add(delegation)
    session.flush()
    case = open_leaving(session, tools, person, by=date(2099, 1, 1), successor=None, actor=SYSTEM)
    finding = open_finding(
        session, tools, device, Rule.PIN_REFUSED, since=None, digest=None, actor=SYSTEM
    )
    partner = make.partner(name=f"{name}-partner", department=beneath)
    deviation = make.deviation(account)
    backup = live_backup(session, device)  # the case has planned it
    opening = ask_opening(
        session, backup, purpose=OpeningPurpose.DRILL, reason="test", actor=SYSTEM
    )
    [incident] = session.scalars(select(Incident).where(Incident.finding_id == finding.id))
    [violation] = session.scalars(select(Violation).where(Violation.finding_id == finding.id))
    asked = WaiverIn(check=CheckName.PIN, reason="test")
    waiver = ask_waiver(session, device, asked, actor=SYSTEM)
    certificate = Certificate(
        number=f"CC-{name}",
        device=device,
        employee=person,
        accepted_at=now(),
        accepted_by="test",
        checks=[],
        kit={},
    )
    session.add(certificate)
    session.flush()
    photo = attach(session, tools, device, JPEG, said_of(), actor=SYSTEM)
    return {
        "person": person.id,
        "department": beneath.parent_id,
        "employee": person.number,
        "device": device.tag,
        "sim": sim.number,
        "iccid": sim.iccid,
        "account": account.handle,
        "application": application.number,
        "loan": loan.id,
        "case": case.number,
        "certificate": certificate.number,
        "waiver": waiver.number,
        "photo": photo.number,
        "incident": incident.number,
        "violation": violation.number,
        "finding": finding.number,
        "opening": opening.number,
        "paper": paper.number,
        "request": request.number,
        "delegation": delegation.id,
        "partner": partner.name,
        "deviation": deviation.number,
        "name": person.name,
        "code": beneath.code,
    }


def told_of(two: dict[str, Settled], place: str, body: str) -> list[str]:
    return [value for value in map(str, list(two[place].values())[2:]) if value in body]


def token_in(session: Session, settled: Settled, role: Role) -> str:
    """Return a token of somebody with `role`: the manager of a department, or the person there."""
    held = settled["person"] if role is Role.EMPLOYEE else None
    user = make_user(session, username=role, name=role, employee_id=held, actor=SYSTEM)  # type: ignore[arg-type]
    place = settled["department"] if role is Role.MANAGER else None
    grant_role(session, user, role, reason="test", department_id=place, actor=SYSTEM)  # type: ignore[arg-type]
    return make_token(session, user=user, label="test", actor=SYSTEM)[0]
