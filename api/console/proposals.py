"""What the company's list of its people proposes, on pages."""

from typing import Any, Final

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import DecideForm, ReasonForm, answered, parsed
from api.console.listing import Column, Filter, Listing, Ticks
from api.console.surroundings import page
from api.house import house, tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.directory import (
    AcceptIn,
    DecisionsOut,
    DismissIn,
    ProposalKind,
    ProposalOut,
    ProposalQuery,
    ProposalState,
    SaidOut,
    WhyIn,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.registers import EMPLOYEES
from fleet.contracts.words import _, language, say
from fleet.directory import queries as directory
from fleet.directory import services as deciding
from fleet.directory.errors import NothingNamed
from fleet.directory.models import Proposal
from fleet.directory.syncing import active_people, most_leavers

ACCEPT: Final = "accept"
DISMISS: Final = "dismiss"
NOT_SAID_YET: Final = "…………"  # of a look: nothing of it is kept


def _proposals(query: ProposalQuery) -> listing.Rows:
    rows, mark = directory.proposals(current_session(), query, actor=current_actor())
    return [directory.shown(row) for row in rows], mark


def _kind(query: ProposalQuery) -> str | None:
    """Return the kind of all that are listed, where they are those that wait."""
    waits = query.state in {None, ProposalState.PROPOSED} and not query.history
    return query.kind if waits and not query.department and not query.q else None


def _to_proposal(one: ProposalOut) -> str:
    return url_for("console.proposal", number=one.number)


def _said(one: ProposalOut) -> list[str]:
    return [_change(said) for said in one.said]


def _change(one: SaidOut) -> str:
    name = EMPLOYEES.column(one.column).header(language())
    return f"{name}: {one.old} → {one.new}" if one.old else f"{name}: {one.new}"


listing.add(
    Listing(
        name="proposals",
        title=_("What the list of people proposes"),
        search=_("Number or name"),
        query=ProposalQuery,
        permission=Permission.DIRECTORY_READ,
        rows=_proposals,
        sort="number",
        to=_to_proposal,
        new=("console.directory", _("Send the list of people")),
        ticks=Ticks(
            to="console.decide_proposals",
            number=lambda one: one.number,
            may=lambda one: one.state is ProposalState.PROPOSED,
            acts=((ACCEPT, _("Accept")), (DISMISS, _("Dismiss"))),
            whole=_kind,
        ),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("What"), lambda one: one.kind, badge=True),
            Column(_("Name"), lambda one: f"{one.name} ({one.employee})", sort="name"),
            Column(_("Department"), lambda one: one.department, sort="department"),
            Column(_("What it says"), _said, wrap=True),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Proposed"), lambda one: one.proposed_at, sort="proposed_at"),
        ),
        filters=(
            Filter("kind", _("What"), listing.among(ProposalKind)),
            Filter("state", _("State"), listing.among(ProposalState)),
        ),
    )
)


@bp.get("/proposals/<number>")
@asks(Permission.DIRECTORY_READ)
def proposal(number: str) -> str:
    """Show a proposal, and what the one who looks can do about it."""
    return page("proposal.html", form=ReasonForm(), **_about(_proposal(number)))


@bp.post("/proposals/<number>/accept")
@asks(Permission.DIRECTORY_SYNC)
def accept_proposal(number: str) -> Response:
    """Do what a proposal says."""
    found = _proposal(number)

    def do() -> Response:
        session, actor = current_session(), current_actor()
        deciding.accept(session, tools(), found, by=None, actor=actor)
        return _decided(_("{number} is accepted."), number)

    return answered("proposal.html", ReasonForm(formdata=None), do, **_about(found))


@bp.post("/proposals/<number>/dismiss")
@asks(Permission.DIRECTORY_SYNC)
def dismiss_proposal(number: str) -> Response:
    """Leave the register as it is."""
    form, found = ReasonForm(), _proposal(number)

    def do() -> Response:
        reason = parsed(WhyIn, form).reason
        deciding.dismiss(current_session(), found, reason=reason, actor=current_actor())
        return _decided(_("{number} is dismissed."), number)

    return answered("proposal.html", form, do, **_about(found))


def _decided(told: str, number: str) -> Response:
    flash(say(told, number=number))
    return redirect(url_for("console.proposals"), code=303)


def _about(found: Proposal) -> dict[str, Any]:
    shown = directory.shown(found)
    return {"one": shown, "said": _said(shown)}


def _proposal(number: str) -> Proposal:
    return directory.proposal(current_session(), number, actor=current_actor())


@bp.post("/proposals/decide")
@asks(Permission.DIRECTORY_SYNC)
def decide_proposals() -> Response:
    """Say what would become of several proposals, and decide about them once that was read."""
    form = DecideForm()
    plan = _decisions(form, dry_run=True)

    def do() -> Response | str:
        if not form.sure.data:
            return page("proposals_decide.html", form=form, **_foreseen(plan))
        done = _decisions(form, dry_run=False)
        count = sum(one.done for one in done.decisions)
        flash(say(_("{count} decided."), count=count))
        if done.next is None and count == len(done.decisions):
            return redirect(url_for("console.proposals"), code=303)
        form.after.data = done.next
        return page("proposals_decide.html", form=form, done=True, **_foreseen(done))

    return answered("proposals_decide.html", form, do, **_foreseen(plan))


def _decisions(form: DecideForm, *, dry_run: bool) -> DecisionsOut:
    session, actor = current_session(), current_actor()
    if form.act.data not in {ACCEPT, DISMISS}:
        raise NothingNamed
    told = {"every": bool(form.every.data), "dry_run": dry_run}
    if form.act.data == DISMISS:
        reason = {"reason": NOT_SAID_YET} if dry_run else {}
        given = parsed(DismissIn, form, **told, **reason)
        return deciding.dismiss_several(session, given, actor=actor)
    return deciding.accept_several(session, tools(), parsed(AcceptIn, form, **told), actor=actor)


def _foreseen(plan: DecisionsOut) -> dict[str, Any]:
    """Return what is told of a plan, and how many people one list may say to leave."""
    leavers = sum(one.done and one.kind is ProposalKind.LEAVER for one in plan.decisions)
    people = active_people(current_session())
    return {
        "plan": plan,
        "well": sum(one.done for one in plan.decisions),
        "leavers": leavers,
        "people": people,
        "most": most_leavers(people, house().settings),
    }
