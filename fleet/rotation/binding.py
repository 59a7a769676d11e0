"""The binding of an account that has no password: to the company's number, and nobody else's phone.

No secret is typed, so that nothing can be in doubt. It has come true when the phone showed the
company's number, or two people say so, and when all that is done beside it has a witness.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.contracts.playbooks import Playbook, StepKind
from fleet.contracts.proof import Level
from fleet.contracts.rotation import CHANGED, AccountStep, RotationState, RotationStep
from fleet.rotation.models import Rotation
from fleet.rotation.services import end
from fleet.stations.jobs import finish_early
from fleet.vault import services as vault
from fleet.vault.queries import opened
from fleet.vault.tools import Tools

STATES: Final = {
    Level.OBSERVED: RotationState.OBSERVED,
    Level.DECLARED: RotationState.DECLARED,
}


def was_shown(steps: Sequence[RotationStep], book: Playbook) -> bool:
    """Tell whether the number was the last thing seen, after every page to be looked at."""
    if not steps or steps[-1].name != AccountStep.SUCCESS or steps[-1].digest is None:
        return False
    seen = {step.verdict for step in steps if step.name == AccountStep.PAGE}
    return all(step.id in seen for step in book.steps if step.kind is StepKind.CONFIRM)


def level_of(rotation: Rotation) -> Level:
    """Return how well it is known that the account is bound to the company's number."""
    book = rotation.playbook
    steps = [RotationStep.model_validate(step) for step in rotation.steps]
    if book is not None and was_shown(steps, book):
        return Level.OBSERVED
    said = {one.what for one in rotation.declarations if one.witnessed_at is not None}
    return Level.DECLARED if CHANGED in said else Level.NONE


def stands(rotation: Rotation) -> bool:
    """Tell whether it is bound already, whatever is still to be done beside it."""
    return rotation.is_binding and level_of(rotation) is not Level.NONE


def outstanding(rotation: Rotation) -> list[str]:
    """Return what nobody has confirmed yet of what belongs to it."""
    seen = {one.what for one in rotation.declarations if one.witnessed_at is not None}
    book = rotation.playbook
    return [one.id for one in book.follow_ups if one.id not in seen] if book else []


def held_since(rotation: Rotation) -> datetime | None:
    """Return when the first of what shows it became known: a return counts nothing older."""
    witnessed = [one.witnessed_at for one in rotation.declarations if one.witnessed_at]
    looked = rotation.job.ended_at if rotation.job else None
    return min(filter(None, (*witnessed, looked)), default=None)


def take_up(
    session: Session, tools: Tools, rotation: Rotation, level: Level, *, actor: Actor
) -> None:
    """Know the account as bound to the number of this change."""
    since = held_since(rotation)
    vault.promote(session, tools, rotation.version, level, changed_at=since, actor=actor)
    account = session.get_one(Account, rotation.credential.account_id)
    account.number = opened(tools.keyring, rotation.version)


def end_if_whole(session: Session, tools: Tools, rotation: Rotation, *, actor: Actor) -> None:
    """End it once everything that belongs to it is known; until then it goes on."""
    level = level_of(rotation)
    if level is Level.NONE or rotation.playbook is None or outstanding(rotation):
        return
    take_up(session, tools, rotation, level, actor=actor)
    end(session, rotation, STATES[level], level, sentence=rotation.sentence, actor=actor)
    finish_early(session, rotation.job_id, actor=actor)
