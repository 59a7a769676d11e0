"""Finding accounts that are named otherwise than their rules say; what is mended closes by itself.

Rules, departments and people change without anybody touching an account: all of them are looked at
each day, and at once when a rule begins.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from fleet.access.actor import SYSTEM, Actor
from fleet.accounts.models import Account
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say
from fleet.counting import next_numbers
from fleet.custody.models import Holding
from fleet.database import in_turn, write
from fleet.naming.errors import NicknameDeviates
from fleet.naming.events import DeviationEnded, DeviationOpened
from fleet.naming.models import Deviation
from fleet.naming.queries import Named, Names, free_nickname, is_any_rule, live, named, names
from fleet.settings import Settings

ERRAND: Final = "naming.judge"
AT_ONCE: Final = 500
NOTHING: Final = "—"


def judge_by_itself(sessions: sessionmaker[Session], _settings: Settings) -> int:
    """Look at every account, some in each transaction."""
    after, judged = UUID(int=0), 0
    while True:
        with sessions.begin() as session:
            page = live().where(Account.id > after).order_by(Account.id).limit(AT_ONCE)
            ids = session.scalars(page).all()
            if not ids:
                return judged
            judge(session, ids, names(session), actor=SYSTEM)
        after, judged = ids[-1], judged + len(ids)


def judge(
    session: Session, accounts: Collection[UUID], rules: Names, *, actor: Actor
) -> list[Named]:
    """Open what deviates and close what does not any more; return what deviates."""
    in_turn(session, "naming")
    open_ones = _open(session, accounts)
    deviating = []
    for one in named(session, accounts, rules):
        found = open_ones.get(one.id)
        faults = one.faults()
        if faults:
            deviating.append(one)
            _note(session, one, faults, found, actor)
        elif found is not None:
            because = "named_well" if one.rule else "no_rule_now"
            level = Level.DECLARED if one.rule else None
            end(session, found, one.handle, because=because, level=level, actor=actor)
    write(session)
    return deviating


def _open(session: Session, accounts: Collection[UUID]) -> dict[UUID, Deviation]:
    is_open = Deviation.closed_at.is_(None), Deviation.account_id.in_(accounts)
    return {one.account_id: one for one in session.scalars(select(Deviation).where(*is_open))}


def _note(
    session: Session, one: Named, faults: list[str], found: Deviation | None, actor: Actor
) -> None:
    if found is None:
        _add(session, one, faults, actor)
        return
    fits = found.proposed is not None and not one.faults(found.proposed)
    found.nickname, found.faults = one.nickname, faults
    if not fits:
        found.proposed = free_nickname(session, one)


def _add(session: Session, one: Named, faults: list[str], actor: Actor) -> None:
    assert one.rule is not None  # noqa: S101 — without a rule nothing deviates
    moment = now()
    number = next_numbers(session, f"naming.{moment.year}", 1)[0]
    added = Deviation(
        id=uuid4(),
        number=f"ND-{moment.year}-{number:05d}",
        account_id=one.id,
        nickname=one.nickname,
        faults=faults,
        proposed=free_nickname(session, one),
        opened_at=moment,
        due_at=moment + timedelta(days=one.rule.due_days),
    )
    session.add(added)
    event = DeviationOpened(
        subject_id=added.id,
        subject_name=added.number,
        account=one.handle,
        faults=faults,
        due_at=added.due_at,
    )
    record(session, actor, event)


def end(
    session: Session,
    deviation: Deviation,
    handle: str,
    *,
    because: str,
    level: Level | None,
    actor: Actor,
    digest: str | None = None,
) -> None:
    """Close a deviation, with how well it is known that the nickname is as it should be."""
    deviation.closed_at, deviation.closed_because = now(), because
    deviation.level, deviation.digest = level, digest
    event = DeviationEnded(
        subject_id=deviation.id,
        subject_name=deviation.number,
        account=handle,
        because=because,
        level=level,
        digest=digest,
    )
    record(session, actor, event)


def note_named(session: Session, account: Account, actor: Actor) -> None:
    """Judge an account that was entered or given another nickname; refused where its rule says."""
    if is_any_rule(session):
        _judged(session, [account.id], actor)


def warnings_of_issue(session: Session, holdings: Sequence[Holding], actor: Actor) -> list[str]:
    """Say of accounts that change hands how they are to be called; refused where the rule says."""
    accounts = [one.account_id for one in holdings if one.account_id is not None]
    if not accounts or not is_any_rule(session):
        return []
    return [_warning(session, one) for one in _judged(session, accounts, actor)]


def _judged(session: Session, accounts: Collection[UUID], actor: Actor) -> list[Named]:
    write(session)
    deviating = judge(session, accounts, names(session), actor=actor)
    for one in deviating:
        if one.rule is not None and one.rule.refuse:
            raise refusal(session, one)
    return deviating


def refusal(session: Session, one: Named) -> NicknameDeviates:
    return NicknameDeviates(
        account=one.handle,
        nickname=one.nickname or NOTHING,
        template=one.rule.template if one.rule else NOTHING,
        proposed=free_nickname(session, one) or NOTHING,
    )


def _warning(session: Session, one: Named) -> str:
    return say(
        _("{account} is called {nickname}; by its department's rule: {proposed}."),
        account=one.handle,
        nickname=one.nickname or NOTHING,
        proposed=free_nickname(session, one) or (one.rule.template if one.rule else NOTHING),
    )
