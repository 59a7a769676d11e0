"""Taking back a change that has not come true, also one that no station has a job for."""

from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.rotation.binding import stands, take_up
from fleet.rotation.errors import RotationEnded
from fleet.rotation.models import Rotation
from fleet.rotation.services import end
from fleet.stations.jobs import cancel_job
from fleet.stations.lifecycle import LIVE
from fleet.vault import services as vault
from fleet.vault.queries import locked
from fleet.vault.tools import Tools


def cancel(session: Session, tools: Tools, rotation: Rotation, *, actor: Actor) -> None:
    """Take a change back; refused while a station is at it, and once it has ended."""
    actor.require(Permission.ROTATIONS_PLAN)
    credential = locked(session, rotation.credential)
    session.refresh(rotation)
    if not rotation.is_live:
        raise RotationEnded(subject=credential.subject, state=rotation.state.value)
    if rotation.job is not None and rotation.job.state in LIVE:
        cancel_job(session, tools, rotation.job, actor=actor)
    if rotation.is_live:
        _give_back(session, tools, rotation, actor=actor)


def _give_back(session: Session, tools: Tools, rotation: Rotation, *, actor: Actor) -> None:
    """End a change without a job; a value that somebody was shown may be in use, and is kept.

    What an account is bound to already is known from now on, and due at once: what belongs to it
    was not done.
    """
    if stands(rotation):
        take_up(session, tools, rotation, Level.NONE, actor=actor)
        rotation.credential.due_at = now()
    else:
        seen = rotation.version.disclosed_at is not None
        end_version = vault.keep_doubtful if seen else vault.reject
        end_version(session, rotation.version, reason="cancelled", actor=actor)
    end(session, rotation, RotationState.CANCELLED, Level.NONE, reason="cancelled", actor=actor)
