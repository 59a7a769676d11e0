"""Values of the vault: asked for, approved by another person, and seen once."""

from typing import TypedDict

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import AskForm, DecisionForm, NothingForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.accounts.opening import require_password
from fleet.accounts.queries import account
from fleet.contracts.credentials import (
    CredentialKind,
    DecisionIn,
    DiscloseIn,
    DisclosureOut,
    DisclosureQuery,
    DisclosureState,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.devices.queries import device
from fleet.vault import disclosing, services
from fleet.vault.models import Credential, DisclosureRequest
from fleet.vault.queries import credential_of, pin_of


class _Told(TypedDict):
    reason: str
    ticket: str | None
    pending: bool


def _rows(query: DisclosureQuery) -> listing.Rows:
    rows, mark = disclosing.requests(current_session(), query, actor=current_actor())
    return [disclosing.shown(row) for row in rows], mark


def _address(one: DisclosureOut) -> str:
    return url_for("console.disclosure", request_id=one.id)


listing.add(
    Listing(
        name="disclosures",
        title=_("Requests to see a value"),
        search=_("Tag, handle or person"),
        query=DisclosureQuery,
        permission=Permission.DISCLOSURES_READ,
        rows=_rows,
        sort="-asked_at",
        to=_address,
        new=("console.new_disclosure", _("Ask for one")),
        columns=(
            Column(_("Subject"), lambda one: one.subject),
            Column(_("What"), lambda one: one.kind),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Reason"), lambda one: one.reason, wrap=True),
            Column(_("Case or ticket"), lambda one: one.ticket),
            Column(_("Asked by"), lambda one: one.asked_by),
            Column(_("Asked"), lambda one: one.asked_at, sort="asked_at"),
            Column(_("Until"), lambda one: one.until, sort="until"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(DisclosureState)),
            Filter("mine", _("Asked by"), (("true", _("me")),)),
        ),
    )
)


@bp.get("/disclosures/new")
@asks(Permission.CREDENTIALS_DISCLOSE)
def new_disclosure() -> str:
    return page("ask.html", form=AskForm(request.args), waits=_waits())


@bp.post("/disclosures/new")
@asks(Permission.CREDENTIALS_DISCLOSE)
def ask_disclosure() -> Response:
    """Ask to see a value; where nobody has to approve it, it is shown at once."""
    form = AskForm()

    def do() -> Response | str:
        given = parsed(DiscloseIn, form)
        credential = _credential(given.kind, form.subject.data or "")
        if not _waits():
            return _value(_disclosed(credential, given))
        asked = disclosing.request_disclosure(
            current_session(), credential, **_told(given), actor=current_actor()
        )
        flash(say(_("Another person has to approve this now.")))
        return redirect(url_for("console.disclosure", request_id=asked.id), code=303)

    return answered("ask.html", form, do, waits=_waits())


@bp.get("/disclosures/<request_id>")
@asks(Permission.DISCLOSURES_READ)
def disclosure(request_id: str) -> str:
    """Show a request, and what the one who looks can do about it."""
    return page("disclosure.html", form=DecisionForm(), **_about(_asked(request_id)))


@bp.post("/disclosures/<request_id>/approve")
@asks(Permission.DISCLOSURES_APPROVE)
def approve_disclosure(request_id: str) -> Response:
    return _decided(request_id, approve=True)


@bp.post("/disclosures/<request_id>/deny")
@asks(Permission.DISCLOSURES_APPROVE)
def deny_disclosure(request_id: str) -> Response:
    return _decided(request_id, approve=False)


@bp.post("/disclosures/<request_id>/withdraw")
@asks(Permission.CREDENTIALS_DISCLOSE)
def withdraw_disclosure(request_id: str) -> Response:
    """Take one's own request back."""
    disclosing.withdraw(current_session(), _asked(request_id), actor=current_actor())
    flash(say(_("The request is withdrawn.")))
    return redirect(url_for("console.disclosure", request_id=request_id), code=303)


@bp.post("/disclosures/<request_id>/view")
@asks(Permission.CREDENTIALS_DISCLOSE)
def view_disclosure(request_id: str) -> Response:
    """Show an approved value to who asked for it, once; it is in this answer and in no address."""
    asked = _asked(request_id)

    def do() -> str:
        db, actor = current_session(), current_actor()
        shown, changed = disclosing.view(db, tools(), asked, actor=actor)
        return _value(shown, changed=changed)

    return answered("disclosure.html", NothingForm(), do, **_about(asked))


def _decided(request_id: str, *, approve: bool) -> Response:
    form, asked = DecisionForm(), _asked(request_id)

    def do() -> Response:
        note = parsed(DecisionIn, form).note
        actor = current_actor()
        disclosing.decide(current_session(), asked, approve=approve, note=note, actor=actor)
        flash(say(_("The request is approved.")) if approve else say(_("The request is denied.")))
        return redirect(url_for("console.disclosure", request_id=request_id), code=303)

    return answered("disclosure.html", form, do, **_about(asked))


def _asked(request_id: str) -> DisclosureRequest:
    return disclosing.request_of(current_session(), request_id)


def _about(asked: DisclosureRequest) -> dict[str, object]:
    return {"asked": disclosing.shown(asked), "mine": asked.asked_by_id == current_actor().id}


def _credential(kind: CredentialKind, name: str) -> Credential:
    """Return the credential of a phone by its tag, or of an account by its handle."""
    db = current_session()
    if kind is CredentialKind.DEVICE_PIN:
        return credential_of(db, pin_of(device(db, name.strip())))
    return credential_of(db, require_password(account(db, name.strip())))


def _disclosed(credential: Credential, given: DiscloseIn) -> services.Disclosed:
    return services.disclose(
        current_session(), tools(), credential, **_told(given), actor=current_actor()
    )


def _told(given: DiscloseIn) -> _Told:
    return {"reason": given.reason, "ticket": given.ticket, "pending": given.pending}


def _waits() -> bool:
    return services.needs_approval(current_session(), actor=current_actor())


def _value(shown: services.Disclosed, *, changed: bool = False) -> str:
    return page("value.html", shown=shown, changed=changed)
