"""What the registers say of phones, read for many at once in a fixed number of questions."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, true
from sqlalchemy.orm import Session

from fleet.access.actor import Reach
from fleet.accounts.lifecycle import State as AccountState
from fleet.accounts.models import Account
from fleet.backups.models import Backup
from fleet.compliance.models import UsualSigner
from fleet.contracts.accounts import AccountKind
from fleet.contracts.backups import BackupState
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.facts import PhoneFacts
from fleet.contracts.proof import Level
from fleet.devices.lifecycle import State
from fleet.sims.models import Sim
from fleet.vault.models import Credential

EMPTY: Final = frozenset({State.IN_STOCK, State.WIPED})  # are to have nothing on them


@dataclass(frozen=True)
class Holder:
    """Who has a phone; `cards` are the ICCIDs of the SIMs that he has as well."""

    number: str
    department_id: UUID
    has_left: bool
    issued_at: datetime
    cards: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ledger:
    """Of one phone; `registered` are those of the cards seen in it that are in the register."""

    state: State
    found_at: datetime
    present: bool = False
    last_seen_at: datetime | None = None
    returning_since: datetime | None = None
    holder: Holder | None = None
    registered: frozenset[str] = frozenset()
    accounts: Mapping[AccountKind, int] = field(default_factory=dict)
    pin_level: Level = Level.NONE
    pin_due_at: datetime | None = None
    backed_up_at: datetime | None = None
    emptied_at: datetime | None = None  # since then it is said to have nothing of its last life
    signers: Mapping[str, str] = field(default_factory=dict)  # the usual one, by package


class Row(Protocol):
    """What is read of a phone itself; `devices.Device` is one, and so is a row of its columns."""

    @property
    def id(self) -> UUID: ...
    @property
    def tag(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def found_at(self) -> datetime: ...
    @property
    def present(self) -> bool: ...
    @property
    def last_seen_at(self) -> datetime | None: ...
    @property
    def returning_since(self) -> datetime | None: ...


class Seen(NamedTuple):
    """A phone and what it last said of itself."""

    row: Row
    facts: PhoneFacts
    digest: str | None


# Who holds what, what came back empty, and which phones lie within a reach, is told by `custody`,
# which lies above; filled by `fleet.wiring`.
HOLDERS: Final[list[Callable[[Session, Collection[UUID]], Mapping[UUID, Holder]]]] = []
EMPTIED: Final[list[Callable[[Session, Collection[UUID]], Mapping[UUID, datetime]]]] = []
WITHIN: Final[list[Callable[[Reach], ColumnElement[bool]]]] = []


def ledgers(session: Session, phones: Sequence[Seen]) -> dict[UUID, Ledger]:
    ids = {phone.row.id for phone in phones}
    holders = holders_of(session, ids)
    registered, accounts = _registered(session, phones), _accounts(session, ids)
    emptied = _emptied(session, phones)
    pins, backups, signers = _pins(session, ids), backed_up_at(session, ids), usual_signers(session)
    return {
        phone.row.id: Ledger(
            state=phone.row.state,
            found_at=phone.row.found_at,
            present=phone.row.present,
            last_seen_at=phone.row.last_seen_at,
            returning_since=phone.row.returning_since,
            holder=holders.get(phone.row.id),
            registered=registered & cards_in(phone.facts),
            accounts=accounts[phone.row.id],
            backed_up_at=backups.get(phone.row.id),
            emptied_at=emptied.get(phone.row.id),
            signers=signers,
            **pins.get(phone.row.id, {}),
        )
        for phone in phones
    }


def holders_of(session: Session, devices: Collection[UUID]) -> Mapping[UUID, Holder]:
    return HOLDERS[0](session, devices) if HOLDERS else {}


def _emptied(session: Session, phones: Sequence[Seen]) -> Mapping[UUID, datetime]:
    ids = {phone.row.id for phone in phones if phone.row.state in EMPTY}
    return EMPTIED[0](session, ids) if EMPTIED and ids else {}


def within(reach: Reach) -> ColumnElement[bool]:
    """Return what holds for the phones that `reach` covers."""
    if WITHIN:
        return WITHIN[0](reach)
    return true() if reach.everything else false()


def cards_in(facts: PhoneFacts) -> frozenset[str]:
    return frozenset(card.iccid for card in facts.sims if card.iccid)


def _registered(session: Session, phones: Sequence[Seen]) -> frozenset[str]:
    seen = frozenset[str]().union(*(cards_in(phone.facts) for phone in phones))
    if not seen:
        return frozenset()
    return frozenset(session.scalars(select(Sim.iccid).where(Sim.iccid.in_(seen))))


def _accounts(session: Session, ids: Collection[UUID]) -> defaultdict[UUID, dict[AccountKind, int]]:
    live = Account.device_id.in_(ids), Account.state != AccountState.DEREGISTERED
    counted = select(Account.device_id, Account.kind, func.count()).where(*live)
    found: defaultdict[UUID, dict[AccountKind, int]] = defaultdict(dict)
    for device, kind, count in session.execute(counted.group_by(Account.device_id, Account.kind)):
        if device is not None:
            found[device][kind] = count
    return found


def _pins(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    of_phones = Credential.device_id.in_(ids), Credential.kind == CredentialKind.DEVICE_PIN
    known = select(Credential.device_id, Credential.level, Credential.due_at).where(*of_phones)
    return {
        device: {"pin_level": level, "pin_due_at": due}
        for device, level, due in session.execute(known)
        if device is not None
    }


def backed_up_at(session: Session, ids: Collection[UUID]) -> dict[UUID, datetime | None]:
    """Return when the last complete backup of each phone ended."""
    complete = Backup.device_id.in_(ids), Backup.state == BackupState.COMPLETE
    newest = select(Backup.device_id, func.max(Backup.ended_at)).where(*complete)
    return dict(iter(session.execute(newest.group_by(Backup.device_id))))


def usual_signers(session: Session) -> dict[str, str]:
    """Return which certificate signs an app on most of the company's phones, as last counted."""
    return dict(iter(session.execute(select(UsualSigner.package, UsualSigner.signer))))
