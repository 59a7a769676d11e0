"""Finding credentials, and opening their values for the few who need one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from fleet.access.actor import Actor
from fleet.contracts.credentials import CredentialKind, CredentialOut, CredentialQuery
from fleet.contracts.permissions import Permission
from fleet.keys.keyring import Keyring
from fleet.paging import containing, page
from fleet.vault.errors import CredentialNotFound
from fleet.vault.models import Credential, CredentialVersion


class Tagged(Protocol):
    """A phone: `devices.Device` is one."""

    @property
    def id(self) -> UUID: ...
    @property
    def tag(self) -> str: ...


class Handled(Protocol):
    """A work account: `accounts.Account` is one."""

    @property
    def id(self) -> UUID: ...
    @property
    def handle(self) -> str: ...


class Numbered(Protocol):
    """A SIM: `sims.Sim` is one."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> str: ...


@dataclass(frozen=True)
class Subject:
    """What a credential opens; exactly one of the three ids is set."""

    kind: CredentialKind
    name: str
    device_id: UUID | None = None
    account_id: UUID | None = None
    sim_id: UUID | None = None

    @property
    def thing_id(self) -> UUID | None:
        return self.device_id or self.account_id or self.sim_id


def pin_of(device: Tagged) -> Subject:
    return Subject(CredentialKind.DEVICE_PIN, device.tag, device_id=device.id)


def password_of(account: Handled) -> Subject:
    return Subject(CredentialKind.ACCOUNT_PASSWORD, account.handle, account_id=account.id)


def binding_of(account: Handled) -> Subject:
    """Return the binding of an account whose service knows no password."""
    return Subject(CredentialKind.ACCOUNT_BINDING, account.handle, account_id=account.id)


def code_of(sim: Numbered, kind: CredentialKind) -> Subject:
    """Return the PIN or the PUK of a SIM."""
    return Subject(kind, sim.number, sim_id=sim.id)


def known_credential(session: Session, subject: Subject) -> Credential | None:
    """Return the credential of `subject`, or None where the vault has never had one."""
    return session.scalar(
        select(Credential).where(
            Credential.kind == subject.kind,
            Credential.device_id == subject.device_id,
            Credential.account_id == subject.account_id,
            Credential.sim_id == subject.sim_id,
        )
    )


def locked_each(session: Session, subjects: Iterable[Subject]) -> dict[Subject, Credential]:
    """Return what the vault has of these, as it is now, held until the transaction ends."""
    wanted = {(one.kind, one.thing_id): one for one in subjects}
    if not wanted:
        return {}
    kinds, things = {kind for kind, _thing in wanted}, {thing for _kind, thing in wanted}
    columns = Credential.device_id, Credential.account_id, Credential.sim_id
    of_them = or_(*(column.in_(things) for column in columns))
    ours = select(Credential).where(Credential.kind.in_(kinds), of_them).order_by(Credential.id)
    fresh = ours.options(selectinload(Credential.versions)).with_for_update()
    session.flush()
    found = session.scalars(fresh, execution_options={"populate_existing": True})
    keyed = {(one.kind, one.device_id or one.account_id or one.sim_id): one for one in found}
    return {wanted[key]: one for key, one in keyed.items() if key in wanted}


def credential_of(session: Session, subject: Subject) -> Credential:
    credential = known_credential(session, subject)
    if credential is None:
        raise CredentialNotFound(subject=subject.name)
    return credential


def credentials(
    session: Session, query: CredentialQuery, *, actor: Actor
) -> tuple[list[Credential], str | None]:
    """Return one page of credentials and the mark of the next."""
    actor.require(Permission.CREDENTIALS_READ)
    statement = select(Credential).options(selectinload(Credential.versions))
    statement = statement.where(containing(query.q, Credential.subject))
    if query.kind:
        statement = statement.where(Credential.kind == query.kind)
    if query.level:
        statement = statement.where(Credential.level == query.level)
    sorts = {
        "subject": Credential.subject,
        "due_at": Credential.due_at,
        "changed_at": Credential.changed_at,
    }
    return page(session, statement, query, sorts=sorts, default="subject", key=Credential.id)


def shown(credential: Credential) -> CredentialOut:
    """Return what may be shown of a credential: everything but its values."""
    return CredentialOut(
        kind=credential.kind,
        subject=credential.subject,
        level=credential.level,
        changed_at=credential.changed_at,
        confirmed_at=credential.confirmed_at,
        due_at=credential.due_at,
        versions=len(credential.versions),
        doubtful=len(credential.doubtful),
        last_disclosed_at=credential.last_disclosed_at,
    )


def opened(keyring: Keyring, version: CredentialVersion) -> str:
    """Return the value itself: for sealing it to a station or disclosing it, nothing else."""
    return keyring.open(version.sealed, context=version.context)


def active_value(session: Session, keyring: Keyring, subject: Subject) -> str | None:
    """Return what opens `subject` as far as is known; None where no value is active."""
    credential = known_credential(session, subject)
    version = credential.active if credential else None
    return opened(keyring, version) if version else None


def locked(session: Session, credential: Credential) -> Credential:
    """Return `credential` and its versions as they are now, held until the transaction ends."""
    session.flush()
    fresh = {"populate_existing": True}
    mine = select(Credential).where(Credential.id == credential.id).with_for_update()
    session.scalars(mine, execution_options=fresh).one()
    versions = select(CredentialVersion).where(CredentialVersion.credential_id == credential.id)
    session.scalars(versions, execution_options=fresh).all()
    session.expire(credential, ["versions"])
    return credential
