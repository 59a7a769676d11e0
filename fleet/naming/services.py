"""Setting a rule, agreeing on a nickname, and noting that it was set."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.lifecycle import State
from fleet.accounts.models import Account
from fleet.accounts.services import correct_account
from fleet.audit.services import record
from fleet.chores.services import hurry
from fleet.contracts.clock import now
from fleet.contracts.naming import MOST, NamingRuleIn
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.database import in_turn, write
from fleet.naming.errors import (
    DeviationClosed,
    NameLengthsUnclear,
    NamingInThePast,
    NicknameDeviates,
    NicknameNotAgreed,
    NicknameTaken,
    NothingProposed,
    NothingToInherit,
    TemplateUnclear,
)
from fleet.naming.events import NamingRuleSet, NicknameAgreed
from fleet.naming.judging import AT_ONCE, ERRAND, end
from fleet.naming.models import Deviation, NamingRule
from fleet.naming.queries import Named, free_nickname, live, named, names
from fleet.naming.templates import TELLING
from fleet.people.queries import department

CLOCK_SLACK: Final = timedelta(minutes=1)
STANDARD: Final[dict[str, Any]] = {
    "template": "{name}",
    "company": None,
    "least": 2,
    "refuse": False,
    "due_days": 14,
}


def set_rule(session: Session, given: NamingRuleIn, *, actor: Actor) -> tuple[NamingRule, int, int]:
    """Add a version; what deviates from it is found at once, by itself."""
    actor.require(Permission.POLICY_WRITE)
    version = _drafted(session, given, actor)
    counted = _counted(session, version)
    session.add(version)
    event = NamingRuleSet(
        subject_id=version.id,
        subject_name=version.kind.value,
        kind=version.kind,
        department=version.place,
        effective_from=version.effective_from,
        template=version.template,
        reason=version.reason,
    )
    record(session, actor, event)
    hurry(session, ERRAND)
    write(session)
    return version, *counted


def foreseen(session: Session, given: NamingRuleIn, *, actor: Actor) -> tuple[NamingRule, int, int]:
    """Return what `set_rule` would add, and how many accounts would deviate."""
    actor.require(Permission.POLICY_WRITE)
    version = _drafted(session, given, actor)
    return version, *_counted(session, version)


def _drafted(session: Session, given: NamingRuleIn, actor: Actor) -> NamingRule:
    moment = now()
    begins = given.effective_from or moment
    if begins < moment - CLOCK_SLACK:
        raise NamingInThePast(effective_from=begins.isoformat(timespec="minutes"))
    place = department(session, given.department) if given.department else None
    if given.inherits and place is None:
        raise NothingToInherit
    base = names(session).version(given.kind, place.id if place else None, begins)
    standard = {**STANDARD, "most": MOST[given.kind]}
    said = {name: getattr(base, name) if base else value for name, value in standard.items()}
    said |= given.model_dump(include=set(said), exclude_none=True)
    version = NamingRule(
        id=uuid4(),
        kind=given.kind,
        department_id=place.id if place else None,
        department=place,
        effective_from=begins,
        set_at=moment,
        set_by=actor.name,
        reason=given.reason,
        inherits=given.inherits,
        **said,
    )
    _require_clear(version)
    return version


def _require_clear(version: NamingRule) -> None:
    rules = version.rules
    if not rules.is_clear or ("company" in rules.fields and not version.company):
        raise TemplateUnclear(template=version.template, fields=", ".join(sorted(TELLING)))
    if version.least > version.most:
        raise NameLengthsUnclear(least=version.least, most=version.most)


def _counted(session: Session, version: NamingRule) -> tuple[int, int]:
    """Count the accounts to which a version would apply, and those not named by it."""
    rules = names(session).beside(version.kind, version)
    applies = deviating = 0
    after = UUID(int=0)
    every = live().where(Account.kind == version.kind).order_by(Account.id).limit(AT_ONCE)
    while ids := session.scalars(every.where(Account.id > after)).all():
        theirs = [one for one in named(session, ids, rules) if one.rule is version]
        applies += len(theirs)
        deviating += sum(bool(one.faults()) for one in theirs)
        after = ids[-1]
    return applies, deviating


def agree(session: Session, deviation: Deviation, nickname: str | None, *, actor: Actor) -> None:
    """Settle what an account is to be called; it stays due until the nickname was set."""
    actor.require(Permission.ACCOUNTS_WRITE)
    in_turn(session, "naming")  # of two who want one nickname the second is told
    deviation = _still_open(session, deviation)
    one = _named(session, deviation)
    wanted = nickname or free_nickname(session, one)
    if wanted is None:
        raise NothingProposed(number=deviation.number)
    _require_fitting(session, one, wanted)
    deviation.wanted, deviation.agreed_at, deviation.agreed_by = wanted, now(), actor.name
    event = NicknameAgreed(
        subject_id=deviation.id,
        subject_name=deviation.number,
        account=one.handle,
        wanted=wanted,
    )
    record(session, actor, event)
    write(session)


def note_set(session: Session, deviation: Deviation, *, picture: str | None, actor: Actor) -> None:
    """Note that the nickname was set in the app: a picture of it was seen, or somebody says so."""
    actor.require(Permission.ACCOUNTS_WRITE)
    deviation = _still_open(session, deviation)
    if deviation.wanted is None:
        raise NicknameNotAgreed(number=deviation.number)
    account = deviation.account
    level = Level.OBSERVED if picture else Level.DECLARED
    told = {"because": "nickname_set", "level": level, "digest": picture}
    end(session, deviation, account.handle, **told, actor=actor)  # type: ignore[arg-type]
    write(session)
    correct_account(session, account, {"nickname": deviation.wanted}, actor=actor)
    write(session)


def _require_fitting(session: Session, one: Named, wanted: str) -> None:
    if one.faults(wanted):
        raise NicknameDeviates(
            account=one.handle,
            nickname=wanted,
            template=one.rule.template if one.rule else "—",
            proposed=free_nickname(session, one) or "—",
        )
    has = select(Account.handle).where(
        Account.kind == one.kind,
        Account.id != one.id,
        Account.nickname == wanted,
        Account.state != State.DEREGISTERED,
    )
    is_to_have = (
        select(Account.handle)
        .join(Deviation, Deviation.account_id == Account.id)
        .where(
            Deviation.wanted == wanted,
            Deviation.closed_at.is_(None),
            Account.id != one.id,
            Account.kind == one.kind,
        )
    )
    taken = session.scalar(has) or session.scalar(is_to_have)
    if taken is not None:
        raise NicknameTaken(nickname=wanted, account=taken)


def _named(session: Session, deviation: Deviation) -> Named:
    [one] = named(session, [deviation.account_id], names(session))
    return one


def _still_open(session: Session, deviation: Deviation) -> Deviation:
    fresh = select(Deviation).where(Deviation.id == deviation.id).with_for_update()
    found = session.scalars(fresh.execution_options(populate_existing=True)).one()
    if found.closed_at is not None:
        raise DeviationClosed(number=found.number)
    return found
