"""A house with something behind every door, and somebody with every role before them."""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import SYSTEM
from fleet.access.granting import grant_role
from fleet.access.models import RoleGrant, Token, User
from fleet.access.permissions import STATION
from fleet.access.queries import actor_of_token
from fleet.access.secrets import digest_of
from fleet.access.services import make_user
from fleet.access.tokens import make_token
from fleet.accounts.models import Account
from fleet.audit.models import AuditEntry
from fleet.backups.models import Backup
from fleet.backups.services import plan_backup
from fleet.builds.models import Build
from fleet.cases.models import Case
from fleet.compliance.models import Finding
from fleet.conduct.models import Violation
from fleet.contracts.access import Role
from fleet.contracts.clock import now
from fleet.contracts.keeping import Depth, PreservationIn
from fleet.contracts.stations import EnrolIn, PhoneSeen, Report, SyncIn
from fleet.devices.models import Device
from fleet.escrow.models import EscrowKey
from fleet.incidents.models import Incident
from fleet.keeping.checking import begin
from fleet.keeping.drills import plan_drill
from fleet.keeping.models import Preservation, RestoreDrill, StorageCheck
from fleet.keeping.preserving import place
from fleet.openings.models import Opening
from fleet.people.models import Department, Employee
from fleet.requests.models import ChangeRequest, Delegation
from fleet.rotation.models import Rotation
from fleet.sims.models import Sim
from fleet.stations import services as stations
from fleet.stations.exchange import sync
from fleet.stations.models import Job, Station
from fleet.vault import disclosing, services
from fleet.vault.models import DisclosureRequest
from fleet.vault.queries import credential_of, password_of, pin_of
from fleet.vault.tools import Tools
from tests.api.conftest import public_key
from tests.api.two_departments import Settled, settle_two, token_in
from tests.factories import Make
from tests.fleet.keeping.shelf import Shelf

PIN, PASSWORD = "40917352860146", "Fathom-Quarry-9-Lantern"  # long enough not to occur by chance
OF_ONE_PLACE = (Role.MANAGER, Role.EMPLOYEE)
EVERYWHERE = tuple(role for role in Role if role not in OF_ONE_PLACE)
STRANGER = "stranger"
# Whoever changes less asks first: what others have, and may, is then theirs still.
ROLES = (*OF_ONE_PLACE, STRANGER, *reversed(EVERYWHERE), STATION)


@dataclass
class House:
    """`known` are the names of what is there, by the parameter of an address or field of a body."""

    two: dict[str, Settled]
    tokens: dict[str, str] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        return [PIN, PASSWORD, *self.tokens.values()]

    def let_in_again(self, sessions: sessionmaker[Session], role: str) -> None:
        """Give whoever was shut out what he was let in with."""
        with sessions.begin() as session:
            old = session.scalars(
                select(Token).where(Token.digest == digest_of(self.tokens[role]))
            ).one()
            if old.user is None:
                self.tokens[role] = enrolled(session)
                return
            old.user.active = True
            self.tokens[role] = make_token(session, user=old.user, label="test", actor=SYSTEM)[0]


def enrolled(session: Session) -> str:
    """Return the token of the station that is enrolled now."""
    code = stations.invite(session, "bench", minutes=60, actor=SYSTEM).code
    given = EnrolIn(code=code, public_key=public_key(), software="test 1")
    return stations.enrol(session, given).token


def built(sessions: sessionmaker[Session], tools: Tools) -> House:
    with sessions.begin() as session:
        make = Make(session)
        house = House(settle_two(session, make, tools))
        _let_everybody_in(session, make, house)
        _put_things_in(session, make, tools, house)
    with sessions() as session:
        _name_everything(session, house)
    return house


def _let_everybody_in(session: Session, make: Make, house: House) -> None:
    for role in EVERYWHERE:
        user = make_user(session, username=role, name=f"A {role}", actor=SYSTEM)
        grant_role(session, user, role, reason="of the test", actor=SYSTEM)
        house.tokens[role] = make_token(session, user=user, label="test", actor=SYSTEM)[0]
    for role in OF_ONE_PLACE:
        house.tokens[role] = token_in(session, house.two["EAST"], role)
    house.tokens[STATION] = enrolled(session)


def _put_things_in(session: Session, make: Make, tools: Tools, house: House) -> None:
    """Passwords known, a phone seen at the station, and work of each kind planned for it."""
    operator = actor_of_token(session, house.tokens[Role.OPERATOR])
    spare = make.device(tag="SPARE-PHONE")
    values = (pin_of(spare), PIN), (password_of(make.account(handle="spare-account")), PASSWORD)
    for subject, value in values:
        services.adopt(session, tools, subject, value=value, reason="known", actor=SYSTEM)
        credential = credential_of(session, subject)
        disclosing.request_disclosure(session, credential, reason="to look", actor=operator)
    make.sim(number="13900000001")
    seen = PhoneSeen(facts=make.facts(spare), transport="usb:1", digest="0" * 64)
    report = Report(sequence=1, at=now(), body=seen)
    station = actor_of_token(session, house.tokens[STATION])
    given = SyncIn(reports=[report], present=[spare.serial], free=0)
    assert not sync(session, tools, given, actor=station).rejected
    plan_backup(session, tools, spare, reason="monthly", actor=SYSTEM)
    stored = Shelf(session, tools.settings, make).backup("sealed", device=make.device())
    plan_drill(session, stored, reason="monthly", actor=SYSTEM)
    begin(session, Depth.DEEP, actor=SYSTEM)
    kept = PreservationIn(device=spare.tag, reason="case 7")
    place(session, kept, actor=SYSTEM)
    make.build()


# What stands in an address, and in a field of a message, is the name of one of these.
IN_ADDRESSES: Final = {
    "accounts": Account.handle,
    "backups": Backup.number,
    "builds": Build.id,
    "delegations": Delegation.id,
    "departments": Department.code,
    "devices": Device.tag,
    "disclosure-requests": DisclosureRequest.id,
    "employees": Employee.number,
    "entries": AuditEntry.sequence,
    "escrow-keys": EscrowKey.name,
    "findings": Finding.number,
    "grants": RoleGrant.id,
    "incidents": Incident.number,
    "jobs": Job.id,
    "cases": Case.number,
    "openings": Opening.number,
    "preservations": Preservation.number,
    "requests": ChangeRequest.number,
    "restore-drills": RestoreDrill.number,
    "rotations": Rotation.id,
    "sessions": Token.id,
    "sims": Sim.number,
    "stations": Station.name,
    "storage-checks": StorageCheck.number,
    "tokens": Token.id,
    "users": User.username,
    "violations": Violation.number,
}
IN_FIELDS: Final = {
    "accounts": Account.handle,
    "backup": Backup.number,
    "delegate": Employee.number,
    "department": Department.code,
    "device": Device.tag,
    "devices": Device.tag,
    "employee": Employee.number,
    "head": Employee.number,
    "holder": Employee.number,
    "job": Job.id,
    "parent": Department.code,
    "present": Device.serial,
    "sims": Sim.number,
    "station": Station.name,
    "successor": Employee.number,
    "to": Employee.number,
    "username": User.username,
}


def _name_everything(session: Session, house: House) -> None:
    for name, column in {**IN_ADDRESSES, **IN_FIELDS}.items():
        house.known[name] = sorted(map(str, session.scalars(select(column))))
    missing = [name for name, values in house.known.items() if not values]
    assert not missing, missing
