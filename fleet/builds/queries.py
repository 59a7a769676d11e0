"""Finding builds, what is believed of them, and the phones that have them."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from fleet.access.actor import Actor
from fleet.builds.errors import BuildNotFound
from fleet.builds.models import Build, BuildVisit
from fleet.contracts.builds import (
    BuildDetailOut,
    BuildOut,
    BuildQuery,
    BuildTrust,
    BuildVisitOut,
)
from fleet.contracts.permissions import Permission
from fleet.devices.models import Device
from fleet.paging import containing, page

MOST_TAGS: Final = 100
MOST_EVIDENCE: Final = 50
SORTS: Final = {
    "build": Build.name,
    "trust": Build.trust,
    "since": Build.since,
    "visits": Build.visits,
    "last_visit_at": Build.last_visit_at,
    "first_seen_at": Build.first_seen_at,
}


def builds(
    session: Session, query: BuildQuery, *, actor: Actor
) -> tuple[list[BuildOut], str | None]:
    """Return one page of builds and the mark of the next."""
    actor.require(Permission.ROTATIONS_READ)
    statement = select(Build).where(containing(query.q, Build.name))
    if query.trust:
        statement = statement.where(Build.trust == query.trust)
    rows, mark = page(session, statement, query, sorts=SORTS, default="build", key=Build.id)
    phones = phones_of(session, [row.name for row in rows])
    return [_shown(row, phones.get(row.name, 0)) for row in rows], mark


def build_of(session: Session, reference: str) -> Build:
    """Return the build with this id, or with this name."""
    try:
        found = session.get(Build, UUID(reference))
    except ValueError:
        found = session.scalar(select(Build).where(Build.name == reference))
    if found is None:
        raise BuildNotFound(build=reference)
    return found


def detail(session: Session, build: Build, *, actor: Actor) -> BuildDetailOut:
    """Return a build with its newest evidence and the phones that have it."""
    actor.require(Permission.ROTATIONS_READ)
    having = Device.build == build.name
    tags = session.scalars(select(Device.tag).where(having).order_by(Device.tag).limit(MOST_TAGS))
    phones = phones_of(session, [build.name]).get(build.name, 0)
    return BuildDetailOut(
        **_shown(build, phones).model_dump(),
        outcomes=_outcomes(session, build),
        evidence=[_seen(visit) for visit in _newest(session, build)],
        tags=list(tags),
    )


def trust_of(session: Session, names: Collection[str | None]) -> dict[str, BuildTrust]:
    """Return what is believed of each build that was visited, in one question."""
    asked = {name for name in names if name}
    if not asked:
        return {}
    found = session.execute(select(Build.name, Build.trust).where(Build.name.in_(asked)))
    return dict(iter(found))


def phones_of(session: Session, names: Collection[str | None]) -> dict[str, int]:
    """Return how many phones have each build, in one question."""
    asked = {name for name in names if name}
    if not asked:
        return {}
    counted = select(Device.build, func.count()).where(Device.build.in_(asked))
    found = session.execute(counted.group_by(Device.build))
    return {name: count for name, count in found if name}


def _newest(session: Session, build: Build) -> Sequence[BuildVisit]:
    mine = select(BuildVisit).where(BuildVisit.build_id == build.id)
    newest = mine.order_by(BuildVisit.at.desc(), BuildVisit.id).limit(MOST_EVIDENCE)
    return session.scalars(newest.options(joinedload(BuildVisit.device))).all()


def _outcomes(session: Session, build: Build) -> dict[str, int]:
    counted = select(BuildVisit.outcome, func.count()).where(
        BuildVisit.build_id == build.id, BuildVisit.outcome.is_not(None)
    )
    found = session.execute(counted.group_by(BuildVisit.outcome).order_by(BuildVisit.outcome))
    return {outcome: count for outcome, count in found if outcome}


def _shown(build: Build, phones: int) -> BuildOut:
    return BuildOut(
        id=str(build.id),
        build=build.name,
        trust=build.trust,
        why=build.why,
        since=build.since,
        shown_by=str(build.shown_by) if build.shown_by else None,
        first_seen_at=build.first_seen_at,
        last_visit_at=build.last_visit_at,
        visits=build.visits,
        phones=phones,
        reset_at=build.reset_at,
        reset_by=build.reset_by,
        reset_reason=build.reset_reason,
    )


def _seen(visit: BuildVisit) -> BuildVisitOut:
    return BuildVisitOut(
        at=visit.at,
        subject=visit.device.tag,
        rotation=str(visit.rotation_id),
        showed=visit.showed,
        why=visit.why,
        outcome=visit.outcome,
    )
