"""What is known of phones on their way back: of many at once, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from fleet.accounts.models import Account
from fleet.accounts.opening import opens_now
from fleet.backups.chats import Chats, chats_by, said_of
from fleet.backups.models import Backup, ChatAttestation
from fleet.backups.queries import latest_complete_of
from fleet.contracts.accessories import Names
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.plans import Plan
from fleet.contracts.proof import Level
from fleet.custody.accessories import accessories_of
from fleet.custody.accessory_words import known_words
from fleet.custody.models import Accessory, Declaration, Holding, Waiver
from fleet.custody.queries import held_by_each
from fleet.custody.signing import Signing, signings
from fleet.devices.models import Device, DeviceFacts
from fleet.plans.queries import PLANS, taken_by
from fleet.rotation.models import Rotation, RotationDeclaration
from fleet.shipped import Known
from fleet.stations.models import JobLease, Station
from fleet.vault.models import Credential

Paper = TypeVar("Paper", Waiver, Declaration)


@dataclass(frozen=True)
class Proofs:
    """Each by the id of its phone; `held` by employee, `credentials` by phone or account.

    `backups` are the newest complete ones, `begun` when a station first had the work of each, by
    the server's clock. `facts` are what the last visit brought, as it is stored.
    """

    holdings: Mapping[UUID, Holding]
    held: Mapping[UUID, Sequence[Holding]]
    credentials: Mapping[UUID, Credential]
    backups: Mapping[UUID, Backup]
    begun: Mapping[UUID, datetime]
    facts: Mapping[UUID, dict[str, Any] | None]
    declared: Mapping[UUID, Sequence[Declaration]]
    waived: Mapping[UUID, Sequence[Waiver]]
    attested: Mapping[UUID, Sequence[ChatAttestation]]
    plans: Sequence[Known[Plan]]
    rotations: Mapping[UUID, Rotation]  # the newest that has ended, by credential
    # By credential: what one said he did beside a change of it, and another one saw.
    witnessed: Mapping[UUID, Sequence[RotationDeclaration]]
    accessories: Mapping[UUID, Sequence[Accessory]]  # by the holding of the phone
    accessory_names: Mapping[str, Names]  # by their words
    signings: Mapping[UUID, Signing]
    stations: Mapping[UUID, str]

    def station(self, key: UUID | None) -> str | None:
        return self.stations.get(key) if key else None

    def kit(self, device: Device) -> Sequence[Accessory]:
        holding = self.holdings.get(device.id)
        return self.accessories.get(holding.id, ()) if holding else ()

    def held_with(self, device: Device) -> Sequence[Holding]:
        """Return everything that the holder of a phone holds."""
        holding = self.holdings.get(device.id)
        return self.held.get(holding.employee_id, ()) if holding else ()

    @property
    def words(self) -> Mapping[str, str]:
        """Return what accessories are called in the language that is spoken now."""
        return {word: names.here for word, names in self.accessory_names.items()}

    def chats_of(self, device: Device, since: datetime | None) -> Chats:
        """Return how well it is known that a phone's chats are safe, by its newest backup."""
        return chats_by(self.attested.get(device.id, ()), self.backups.get(device.id), since)

    def chats_needed(self, device: Device) -> Level:
        """Return what the plans for this phone demand; facts are read where one demands it."""
        demanding = [one for one in self.plans if one.content.return_needs is not Level.NONE]
        known = self.facts.get(device.id) if demanding else None
        facts = None if known is None else PhoneFacts.model_validate(known)
        return taken_by(demanding, facts).return_needs


def proofs_of(
    session: Session, devices: Iterable[Device], accounts: Iterable[Account] = ()
) -> Proofs:
    """Read what there is of these phones, of what is held with them, and of `accounts`."""
    phones = {device.id: device for device in devices}
    holdings = _open_holdings(session, phones)
    held = held_by_each(session, {holding.employee_id for holding in holdings.values()})
    used = [one.account_id for mine in held.values() for one in mine if one.account_id]
    backups = latest_complete_of(session, phones)
    credentials = _credentials(session, phones, [*used, *(one.id for one in accounts)])
    begun = _returns(phones)
    rotations = _rotations(session, credentials.values(), begun)
    return Proofs(
        holdings=holdings,
        held=held,
        credentials=credentials,
        backups=backups,
        begun=_begun(session, backups),
        facts=_facts(session, phones),
        declared=_papers(session, Declaration, phones),
        waived=_papers(session, Waiver, phones),
        attested=said_of(session, phones),
        plans=list(PLANS.newest(session).values()),
        rotations=rotations,
        witnessed=_witnessed(session, credentials.values(), begun),
        accessories=accessories_of(session, {one.id for one in holdings.values()}),
        accessory_names={word: one.names for word, one in known_words(session).items()},
        signings=signings(session, begun) if begun else {},
        stations=_stations(session, phones.values(), backups.values(), rotations.values()),
    )


