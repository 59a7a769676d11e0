"""Issue, return, accept, reassign."""

from apiflask import APIBlueprint
from sqlalchemy.orm import Session

from api.house import house
from api.identity import asks, current_actor
from api.transaction import current_session, tried
from fleet.accounts.queries import account
from fleet.contracts.accounts import AccountOut
from fleet.contracts.custody import (
    AcceptIn,
    AcceptOut,
    DeclareIn,
    GateOut,
    IssueIn,
    IssueOut,
    ReassignIn,
    RestockIn,
    ReturnIn,
    UndoAcceptIn,
    WipedIn,
    WipingOut,
)
from fleet.contracts.devices import DeviceOut
from fleet.contracts.permissions import Permission
from fleet.contracts.sims import SimOut
from fleet.contracts.stations import JobOut
from fleet.contracts.wire import LookQuery
from fleet.custody import acceptance, quarantine, services, ways, wiping
from fleet.custody.accessories import Back, Kit, take_back
from fleet.custody.gate import gate
from fleet.custody.issuing import issue
from fleet.custody.queries import ref, shown_holding
from fleet.custody.register import device_within, shown_accounts, shown_devices, shown_sims
from fleet.devices.queries import device
from fleet.people.queries import employee
from fleet.sims.queries import sim
from fleet.stations.queries import shown_job

bp = APIBlueprint("custody", __name__, url_prefix="/api/v1", tag="Custody")


@bp.post("/issue")
@asks(Permission.CUSTODY_ISSUE)
@bp.input(LookQuery, location="query", arg_name="look")
@bp.input(IssueIn, arg_name="body")
@bp.output(IssueOut, status_code=201)
def issue_things(look: LookQuery, body: IssueIn) -> IssueOut:
    """Hand phones, SIMs and accounts to a person: all of them, or none.

    With `dry_run` nothing is stored; what would be refused is refused.
    """
    with tried(dry_run=look.dry_run) as session:
        return _issued(session, body)


def _issued(session: Session, body: IssueIn) -> IssueOut:
    to = employee(session, body.to)
    handing = issue(
        session,
        to=to,
        devices=[device(session, tag) for tag in body.devices],
        sims=[sim(session, number) for number in body.sims],
        accounts=[account(session, handle) for handle in body.accounts],
        registrant_seen=body.registrant_seen,
        exception=body.exception,
        kit=Kit(tuple(body.accessories), body.condition, body.condition_note),
        until=body.until,
        actor=current_actor(),
    )
    held = [shown_holding(holding) for holding in handing.holdings]
    return IssueOut(to=ref(to), holdings=held, warnings=handing.warnings)


@bp.post("/devices/<tag>/return")
@asks(Permission.CUSTODY_RETURN)
@bp.input(ReturnIn, arg_name="body")
@bp.output(GateOut)
def return_device(tag: str, body: ReturnIn) -> GateOut:
    """Take a phone in from its holder; the answer says what its gate still asks for.

    Said again for one that is being returned, it adds what else came back or did not.
    """
    session, actor = current_session(), current_actor()
    phone = device(session, tag)
    services.start_return(session, phone, note=body.note, actor=actor)
    back = Back(tuple(body.accessories), tuple(body.missing), body.condition, body.condition_note)
    take_back(session, phone, back, actor=actor)
    return gate(session, phone)


@bp.post("/sims/<number>/return")
@asks(Permission.CUSTODY_RETURN)
@bp.input(ReturnIn, arg_name="body")
@bp.output(SimOut)
def return_sim(number: str, body: ReturnIn) -> SimOut:  # noqa: ARG001 — a SIM needs no note yet
    """Take a SIM back into stock."""
    session = current_session()
    card = sim(session, number)
    services.return_sim(session, card, actor=current_actor())
    return shown_sims(session, [card])[0]


@bp.post("/accounts/<handle>/return")
@asks(Permission.CUSTODY_RETURN)
@bp.input(ReturnIn, arg_name="body")
@bp.output(AccountOut)
def return_account(handle: str, body: ReturnIn) -> AccountOut:  # noqa: ARG001 — nor does an account
    """Begin the return of an account, or end it once its password was changed."""
    session = current_session()
    found = account(session, handle)
    services.return_account(session, found, actor=current_actor())
    return shown_accounts(session, [found])[0]


@bp.get("/devices/<tag>/gate")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(GateOut)
def show_gate(tag: str) -> GateOut:
    """Show every check of a phone's return gate."""
    session = current_session()
    phone = device_within(session, tag, Permission.CUSTODY_READ, actor=current_actor())
    return gate(session, phone)


