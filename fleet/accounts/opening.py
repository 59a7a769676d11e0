"""What opens an account: a password, or the phone number that its service sends a code to."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from fleet.accounts.errors import AccountHasNoPassword, NoNumberToBind
from fleet.accounts.models import Account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.credentials import CredentialKind
from fleet.sims.lifecycle import GIVEN_UP
from fleet.sims.models import Sim
from fleet.vault.models import Credential
from fleet.vault.queries import Subject, binding_of, password_of


def is_bound(account: Account) -> bool:
    """Tell whether it is opened by what it is bound to: WeCom knows no password."""
    return account.kind is AccountKind.WECOM


def key_of(account: Account) -> Subject:
    """Return what has to be changed so that nobody but the company opens the account."""
    return binding_of(account) if is_bound(account) else password_of(account)


def require_password(account: Account) -> Subject:
    """Return the password of an account, or refuse where its service knows none."""
    if is_bound(account):
        raise AccountHasNoPassword(handle=account.handle)
    return password_of(account)


def opens_now() -> ColumnElement[bool]:
    """Return what holds for credentials but passwords of accounts that have none.

    They were taken in before it was known better, and stay in the history.
    """
    bound = Account.id == Credential.account_id, Account.kind == AccountKind.WECOM
    is_password = Credential.kind == CredentialKind.ACCOUNT_PASSWORD
    return ~and_(is_password, select(Account.id).where(*bound).exists())


def numbers_to_bind(session: Session, accounts: Iterable[Account]) -> Mapping[UUID, str]:
    """Return the company's number for each bound account that has one, in one question.

    It is the one on record where that is a SIM of ours, else that of the only SIM in its phone;
    no code reaches a SIM that is blocked, and none is bound to a number that is given up.
    """
    bound = [one for one in accounts if is_bound(one)]
    if not bound:
        return {}
    named = Sim.number.in_([one.number for one in bound if one.number])
    inside = Sim.device_id.in_([one.device_id for one in bound if one.device_id])
    ours = select(Sim).where(or_(named, inside), Sim.state.not_in(GIVEN_UP))
    known = list(session.scalars(ours))
    found = {one.id: _number(one, known) for one in bound}
    return {key: number for key, number in found.items() if number}


def _number(account: Account, known: Iterable[Sim]) -> str | None:
    if account.number in {sim.number for sim in known}:
        return account.number
    inside = [
        sim.number for sim in known if account.device_id and sim.device_id == account.device_id
    ]
    return inside[0] if len(inside) == 1 else None


def number_to_bind(session: Session, account: Account) -> str | None:
    """Return the number that a bound account is to have; None where it has a password instead."""
    if not is_bound(account):
        return None
    number = numbers_to_bind(session, [account]).get(account.id)
    if number is None:
        raise NoNumberToBind(handle=account.handle)
    return number
