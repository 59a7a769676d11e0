"""Learning from visits what a build's lock tool is believed, and taking it back."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fleet.access.actor import Actor
from fleet.audit.services import record
from fleet.builds.errors import NothingToReset
from fleet.builds.events import BuildJudged, BuildReset
from fleet.builds.evidence import Showed, showed
from fleet.builds.models import Build, BuildVisit
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.rotation import RotationStep
from fleet.database import write
from fleet.devices.models import Device


def note_visit(
    session: Session,
    device: Device,
    name: str,
    steps: Sequence[RotationStep],
    *,
    rotation: UUID,
    outcome: str | None,
    actor: Actor,
) -> BuildTrust:
    """Take in what a visit's steps show of the build `name`, and return what is believed of it."""
    build, seen = build_named(session, name), showed(steps)
    visit = BuildVisit(
        build_id=build.id,
        device_id=device.id,
        rotation_id=rotation,
        at=now(),
        showed=seen.trust,
        why=seen.why,
        outcome=outcome,
    )
    session.add(visit)
    if _says_more(build, seen):
        _judge(session, build, visit, device, actor)
    return build.trust


def reset_build(session: Session, build: Build, *, reason: str, actor: Actor) -> None:
    """Forget what was found out about a build, as after an update; the evidence is kept."""
    actor.require(Permission.BUILDS_RESET)
    _hold(session, build)
    if build.trust is BuildTrust.UNKNOWN:
        raise NothingToReset(build=build.name)
    event = BuildReset(subject_id=build.id, subject_name=build.name, was=build.trust, reason=reason)
    record(session, actor, event)
    build.forget()
    build.reset_at, build.reset_by, build.reset_reason = now(), actor.name, reason
    write(session)


def build_named(session: Session, name: str) -> Build:
    """Return the row of a build; two stations that see it first at once make one."""
    named = select(Build).where(Build.name == name)
    found = session.scalar(named)
    if found is None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        first = dialect.insert(Build).values(
            id=uuid4(), name=name, first_seen_at=now(), trust=BuildTrust.UNKNOWN
        )
        session.execute(first.on_conflict_do_nothing(index_elements=[Build.name]))
        found = session.scalars(named).one()
    return found


def _says_more(build: Build, seen: Showed) -> bool:
    """Tell whether a visit changes what is believed: a lie is never outweighed."""
    if seen.trust is BuildTrust.UNTRUSTED:
        return build.trust is not BuildTrust.UNTRUSTED
    return seen.trust is BuildTrust.TRUSTED and build.trust is BuildTrust.UNKNOWN


def _judge(session: Session, build: Build, visit: BuildVisit, device: Device, actor: Actor) -> None:
    _hold(session, build)
    if not _says_more(build, Showed(visit.showed, visit.why)):
        return  # another station has shown it meanwhile
    build.learn(visit.showed, visit.why, visit.rotation_id, visit.at)
    event = BuildJudged(
        subject_id=build.id,
        subject_name=build.name,
        trust=visit.showed,
        why=visit.why,
        device=device.tag,
        rotation=visit.rotation_id,
    )
    record(session, actor, event)
    write(session)


def _hold(session: Session, build: Build) -> None:
    """Hold the row until the commit, as it stands now."""
    session.flush()
    session.refresh(build, with_for_update={"of": Build})
