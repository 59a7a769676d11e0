"""Which thing out of stock is the best for somebody, and why: read by columns, never whole phones.

Of phones those count that a station has seen lately and empty; the newest patch comes first, then
the healthiest battery. An account's password was changed since its last holder, and its registrant
is the one of whom least is to be feared.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session

from fleet.accounts.lifecycle import State as AccountState
from fleet.accounts.models import Account
from fleet.applications.models import Reservation
from fleet.contracts.accounts import AccountKind
from fleet.contracts.applications import PhoneWish, SimWish
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.custody.checks import LOCKING
from fleet.devices.lifecycle import State
from fleet.devices.models import Device, DeviceFacts
from fleet.people.models import Employee, Status
from fleet.people.queries import line_of
from fleet.sims.lifecycle import State as SimState
from fleet.sims.models import Sim
from fleet.vault.models import Credential

# Kinds of accounts in a phone's system by which it is seen not to be empty.
LEFT_BEHIND: Final = (*LOCKING, "com.tencent")
NO_PATCH: Final = ""
UNKNOWN_BATTERY: Final = 0


@dataclass(frozen=True)
class Candidate:
    """A thing that fits; `why` is kept with the reservation and said in any language."""

    id: UUID
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """The fitting ones, the best first, and why the others in stock are not among them."""

    fitting: Sequence[Candidate]
    others: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Say what keeps the others back; nothing where there are none."""
        told = [
            say(text, count=self.others[name])
            for name, text in OTHERS.items()
            if self.others.get(name)
        ]
        return " · ".join(told)


OTHERS: Final = {
    "other_kind": _("{count} are of another kind"),
    "reserved": _("{count} are reserved"),
    "silent": _("{count} were not seen by a station lately"),
    "not_empty": _("{count} were not seen empty"),
    "rests": _("{count} rest after their last holder"),
    "bound": _("{count} are bound to an account"),
    "elsewhere": _("{count} are another department's"),
    "not_rotated": _("{count} still have the password of before"),
}


def free(column: Any, key: Any) -> ColumnElement[bool]:
    """Return what holds for the things that nobody has set aside."""
    return ~exists().where(column == key, Reservation.ended_at.is_(None))


def phones(session: Session, wish: PhoneWish, *, silent_days: int) -> Choice:
    since = now() - timedelta(days=silent_days)
    others: Counter[str] = Counter()
    fitting = []
    for row in session.execute(_stock_of_phones()):
        why_not = _why_not(row, wish, since)
        if why_not is None:
            fitting.append(row)
        else:
            others[why_not] += 1
    fitting.sort(key=attrgetter("tag"))
    fitting.sort(key=_health, reverse=True)
    return Choice([_phone(row, len(fitting)) for row in fitting], others)


def _stock_of_phones() -> Select[Any]:
    told = DeviceFacts.facts
    reserved = ~free(Reservation.device_id, Device.id)
    return (
        select(
            *(Device.id, Device.tag, Device.brand, Device.model, Device.market_name),
            Device.last_seen_at,
            told["os", "security_patch"].as_string().label("patch"),
            told["battery", "capacity_percent"].as_integer().label("percent"),
            told["battery", "health"].as_string().label("health"),
            told["accounts"].label("accounts"),
            told["gaps"].label("gaps"),
            reserved.label("reserved"),
        )
        .outerjoin(DeviceFacts, DeviceFacts.device_id == Device.id)
        .where(Device.state == State.IN_STOCK)
    )


def _why_not(row: Any, wish: PhoneWish, since: Any) -> str | None:
    if not _is_wished(row, wish):
        return "other_kind"
    if row.reserved:
        return "reserved"
    if row.last_seen_at is None or row.last_seen_at < since:
        return "silent"
    return None if _is_empty(row) else "not_empty"


def _is_wished(row: Any, wish: PhoneWish) -> bool:
    return _among(wish.brands, [row.brand]) and _among(wish.models, [row.model, row.market_name])


def _among(wanted: Sequence[str], named: Iterable[str | None]) -> bool:
    plain = {one.casefold() for one in named if one}
    return not wanted or any(one.casefold() in plain for one in wanted)


def _is_empty(row: Any) -> bool:
    """Tell whether its last visit saw that nobody is signed in; what was not asked is no answer."""
    if row.accounts is None or any(gap.get("part") == "accounts" for gap in row.gaps or ()):
        return False
    return not any(
        one.get("count") and str(one.get("type")).startswith(LEFT_BEHIND) for one in row.accounts
    )


def _health(row: Any) -> tuple[str, int, bool]:
    battery = row.percent if row.percent is not None else UNKNOWN_BATTERY
    return row.patch or NO_PATCH, battery, row.health == "good"


