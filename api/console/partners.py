"""Partners on pages: companies whose people are in our groups, and how each cooperation stands."""

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import entry, links, listing
from api.console.blueprint import bp
from api.console.entry_forms import EntryForm, PartnerForm
from api.console.forms import ReasonForm, answered, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.labels import label
from fleet.contracts.people import (
    PartnerCorrectIn,
    PartnerIn,
    PartnerOut,
    PartnerQuery,
    PartnerState,
    PartnerStateIn,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.people import partners
from fleet.people.models import Department, Partner
from fleet.people.queries import department


def _rows(query: PartnerQuery) -> listing.Rows:
    rows, mark = partners.partners(current_session(), query, actor=current_actor())
    return [partners.shown(row) for row in rows], mark


def _address(one: PartnerOut) -> str:
    return url_for("console.partner", name=one.name)


listing.add(
    Listing(
        name="partners",
        title=_("Partners"),
        search=_("Name or contact"),
        query=PartnerQuery,
        permission=Permission.PEOPLE_READ,
        rows=_rows,
        sort="name",
        scoped=True,
        to=_address,
        new=("console.new_partner", _("Add a partner")),
        columns=(
            Column(_("Name"), lambda one: one.name, sort="name"),
            Column(_("Contact"), lambda one: one.contact),
            Column(_("Telephone"), lambda one: one.number),
            Column(
                _("Department"),
                lambda one: one.department,
                to=lambda one: links.department(one.department),
            ),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("State since"), lambda one: one.state_since, sort="state_since"),
            Column(_("Why"), lambda one: one.because, wrap=True),
        ),
        filters=(
            Filter("state", _("State"), listing.among(PartnerState)),
            Filter("department", _("Department (code)")),
        ),
    )
)


@bp.get("/partners/<name>")
@asks(Permission.PEOPLE_READ, scoped=True)
def partner(name: str) -> str:
    """Show a partner, and a way to say that the cooperation stands otherwise."""
    return page("partner.html", form=ReasonForm(formdata=None), **_about(name))


@bp.post("/partners/<name>/state")
@asks(Permission.PEOPLE_WRITE)
def judge_partner(name: str) -> Response:
    """Warn a partner, end the cooperation, or take it up again."""
    form = ReasonForm()

    def do() -> Response:
        given = parsed(PartnerStateIn, form, state=request.form.get("state"))
        session, actor = current_session(), current_actor()
        found = partners.partner_within(session, name, actor=actor)
        told = {"state": given.state, "reason": given.reason}
        partners.judge_partner(session, found, **told, actor=actor)  # type: ignore[arg-type]
        flash(say(_("{name}: {state}."), name=name, state=label(given.state)))
        return redirect(url_for("console.partner", name=name), code=303)

    return answered("partner.html", form, do, **_about(name))


def _about(name: str) -> dict[str, object]:
    found = partners.partner_within(current_session(), name, actor=current_actor())
    return {"one": partners.shown(found), "states": list(PartnerState)}


def _told(one: Partner) -> dict[str, Any]:
    return {
        "contact": one.contact,
        "number": one.number,
        "department": one.department.code if one.department else None,
    }


def _place(form: EntryForm) -> Department | None:
    return entry.found(form, "department", lambda code: department(current_session(), code))


def _enter(form: EntryForm) -> str:
    said = {**dict(parsed(PartnerIn, form)), "department": _place(form)}
    return partners.add_partner(current_session(), **said, actor=current_actor()).name


def _correct(one: Partner, changes: dict[str, Any], form: EntryForm) -> None:
    if "department" in changes:
        changes["department"] = _place(form)
    partners.correct_partner(current_session(), one, changes, actor=current_actor())


entry.add(
    entry.Entry(
        noun="partner",
        at="partners",
        name="name",
        titles=(_("Add a partner"), _("Edit {name}")),
        permission=Permission.PEOPLE_WRITE,
        form=PartnerForm,
        edit=PartnerCorrectIn,
        identity=("name",),
        needed=("name",),
        find=lambda name: partners.partner(current_session(), name),
        hold=lambda one: partners.held_partner(current_session(), one),
        told=_told,
        add=_enter,
        correct=_correct,
    )
)
