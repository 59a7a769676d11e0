"""Cases are opened on pages: what would be done is shown first, for one person or for many."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from flask import flash, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response
from wtforms import StringField

from api.console.blueprint import bp
from api.console.forms import (
    CaseForm,
    JoiningForm,
    LeaversForm,
    LeavingForm,
    LossForm,
    ReassignmentForm,
    SwapForm,
    TransferForm,
    answered,
    parsed,
)
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.problems import RequestInvalid
from api.transaction import current_session
from fleet.cases import asked, bulk, queries
from fleet.cases.asked import Asked
from fleet.contracts.cases import (
    CaseKind,
    CaseState,
    JoiningIn,
    LeaverIn,
    LeaverRead,
    LeaversIn,
    LeaversOut,
)
from fleet.contracts.clock import today
from fleet.contracts.fields import fields_of
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.registers import leavers

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
FIRST: Final = 100  # lines of a file that a page shows, beside those that are refused


@dataclass(frozen=True)
class Opening:
    """How a kind of case is opened on a page; `days`: how far off its last day usually is."""

    form: type[CaseForm]
    title: str
    about: str
    days: timedelta = WEEK


OPENINGS: Final = {
    CaseKind.LEAVING: Opening(
        LeavingForm,
        _("Leaving"),
        _("Somebody leaves: all that he holds comes back, backed up, with its passwords changed."),
        MONTH,
    ),
    CaseKind.TRANSFER: Opening(
        TransferForm,
        _("Transfer"),
        _("Somebody moves to another department: what was made for the old one stays there."),
    ),
    CaseKind.JOINING: Opening(
        JoiningForm,
        _("Joining"),
        _("Somebody begins, and is handed what he needs by his first day."),
    ),
    CaseKind.SWAP: Opening(
        SwapForm,
        _("Swap of a phone"),
        _("Another phone takes the place of one, for repair or for good."),
    ),
    CaseKind.REASSIGNMENT: Opening(
        ReassignmentForm,
        _("Handing an account on"),
        _("An account goes from one person to another, before a witness."),
    ),
    CaseKind.LOSS: Opening(
        LossForm,
        _("Loss"),
        _("What follows a loss. One that is reported now has its case already."),
    ),
}


@bp.get("/cases/new")
@asks(Permission.CASES_OPEN)
def new_case() -> str:
    """Let one choose what kind of case it is."""
    kinds = [(kind, say(one.title), say(one.about)) for kind, one in OPENINGS.items()]
    return page("case_new.html", kinds=kinds)


def _add(kind: CaseKind) -> None:
    """Add the form of one kind of case, and the plan of what was typed into it."""

    def new() -> str:
        return page("case_form.html", form=_fresh(kind), **_of(kind))

    def begin() -> Response:
        return _begun(kind)

    guarded = asks(Permission.CASES_OPEN)
    at = f"/cases/new/{kind}"
    bp.add_url_rule(at, f"new_{kind}_case", guarded(new), methods=["GET"])
    bp.add_url_rule(at, f"open_{kind}_case", guarded(begin), methods=["POST"])


for _kind in OPENINGS:
    _add(_kind)


def _of(kind: CaseKind) -> dict[str, Any]:
    one = OPENINGS[kind]
    return {"kind": kind, "title": say(one.title), "about": say(one.about)}


def _fresh(kind: CaseKind) -> CaseForm:
    """Return the form with what the address names, and its usual last day."""
    made = OPENINGS[kind].form
    named = {one.name for one in made(formdata=None) if type(one) is StringField}
    given = {name: value for name, value in request.args.items() if name in named}
    return made(formdata=None, data={"by": _today() + OPENINGS[kind].days, **given})


def _today() -> date:
    return today()


def _begun(kind: CaseKind) -> Response:
    """Show what would be done, and begin it once that was read."""
    form = OPENINGS[kind].form()

    def do() -> Response | str:
        if "change" in request.form:
            return page("case_form.html", form=form, **_of(kind))
        given = _asked(kind, form)
        case = asked.begun(current_session(), tools(), given, actor=current_actor())
        if given.plan_only:
            plan = queries.shown_case(current_session(), case)
            return page("case_plan.html", case=plan, kept=_kept(form), **_of(kind))
        opened = _("{number} is open."), _("{number} is closed: nothing was to be done.")
        flash(say(opened[case.state is not CaseState.OPEN], number=case.number))
        return redirect(url_for("console.case", number=case.number), code=303)

    return answered("case_form.html", form, do, **_of(kind))


def _asked(kind: CaseKind, form: CaseForm) -> Asked:
    given: Asked = parsed(asked.MESSAGES[kind], form, plan_only=not form.sure.data)
    if isinstance(given, JoiningIn) and not form["accounts"].data:
        return given.model_copy(update={"accounts": []})  # nothing ticked means none
    return given


def _kept(form: CaseForm) -> list[tuple[str, str]]:
    """Return what was typed, for the form beneath the plan."""
    typed = request.form.items(multi=True)
    return [(name, value) for name, value in typed if name in form and name != "sure"]


HEADERS: Final = "工号,离职日期,接替人工号"


@bp.get("/cases/leavers")
@asks(Permission.CASES_OPEN)
def new_leavers() -> str:
    told = {"text": f"{HEADERS}\n", "by": _today() + MONTH}
    return page("case_leavers.html", form=LeaversForm(formdata=None, data=told))


@bp.post("/cases/leavers")
@asks(Permission.CASES_OPEN)
def open_leavers() -> Response:
    """Look at those who leave, line by line, and open their cases once that was read."""
    form = LeaversForm()

    def do() -> Response | str:
        read = leavers.read([_typed(form)], tools().settings)
        if read.remarks or not read.rows:
            return page("case_leavers.html", form=form, remarks=read.remarks, nobody=not read.rows)
        form.text.data = _lines(read.rows)
        given = _leavers(form, read.rows)
        unread = form.seen.data != _digest(form)
        form.seen.data = _digest(form)
        if unread or "sure" not in request.form:
            plan = _carried_out(given)
            return page("case_leavers.html", form=form, **_shown(plan))
        return _opened(form, _carried_out(given.model_copy(update={"plan_only": False})))

    return answered("case_leavers.html", form, do)


def _typed(form: LeaversForm) -> bytes:
    """Return the file that was chosen, or what was typed in its place."""
    content: bytes = form.file.data.read() if form.file.data else b""
    return content or (form.text.data or "").encode()


def _lines(rows: list[LeaverRead]) -> str:
    """Return rows of a file as one types them: wrong ones can be corrected on the page."""
    told = [f"{one.employee},{one.by or ''},{one.successor or ''}" for one in rows]
    return "\n".join((HEADERS, *told, ""))


def _leavers(form: LeaversForm, rows: list[LeaverRead]) -> LeaversIn:
    day = form.by.data or _today() + MONTH
    try:
        given = [
            LeaverIn(line=line, employee=one.employee, by=one.by or day, successor=one.successor)
            for line, one in enumerate(rows, start=2)  # as they stand on the page
        ]
        return LeaversIn(leavers=given, each=bool(form.each.data), plan_only=True)
    except ValidationError as error:
        raise RequestInvalid(where="body", fields=fields_of(error)) from None


def _digest(form: LeaversForm) -> str:
    told = f"{form.text.data}\n{form.by.data}\n{form.each.data}"
    return sha256(told.encode()).hexdigest()


def _carried_out(given: LeaversIn) -> LeaversOut:
    return bulk.leavers(current_session(), tools(), given, actor=current_actor())


def _shown(found: LeaversOut) -> dict[str, Any]:
    """Return what a page shows of many: those that are refused come first."""
    refused = [one for one in found.rows if one.code]
    others = [one for one in found.rows if not one.code]
    return {
        "plan": found,
        "rows": [*refused, *others[:FIRST]],
        "left_off": len(others[FIRST:]),
        "ready": sum(one.state == "planned" for one in found.rows),
        "minutes": sum(one.minutes for one in found.rows),
    }


def _opened(form: LeaversForm, made: LeaversOut) -> Response | str:
    told = {"opened": made.opened, "refused": made.refused}
    flash(say(_("{opened} cases are open; {refused} refused."), **told))
    if made.refused:
        return page("case_leavers.html", form=form, **_shown(made))
    return redirect(url_for("console.cases", kind="leaving", state="open"), code=303)
