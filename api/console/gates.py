"""The return gate on pages: what is on its way back, each check with its proofs, and waivers."""

from typing import Any, Final

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import (
    AcceptForm,
    DecisionForm,
    ReasonForm,
    SeenForm,
    answered,
    parsed,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.custody import (
    AcceptIn,
    CertificateOut,
    CertificateQuery,
    CheckName,
    DeclareIn,
    GateOut,
)
from fleet.contracts.devices import DeviceOut, DeviceQuery
from fleet.contracts.gate_words import named
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.waivers import (
    WaiverIn,
    WaiverOut,
    WaiverQuery,
    WaiverState,
    WaiverVerdictIn,
)
from fleet.contracts.wipe_ways import WAYS
from fleet.contracts.words import _, say
from fleet.custody import acceptance, certificates, register, services, waivers, ways
from fleet.custody.errors import CannotBeDeclared
from fleet.custody.gate import gate
from fleet.devices.lifecycle import State
from fleet.devices.models import Device
from fleet.devices.queries import device

ON_THE_WAY: Final = (State.RETURNING, State.QUARANTINED, State.ACCEPTED, State.WIPED)


def _returns(query: DeviceQuery) -> listing.Rows:
    wanted = query if query.state else query.model_copy(update={"state": State.RETURNING.value})
    return register.devices(current_session(), wanted, actor=current_actor())


def _to_gate(one: DeviceOut) -> str:
    return url_for("console.gate", tag=one.tag)


listing.add(
    Listing(
        name="returns",
        title=_("Returns"),
        whole=False,
        search=_("Tag, serial number or model"),
        query=DeviceQuery,
        permission=Permission.DEVICES_READ,
        rows=_returns,
        sort="tag",
        scoped=True,
        to=_to_gate,
        columns=(
            Column(_("Tag"), lambda one: one.tag, sort="tag"),
            Column(_("Phone"), lambda one: one.market_name or one.model),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Holder"), lambda one: one.holder and one.holder.name),
            Column(_("Station"), lambda one: one.station),
            Column(_("Last seen"), lambda one: one.last_seen_at, sort="last_seen_at"),
            Column(_("PIN"), lambda one: one.pin, badge=True),
            Column(_("Backup"), lambda one: one.backup, badge=True),
        ),
        filters=(Filter("state", _("State"), [(one.value, "") for one in ON_THE_WAY]),),
    )
)


def _waivers(query: WaiverQuery) -> listing.Rows:
    rows, mark = waivers.waivers(current_session(), query, actor=current_actor())
    return [waivers.shown_waiver(row) for row in rows], mark


def _to_waiver(one: WaiverOut) -> str:
    return url_for("console.waiver", number=one.number)


def _standing(word: str) -> str:
    return label("awaiting_decision" if word == WaiverState.ASKED else word)


def _check(word: str) -> str:
    return named(CheckName(word))


listing.add(
    Listing(
        name="waivers",
        title=_("Waivers"),
        search=_("Number, tag or who asked"),
        query=WaiverQuery,
        permission=Permission.CUSTODY_READ,
        rows=_waivers,
        sort="-at",
        scoped=True,
        to=_to_waiver,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Phone"), lambda one: one.device),
            Column(_("Check"), lambda one: named(one.check)),
            Column(_("State"), lambda one: one.standing, badge=True),
            Column(_("Until"), lambda one: one.until, sort="until"),
            Column(_("Asked by"), lambda one: one.asked_by),
            Column(_("Asked"), lambda one: one.asked_at, sort="at"),
            Column(_("Decided by"), lambda one: one.decided_by),
            Column(_("Why"), lambda one: one.reason, wrap=True),
        ),
        filters=(
            Filter("state", _("State"), listing.among(WaiverState), spoken=_standing),
            Filter("check", _("Check"), listing.among(CheckName), spoken=_check),
            Filter("counting", _("Counts now"), listing.FLAG),
        ),
    )
)


def _certificates(query: CertificateQuery) -> listing.Rows:
    rows, mark = certificates.certificates(current_session(), query, actor=current_actor())
    return [certificates.shown_certificate(row) for row in rows], mark


