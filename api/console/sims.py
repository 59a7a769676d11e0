"""SIM cards on pages: which there are, and of one what belongs to it."""

from typing import Any

from flask import url_for

from api.console import entry, links, listing, moves
from api.console.blueprint import bp
from api.console.entry_forms import EntryForm, SimForm
from api.console.forms import parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.sims import OwnerKind, SimEdit, SimIn, SimOut, SimQuery
from fleet.contracts.words import _
from fleet.custody import register
from fleet.custody.queries import history
from fleet.sims.lifecycle import State
from fleet.sims.models import Sim
from fleet.sims.queries import held_still
from fleet.sims.queries import sim as sim_of
from fleet.sims.services import add_sim, correct_sim


def _rows(query: SimQuery) -> listing.Rows:
    return register.sims(current_session(), query, actor=current_actor())


def _address(one: SimOut) -> str:
    """Return the page of a card: a card that was cancelled keeps the number another one has."""
    return url_for("console.sim", number=one.iccid)


listing.add(
    Listing(
        name="sims",
        title=_("SIM cards"),
        search=_("Number, ICCID, carrier or owner"),
        query=SimQuery,
        permission=Permission.SIMS_READ,
        rows=_rows,
        sort="number",
        scoped=True,
        to=_address,
        new=("console.new_sim", _("Add a SIM card")),
        columns=(
            Column(_("Phone number"), lambda one: one.number, sort="number"),
            Column(_("Carrier"), lambda one: one.carrier, sort="carrier"),
            Column("ICCID", lambda one: one.iccid, sort="iccid"),
            Column(_("State"), lambda one: one.state, sort="state", badge=True),
            Column(
                _("Holder"),
                lambda one: one.holder and one.holder.name,
                to=lambda one: links.person(one.holder),
            ),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(_("Bound accounts"), lambda one: one.accounts, wrap=True),
            Column(_("Registered owner"), lambda one: one.registered_owner),
            Column(_("Number opened on"), lambda one: one.opened_on, sort="opened_on"),
            Column(_("Rests until"), lambda one: one.quarantined_until, sort="quarantined_until"),
        ),
        filters=(
            Filter("state", _("State"), listing.among(State)),
            Filter("owner_kind", _("Registered to"), listing.among(OwnerKind)),
            Filter("carrier", _("Carrier")),
            Filter("holder", _("Holder (number)")),
            Filter("quarantined", _("Rests"), listing.FLAG),
        ),
    )
)


@bp.get("/sims/<number>")
@asks(Permission.SIMS_READ, scoped=True)
def sim(number: str) -> str:
    """Show the SIM with a phone number or a card number, and what belongs to it."""
    session, actor = current_session(), current_actor()
    found = register.sim_within(session, number, actor=actor)
    (one,) = register.shown_sims(session, [found])
    ways = moves.possible("sim", one.iccid, one.state)
    return page("sim.html", one=one, spans=_spans(found), beside=_beside(one), moves=ways)


def _spans(found: Sim) -> list[Any]:
    actor = current_actor()
    if not actor.may(Permission.CUSTODY_READ):
        return []
    return history(current_session(), found, actor=actor)


def _beside(one: SimOut) -> list[listing.Part]:
    bound = listing.part("accounts", number=one.number) if one.accounts else None
    return listing.parts(bound, listing.part("requests", subject=one.number))


def _told(one: Sim) -> dict[str, Any]:
    return {name: getattr(one, name) for name in SimEdit.model_fields}


def _enter(form: EntryForm) -> str:
    given = parsed(SimIn, form)
    return add_sim(current_session(), **dict(given), actor=current_actor()).iccid


def _correct(one: Sim, changes: dict[str, Any], _form: EntryForm) -> None:
    correct_sim(current_session(), one, changes, actor=current_actor())


entry.add(
    entry.Entry(
        noun="sim",
        at="sims",
        name="number",
        titles=(_("Add a SIM card"), _("Edit {name}")),
        permission=Permission.SIMS_WRITE,
        form=SimForm,
        edit=SimEdit,
        identity=("number", "iccid"),
        needed=("number", "iccid"),
        find=lambda number: sim_of(current_session(), number),
        hold=lambda one: held_still(current_session(), one),
        told=_told,
        add=_enter,
        correct=_correct,
        hints={"iccid": _("The number printed on the card, 19 or 20 digits.")},
    )
)
