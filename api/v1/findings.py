"""What phones showed that they should not, and asking one whether its PIN still opens it."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.compliance import checks, queries
from fleet.compliance.waiving import unwaive, waive
from fleet.contracts.findings import (
    FindingOut,
    FindingQuery,
    PinCheckIn,
    PinCheckOut,
    RecoveryOut,
    UnwaiveIn,
    WaiverIn,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.devices.models import Device
from fleet.devices.queries import device
from fleet.incidents.recovering import recovery

bp = APIBlueprint("findings", __name__, url_prefix="/api/v1", tag="Findings")


@bp.get("/findings")
@asks(Permission.FINDINGS_READ, scoped=True)
@bp.input(FindingQuery, location="query", arg_name="query")
@bp.output(Page[FindingOut])
def list_findings(query: FindingQuery) -> Page[FindingOut]:
    """List findings, the newest first."""
    rows, mark = queries.findings(current_session(), query, actor=current_actor())
    return Page(items=queries.shown_each(current_session(), rows), next=mark)


@bp.get("/findings/<number>")
@asks(Permission.FINDINGS_READ, scoped=True)
@bp.output(FindingOut)
def show_finding(number: str) -> FindingOut:
    """Show a finding."""
    session = current_session()
    return queries.shown(session, queries.finding(session, number, actor=current_actor()))


@bp.post("/findings/<number>/waive")
@asks(Permission.FINDINGS_WAIVE)
@bp.input(WaiverIn, arg_name="body")
@bp.output(FindingOut)
def waive_finding(number: str, body: WaiverIn) -> FindingOut:
    """Have a finding not count until a day."""
    session = current_session()
    return queries.shown(session, waive(session, number, body, actor=current_actor()))


@bp.post("/findings/<number>/unwaive")
@asks(Permission.FINDINGS_WAIVE)
@bp.input(UnwaiveIn, arg_name="body")
@bp.output(FindingOut)
def unwaive_finding(number: str, body: UnwaiveIn) -> FindingOut:
    """Have a finding count again."""
    session, actor = current_session(), current_actor()
    return queries.shown(session, unwaive(session, number, reason=body.reason, actor=actor))


@bp.post("/devices/<tag>/check")
@asks(Permission.ROTATIONS_PLAN)
@bp.input(PinCheckIn, arg_name="body")
@bp.output(PinCheckOut, status_code=201)
def check_pin(tag: str, body: PinCheckIn) -> PinCheckOut:
    """Have a phone asked whether its PIN opens it; with `dry_run` say what that would cost."""
    session = current_session()
    phone = device(session, tag)
    reason = checks.why_not_now(session, phone)
    if body.dry_run:
        checks.askable(session, phone, body.number)
        return _would_be(phone, reason)
    check = checks.ask_check(session, phone, number=body.number, actor=current_actor())
    return queries.shown_check(check, tries_value=reason is None)


def _would_be(phone: Device, reason: str | None) -> PinCheckOut:
    return PinCheckOut(
        id=None,
        device=phone.tag,
        planned_at=None,
        ended_at=None,
        result=None,
        reason=reason,
        tries_value=reason is None,
        wrong_attempts=0,
    )


@bp.get("/devices/<tag>/recovery")
@asks(Permission.ROTATIONS_READ)
@bp.output(RecoveryOut)
def show_recovery(tag: str) -> RecoveryOut:
    """Show what is left to open a phone, in which order, and what each costs."""
    session = current_session()
    return recovery(session, device(session, tag), actor=current_actor())


@bp.get("/devices/<tag>/check")
@asks(Permission.ROTATIONS_READ)
@bp.output(PinCheckOut)
def show_check(tag: str) -> PinCheckOut:
    """Show the newest check of a phone's PIN."""
    phone = device(current_session(), tag)
    check = checks.newest_check_of(current_session(), phone)
    return queries.shown_check(check, tries_value=check.tried)
