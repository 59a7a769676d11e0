"""Credentials: what is known of them, never a value, except in the answer that discloses one."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from api.v1.kinds import code_of_kind, require_kind
from fleet.accounts.opening import require_password
from fleet.accounts.queries import account
from fleet.contracts.credentials import (
    AdoptIn,
    CredentialOut,
    CredentialQuery,
    DecisionIn,
    DisclosedOut,
    DiscloseIn,
    DisclosureOut,
    DisclosureQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.devices.queries import device
from fleet.sims.queries import sim
from fleet.vault import disclosing, queries, services
from fleet.vault.queries import Subject, pin_of

bp = APIBlueprint("credentials", __name__, url_prefix="/api/v1", tag="Credentials")


@bp.get("/credentials")
@asks(Permission.CREDENTIALS_READ)
@bp.input(CredentialQuery, location="query", arg_name="query")
@bp.output(Page[CredentialOut])
def list_credentials(query: CredentialQuery) -> Page[CredentialOut]:
    """List what is known of credentials."""
    rows, mark = queries.credentials(current_session(), query, actor=current_actor())
    return Page(items=[queries.shown(row) for row in rows], next=mark)


@bp.post("/devices/<tag>/credential")
@asks(Permission.CREDENTIALS_ADOPT)
@bp.input(AdoptIn, arg_name="body")
@bp.output(CredentialOut, status_code=201)
def adopt_device_pin(tag: str, body: AdoptIn) -> CredentialOut:
    """Hand the PIN of a phone, known to a person, to the vault."""
    return _adopted(pin_of(device(current_session(), tag)), body)


@bp.post("/accounts/<handle>/credential")
@asks(Permission.CREDENTIALS_ADOPT)
@bp.input(AdoptIn, arg_name="body")
@bp.output(CredentialOut, status_code=201)
def adopt_account_password(handle: str, body: AdoptIn) -> CredentialOut:
    """Hand the password of an account, known to a person, to the vault."""
    return _adopted(require_password(account(current_session(), handle)), body)


@bp.post("/sims/<number>/credential")
@asks(Permission.CREDENTIALS_ADOPT)
@bp.input(AdoptIn, arg_name="body")
@bp.output(CredentialOut, status_code=201)
def adopt_sim_code(number: str, body: AdoptIn) -> CredentialOut:
    """Hand the PIN or the PUK of a SIM to the vault; no station changes either."""
    return _adopted(code_of_kind(sim(current_session(), number), body.kind), body)


@bp.post("/devices/<tag>/disclose")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.input(DiscloseIn, arg_name="body")
@bp.output(DisclosedOut)
def disclose_device_pin(tag: str, body: DiscloseIn) -> DisclosedOut:
    """Show the PIN of a phone; recorded, and the PIN is then due for a change."""
    return _disclosed(pin_of(device(current_session(), tag)), body)


@bp.post("/accounts/<handle>/disclose")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.input(DiscloseIn, arg_name="body")
@bp.output(DisclosedOut)
def disclose_account_password(handle: str, body: DiscloseIn) -> DisclosedOut:
    """Show the password of an account; recorded, and it is then due for a change."""
    return _disclosed(require_password(account(current_session(), handle)), body)


@bp.post("/sims/<number>/disclose")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.input(DiscloseIn, arg_name="body")
@bp.output(DisclosedOut)
def disclose_sim_code(number: str, body: DiscloseIn) -> DisclosedOut:
    """Show the PIN or the PUK of a SIM; recorded."""
    return _disclosed(code_of_kind(sim(current_session(), number), body.kind), body)


def _adopted(subject: Subject, body: AdoptIn) -> CredentialOut:
    credential = services.adopt(
        current_session(),
        tools(),
        require_kind(subject, body.kind),
        value=body.value.get_secret_value(),
        reason=body.reason,
        actor=current_actor(),
    )
    return queries.shown(credential)


def _disclosed(subject: Subject, body: DiscloseIn) -> DisclosedOut:
    session = current_session()
    shown = services.disclose(
        session,
        tools(),
        queries.credential_of(session, require_kind(subject, body.kind)),
        reason=body.reason,
        ticket=body.ticket,
        pending=body.pending,
        actor=current_actor(),
    )
    return _answer(shown)


def _answer(shown: services.Disclosed, *, changed: bool = False) -> DisclosedOut:
    return DisclosedOut(
        kind=shown.credential.kind,
        subject=shown.credential.subject,
        value=shown.value,
        level=shown.credential.level,
        doubtful=list(shown.doubtful),
        rotation_due_at=shown.rotation_due_at,
        changed_since=changed,
    )


@bp.get("/disclosure-requests")
@asks(Permission.DISCLOSURES_READ)
@bp.input(DisclosureQuery, location="query", arg_name="query")
@bp.output(Page[DisclosureOut])
def list_disclosure_requests(query: DisclosureQuery) -> Page[DisclosureOut]:
    """List requests to see a value, the newest first."""
    rows, mark = disclosing.requests(current_session(), query, actor=current_actor())
    return Page(items=[disclosing.shown(row) for row in rows], next=mark)


@bp.post("/devices/<tag>/disclosure-requests")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.input(DiscloseIn, arg_name="body")
@bp.output(DisclosureOut, status_code=201)
def request_device_pin(tag: str, body: DiscloseIn) -> DisclosureOut:
    """Ask to see the PIN of a phone, where another person has to approve it."""
    return _requested(pin_of(device(current_session(), tag)), body)


@bp.post("/accounts/<handle>/disclosure-requests")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.input(DiscloseIn, arg_name="body")
@bp.output(DisclosureOut, status_code=201)
def request_account_password(handle: str, body: DiscloseIn) -> DisclosureOut:
    """Ask to see the password of an account, where another person has to approve it."""
    return _requested(require_password(account(current_session(), handle)), body)


@bp.post("/sims/<number>/disclosure-requests")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.input(DiscloseIn, arg_name="body")
@bp.output(DisclosureOut, status_code=201)
def request_sim_code(number: str, body: DiscloseIn) -> DisclosureOut:
    """Ask to see the PIN or the PUK of a SIM, where another person has to approve it."""
    return _requested(code_of_kind(sim(current_session(), number), body.kind), body)


@bp.post("/disclosure-requests/<request_id>/approve")
@asks(Permission.DISCLOSURES_APPROVE)
@bp.input(DecisionIn, arg_name="body")
@bp.output(DisclosureOut)
def approve_disclosure(request_id: str, body: DecisionIn) -> DisclosureOut:
    """Approve what somebody else has asked to see."""
    return _decided(request_id, body, approve=True)


@bp.post("/disclosure-requests/<request_id>/deny")
@asks(Permission.DISCLOSURES_APPROVE)
@bp.input(DecisionIn, arg_name="body")
@bp.output(DisclosureOut)
def deny_disclosure(request_id: str, body: DecisionIn) -> DisclosureOut:
    """Deny what somebody else has asked to see."""
    return _decided(request_id, body, approve=False)


@bp.post("/disclosure-requests/<request_id>/withdraw")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.output(DisclosureOut)
def withdraw_disclosure(request_id: str) -> DisclosureOut:
    """Take one's own request back."""
    session = current_session()
    asked = disclosing.request_of(session, request_id)
    disclosing.withdraw(session, asked, actor=current_actor())
    return disclosing.shown(asked)


@bp.post("/disclosure-requests/<request_id>/view")
@asks(Permission.CREDENTIALS_DISCLOSE)
@bp.output(DisclosedOut)
def view_disclosure(request_id: str) -> DisclosedOut:
    """Show an approved value to who asked for it, once; it is then due for a change."""
    session = current_session()
    asked = disclosing.request_of(session, request_id)
    shown, changed = disclosing.view(session, tools(), asked, actor=current_actor())
    return _answer(shown, changed=changed)


def _requested(subject: Subject, body: DiscloseIn) -> DisclosureOut:
    session = current_session()
    asked = disclosing.request_disclosure(
        session,
        queries.credential_of(session, require_kind(subject, body.kind)),
        reason=body.reason,
        ticket=body.ticket,
        pending=body.pending,
        actor=current_actor(),
    )
    return disclosing.shown(asked)


def _decided(request_id: str, body: DecisionIn, *, approve: bool) -> DisclosureOut:
    session = current_session()
    asked = disclosing.request_of(session, request_id)
    disclosing.decide(session, asked, approve=approve, note=body.note, actor=current_actor())
    return disclosing.shown(asked)
