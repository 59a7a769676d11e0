"""The vault's verbs: the new value is stored before anything touches a phone, none is ever lost.

`adopt` and `disclose` are asked for by people and ask their own permission. The others are steps
of a change that `rotation` or `custody` has asked permission for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypedDict
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.access.policy import access_policy
from fleet.access.queries import is_break_glass_user
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import OF_SIMS, CredentialKind, VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Trigger
from fleet.contracts.proof import Level
from fleet.database import write
from fleet.keys.keyring import Keyring
from fleet.vault import events
from fleet.vault.errors import (
    ApprovalNeeded,
    ChangeUnderWay,
    NothingToDisclose,
    PasswordNotPossible,
    PinNotPossible,
    PukNotPossible,
    SimPinNotPossible,
)
from fleet.vault.generate import generate
from fleet.vault.lifecycle import Move
from fleet.vault.models import Credential, CredentialVersion, context_of
from fleet.vault.queries import Subject, known_credential, locked, opened
from fleet.vault.rules import Rules, rules_of
from fleet.vault.tools import Tools

# Rooms further down that act when a person's value was taken in (requests: a SIM's new PIN).
ADOPT_LISTENERS: Final[list[Callable[[Session, Credential, Actor], None]]] = []


@dataclass(frozen=True)
class Disclosed:
    """Values on their way to a person; `doubtful` are those that may open it instead."""

    credential: Credential
    value: str = field(repr=False)
    doubtful: tuple[str, ...] = field(repr=False)
    rotation_due_at: datetime | None


def credential_for(session: Session, subject: Subject) -> Credential:
    """Return the credential of `subject`, making an empty one where there is none."""
    found = known_credential(session, subject)
    if found is not None:
        return found
    credential = empty(subject)
    session.add(credential)
    write(session)
    return credential


def empty(subject: Subject) -> Credential:
    """Return a credential that knows no value yet; the caller adds it."""
    return Credential(
        id=uuid4(),
        kind=subject.kind,
        subject=subject.name,
        device_id=subject.device_id,
        account_id=subject.account_id,
        sim_id=subject.sim_id,
        level=Level.NONE,
        versions=[],
    )


def adopt(
    session: Session, tools: Tools, subject: Subject, *, value: str, reason: str, actor: Actor
) -> Credential:
    """Take in a value that a person knows: level `declared`, to be changed as if it were shown.

    What was active before stays as doubtful: the person may have mistyped it. The value of a SIM
    is changed by nobody but a person, so that a new one is due by its age alone.
    """
    actor.require(Permission.CREDENTIALS_ADOPT)
    _check_possible(subject, value)
    credential = locked(session, credential_for(session, subject))
    if credential.pending:
        raise ChangeUnderWay(subject=credential.subject)
    version = _known_as(credential, tools.keyring, value)
    if version is None:
        version = _add_version(credential, tools.keyring, value, VersionState.DOUBTFUL, reason)
    _make_active(session, version, former=Move.DOUBT)
    moment = now()
    credential.level, credential.changed_at = Level.DECLARED, moment
    credential.confirmed_at = None
    rules = rules_of(session, tools.settings, credential)
    credential.due_at = _due_when_adopted(rules, moment)
    adopted = events.CredentialAdopted(**_about(credential, version), reason=reason)
    record(session, actor, adopted)
    write(session)
    for listen in ADOPT_LISTENERS:
        listen(session, credential, actor)
    return credential


def propose(
    session: Session,
    tools: Tools,
    credential: Credential,
    *,
    reason: str,
    actor: Actor,
    value: str | None = None,
) -> CredentialVersion:
    """Store a fresh value as pending; refused while another one is."""
    locked(session, credential)
    if credential.pending:
        raise ChangeUnderWay(subject=credential.subject)
    rules = rules_of(session, tools.settings, credential)
    version = draw(session, tools, credential, rules, reason=reason, actor=actor, value=value)
    write(session)
    return version


def draw(
    session: Session,
    tools: Tools,
    credential: Credential,
    rules: Rules,
    *,
    reason: str,
    actor: Actor,
    value: str | None = None,
) -> CredentialVersion:
    """Add a fresh value by `rules` as pending; the caller holds the credential, and sends it.

    `value` is that of a binding, which is known and not drawn.
    """
    if value is None:
        value = generate(rules, avoid=_recent(credential, tools.keyring, rules.history))
    version = _add_version(credential, tools.keyring, value, VersionState.PENDING, reason)
    record(session, actor, events.CredentialProposed(**_about(credential, version), reason=reason))
    return version


def retry(session: Session, credential: Credential, *, actor: Actor) -> CredentialVersion:
    """Make the doubtful value that was tried least recently pending again."""
    locked(session, credential)
    if credential.pending or not credential.doubtful:
        raise ChangeUnderWay(subject=credential.subject)
    version = take_up(session, credential, actor=actor)
    write(session)
    return version


def take_up(session: Session, credential: Credential, *, actor: Actor) -> CredentialVersion:
    """Make a doubtful value pending; the caller holds the credential, and sends it."""
    version = credential.doubtful[0]
    version.move(Move.RETRY)
    record(session, actor, events.CredentialRetried(**_about(credential, version)))
    return version


def promote(
    session: Session,
    tools: Tools,
    version: CredentialVersion,
    level: Level,
    *,
    actor: Actor,
    changed_at: datetime | None = None,
) -> None:
    """Make `version` the active one, known at `level`; the one before is kept as retired."""
    credential = locked(session, version.credential)
    _make_active(session, version, former=Move.RETIRE)
    credential.level = level
    credential.changed_at = changed_at or now()
    credential.confirmed_at = None
    credential.due_at = _due(version, rules_of(session, tools.settings, credential))
    promoted = events.CredentialPromoted(**_about(credential, version), level=level)
    record(session, actor, promoted)
    _reject_the_rest(session, credential, level, actor)
    write(session)


def confirm(session: Session, credential: Credential, level: Level, *, actor: Actor) -> None:
    """Note that the active value was seen to open it, without having been changed.

    Doubtful values stay: a station off the network that holds one can still replace this one by it.
    """
    locked(session, credential)
    credential.level, credential.confirmed_at = level, now()
    confirmed = events.CredentialConfirmed(**_about(credential, credential.active), level=level)
    record(session, actor, confirmed)
    write(session)


def doubt(session: Session, credential: Credential, *, reason: str, actor: Actor) -> None:
    """Note that the active value was refused; it stays, for nothing better is known."""
    locked(session, credential)
    credential.level = Level.NONE
    doubted = events.CredentialDoubted(**_about(credential, credential.active), reason=reason)
    record(session, actor, doubted)
    write(session)


def keep_doubtful(
    session: Session, version: CredentialVersion, *, reason: str, actor: Actor
) -> None:
    """Keep `version` beside the active one: a visit will settle which opens it."""
    credential = locked(session, version.credential)
    if version.state is not VersionState.DOUBTFUL:
        version.move(Move.DOUBT)
    credential.level = Level.NONE
    doubted = events.CredentialDoubted(**_about(credential, version), reason=reason)
    record(session, actor, doubted)
    write(session)


def reject(session: Session, version: CredentialVersion, *, reason: str, actor: Actor) -> None:
    """Note that `version` never came into use; it stays in the history."""
    credential = locked(session, version.credential)
    version.move(Move.REJECT)
    rejected = events.CredentialRejected(**_about(credential, version), reason=reason)
    record(session, actor, rejected)
    write(session)


def clear(session: Session, credential: Credential, *, reason: str, actor: Actor) -> None:
    """Note that there is no lock any more (the phone was wiped): every value is retired."""
    locked(session, credential)
    if credential.pending:
        raise ChangeUnderWay(subject=credential.subject)
    for version in filter(None, (credential.active, *credential.doubtful)):
        version.move(Move.RETIRE)
    credential.level, credential.due_at, credential.changed_at = Level.NONE, None, now()
    cleared = events.CredentialCleared(**_about(credential, None), reason=reason)
    record(session, actor, cleared)
    write(session)


def postpone(session: Session, credential: Credential, until: datetime | None) -> None:
    """Let nothing be due before `until`, so that a refusal is not repeated at once; None: never."""
    if until is None or (credential.due_at is not None and credential.due_at < until):
        credential.due_at = until
    write(session)


def needs_approval(session: Session, *, actor: Actor) -> bool:
    """Tell whether another person has to approve before this one sees a value."""
    demanded = access_policy(session).disclosure_needs_approval
    return demanded and not is_break_glass_user(session, actor)


def disclose(
    session: Session,
    tools: Tools,
    credential: Credential,
    *,
    reason: str,
    actor: Actor,
    pending: bool = False,
    ticket: str | None = None,
) -> Disclosed:
    """Show a value to a person: recorded, and it is to be changed within the hours of the policy.

    `pending` asks for the new value of a change that is under way. Refused where the company
    demands that another person approves first: then `disclosing` is the way.
    """
    actor.require(Permission.CREDENTIALS_DISCLOSE)
    if needs_approval(session, actor=actor):
        raise ApprovalNeeded(subject=credential.subject)
    return reveal(
        session, tools, credential, reason=reason, ticket=ticket, pending=pending, actor=actor
    )


def reveal(
    session: Session,
    tools: Tools,
    credential: Credential,
    *,
    reason: str,
    ticket: str | None,
    pending: bool,
    actor: Actor,
    approved_by: str | None = None,
    to_holder: bool = False,
) -> Disclosed:
    """Open a value for a person whose verb has asked whether he may see it, and record it.

    `pending` is a value that is shown so that it can be typed, and `to_holder` one that is shown to
    whom it is for: neither has to be changed because of it.
    """
    locked(session, credential)
    shown = _wanted(credential, pending=pending)
    values = [opened(tools.keyring, version) for version in shown]
    _note_disclosure(credential, shown)
    if not (pending or to_holder):
        fall_due(credential, rules_of(session, tools.settings, credential), Trigger.DISCLOSURE)
    due = None if pending else credential.due_at
    disclosed = events.CredentialDisclosed(
        **_about(credential, shown[0]),
        reason=reason,
        ticket=ticket,
        approved_by=approved_by,
        pending=pending,
        to_holder=to_holder,
        doubtful=len(shown) - 1,
        rotation_due_at=due,
    )
    record(session, actor, disclosed)
    write(session)
    return Disclosed(credential, values[0], tuple(values[1:]), due)


class _About(TypedDict):
    subject_id: UUID
    subject_name: str
    kind: CredentialKind
    number: int | None


def _about(credential: Credential, version: CredentialVersion | None) -> _About:
    return {
        "subject_id": credential.id,
        "subject_name": credential.told,
        "kind": credential.kind,
        "number": version.number if version else None,
    }


def _check_possible(subject: Subject, value: str) -> None:
    if subject.kind is CredentialKind.DEVICE_PIN:
        if not _is_code(value, 4, 16):
            raise PinNotPossible(subject=subject.name)
    elif subject.kind is CredentialKind.SIM_PIN:
        if not _is_code(value, 4, 8):
            raise SimPinNotPossible(subject=subject.name)
    elif subject.kind is CredentialKind.SIM_PUK:
        if not _is_code(value, 8, 8):
            raise PukNotPossible(subject=subject.name)
    elif not (value.isprintable() and 1 <= len(value) <= 128):
        raise PasswordNotPossible(subject=subject.name)


def _is_code(value: str, shortest: int, longest: int) -> bool:
    return value.isascii() and value.isdigit() and shortest <= len(value) <= longest


def _known_as(credential: Credential, keyring: Keyring, value: str) -> CredentialVersion | None:
    """Return the version that may be in use and has this very value."""
    candidates = filter(None, (credential.active, *credential.doubtful))
    return next((item for item in candidates if opened(keyring, item) == value), None)


def _add_version(
    credential: Credential, keyring: Keyring, value: str, state: VersionState, reason: str
) -> CredentialVersion:
    number = 1 + max((version.number for version in credential.versions), default=0)
    context = context_of(credential.id, number)
    version = CredentialVersion(
        id=uuid4(),
        number=number,
        sealed=keyring.seal(value, context=context),
        state=state,
        reason=reason,
        made_at=now(),
    )
    credential.versions.append(version)
    return version


def _make_active(session: Session, version: CredentialVersion, *, former: Move) -> None:
    active = version.credential.active
    if active is version:
        return
    if active is not None:
        active.move(former)
        write(session)  # there is room for one active version, at every moment
    version.move(Move.PROMOTE)
    write(session)


def _reject_the_rest(session: Session, credential: Credential, level: Level, actor: Actor) -> None:
    """Give up the other candidates where a wrong value was refused: they are not in use."""
    if level is not Level.PROVEN:
        return
    for version in credential.doubtful:
        version.move(Move.REJECT)
        rejected = events.CredentialRejected(
            **_about(credential, version), reason="another_value_proven"
        )
        record(session, actor, rejected)


def _recent(credential: Credential, keyring: Keyring, most: int) -> set[str]:
    """Return the earlier values that are not to be drawn again."""
    recent = credential.versions[-most:] if most else []
    return {opened(keyring, version) for version in recent}


def _wanted(credential: Credential, *, pending: bool) -> list[CredentialVersion]:
    """Return the version asked for, and after it those that may be in use instead."""
    if pending:
        found = [credential.pending]
    else:
        under_way = credential.pending
        tried = under_way if under_way and (under_way.tried_at or not credential.active) else None
        found = [credential.active, tried, *credential.doubtful]
    wanted = [version for version in found if version is not None]
    if not wanted:
        raise NothingToDisclose(subject=credential.subject)
    return wanted


def _note_disclosure(credential: Credential, shown: list[CredentialVersion]) -> None:
    for version in shown:
        version.disclosed_at = now()
    credential.last_disclosed_at = now()


def fall_due(credential: Credential, rules: Rules, trigger: Trigger) -> bool:
    """Make a credential due because of `trigger`, where its policy names it; tell whether it did.

    The one place where anything but its age makes a value due: whoever calls it records why.
    """
    soon = rules.due_after(trigger, now())
    if soon is None or (credential.due_at is not None and credential.due_at <= soon):
        return False
    credential.due_at = soon
    return True


def _due_when_adopted(rules: Rules, at: datetime) -> datetime | None:
    if rules.kind in OF_SIMS:
        return rules.due_by_age(at)
    return at + timedelta(hours=rules.disclosure_hours)


def _due(version: CredentialVersion, rules: Rules) -> datetime | None:
    """A PIN that somebody has seen is due soon; every password was typed by a person."""
    regular = rules.due_by_age(version.credential.changed_at or now())
    if version.disclosed_at is None or rules.kind is CredentialKind.ACCOUNT_PASSWORD:
        return regular
    soon = rules.due_after(Trigger.DISCLOSURE, now())
    return min(filter(None, (regular, soon)), default=None)
