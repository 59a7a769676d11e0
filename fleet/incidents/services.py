"""Reporting an incident, which begins its measures at once, and ending both."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.access.actor import SYSTEM, Actor, Reach
from fleet.audit.services import record
from fleet.compliance.models import Finding
from fleet.contracts.clock import now
from fleet.contracts.incidents import (
    IncidentKind,
    IncidentState,
    MeasureKind,
    MeasureState,
)
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import Trigger
from fleet.contracts.proof import Level
from fleet.counting import next_number
from fleet.custody.queries import Held, thing_of
from fleet.database import write
from fleet.devices import lifecycle as devices
from fleet.devices.models import Device
from fleet.devices.services import move_device
from fleet.incidents import events
from fleet.incidents.errors import IncidentClosed, KnownAlready, MeasureNotFound, MeasuresOpen
from fleet.incidents.lifecycle import Move
from fleet.incidents.measures import already_so, finish
from fleet.incidents.models import Incident, IncidentNote, IncidentThing, Measure
from fleet.incidents.planning import (
    Planned,
    Report,
    held_in_order,
    planned,
    require_all_within,
    worked_out,
)
from fleet.incidents.queries import incident_within
from fleet.rotation.triggers import make_due
from fleet.settings import Settings
from fleet.vault.tools import Tools

# Rooms further down that act when an incident was reported, or reported again (cases: a loss);
# filled by `fleet.wiring`.
REPORT_LISTENERS: Final[list[Callable[[Session, Tools, Incident, Actor], None]]] = []


def report(
    session: Session,
    tools: Tools,
    kind: IncidentKind,
    things: Sequence[Held],
    *,
    actor: Actor,
    note: str | None = None,
) -> tuple[Incident, bool]:
    """Take in a report and begin what follows from it; tell whether an open incident had it.

    By the holder about his own things, by the head of a department about what is held there, by IT
    about everything.
    """
    reach = actor.reach(Permission.INCIDENTS_REPORT)
    require_all_within(session, things, actor)
    given = worked_out(session, tools.settings, kind, things, actor)
    held_in_order(session, given.things)
    known = _joined(session, given, reach)
    incident = known or _open(session, given, actor)
    new = _join(session, known, given, tools.settings, actor) if known else given.things
    if note:
        _add_note(session, incident, note, actor)
    write(session)
    _begin(session, incident, new, actor)
    for listen in REPORT_LISTENERS:
        listen(session, tools, incident, actor)
    return incident, known is not None


def plan_report(
    session: Session, tools: Tools, kind: IncidentKind, things: Sequence[Held], *, actor: Actor
) -> tuple[Report, Incident | None]:
    """Return what a report would lead to, and the open incident that it would be added to."""
    reach = actor.reach(Permission.INCIDENTS_REPORT)
    require_all_within(session, things, actor)
    given = worked_out(session, tools.settings, kind, things, actor)
    return given, _joined(session, given, reach)


def _joined(session: Session, given: Report, reach: Reach) -> Incident | None:
    """Return the open incident that a report is added to.

    Where it is of an earlier holder, only those join it who see the whole company's: it is not
    this one's to read.
    """
    known = open_incident(session, given.kind, given.named)
    if known and known.employee is not given.employee and not reach.everything:
        raise KnownAlready(number=known.number)
    return known


def open_incident(session: Session, kind: IncidentKind, things: Iterable[Held]) -> Incident | None:
    """Return the open incident of a kind that one of these things is in."""
    for thing in things:
        column = getattr(IncidentThing, f"{thing_of(thing)}_id")
        of_it = select(IncidentThing).where(column == thing.id, IncidentThing.open_kind == kind)
        found = session.scalar(of_it)
        if found is not None:
            return found.incident
    return None


def note(session: Session, number: str, *, text: str, actor: Actor) -> Incident:
    """Add what somebody within reach has to say."""
    reach = actor.reach(Permission.INCIDENTS_REPORT)
    incident = incident_within(session, number, reach)
    _require_open(incident)
    _add_note(session, incident, text, actor)
    record(session, actor, events.IncidentNoted(**_about(incident)))
    write(session)
    return incident


def end_measure(
    session: Session,
    incident: Incident,
    number: int,
    *,
    note: str,
    actor: Actor,
    not_needed: bool = False,
) -> None:
    """Take a person's word that a measure is done (level `declared`), or need not be."""
    actor.require(Permission.INCIDENTS_HANDLE)
    _require_open(incident)
    measure = next((one for one in incident.measures if one.number == number), None)
    if measure is None:
        raise MeasureNotFound(incident=incident.number, number=number)
    move = Move.WAIVE if not_needed else Move.FINISH
    level = Level.NONE if not_needed else Level.DECLARED
    finish(session, measure, level, actor=actor, note=note, move=move)


