"""Which rule is in force for an account, and what deviates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased, contains_eager

from fleet.access.actor import Actor
from fleet.accounts.lifecycle import State
from fleet.accounts.models import Account
from fleet.contracts.accounts import AccountKind
from fleet.contracts.clock import now
from fleet.contracts.custody import Thing
from fleet.contracts.naming import (
    DeviationOut,
    DeviationQuery,
    DeviationState,
    NamingCheckOut,
    NamingCheckQuery,
    NamingRuleOut,
    NamingRuleQuery,
    NamingShowQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import EmployeeRef
from fleet.custody.models import Holding
from fleet.custody.queries import holders, within
from fleet.custody.register import account_within
from fleet.naming.errors import DeviationNotFound, NoNamingRule
from fleet.naming.models import Deviation, NamingRule
from fleet.naming.templates import About
from fleet.paging import containing, page
from fleet.people.in_force import ByDepartment, asked_for, stored
from fleet.people.models import Department, Employee
from fleet.people.queries import department as department_by_code

RULE_SORTS = {
    "kind": NamingRule.kind,
    "effective_from": NamingRule.effective_from,
    "set_at": NamingRule.set_at,
}
SORTS = {
    "number": Deviation.number,
    "due_at": Deviation.due_at,
    "opened_at": Deviation.opened_at,
}
Names = ByDepartment[AccountKind, NamingRule]


@dataclass(frozen=True)
class Named:
    """An account, whose it is, and the rule by which it is named."""

    id: UUID
    handle: str
    kind: AccountKind
    nickname: str | None
    holder: EmployeeRef | None
    department: str | None
    about: About
    rule: NamingRule | None

    def faults(self, nickname: str | None = None) -> list[str]:
        """Return in which ways the nickname, or another one, deviates."""
        if self.rule is None:
            return []
        said = self.nickname if nickname is None else nickname
        return [fault.value for fault in self.rule.rules.faults(said, self.about)]


def names(session: Session) -> Names:
    """Read every version of every rule."""
    return ByDepartment(*stored(session, NamingRule, NamingRule.kind))


def is_any_rule(session: Session) -> bool:
    return session.scalar(select(NamingRule.id).limit(1)) is not None


def live() -> Select[UUID]:
    """Select the accounts that are in use or could be."""
    return select(Account.id).where(Account.state != State.DEREGISTERED)


def named(session: Session, accounts: Collection[UUID], rules: Names) -> list[Named]:
    """Return accounts with the rules that are in force for them, in one query."""
    theirs = aliased(Department)
    rows = (
        select(
            Account.id,
            Account.handle,
            Account.kind,
            Account.nickname,
            Account.department_id,
            Department.name.label("own"),
            Employee.number,
            Employee.name,
            Employee.position,
            Employee.department_id.label("holders_department_id"),
            theirs.name.label("holders"),
        )
        .outerjoin(Department, Department.id == Account.department_id)
        .outerjoin(Holding, (Holding.account_id == Account.id) & Holding.returned_at.is_(None))
        .outerjoin(Employee, Employee.id == Holding.employee_id)
        .outerjoin(theirs, theirs.id == Employee.department_id)
        .where(Account.id.in_(accounts))
    )
    return [_named(row, rules, now()) for row in session.execute(rows)]


def _named(row: Any, rules: Names, at: datetime) -> Named:
    """Return whose it is: its holder's department tells, else the one that it was made for."""
    is_held = row.number is not None
    dept = row.holders if is_held else row.own
    place = row.holders_department_id if is_held else row.department_id
    return Named(
        id=row.id,
        handle=row.handle,
        kind=row.kind,
        nickname=row.nickname,
        holder=EmployeeRef(number=row.number, name=row.name) if is_held else None,
        department=dept,
        about=About(dept=dept, name=row.name, number=row.number, position=row.position),
        rule=rules.version(row.kind, place, at),
    )


def nickname_in(
    session: Session, account: Account, holder: Employee, department: Department
) -> str | None:
    """Return what an account is to be called once its holder is in a department.

    None where no rule is in force there, and where what it is called fits the rule.
    """
    about = About(
        dept=department.name, name=holder.name, number=holder.number, position=holder.position
    )
    one = Named(
        id=account.id,
        handle=account.handle,
        kind=account.kind,
        nickname=account.nickname,
        holder=EmployeeRef(number=holder.number, name=holder.name),
        department=department.name,
        about=about,
        rule=names(session).version(account.kind, department.id, now()),
    )
    return free_nickname(session, one) if one.faults() else None


def free_nickname(session: Session, one: Named) -> str | None:
    """Return the plainest nickname that fits and that no account of the kind has, or is to have."""
    if one.rule is None:
        return None
    candidates = list(one.rule.rules.candidates(one.about))
    if not candidates:
        return None
    has = select(Account.nickname).where(
        Account.kind == one.kind,
        Account.id != one.id,
        Account.state != State.DEREGISTERED,
        Account.nickname.in_(candidates),
    )
    is_to_have = select(Deviation.wanted).where(
        Deviation.closed_at.is_(None),
        Deviation.account_id != one.id,
        Deviation.wanted.in_(candidates),
    )
    taken = {*session.scalars(has), *session.scalars(is_to_have)}
    return next((name for name in candidates if name not in taken), None)


