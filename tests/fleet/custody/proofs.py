"""What stations would have shown, put into the tables by the verbs that store it."""

from dataclasses import replace
from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor
from fleet.accounts.models import Account
from fleet.backups.models import Backup
from fleet.contracts.backups import BackupState
from fleet.contracts.clock import now
from fleet.contracts.custody import CheckName
from fleet.contracts.facts import AccountCount, Lock, PhoneFacts, User
from fleet.contracts.facts import Sim as Card
from fleet.contracts.proof import Level
from fleet.contracts.waivers import WaiverIn
from fleet.custody.at_hand import NEVER_WAIVED
from fleet.custody.models import Waiver
from fleet.custody.services import declare, start_return
from fleet.custody.waivers import ask_waiver, decide_waiver
from fleet.devices.models import Device
from fleet.devices.observation import observe
from fleet.people.models import Employee
from fleet.sims.models import Sim
from fleet.vault import services as vault
from fleet.vault.queries import password_of, pin_of
from fleet.vault.tools import Tools
from tests.factories import Make

ALL = set(CheckName)
WAIVABLE = ALL - NEVER_WAIVED


def waive(
    session: Session, device: Device, *, check: CheckName, reason: str, actor: Actor
) -> Waiver:
    """Have a waiver asked for by somebody, and granted by `actor`."""
    asker = replace(SYSTEM, id=uuid4(), name="asker")
    asked = ask_waiver(session, device, WaiverIn(check=check, reason=reason), actor=asker)
    return decide_waiver(session, asked.number, grant=True, note=reason, actor=actor)


def pass_every_check(session: Session, device: Device, *, actor: Actor) -> None:
    """Waive what can be, and declare which phone it is."""
    for check in sorted(WAIVABLE):
        waive(session, device, check=check, reason="of the test", actor=actor)
    declare(session, device, check=CheckName.IDENTITY, note="its label says so", actor=actor)


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
    **given: object,
) -> PhoneFacts:
    """Let a station see the phone with these cards in it and these accounts signed in."""
    cards = tuple(Card(slot=n, iccid=sim.iccid) for n, sim in enumerate(sims))
    counts = tuple(AccountCount(type=kind, count=1) for kind in signed_in)
    facts = make.facts(device, sims=cards, accounts=counts, **given)
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
    unbind(session, make, device)


def look_at_empty(session: Session, tools: Tools, make: Make, device: Device) -> PhoneFacts:
    """Let a station see the phone as it is after it was erased."""
    owner, unlocked = (User(id=0, kind="owner"),), Lock(secure=False)
    return look(session, tools, make, device, users=owner, lock=unlocked, boot_count=1)


def unbind(session: Session, make: Make, device: Device) -> None:
    """Say of every account on it that the holder's real name and cards are gone."""
    seen = "seen in the wallet"
    declare(session, device, check=CheckName.UNBOUND, note=seen, actor=make.actor())
