"""Cases on pages: what is to be done for whom, step by step, and what waits for who looks."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import (
    DoneForm,
    Form,
    ReasonForm,
    SuccessorForm,
    answered,
    parsed,
    queried,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.cases import queries, services, tasks
from fleet.cases.models import Case
from fleet.cases.steps import SIGNED
from fleet.contracts.cases import (
    CaseKind,
    CaseOut,
    CaseQuery,
    CaseReasonIn,
    ReopenIn,
    StepIn,
    SuccessorIn,
    TaskQuery,
    WaiveIn,
)
from fleet.contracts.papers import PaperKind
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, say
from fleet.people.queries import employee


def _rows(query: CaseQuery) -> listing.Rows:
    return queries.cases(current_session(), query, actor=current_actor())


def _state(one: CaseOut) -> tuple[str, ...]:
    late = any(step.overdue for step in one.steps)
    return (one.state, "overdue") if late else (one.state,)


def _waits_for(one: CaseOut) -> list[str]:
    return list(dict.fromkeys(step.who for step in one.steps if step.ready))


def _address(one: CaseOut) -> str:
    return url_for("console.case", number=one.number)


listing.add(
    Listing(
        name="cases",
        title=_("Cases"),
        search=_("Number or person"),
        query=CaseQuery,
        permission=Permission.CASES_READ,
        scoped=True,
        rows=_rows,
        sort="-opened_at",
        to=_address,
        new=("console.new_case", _("Open a case")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("What"), lambda one: one.kind),
            Column(_("State"), _state, badge=True),
            Column(_("Employee"), lambda one: one.held.employee.name),
            Column(_("By"), lambda one: one.by.isoformat(), sort="by"),
            Column(_("Steps"), lambda one: one.progress),
            Column(_("Waiting for"), _waits_for, wrap=True),
            Column(_("Opened on"), lambda one: one.opened_at, sort="opened_at"),
            Column(_("Closed"), lambda one: one.closed_at, sort="closed_at"),
        ),
        filters=(
            Filter("kind", _("What"), listing.among(CaseKind)),
            Filter("state", _("State"), [("open", ""), ("closed", ""), ("cancelled", "")]),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/cases/<number>")
@asks(Permission.CASES_READ, scoped=True)
def case(number: str) -> str:
    """Show a case, its steps, and what the one who looks can do about each."""
    return page("case.html", **_about(number))


@bp.post("/cases/<number>/steps/<int:step>/do")
@asks(Permission.CASES_DO, scoped=True)
def do_step(number: str, step: int) -> Response:
    """Take the word of whoever did it."""
    form = DoneForm()

    def do() -> Response:
        note = parsed(StepIn, form).note
        services.do(current_session(), number, step, note=note, actor=current_actor())
        flash(say(_("Step {step} of {number} is done."), step=step, number=number))
        return _back(number)

    return _answered(form, do, number, step)


@bp.post("/cases/<number>/steps/<int:step>/waive")
@asks(Permission.CASES_DO, scoped=True)
def waive_step(number: str, step: int) -> Response:
    """Let a step be; who may not asks for it with the same form."""
    form = DoneForm()

    def do() -> Response:
        db, actor = current_session(), current_actor()
        reason, ask = parsed(StepIn, form).note, request.form.get("ask") == "true"
        given = WaiveIn(reason=reason, ask=ask)
        services.waive(db, number, step, reason=given.reason, ask=given.ask, actor=actor)
        text = _("The waiver is asked for.") if ask else _("The step is waived.")
        flash(say(text))
        return _back(number)

    return _answered(form, do, number, step)


@bp.get("/cases/<number>/cancel")
@asks(Permission.CASES_OPEN)
def ask_cancel_case(number: str) -> str:
    """Say what cancelling takes back, and what it cannot."""
    return page("case_cancel.html", form=ReasonForm(formdata=None), **_foreseen(number))


@bp.post("/cases/<number>/cancel")
@asks(Permission.CASES_OPEN)
def cancel_case(number: str) -> Response:
    form = ReasonForm()

    def do() -> Response:
        reason = parsed(CaseReasonIn, form).reason
        _case, _undone, left = services.cancel(
            current_session(), tools(), number, reason=reason, actor=current_actor()
        )
        flash(" ".join((say(_("{number} is cancelled."), number=number), *left)))
        return _to(number)

    return answered("case_cancel.html", form, do, **_foreseen(number))


@bp.get("/tasks")
def tasks_page() -> str:
    """Show what waits for whoever looks, and take his word on the steps that are his."""
    return page("tasks.html", **_tasks())


def _tasks() -> dict[str, Any]:
    query = queried(TaskQuery, request.args)
    found, mark = tasks.tasks(current_session(), query, actor=current_actor())
    return {"tasks": found, "next": mark, "done": DoneForm(formdata=None)}


@bp.post("/cases/<number>/reopen")
@asks(Permission.CASES_OPEN)
def reopen_case(number: str) -> Response:
    """Begin a cancelled case again, or have steps of one done once more."""
    form = ReasonForm()

    def do() -> Response:
        given = parsed(ReopenIn, form, steps=request.form.getlist("step"))
        services.reopen(
            current_session(),
            tools(),
            number,
            reason=given.reason,
            steps=given.steps,
            actor=current_actor(),
        )
        flash(say(_("{number} is open."), number=number))
        return _to(number)

    return answered("case.html", form, do, **_about(number))


@bp.post("/cases/<number>/successor")
@asks(Permission.CASES_OPEN)
def change_successor(number: str) -> Response:
    """Name somebody else who takes over."""
    form = SuccessorForm()

    def do() -> Response:
        db = current_session()
        successor = employee(db, parsed(SuccessorIn, form).successor)
        services.name_successor(db, number, successor, actor=current_actor())
        told = {"name": successor.name, "number": number}
        flash(say(_("{name} takes over in {number}."), **told))
        return _to(number)

    return answered("case.html", form, do, **{**_about(number), "next": form})


def _answered(form: Form, do: Callable[[], Response], number: str, at: int) -> Response:
    if _is_of_tasks():
        return answered("tasks.html", form, do, **_tasks(), at=(number, at))
    return answered("case.html", form, do, **_about(number), at=at)


def _about(number: str) -> dict[str, Any]:
    """Return what the page shows, and a form that nobody has filled yet."""
    db = current_session()
    found = queries.case_within(db, number, actor=current_actor())
    return {
        "case": queries.shown_case(db, found),
        "hand_over": _hand_over(found),
        "done": DoneForm(formdata=None),
        "again": ReasonForm(formdata=None),
        "next": SuccessorForm(formdata=None),
    }


def _hand_over(found: Case) -> str | None:
    """Return where the paper is made that all three sign, as long as they have not."""
    unsigned = any(step.is_open for step in found.steps if step.kind in SIGNED)
    if not (unsigned and found.is_open and found.successor):
        return None
    return url_for(
        "console.new_paper",
        kind=PaperKind.ACCOUNT_HAND_OVER,
        subject=found.details["account"],
        to=found.successor.number,
        witness=found.details["witness"],
    )


def _foreseen(number: str) -> dict[str, Any]:
    undone, left = services.foreseen_cancel(current_session(), number, actor=current_actor())
    return {"number": number, "undone": undone, "left": left}


def _is_of_tasks() -> bool:
    """Tell whether the form was on the page of tasks: all that some people may see of a case."""
    reads = current_actor().may(Permission.CASES_READ)
    return not reads or request.form.get("back") == "tasks"


def _back(number: str) -> Response:
    if _is_of_tasks():
        return redirect(url_for("console.tasks_page"), code=303)
    return _to(number)


def _to(number: str) -> Response:
    return redirect(url_for("console.case", number=number), code=303)
