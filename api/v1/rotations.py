"""Changing PINs and passwords."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from api.v1.kinds import require_kind
from fleet.accounts.models import Account
from fleet.accounts.queries import account
from fleet.contracts.permissions import Permission
from fleet.contracts.rotation import (
    AttendedOut,
    AttendIn,
    CalendarOut,
    CalendarQuery,
    ConfirmIn,
    DeclareIn,
    DueOut,
    DueQuery,
    ForecastOut,
    ForecastQuery,
    PlanIn,
    PlanOut,
    RotateIn,
    RotationOut,
    RotationQuery,
)
from fleet.contracts.wire import Page
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.rotation import batches, cancelling, declaring, due, queries, services
from fleet.vault.queries import password_of, pin_of

bp = APIBlueprint("rotations", __name__, url_prefix="/api/v1", tag="Rotations")


@bp.post("/devices/<tag>/rotate")
@asks(Permission.ROTATIONS_PLAN)
@bp.input(RotateIn, arg_name="body")
@bp.output(RotationOut, status_code=201)
def rotate_device_pin(tag: str, body: RotateIn) -> RotationOut:
    """Plan a change of the PIN of a phone."""
    phone = device(current_session(), tag)
    require_kind(pin_of(phone), body.kind)
    return _planned(phone, body)


@bp.post("/accounts/<handle>/rotate")
@asks(Permission.ROTATIONS_PLAN)
@bp.input(RotateIn, arg_name="body")
@bp.output(RotationOut, status_code=201)
def rotate_account_password(handle: str, body: RotateIn) -> RotationOut:
    """Plan a change of the password of an account, by a person who is guided."""
    found = account(current_session(), handle)
    require_kind(password_of(found), body.kind)
    return _planned(found, body)


@bp.get("/rotations")
@asks(Permission.ROTATIONS_READ)
@bp.input(RotationQuery, location="query", arg_name="query")
@bp.output(Page[RotationOut])
def list_rotations(query: RotationQuery) -> Page[RotationOut]:
    """List rotations, the newest first."""
    rows, mark = queries.rotations(current_session(), query, actor=current_actor())
    return Page(items=queries.shown_each(current_session(), rows), next=mark)


@bp.get("/rotations/due")
@asks(Permission.ROTATIONS_READ)
@bp.input(DueQuery, location="query", arg_name="query")
@bp.output(Page[DueOut])
def list_due(query: DueQuery) -> Page[DueOut]:
    """List what is due, or will be within the warning time of its policy."""
    rows, mark = due.due(current_session(), tools().settings, query, actor=current_actor())
    return Page(items=rows, next=mark)


@bp.post("/rotations/plan")
@asks(Permission.ROTATIONS_PLAN)
@bp.input(PlanIn, arg_name="body")
@bp.output(PlanOut)
def plan_rotations(body: PlanIn) -> PlanOut:
    """Plan a part of what is due; with `dry_run`, say what would be planned."""
    return batches.plan_part(current_session(), tools(), body, actor=current_actor())


@bp.get("/rotations/calendar")
@asks(Permission.ROTATIONS_READ)
@bp.input(CalendarQuery, location="query", arg_name="query")
@bp.output(CalendarOut)
def show_calendar(query: CalendarQuery) -> CalendarOut:
    """Count what falls due on each day."""
    return due.calendar(current_session(), query, actor=current_actor())


@bp.get("/rotations/forecast")
@asks(Permission.ROTATIONS_READ)
@bp.input(ForecastQuery, location="query", arg_name="query")
@bp.output(ForecastOut)
def show_forecast(query: ForecastQuery) -> ForecastOut:
    """Say how many will be due, and how long stations will be at it."""
    return due.forecast(current_session(), query, actor=current_actor())


@bp.get("/rotations/<rotation_id>")
@asks(Permission.ROTATIONS_READ)
@bp.output(RotationOut)
def show_rotation(rotation_id: str) -> RotationOut:
    """Show a rotation with its steps."""
    session = current_session()
    return queries.shown(session, queries.rotation_of(session, rotation_id))


@bp.post("/rotations/<rotation_id>/confirm")
@asks(Permission.ROTATIONS_CONFIRM)
@bp.input(ConfirmIn, arg_name="body")
@bp.output(RotationOut)
def confirm(rotation_id: str, body: ConfirmIn) -> RotationOut:
    """Take a person's word that he changed the password."""
    session = current_session()
    rotation = queries.rotation_of(session, rotation_id)
    services.confirm(session, tools(), rotation, note=body.note, actor=current_actor())
    return queries.shown(session, rotation)


@bp.post("/rotations/<rotation_id>/cancel")
@asks(Permission.ROTATIONS_PLAN)
@bp.output(RotationOut)
def cancel_rotation(rotation_id: str) -> RotationOut:
    """Take back a change that has not come true; refused while a station is at it."""
    session = current_session()
    rotation = queries.rotation_of(session, rotation_id)
    cancelling.cancel(session, tools(), rotation, actor=current_actor())
    return queries.shown(session, rotation)


@bp.post("/accounts/<handle>/attend")
@asks(Permission.ROTATIONS_CONFIRM)
@bp.input(AttendIn, arg_name="body")
@bp.output(AttendedOut, status_code=201)
def attend(handle: str, body: AttendIn) -> AttendedOut:
    """Show the new password once to somebody who types it by hand before a witness."""
    session = current_session()
    found = account(session, handle)
    rotation, shown = declaring.attend(
        session, tools(), found, reason=body.reason, actor=current_actor()
    )
    return AttendedOut(
        rotation=str(rotation.id), subject=found.handle, value=shown.value if shown else None
    )


@bp.post("/rotations/<rotation_id>/declarations")
@asks(Permission.ROTATIONS_CONFIRM)
@bp.input(DeclareIn, arg_name="body")
@bp.output(RotationOut, status_code=201)
def declare(rotation_id: str, body: DeclareIn) -> RotationOut:
    """Say that the password was changed by hand, or that a follow-up was done."""
    session = current_session()
    rotation = queries.rotation_of(session, rotation_id)
    given = {"what": body.what, "note": body.note}
    declaring.declare(session, rotation, **given, actor=current_actor())
    return queries.shown(current_session(), rotation)


@bp.post("/rotations/<rotation_id>/declarations/<what>/witness")
@asks(Permission.ROTATIONS_CONFIRM)
@bp.output(RotationOut)
def witness(rotation_id: str, what: str) -> RotationOut:
    """Confirm, as another person, what was declared."""
    session = current_session()
    rotation = queries.rotation_of(session, rotation_id)
    declaring.witness(session, tools(), rotation, what=what, actor=current_actor())
    return queries.shown(current_session(), rotation)


def _planned(thing: Device | Account, body: RotateIn) -> RotationOut:
    session = current_session()
    rotation = services.plan_rotation(
        session,
        tools(),
        thing,
        reason=body.reason,
        actor=current_actor(),
        even_untrusted=body.even_untrusted,
    )
    return queries.shown(session, rotation)