def _phone(row: Any, of: int) -> Candidate:
    return Candidate(row.id, {"patch": row.patch, "battery": row.percent, "of": of})


def accounts(session: Session, kind: AccountKind, holder: Employee) -> Choice:
    """Those made for the holder's department or one above it, or for none in particular."""
    line = line_of(session, holder.department_id)
    others: Counter[str] = Counter()
    fitting = []
    for row in session.execute(_stock_of_accounts(kind)):
        why_not = _why_not_account(row, line)
        if why_not is None:
            fitting.append(row)
        else:
            others[why_not] += 1
    in_service = _in_service(session, {row.registrant for row in fitting} - {None})
    fitting.sort(key=lambda row: (_risk(row.registrant, holder, in_service), row.handle))
    fitting.sort(key=lambda row: row.department_id != holder.department_id)
    of = len(fitting)
    return Choice([_account(row, holder, in_service, of) for row in fitting], others)


def _stock_of_accounts(kind: AccountKind) -> Select[Any]:
    is_bound = kind is AccountKind.WECOM
    opens = CredentialKind.ACCOUNT_BINDING if is_bound else CredentialKind.ACCOUNT_PASSWORD
    known = and_(Credential.account_id == Account.id, Credential.kind == opens)
    reserved = ~free(Reservation.account_id, Account.id)
    columns: list[Any] = [
        *(Account.id, Account.handle, Account.registrant, Account.department_id),
        *(Credential.level, Credential.changed_at, reserved.label("reserved")),
    ]
    return (
        select(*columns)
        .outerjoin(Credential, known)
        .where(Account.state == AccountState.IN_STOCK, Account.kind == kind)
    )


def _why_not_account(row: Any, line: frozenset[UUID]) -> str | None:
    if row.department_id is not None and row.department_id not in line:
        return "elsewhere"
    if row.reserved:
        return "reserved"
    changed = row.changed_at is not None and Level(row.level).at_least(Level.OBSERVED)
    return None if changed else "not_rotated"


def _in_service(session: Session, names: set[str]) -> frozenset[str]:
    """Return which of these are names of people who are there, and so can sign a hand-over."""
    if not names:
        return frozenset()
    from_register = select(Employee.name).where(
        Employee.name.in_(names), Employee.status == Status.ACTIVE
    )
    return frozenset(session.scalars(from_register))


def _risk(registrant: str | None, holder: Employee, in_service: frozenset[str]) -> int:
    if registrant == holder.name:
        return 0
    if registrant is None:
        return 1
    return 2 if registrant in in_service else 3


def _account(row: Any, holder: Employee, in_service: frozenset[str], of: int) -> Candidate:
    risk = _risk(row.registrant, holder, in_service)
    changed = row.changed_at.isoformat() if row.changed_at else None
    return Candidate(row.id, {"risk": risk, "changed_at": changed, "of": of})


def cards(session: Session, wish: SimWish, account: Account | None) -> Choice:
    """SIMs by carrier and plan; the number that the account is bound to comes first."""
    others: Counter[str] = Counter()
    fitting = []
    for row in session.execute(_stock_of_cards()):
        why_not = _why_not_card(row, wish, account)
        if why_not is None:
            fitting.append(row)
        else:
            others[why_not] += 1
    number = account.number if account else None
    fitting.sort(key=lambda row: (row.number != number, row.number))
    of = len(fitting)
    found = [Candidate(row.id, {"bound": row.number == number, "of": of}) for row in fitting]
    return Choice(found, others)


def _stock_of_cards() -> Select[Any]:
    bound = Account.number == Sim.number, Account.state != AccountState.DEREGISTERED
    owner = select(Account.id).where(*bound).limit(1).scalar_subquery()
    reserved = ~free(Reservation.sim_id, Sim.id)
    columns: list[Any] = [
        *(Sim.id, Sim.number, Sim.carrier, Sim.plan, Sim.quarantined_until),
        *(owner.label("account_id"), reserved.label("reserved")),
    ]
    return select(*columns).where(Sim.state == SimState.IN_STOCK)


def _why_not_card(row: Any, wish: SimWish, account: Account | None) -> str | None:
    wished = _among(wish.carriers, [row.carrier]) and _among(
        [wish.plan] if wish.plan else [], [row.plan]
    )
    if not wished:
        return "other_kind"
    if row.reserved:
        return "reserved"
    if row.quarantined_until is not None and row.quarantined_until > now():
        return "rests"
    if row.account_id is None or (account is not None and row.account_id == account.id):
        return None
    return "bound"