@bp.post("/devices/<tag>/accept")
@asks(Permission.CUSTODY_ACCEPT)
@bp.input(AcceptIn, arg_name="body")
@bp.output(AcceptOut)
def accept_device(tag: str, body: AcceptIn) -> AcceptOut:
    """Accept a returned phone; refused with the open checks while there are any.

    With `dry_run` nothing is stored: the answer shows the gate as the acceptance would find it.
    """
    session = current_session()
    phone = device(session, tag)
    if body.dry_run:
        seen = acceptance.foreseen(session, phone, actor=current_actor())
        return AcceptOut(tag=tag, state=phone.state, gate=seen, certificate=None, wipe_job=None)
    days = body.quarantine_days
    accepted = acceptance.accept(
        session,
        phone,
        witness=body.witness,
        quarantine_days=house().settings.quarantine_days if days is None else days,
        actor=current_actor(),
    )
    wipe, paper = accepted.wipe, accepted.certificate
    return AcceptOut(
        tag=tag,
        state=accepted.device.state,
        gate=accepted.gate,
        certificate=paper.number,
        wipe_job=str(wipe.id) if wipe else None,
        quarantine_until=None if wipe else paper.quarantine_until,
    )


@bp.post("/devices/<tag>/undo-acceptance")
@asks(Permission.CUSTODY_ACCEPT)
@bp.input(UndoAcceptIn, arg_name="body")
@bp.output(DeviceOut)
def undo_acceptance(tag: str, body: UndoAcceptIn) -> DeviceOut:
    """Take an acceptance back: the phone is on its way back again, with its former holder.

    Possible until a station begins to erase it. With `dry_run` nothing is stored; what would be
    refused is refused.
    """
    session, actor = current_session(), current_actor()
    phone = device(session, tag)
    if body.dry_run:
        quarantine.require_undoable(session, phone, actor=actor)
    else:
        quarantine.undo_accept(session, phone, reason=body.reason, actor=actor)
    return shown_devices(session, [phone])[0]


@bp.get("/devices/<tag>/wipe")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(WipingOut)
def show_wiping(tag: str) -> WipingOut:
    """Show how a phone can be erased, what keeps it from that, and what a visit found since."""
    session = current_session()
    phone = device_within(session, tag, Permission.CUSTODY_READ, actor=current_actor())
    return ways.wiping(session, phone)


@bp.post("/devices/<tag>/wiped")
@asks(Permission.CUSTODY_ACCEPT)
@bp.input(WipedIn, arg_name="body")
@bp.output(WipingOut)
def say_wiped(tag: str, body: WipedIn) -> WipingOut:
    """Note that a person erased an accepted phone by hand; a visit has to bear it out."""
    session = current_session()
    phone = device(session, tag)
    wiping.say_wiped(session, phone, way=body.way, note=body.note, actor=current_actor())
    return ways.wiping(session, phone)


@bp.post("/devices/<tag>/wipe")
@asks(Permission.CUSTODY_ACCEPT)
@bp.output(JobOut, status_code=201)
def wipe_device(tag: str) -> JobOut:
    """Have an accepted phone wiped again: the first wipe did not succeed, or left something."""
    session = current_session()
    return shown_job(acceptance.plan_wipe(session, device(session, tag), actor=current_actor()))


@bp.post("/devices/<tag>/restock")
@asks(Permission.CUSTODY_WAIVE)
@bp.input(RestockIn, arg_name="body")
@bp.output(DeviceOut)
def restock_device(tag: str, body: RestockIn) -> DeviceOut:
    """Put an accepted phone into stock that cannot show a station that it is erased.

    With `dry_run` nothing is stored; what would be refused is refused.
    """
    session, actor = current_session(), current_actor()
    phone = device(session, tag)
    if body.dry_run:
        wiping.require_restockable(session, phone, actor=actor)
    else:
        wiping.restock_by_hand(session, phone, reason=body.reason, actor=actor)
    return shown_devices(session, [phone])[0]


@bp.post("/devices/<tag>/declarations")
@asks(Permission.CUSTODY_DECLARE)
@bp.input(DeclareIn, arg_name="body")
@bp.output(GateOut, status_code=201)
def declare(tag: str, body: DeclareIn) -> GateOut:
    """Put a person's word in the place of the phone's, where the phone cannot answer."""
    session = current_session()
    phone = device(session, tag)
    services.declare(
        session,
        phone,
        check=body.check,
        note=body.note,
        account=account(session, body.account) if body.account else None,
        actor=current_actor(),
    )
    return gate(session, phone)


@bp.post("/accounts/<handle>/reassign")
@asks(Permission.CUSTODY_REASSIGN)
@bp.input(ReassignIn, arg_name="body")
@bp.output(AccountOut)
def reassign(handle: str, body: ReassignIn) -> AccountOut:
    """Pass an account on to another person."""
    session = current_session()
    found = account(session, handle)
    services.reassign(
        session,
        found,
        to=employee(session, body.to),
        device=device(session, body.device) if body.device else None,
        registrant_seen=body.registrant_seen,
        exception=body.exception,
        actor=current_actor(),
    )
    return shown_accounts(session, [found])[0]
