"""What stations would have shown, put into the tables by the verbs that store it."""

from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM
from fleet.accounts.models import Account
from fleet.backups.models import Backup
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.facts import AccountCount, PhoneFacts
from fleet.contracts.facts import Sim as Card
from fleet.contracts.proof import Level
from fleet.custody.services import start_return
from fleet.devices.models import Device
from fleet.devices.observation import observe
from fleet.people.models import Employee
from fleet.sims.models import Sim
from fleet.vault import services as vault
from fleet.vault.queries import password_of, pin_of
from fleet.vault.tools import Tools
from tests.factories import Make

ALL = set(CheckName)


def change(session: Session, tools: Tools, subject: object, level: Level) -> None:
    credential = vault.credential_for(session, subject)
    version = vault.propose(session, tools, credential, reason="test", actor=SYSTEM)
    vault.promote(session, tools, version, level, actor=SYSTEM)


def rotate_pin(session: Session, tools: Tools, device: Device, level: Level = Level.PROVEN) -> None:
    change(session, tools, pin_of(device), level)


def change_password(
    session: Session, tools: Tools, account: Account, level: Level = Level.OBSERVED
) -> None:
    change(session, tools, password_of(account), level)


def back_up(session: Session, device: Device, level: Level = Level.VERIFIED) -> Backup:
    moment = now()
    backup = Backup(
        id=uuid4(),
        number=f"BK-{uuid4().hex[:8]}",
        device=device,
        asked="test",
        roots=[],
        excludes=[],
        recipients=[],
        state=BackupState.COMPLETE,
        level=level,
        manifest_digest="0" * 64,
        planned_at=moment,
        started_at=moment,
        ended_at=moment,
    )
    session.add(backup)
    session.flush()
    return backup


def look(
    session: Session,
    tools: Tools,
    make: Make,
    device: Device,
    *,
    sims: tuple[Sim, ...] = (),
    signed_in: tuple[str, ...] = (),
) -> PhoneFacts:
    """Let a station see the phone with these cards in it and these accounts signed in."""
    cards = tuple(Card(slot=n, iccid=sim.iccid) for n, sim in enumerate(sims))
    counts = tuple(AccountCount(type=kind, count=1) for kind in signed_in)
    facts = make.facts(device, sims=cards, accounts=counts)
    observe(session, facts, station_id=uuid4(), at=now(), actor=SYSTEM, tools=tools)
    return facts


def return_with_proof(
    session: Session, tools: Tools, make: Make, device: Device, holder: Employee
) -> None:
    """Begin a phone's return and show everything that its gate asks for."""
    start_return(session, device, actor=make.actor())
    rotate_pin(session, tools, device)
    back_up(session, device)
    look(session, tools, make, device)