def _to_certificate(one: CertificateOut) -> str:
    return url_for("console.certificate", number=one.number)


listing.add(
    Listing(
        name="certificates",
        title=_("Certificates"),
        search=_("Number, tag or holder"),
        query=CertificateQuery,
        permission=Permission.CUSTODY_READ,
        rows=_certificates,
        sort="-accepted_at",
        scoped=True,
        to=_to_certificate,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Phone"), lambda one: one.device),
            Column(_("Holder"), lambda one: one.holder and one.holder.name),
            Column(_("Accepted"), lambda one: one.accepted_at, sort="accepted_at"),
            Column(_("Accepted by"), lambda one: one.accepted_by),
            Column(_("Witness"), lambda one: one.witness),
            Column(_("Taken back"), lambda one: one.undone_at),
        ),
    )
)


@bp.get("/certificates/<number>")
@asks(Permission.CUSTODY_READ, scoped=True)
def certificate(number: str) -> str:
    paper = certificates.certificate(current_session(), number, actor=current_actor())
    return page("certificate.html", paper=certificates.shown_certificate(paper), named=named)


@bp.get("/phones/<tag>/gate", endpoint="gate")
@asks(Permission.CUSTODY_READ, scoped=True)
def gate_page(tag: str) -> str:
    """Show every check of a phone with its proofs, and what the phone waits for afterwards."""
    session, phone = current_session(), _phone(tag)
    seen = gate(session, phone)
    shown = {"gate": seen, "wiping": _wiping(phone), "acceptable": _acceptable(phone, seen)}
    return page("gate.html", **shown, ways=WAYS, named=named)


def _acceptable(phone: Device, seen: GateOut) -> bool:
    """Whether nothing is missing but that somebody has the phone in his hand."""
    return phone.state is State.RETURNING and not set(seen.open) - {CheckName.HANDED_BACK}


def _wiping(phone: Device) -> Any:
    """Return what comes after the acceptance, where there was one."""
    after = {State.QUARANTINED, State.ACCEPTED, State.WIPED}
    return ways.wiping(current_session(), phone) if phone.state in after else None


def _phone(tag: str) -> Device:
    return register.device_within(
        current_session(), tag, Permission.CUSTODY_READ, actor=current_actor()
    )


@bp.get("/phones/<tag>/accept")
@asks(Permission.CUSTODY_ACCEPT)
def ask_acceptance(tag: str) -> str:
    """Say what is accepted, and that it is erased then."""
    return page("accept.html", form=AcceptForm(), **_of_accepting(tag))


@bp.post("/phones/<tag>/accept")
@asks(Permission.CUSTODY_ACCEPT)
def accept_phone(tag: str) -> Response:
    """Take a phone back past its gate; a station erases it then, or once it was kept."""
    form = AcceptForm()

    def do() -> Response:
        body = parsed(AcceptIn, form)
        session, days = current_session(), body.quarantine_days
        done = acceptance.accept(
            session,
            device(session, tag),
            witness=body.witness,
            quarantine_days=tools().settings.quarantine_days if days is None else days,
            actor=current_actor(),
        )
        number = done.certificate.number
        flash(say(_("{tag} is accepted. Certificate {number}."), tag=tag, number=number))
        return _back_to(tag)

    return answered("accept.html", form, do, **_of_accepting(tag))


def _of_accepting(tag: str) -> dict[str, Any]:
    session = current_session()
    seen = acceptance.foreseen(session, device(session, tag), actor=current_actor())
    still_open = [check for check in seen.checks if not check.ok]
    return {
        "gate": seen,
        "named": named,
        "still_open": still_open,
        "days": tools().settings.quarantine_days,
    }


@bp.get("/phones/<tag>/gate/<check>/declare")
@asks(Permission.CUSTODY_DECLARE)
def ask_declaration(tag: str, check: str) -> str:
    return page("confirm.html", form=SeenForm(), **_of_declaring(tag, check))