def close(session: Session, incident: Incident, *, actor: Actor, note: str | None = None) -> None:
    """Close an incident of which every measure is done, or was said not to be needed."""
    actor.require(Permission.INCIDENTS_HANDLE)
    _require_open(incident)
    still = [one for one in incident.measures if one.state is MeasureState.OPEN]
    if still:
        named = (f"{one.number} ({label(one.kind)}: {one.name})" for one in still)
        raise MeasuresOpen(number=incident.number, open=", ".join(named))
    if note:
        _add_note(session, incident, note, actor)
    incident.close(by=actor.name)
    record(session, actor, events.IncidentClosedBy(**_about(incident)))
    write(session)


def note_finding(session: Session, tools: Tools, finding: Finding) -> None:
    """A finding that the PIN was changed is an incident of its phone: a listener."""
    kind, device = IncidentKind.DRIFT, finding.device
    given = worked_out(session, tools.settings, kind, [device], SYSTEM)
    incident = open_incident(session, kind, [device])
    if incident is None:
        incident = _open(session, given, SYSTEM)
        incident.finding = finding
        write(session)


def _open(session: Session, given: Report, actor: Actor) -> Incident:
    moment = now()
    number = next_number(session, f"incident.{moment.year}")
    incident = Incident(
        id=uuid4(),
        number=f"IN-{moment.year}-{number:03d}",
        kind=given.kind,
        state=IncidentState.OPEN,
        employee=given.employee,
        reporter_id=actor.employee_id,
        reported_by=actor.name,
        reported_at=moment,
        things=[],
        measures=[],
        notes=[],
    )
    session.add(incident)
    _add(incident, given.things, given.measures)
    reported = events.IncidentReported(
        **_about(incident),
        employee=given.employee.number if given.employee else None,
        things=len(incident.things),
        measures=len(incident.measures),
    )
    record(session, actor, reported)
    return incident


def _join(
    session: Session, incident: Incident, given: Report, settings: Settings, actor: Actor
) -> list[Held]:
    """Add to an open incident what it is not about yet, and return that."""
    known = {one.subject.id for one in incident.things}
    new = [one for one in given.things if one.id not in known]
    _add(incident, new, planned(new, incident.kind, settings))
    again = events.IncidentReportedAgain(**_about(incident), things=len(new))
    record(session, actor, again)
    return new


def _add(incident: Incident, things: Iterable[Held], measures: Iterable[Planned]) -> None:
    for thing in things:
        place = len(incident.things) + 1
        row = IncidentThing(id=uuid4(), place=place, open_kind=incident.kind)
        setattr(row, thing_of(thing).value, thing)
        incident.things.append(row)
    for one in measures:
        number = len(incident.measures) + 1
        measure = Measure(
            id=uuid4(),
            number=number,
            kind=one.kind,
            due_at=one.due_at,
            state=MeasureState.OPEN,
            level=Level.NONE,
        )
        setattr(measure, thing_of(one.thing).value, one.thing)
        incident.measures.append(measure)


def _begin(session: Session, incident: Incident, new: Sequence[Held], actor: Actor) -> None:
    """Do at once what the software can do, and note what is so already.

    Marking a phone lost makes all that is in it due; what is on no such phone is made due here.
    """
    for measure in [one for one in incident.measures if one.state is MeasureState.OPEN]:
        if already_so(measure):
            finish(session, measure, Level.DECLARED, actor=SYSTEM)
    covered = _mark_lost(session, incident, actor)
    rest = [one for one in new if not _is_covered(one, covered)]
    make_due(session, rest, Trigger.INCIDENT, actor=SYSTEM)


def _mark_lost(session: Session, incident: Incident, actor: Actor) -> set[UUID]:
    """Mark the phones lost that can be; return the ids of those whose loss made things due."""
    covered: set[UUID] = set()
    for measure in incident.measures:
        is_open = measure.state is MeasureState.OPEN and measure.kind is MeasureKind.MARK_LOST
        device = measure.device
        if is_open and device and (device.state, devices.Move.LOSE) in devices.MOVES:
            by = SYSTEM.named(actor.name)
            move_device(session, device, move=devices.Move.LOSE, reason=incident.number, actor=by)
            covered.add(device.id)
    return covered


def _is_covered(thing: Held, covered: set[UUID]) -> bool:
    place = thing.id if isinstance(thing, Device) else thing.device_id
    return place in covered


def _add_note(session: Session, incident: Incident, text: str, actor: Actor) -> None:
    incident.notes.append(IncidentNote(id=uuid4(), at=now(), by=actor.name, text=text))
    session.add(incident)


def _require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise IncidentClosed(number=incident.number)


def _about(incident: Incident) -> events.About:
    return {
        "subject_id": incident.id,
        "subject_name": incident.number,
        "kind": incident.kind,
    }