def check(session: Session, query: NamingCheckQuery, *, actor: Actor) -> NamingCheckOut:
    """Say whether an account is named as its rule says, and how it could be."""
    actor.reach(Permission.ACCOUNTS_READ)
    account = account_within(session, query.account, Permission.ACCOUNTS_READ, actor=actor)
    [one] = named(session, [account.id], names(session))
    said = query.nickname or one.nickname
    faults = one.faults(said or "")
    return NamingCheckOut(
        account=one.handle,
        kind=one.kind,
        holder=one.holder,
        department=one.department,
        template=one.rule.template if one.rule else None,
        nickname=said,
        faults=faults,
        refuse=bool(one.rule and one.rule.refuse),
        proposed=free_nickname(session, one) if faults else None,
    )


def rules(
    session: Session, query: NamingRuleQuery, *, actor: Actor
) -> tuple[list[NamingRule], str | None]:
    """Return one page of versions: those in force at a moment, or every one."""
    actor.require(Permission.POLICY_READ)
    statement = asked_for(NamingRule, NamingRule.kind, query.kind, query)
    return page(session, statement, query, sorts=RULE_SORTS, default="kind", key=NamingRule.id)


def rule_in_force(session: Session, query: NamingShowQuery, *, actor: Actor) -> NamingRule:
    """Return the version that says how accounts are named in a department at a moment."""
    actor.require(Permission.POLICY_READ)
    place = department_by_code(session, query.department).id if query.department else None
    found = names(session).version(query.kind, place, query.at or now())
    if found is None:
        raise NoNamingRule(kind=query.kind.value)
    return found


def shown_rule(row: NamingRule, at: datetime) -> NamingRuleOut:
    return NamingRuleOut(
        kind=row.kind,
        department=row.place,
        effective_from=row.effective_from,
        in_force=row.effective_from <= at,
        inherits=row.inherits,
        set_at=row.set_at,
        set_by=row.set_by,
        reason=row.reason,
        template=row.template,
        company=row.company,
        least=row.least,
        most=row.most,
        refuse=row.refuse,
        due_days=row.due_days,
    )


def deviations(
    session: Session, query: DeviationQuery, *, actor: Actor
) -> tuple[list[DeviationOut], str | None]:
    """Return one page of the deviations within the actor's reach, the soonest due first."""
    reach = actor.reach(Permission.ACCOUNTS_READ)
    statement = select(Deviation).join(Deviation.account).options(contains_eager(Deviation.account))
    statement = statement.where(within(reach, Account), _is(query.state))
    statement = statement.where(
        containing(query.q, Deviation.number, Account.handle, Deviation.nickname)
    )
    if query.kind:
        statement = statement.where(Account.kind == query.kind)
    if query.overdue:
        statement = statement.where(Deviation.closed_at.is_(None), Deviation.due_at < now())
    rows, mark = page(session, statement, query, sorts=SORTS, default="due_at", key=Deviation.id)
    return shown(session, rows), mark


def _is(state: DeviationState | None) -> ColumnElement[bool]:
    is_open = Deviation.closed_at.is_(None)
    match state:
        case None:
            return is_open
        case DeviationState.CLOSED:
            return ~is_open
        case DeviationState.AGREED:
            return is_open & Deviation.wanted.is_not(None)
        case _:
            return is_open & Deviation.wanted.is_(None)


def deviation(session: Session, number: str, *, actor: Actor) -> Deviation:
    """Return a deviation within the actor's reach; others do not exist for him."""
    reach = actor.reach(Permission.ACCOUNTS_READ)
    found = select(Deviation).join(Deviation.account).options(contains_eager(Deviation.account))
    row = session.scalar(found.where(Deviation.number == number, within(reach, Account)))
    if row is None:
        raise DeviationNotFound(number=number)
    return row


def shown(session: Session, rows: Sequence[Deviation]) -> list[DeviationOut]:
    held = holders(session, Thing.ACCOUNT, [row.account_id for row in rows])
    moment = now()
    return [
        DeviationOut(
            number=row.number,
            state=row.state,
            account=row.account.handle,
            kind=row.account.kind,
            holder=held.get(row.account_id),
            nickname=row.nickname,
            faults=row.faults,
            proposed=row.proposed,
            wanted=row.wanted,
            opened_at=row.opened_at,
            due_at=row.due_at,
            overdue=row.closed_at is None and row.due_at < moment,
            agreed_by=row.agreed_by,
            closed_at=row.closed_at,
            closed_because=row.closed_because,
            level=row.level,
        )
        for row in rows
    ]