def _returns(phones: Mapping[UUID, Device]) -> dict[UUID, datetime]:
    return {key: since for key, one in phones.items() if (since := one.returning_since)}


def _rotations(
    session: Session, credentials: Iterable[Credential], begun: Mapping[UUID, datetime]
) -> dict[UUID, Rotation]:
    """Return the newest change that showed something since the first of these returns began."""
    if not begun:
        return {}
    shown = (
        Rotation.credential_id.in_([one.id for one in credentials]),
        Rotation.ended_at >= min(begun.values()),
        Rotation.level != Level.NONE,
    )
    found = select(Rotation).where(*shown).options(joinedload(Rotation.job))
    rows = session.scalars(found.order_by(Rotation.ended_at))
    return {row.credential_id: row for row in rows}


def _witnessed(
    session: Session, credentials: Iterable[Credential], begun: Mapping[UUID, datetime]
) -> dict[UUID, list[RotationDeclaration]]:
    """Return what two people said of these since the first of these returns began."""
    found: dict[UUID, list[RotationDeclaration]] = defaultdict(list)
    if not begun:
        return found
    since = RotationDeclaration.said_at >= min(begun.values())
    seen = since, RotationDeclaration.witnessed_at.is_not(None)
    theirs = Rotation.credential_id.in_([one.id for one in credentials])
    rows = select(Rotation.credential_id, RotationDeclaration).join(RotationDeclaration.rotation)
    rows = rows.where(theirs, *seen).order_by(RotationDeclaration.said_at)
    for key, said in session.execute(rows):
        found[key].append(said)
    return found


def _stations(
    session: Session,
    phones: Iterable[Device],
    backups: Iterable[Backup],
    rotations: Iterable[Rotation],
) -> dict[UUID, str]:
    places = {one.station_id for one in phones} | {one.station_id for one in backups}
    places |= {one.job.station_id for one in rotations if one.job is not None}
    places -= {None}
    named = select(Station.id, Station.name).where(Station.id.in_(places))
    return dict(iter(session.execute(named)))


def _open_holdings(session: Session, phones: Iterable[UUID]) -> dict[UUID, Holding]:
    now_open = select(Holding).where(Holding.device_id.in_(phones), Holding.returned_at.is_(None))
    found = session.scalars(now_open.options(joinedload(Holding.employee)))
    return {holding.device_id: holding for holding in found if holding.device_id}


def _credentials(
    session: Session, phones: Iterable[UUID], accounts: Iterable[UUID]
) -> dict[UUID, Credential]:
    pins = Credential.kind == CredentialKind.DEVICE_PIN, Credential.device_id.in_(phones)
    keys = Credential.account_id.in_(accounts), opens_now()
    known = select(Credential).where(or_(and_(*pins), and_(*keys)))
    found = session.scalars(known.options(selectinload(Credential.versions)))
    return {key: one for one in found if (key := one.device_id or one.account_id)}


def _begun(session: Session, backups: Mapping[UUID, Backup]) -> dict[UUID, datetime]:
    jobs = [backup.job_id for backup in backups.values() if backup.job_id]
    lent = (
        select(JobLease.job_id, func.min(JobLease.leased_at))
        .where(JobLease.job_id.in_(jobs))
        .group_by(JobLease.job_id)
    )
    first = dict(iter(session.execute(lent)))
    return {
        key: (first.get(backup.job_id) if backup.job_id else None) or backup.planned_at
        for key, backup in backups.items()
    }


def _facts(session: Session, phones: Iterable[UUID]) -> dict[UUID, dict[str, Any] | None]:
    told = select(DeviceFacts.device_id, DeviceFacts.facts)
    return dict(iter(session.execute(told.where(DeviceFacts.device_id.in_(phones)))))


def _papers(
    session: Session, paper: type[Paper], phones: Mapping[UUID, Device]
) -> dict[UUID, list[Paper]]:
    """Return the papers of each phone's present return, oldest first."""
    since = _returns(phones)
    first = min(since.values(), default=now())
    wanted = paper.device_id.in_(since), paper.at >= first
    found: dict[UUID, list[Paper]] = defaultdict(list)
    for row in session.scalars(select(paper).where(*wanted).order_by(paper.at)):
        if row.at >= since[row.device_id]:
            found[row.device_id].append(row)
    return found
