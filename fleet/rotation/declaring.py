"""What a person says he did, and another one who saw it: two people, each with his own sign-in."""

from uuid import uuid4

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.accounts.opening import is_bound, key_of
from fleet.audit.services import record
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind, VersionState
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.rotation import CHANGED, RotationState
from fleet.database import write
from fleet.rotation import binding, events
from fleet.rotation.choosing import PACKAGE, playbook_of
from fleet.rotation.errors import (
    DeclaredAlready,
    NothingToWitness,
    NotToBeDeclared,
    PhonesAnswerForThemselves,
    RotationEnded,
    RotationNotDone,
    ShownAlready,
    ValueNeverShown,
    WitnessedAlready,
    WitnessIsTheSame,
)
from fleet.rotation.models import Rotation, RotationDeclaration
from fleet.rotation.queries import follow_ups, live_rotation
from fleet.rotation.services import about, end, plan_rotation
from fleet.stations.jobs import finish_early
from fleet.vault import services as vault
from fleet.vault.models import Credential
from fleet.vault.queries import known_credential, locked
from fleet.vault.services import Disclosed
from fleet.vault.tools import Tools

DONE = {RotationState.OBSERVED, RotationState.DECLARED}


def attend(
    session: Session, tools: Tools, account: Account, *, reason: str, actor: Actor
) -> tuple[Rotation, Disclosed | None]:
    """Show the new password once to somebody who types it by hand before a witness.

    A binding has nothing to be shown: it is begun, and the pages are gone through by hand.
    """
    actor.require(Permission.ROTATIONS_CONFIRM)
    rotation = _under_way(session, account)
    if rotation is None:
        rotation = plan_rotation(session, tools, account, reason=reason, actor=actor)
    if rotation.version.disclosed_at is not None:
        raise ShownAlready(subject=account.handle)
    if account.kind in PACKAGE:
        playbook_of(session, rotation, account, account.device)
    if is_bound(account):
        return rotation, None
    credential = rotation.credential
    shown = vault.disclose(session, tools, credential, reason=reason, actor=actor, pending=True)
    return rotation, shown


def _under_way(session: Session, account: Account) -> Rotation | None:
    credential: Credential | None = known_credential(session, key_of(account))
    return live_rotation(session, credential) if credential else None


def declare(session: Session, rotation: Rotation, *, what: str, note: str, actor: Actor) -> None:
    """Say that the password was changed by hand, or that a follow-up was done."""
    actor.require(Permission.ROTATIONS_CONFIRM)
    locked(session, rotation.credential)
    _require_possible(rotation, what)
    if any(one.what == what for one in rotation.declarations):
        raise DeclaredAlready(what=what)
    declaration = RotationDeclaration(
        id=uuid4(),
        rotation=rotation,
        what=what,
        note=note,
        said_by=actor.name,
        said_by_id=actor.id,
        said_at=now(),
    )
    session.add(declaration)
    record(session, actor, events.RotationDeclared(**about(rotation), what=what, note=note))
    write(session)


def witness(session: Session, tools: Tools, rotation: Rotation, *, what: str, actor: Actor) -> None:
    """Confirm, as another person, what was declared; a change by hand is then in use."""
    actor.require(Permission.ROTATIONS_CONFIRM)
    locked(session, rotation.credential)
    said = next((one for one in rotation.declarations if one.what == what), None)
    if said is None:
        raise NothingToWitness(what=what)
    if said.said_by_id == actor.id:
        raise WitnessIsTheSame(name=actor.name)
    if said.witnessed_at is not None:
        raise WitnessedAlready(what=what, name=said.witnessed_by or "")
    if what == CHANGED:
        _require_possible(rotation, what)
    said.witnessed_by, said.witnessed_by_id, said.witnessed_at = actor.name, actor.id, now()
    seen = events.RotationWitnessed(**about(rotation), what=what, said_by=said.said_by)
    record(session, actor, seen)
    if rotation.is_binding:
        _bound(session, tools, rotation, said, actor)
    elif what == CHANGED:
        _changed(session, tools, rotation, said.note, actor)
    write(session)


def _bound(
    session: Session, tools: Tools, rotation: Rotation, said: RotationDeclaration, actor: Actor
) -> None:
    """End a binding with the last thing that was missing; afterwards nothing more hangs on it."""
    if not rotation.is_live:
        return
    if said.what == CHANGED:
        rotation.sentence = said.note
    binding.end_if_whole(session, tools, rotation, actor=actor)


def _changed(session: Session, tools: Tools, rotation: Rotation, note: str, actor: Actor) -> None:
    vault.promote(session, tools, rotation.version, Level.DECLARED, actor=actor)
    end(session, rotation, RotationState.DECLARED, Level.DECLARED, sentence=note, actor=actor)
    finish_early(session, rotation.job_id, actor=actor)


def _require_possible(rotation: Rotation, what: str) -> None:
    subject = rotation.credential.subject
    if rotation.kind is CredentialKind.DEVICE_PIN:
        raise PhonesAnswerForThemselves(subject=subject)
    if what == CHANGED:
        require = _require_live if rotation.is_binding else _require_shown
        require(rotation)
        return
    known = [one.id for one in follow_ups(rotation)]
    if what not in known:
        raise NotToBeDeclared(what=what, known=", ".join(known))
    if rotation.state not in DONE and not (rotation.is_binding and rotation.is_live):
        raise RotationNotDone(subject=subject)


def _require_live(rotation: Rotation) -> None:
    if not rotation.is_live:
        raise RotationEnded(subject=rotation.credential.subject, state=rotation.state.value)


def _require_shown(rotation: Rotation) -> None:
    subject = rotation.credential.subject
    if rotation.version.state not in {VersionState.PENDING, VersionState.DOUBTFUL}:
        raise RotationEnded(subject=subject, state=rotation.state.value)
    if rotation.version.disclosed_at is None:
        raise ValueNeverShown(subject=subject)
