"""Finding rotations, and what is due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from fleet.access.actor import Actor
from fleet.accounts.models import Account
from fleet.builds.queries import phones_of, trust_of
from fleet.contracts.builds import BuildTrust
from fleet.contracts.clock import now
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.outcomes import advice_of
from fleet.contracts.permissions import Permission
from fleet.contracts.playbooks import FollowUp
from fleet.contracts.rotation import (
    CHANGED,
    DeclarationOut,
    RotationOut,
    RotationQuery,
    RotationState,
    RotationStep,
)
from fleet.contracts.words import _, language, say, translated
from fleet.devices.models import Device
from fleet.paging import containing, page
from fleet.rotation.errors import RotationNotFound
from fleet.rotation.models import Rotation, RotationDeclaration
from fleet.rotation.words import guide, place, warnings
from fleet.stations.models import Job, Station
from fleet.stations.queries import station_named
from fleet.vault.models import Credential

UNPROVEN: Final = (RotationState.UNPROVEN, RotationState.IN_DOUBT)


def live_rotation(session: Session, credential: Credential) -> Rotation | None:
    """Return the rotation of `credential` that is under way."""
    live = Rotation.credential_id == credential.id, Rotation.ended_at.is_(None)
    return session.scalar(select(Rotation).where(*live))


def live_ones(session: Session, credentials: Iterable[Credential]) -> set[UUID]:
    """Return the ids of those, of the credentials given, whose rotation is under way."""
    ids = [one.id for one in credentials]
    live = Rotation.credential_id.in_(ids), Rotation.ended_at.is_(None)
    return set(session.scalars(select(Rotation.credential_id).where(*live)))


def rotation_of(session: Session, name: str) -> Rotation:
    """Return the rotation whose id is written as `name`."""
    try:
        rotation = session.get(Rotation, UUID(name))
    except ValueError:
        rotation = None
    if rotation is None:
        raise RotationNotFound(rotation=name)
    return rotation


def rotations(
    session: Session, query: RotationQuery, *, actor: Actor
) -> tuple[list[Rotation], str | None]:
    """Return one page of rotations, newest first, and the mark of the next."""
    actor.require(Permission.ROTATIONS_READ)
    statement = select(Rotation).join(Rotation.credential)
    statement = statement.where(containing(query.q, Credential.subject)).options(
        joinedload(Rotation.credential),
        joinedload(Rotation.job).joinedload(Job.station),
        selectinload(Rotation.declarations),
    )
    if query.subject:
        statement = statement.where(Credential.subject == query.subject)
    if query.state:
        statement = statement.where(Rotation.state == query.state)
    if query.kind:
        statement = statement.where(Rotation.kind == query.kind)
    if query.live is not None:
        ended = Rotation.ended_at
        statement = statement.where(ended.is_(None) if query.live else ended.is_not(None))
    if query.ended_from:
        statement = statement.where(Rotation.ended_at >= query.ended_from)
    if query.station:
        statement = statement.where(at_station(station_named(session, query.station)))
    if query.unproven:
        statement = statement.where(Rotation.state.in_(UNPROVEN), _is_the_last())
    sorts = {"planned_at": Rotation.planned_at, "ended_at": Rotation.ended_at}
    return page(session, statement, query, sorts=sorts, default="-planned_at", key=Rotation.id)


def at_station(station: Station) -> ColumnElement[bool]:
    """Return what holds for what opens phones last seen at a station, and accounts on them."""
    phones = select(Device.id).where(Device.station_id == station.id)
    on_them = select(Account.id).where(Account.device_id.in_(phones))
    return or_(Credential.device_id.in_(phones), Credential.account_id.in_(on_them))


def _is_the_last() -> ColumnElement[bool]:
    later = aliased(Rotation)
    same = later.credential_id == Rotation.credential_id, later.planned_at > Rotation.planned_at
    return ~select(later.id).where(*same).exists()


def shown_each(session: Session, rows: Sequence[Rotation]) -> list[RotationOut]:
    """Return each with what is believed of its phone's build, in two questions for all of them."""
    builds = {row.build for row in rows}
    trust, phones = trust_of(session, builds), phones_of(session, builds)
    return [_shown(row, trust, phones) for row in rows]


def shown(session: Session, rotation: Rotation) -> RotationOut:
    return shown_each(session, [rotation])[0]


def _shown(
    rotation: Rotation, trust: Mapping[str, BuildTrust], phones: Mapping[str, int]
) -> RotationOut:
    station = rotation.job.station if rotation.job else None
    guided = rotation.kind is not CredentialKind.DEVICE_PIN and rotation.is_live
    told, sees = place(rotation) if guided else (None, None)
    chosen = rotation.guided_by
    return RotationOut(
        id=str(rotation.id),
        kind=rotation.kind,
        subject=rotation.credential.subject,
        state=rotation.state,
        level=rotation.level,
        asked=rotation.asked,
        reason=rotation.reason,
        sentence=rotation.sentence,
        planned_at=rotation.planned_at,
        ended_at=rotation.ended_at,
        station=station.name if station else None,
        steps=[RotationStep.model_validate(step) for step in rotation.steps],
        goes_on_at=_goes_on_at(rotation),
        advice=translated(advice_of(rotation.reason)),
        even_untrusted=rotation.even_untrusted,
        build=rotation.build,
        build_trust=trust.get(rotation.build or ""),
        build_phones=phones.get(rotation.build or ""),
        guide=guide(rotation) if guided else [],
        playbook=f"{chosen['name']} {chosen['number']}" if chosen else None,
        warnings=warnings(rotation),
        now=told,
        sees=sees,
        declarations=_declarations(rotation),
    )


def follow_ups(rotation: Rotation) -> list[FollowUp]:
    """Return what a person does after the change, by the playbook that it began with."""
    return rotation.playbook.follow_ups if rotation.playbook else []


def _declarations(rotation: Rotation) -> list[DeclarationOut]:
    """Return what was declared, and what is still to be."""
    said = {one.what: one for one in rotation.declarations}
    words = {one.id: one.say.said(language()) for one in follow_ups(rotation)}
    by_hand = rotation.is_binding and rotation.job_id is None
    if CHANGED in said or by_hand:
        words = {CHANGED: say(_done_by_hand(rotation)), **words}
    return [_declaration(what, text, said.get(what)) for what, text in words.items()]


def _done_by_hand(rotation: Rotation) -> str:
    if rotation.is_binding:
        return _("It is bound to the company's number.")
    return _("The password was changed by hand.")


def _declaration(what: str, text: str, said: RotationDeclaration | None) -> DeclarationOut:
    if said is None:
        return DeclarationOut(what=what, says=text)
    return DeclarationOut(
        what=what,
        says=text,
        note=said.note,
        said_by=said.said_by,
        said_at=said.said_at,
        witnessed_by=said.witnessed_by,
        witnessed_at=said.witnessed_at,
    )


def _goes_on_at(rotation: Rotation) -> datetime | None:
    """Return when a rotation that waits can go on, where that is still to come."""
    begins = rotation.job.not_before if rotation.job and rotation.is_live else None
    return begins if begins is not None and begins > now() else None
