"""What makes a rotation due before its age does (clauses A6, A7, A10): the one way for every verb.

Issue, return and reassignment come here from `custody`, a lost phone from `devices`; disclosure is
the vault's own and ends in the same `fall_due`. A verb that reports an incident, finds a value
changed (drift), or changes the head of a department on request, calls `make_due` as they do.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.queries import accounts_on
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.policies import Trigger
from fleet.database import write
from fleet.devices.lifecycle import Move
from fleet.devices.models import Device
from fleet.policies.holders import holders
from fleet.policies.queries import policies
from fleet.settings import Settings
from fleet.sims.models import Sim
from fleet.vault.events import CredentialFellDue
from fleet.vault.models import Credential
from fleet.vault.rules import Rules, standard
from fleet.vault.services import fall_due

# Which events count does not hang on the settings, and their ages are not asked for here.
_NO_SETTINGS: Final = Settings(home=Path())


def make_due(
    session: Session,
    things: Sequence[Device | Account | Sim],
    trigger: Trigger,
    *,
    actor: Actor,
) -> list[Credential]:
    """Make what opens these things due at once, where the policy of their holder says so.

    Whoever holds them now may also be under a stricter age than whoever did before. A phone that
    was prepared in stock is not changed again because it is issued: nobody has seen that PIN.
    """
    known = _credentials(session, things)
    due = []
    for credential, rules, is_set in _with_rules(session, known):
        is_spared = trigger is Trigger.ISSUE and credential.is_unseen
        if not is_spared and fall_due(credential, rules, trigger):
            record(session, actor, _fell_due(credential, trigger))
            due.append(credential)
        elif is_set and credential.due_at is not None and credential.changed_at is not None:
            by_age = rules.due_by_age(credential.changed_at)
            credential.due_at = min(filter(None, (credential.due_at, by_age)))
    write(session)
    return due


def note_loss(session: Session, device: Device, move: Move, actor: Actor) -> None:
    """A lost phone is an incident for all that is in it: a listener of `devices`."""
    if move is Move.LOSE:
        inside = session.scalars(select(Sim).where(Sim.device_id == device.id)).all()
        lost: list[Device | Account | Sim] = [device, *accounts_on(session, device.id), *inside]
        make_due(session, lost, Trigger.INCIDENT, actor=actor)


def _credentials(session: Session, things: Sequence[Device | Account | Sim]) -> list[Credential]:
    ids = {kind: [one.id for one in things if isinstance(one, kind)] for kind in _KINDS}
    columns = zip(
        ids.values(), (Credential.device_id, Credential.account_id, Credential.sim_id), strict=True
    )
    theirs = [column.in_(some) for some, column in columns if some]
    if not theirs:
        return []
    known = select(Credential).where(or_(*theirs)).options(selectinload(Credential.versions))
    return list(session.scalars(known.order_by(Credential.id)))


_KINDS: Final = (Device, Account, Sim)


def _with_rules(
    session: Session, credentials: Sequence[Credential]
) -> list[tuple[Credential, Rules, bool]]:
    """Return each credential with what is demanded of it, and whether a policy says so."""
    if not credentials:
        return []
    every, moment = policies(session, _NO_SETTINGS), now()
    places: dict[UUID, UUID] = holders().departments(session, credentials)
    found = []
    for one in credentials:
        version = every.version(one.kind, places.get(one.id), moment)
        rules = version.rules if version else standard(one.kind, _NO_SETTINGS)
        found.append((one, rules, version is not None))
    return found


def _fell_due(credential: Credential, trigger: Trigger) -> CredentialFellDue:
    return CredentialFellDue(
        subject_id=credential.id,
        subject_name=credential.told,
        kind=credential.kind,
        number=credential.active.number if credential.active else None,
        trigger=trigger,
        due_at=credential.due_at or now(),
    )