@bp.post("/phones/<tag>/gate/<check>/declare")
@asks(Permission.CUSTODY_DECLARE)
def declare_check(tag: str, check: str) -> Response:
    """Put a person's word in the place of the phone's."""
    form = SeenForm()

    def do() -> Response:
        body = parsed(DeclareIn, form, check=check)
        session = current_session()
        phone, actor = device(session, tag), current_actor()
        services.declare(session, phone, check=body.check, note=body.note, actor=actor)
        return _back_to(tag)

    return answered("confirm.html", form, do, **_of_declaring(tag, check))


def _of_declaring(tag: str, check: str) -> dict[str, Any]:
    name = _named(check)
    return {
        "title": say(_("{tag}: what have you seen of this check ({check})?"), tag=tag, check=name),
        "tells": [say(_("Your word stands with your name, as `declared`, in the trail."))],
        "button": say(_("I have seen it")),
        "back": url_for("console.gate", tag=tag),
    }


@bp.get("/phones/<tag>/gate/<check>/waive")
@asks(Permission.CUSTODY_DECLARE)
def ask_for_waiver(tag: str, check: str) -> str:
    return page("confirm.html", form=ReasonForm(), **_of_asking(tag, check))


@bp.post("/phones/<tag>/gate/<check>/waive")
@asks(Permission.CUSTODY_DECLARE)
def send_waiver(tag: str, check: str) -> Response:
    """Ask that a check may be let pass; another person decides."""
    form = ReasonForm()

    def do() -> Response:
        body = parsed(WaiverIn, form, check=check)
        session = current_session()
        asked = waivers.ask_waiver(session, device(session, tag), body, actor=current_actor())
        flash(say(_("{number} is asked for; another person decides."), number=asked.number))
        return _back_to(tag)

    return answered("confirm.html", form, do, **_of_asking(tag, check))


def _of_asking(tag: str, check: str) -> dict[str, Any]:
    name = _named(check)
    return {
        "title": say(_("{tag}: ask for a waiver of this check ({check})?"), tag=tag, check=name),
        "tells": [
            say(_("Another person decides; for thirty days, and for this return alone.")),
            say(_("It stands on the certificate with your reason.")),
        ],
        "button": say(_("Ask for it")),
        "back": url_for("console.gate", tag=tag),
    }


def _named(check: str) -> str:
    if check not in set(CheckName):
        raise CannotBeDeclared(check=check)
    return named(CheckName(check))


def _back_to(tag: str) -> Response:
    return redirect(url_for("console.gate", tag=tag), code=303)


@bp.get("/waivers/<number>")
@asks(Permission.CUSTODY_READ, scoped=True)
def waiver(number: str) -> str:
    return page("waiver.html", waiver=_shown(number), named=named)


def _shown(number: str) -> WaiverOut:
    found = waivers.waiver_within(current_session(), number, actor=current_actor())
    return waivers.shown_waiver(found)


@bp.get("/waivers/<number>/decide")
@asks(Permission.CUSTODY_WAIVE)
def ask_waiver_decision(number: str) -> str:
    return page("waiver_decide.html", form=DecisionForm(), waiver=_shown(number), named=named)


@bp.post("/waivers/<number>/grant")
@asks(Permission.CUSTODY_WAIVE)
def grant_waiver(number: str) -> Response:
    """Grant what somebody else asked for."""
    return _decided(number, grant=True)


@bp.post("/waivers/<number>/refuse")
@asks(Permission.CUSTODY_WAIVE)
def refuse_waiver(number: str) -> Response:
    """Refuse what somebody else asked for."""
    return _decided(number, grant=False)


def _decided(number: str, *, grant: bool) -> Response:
    form = DecisionForm()

    def do() -> Response:
        note = parsed(WaiverVerdictIn, form).note
        session = current_session()
        waivers.decide_waiver(session, number, grant=grant, note=note, actor=current_actor())
        return redirect(url_for("console.waiver", number=number), code=303)

    return answered("waiver_decide.html", form, do, waiver=_shown(number), named=named)
