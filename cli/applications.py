"""`workfleet application …`: apply, decide, set aside, prepare, sign, hand out."""

from datetime import datetime
from typing import Any

from cli import application_policies
from cli.accessories import CONDITIONS
from cli.context import DRY_RUN, YES, App, pass_app
from cli.handing_out import (
    ON_FORM,
    Terms,
    hand_out,
    sign_on_paper,
    tell_foreseen,
    tell_reserved,
    tell_steps,
    who_decides,
)
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import NOTE, WHY_ASKED
from cli.output import Column, text_of
from cli.people import DAY
from cli.prompts import reason as reason_of
from cli.refusals import NothingWanted
from cli.speaking import argument, group, option
from cli.wants import wants_of, wants_options, wants_said
from fleet.contracts.accessories import Condition
from fleet.contracts.applications import (
    ApplicationIn,
    ApplicationOut,
    ApplicationQuery,
    ApplicationState,
    ApprovalOut,
    DecisionIn,
    ReserveIn,
    SignIn,
    WaiveIn,
)
from fleet.contracts.words import _


@group(_("Applications for phones, SIMs and accounts, until they are handed out."))
def application() -> None:
    pass


application.add_command(application_policies.policy)


def _standing(one: ApplicationOut) -> str:
    return f"{label(one.state)} · {label('overdue')}" if one.overdue else label(one.state)


application.add_command(
    list_command(
        Listing(
            help=_("List applications."),
            query=ApplicationQuery,
            fetch=lambda client, query: client.applications(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("For whom"), lambda one: one.holder),
                Column(_("Department"), lambda one: one.department),
                Column(_("What"), lambda one: one.kit or wants_said(one.wants)),
                Column(_("State"), _standing),
                Column(_("Decides"), who_decides, spare=True),
                Column(_("By"), lambda one: one.decide_by, spare=True),
                Column(_("Until"), lambda one: one.until, spare=True),
                Column(_("Reason"), lambda one: one.reason, long=True),
            ),
            empty=_("No application fits."),
            filters={
                "state": _("Only those that stand so."),
                "term": _("Only for good, or only loans."),
                "holder": _("Only those for this employee (number)."),
                "department": _("Only those of this department and all beneath it."),
                "kit": _("Only those for this kit."),
            },
            flags={
                "open": _("Only those that have not ended."),
                "mine": _("Only those that wait for your decision."),
                "overdue": _("Only those that nobody has decided in time."),
            },
        )
    )
)


@application.command(help=_("Show an application: for whom it waits, and what comes next."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.application(number)
    app.fields(one, _rows(one))


def _rows(one: ApplicationOut) -> list[tuple[str, object]]:
    signed = f"{one.signed_by} ({label(one.signed_how or '')}), {text_of(one.signed_at)}"
    ended = f"{text_of(one.ended_at)}, {one.ended_by}"
    rows: list[tuple[str, object]] = [
        (_("Number"), one.number),
        (_("For whom"), f"{text_of(one.holder)}, {one.department}"),
        (_("Real name"), one.real_name),
        (_("What"), _what(one)),
        (_("Until"), one.until),
        (_("State"), _standing(one)),
        (_("Reason"), one.reason),
        (_("Exception"), one.exception),
        (_("Asked by"), f"{one.asked_by}, {text_of(one.asked_at)}"),
        *((_("Approval"), _approval(each)) for each in one.approvals),
        (_("Way"), _way(one)),
        (_("Decides"), who_decides(one)),
        (_("By"), one.decide_by),
        *((label(each.thing), f"{each.name} · {each.why}") for each in one.reserved),
        (_("Reserved until"), one.reserved_until),
        (_("To be issued by"), one.valid_until),
        (_("Let pass"), one.unprepared),
        (_("Issue form"), one.form),
        (_("Signed"), signed if one.signed_at else None),
        (_("Condition"), _looks(one)),
        (_("Ended"), ended if one.ended_at else None),
        (_("Why it expired"), label(one.lapse) if one.lapse else None),
        (_("Why"), one.note),
        (_("Next"), one.advice),
    ]
    return [(name, value) for name, value in rows if value not in (None, "")]


def _looks(one: ApplicationOut) -> str:
    condition = one.condition.spoken if one.condition else ""
    return ": ".join(filter(None, (condition, one.condition_note)))


def _what(one: ApplicationOut) -> str:
    return " · ".join(filter(None, (one.kit, wants_said(one.wants))))


def _approval(one: ApprovalOut) -> str:
    if one.approved is None:
        return f"{one.approver} …"
    verdict = label("approved") if one.approved else label("refused")
    who = f"{one.decided_by} ({label(one.decided_as or '')})"
    return f"{one.approver}: {verdict}, {who}, {text_of(one.decided_at)}: {one.note}"


def _way(one: ApplicationOut) -> str:
    """Say for whom it has waited, and why it went on; nothing where it went nowhere."""
    steps = [
        f"{label(hop.desk)} {hop.department}" + (f" ({label(hop.why)})" if hop.why else "")
        for hop in one.way
    ]
    return " → ".join(steps) if any(hop.why for hop in one.way) else ""


@application.command(help=_("Apply for a kit or for things: for yourself, or for an employee."))
@option("--for", "holder", metavar="NUMBER", help=_("Employee number; yourself when left out."))
@option("--kit", metavar="NAME", help=_("What this kit says; see `workfleet kit list`."))
@wants_options
@option("--until", type=DAY, metavar="DATE", help=_("A loan until this day; for good if not."))
@option("--real-name", metavar="NAME", help=_("In the set format; the register's if left out."))
@option("--exception", metavar="TEXT", help=_("Why another account of a kind is needed."))
@WHY_ASKED
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def make(
    app: App,
    /,
    holder: str | None,
    kit: str | None,
    until: datetime | None,
    real_name: str | None,
    exception: str | None,
    reason: str | None,
    *,
    dry_run: bool,
    **given: Any,
) -> None:
    wants = wants_of(**given)
    if (kit is None) == (wants is None):
        raise NothingWanted
    body = ApplicationIn(
        holder=holder,
        kit=kit,
        wants=wants,
        until=until.date() if until else None,
        real_name=real_name,
        exception=exception,
        reason=reason_of(reason, _("Why is it needed? (recorded)")),
    )
    made = app.client.make_application(body, dry_run=dry_run)
    if dry_run:
        tell_foreseen(app, made)
        return
    app.answer(made)
    tell_made(app, made)


def tell_made(app: App, made: ApplicationOut) -> None:
    if made.state is ApplicationState.REQUESTED:
        text = _("{number} is applied for; {who} decides, by {until}.")
        until = text_of(made.decide_by)
        app.say(text, number=made.number, who=who_decides(made), until=until)
    else:
        app.say(
            _("{number} is approved: nobody is asked. {next}"), number=made.number, next=made.advice
        )


@application.command(help=_("Approve an application that waits for you."))
@argument("number")
@NOTE
@pass_app
def approve(app: App, number: str, note: str) -> None:
    done = app.client.approve_application(number, DecisionIn(note=note))
    app.answer(done)
    if done.state is ApplicationState.REQUESTED:
        text = _("{number} is approved by you; {who} is asked next.")
        app.say(text, number=done.number, who=who_decides(done))
    else:
        app.say(_("{number} is approved. {next}"), number=done.number, next=done.advice)


@application.command(help=_("Refuse an application that waits for you."))
@argument("number")
@NOTE
@pass_app
def refuse(app: App, number: str, note: str) -> None:
    done = app.client.refuse_application(number, DecisionIn(note=note))
    app.answer(done, _("{number} is refused."), number=done.number)


@application.command(help=_("Take an application back; what is reserved for it is free again."))
@argument("number")
@NOTE
@pass_app
def withdraw(app: App, number: str, note: str) -> None:
    done = app.client.withdraw_application(number, DecisionIn(note=note))
    app.answer(done, _("{number} is withdrawn."), number=done.number)


@application.command(help=_("Reserve the best in stock for it, or what you name."))
@argument("number")
@option("--device", metavar="TAG", help=_("This phone."))
@option("--sim", metavar="NUMBER", help=_("This SIM, by number or ICCID."))
@option("--account", metavar="HANDLE", help=_("This account."))
@pass_app
def reserve(
    app: App, number: str, device: str | None, sim: str | None, account: str | None
) -> None:
    done = app.client.reserve(number, ReserveIn(device=device, sim=sim, account=account))
    app.answer(done)
    tell_reserved(app, done)
    app.say(_("Reserved until {until}."), until=text_of(done.reserved_until))


@application.command(help=_("Have stations do what is open, and show every step."))
@argument("number")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--let-pass", metavar="REASON", help=_("Go on all the same (administrators)."))
@pass_app
def prepare(app: App, number: str, *, dry_run: bool, let_pass: str | None) -> None:
    if let_pass is not None and not dry_run:
        found = app.client.waive_preparation(number, WaiveIn(reason=let_pass))
    else:
        found = app.client.preparation(number) if dry_run else app.client.prepare(number)
    app.answer(found)
    for planned in found.planned:
        app.say(_("At a station: {what}"), what=planned)
    tell_steps(app, found)
    if found.ready and not found.unprepared:
        app.say(_("Everything is prepared: it can be signed for."))


@application.command(help=_("Show what is agreed to when things are handed over."))
@argument("number")
@pass_app
def agreement(app: App, number: str) -> None:
    found = app.client.agreement(number)
    app.answer(found)
    app.line(found.text)
    app.say(_("For: {things}"), things=", ".join(one.name for one in found.things))
    app.say(_("Digest: {digest}"), digest=found.digest)


@application.command(help=_("Agree to the terms and sign for what is reserved for you."))
@argument("number")
@option("--on-paper", is_flag=True, help=_("At the desk: whom it is for has signed on paper."))
@option("--yes", is_flag=True, help=YES)
@pass_app
def sign(app: App, number: str, *, on_paper: bool, yes: bool) -> None:
    one = app.client.application(number)
    if on_paper:
        done = sign_on_paper(app, one, yes=yes)
    else:
        found = app.client.agreement(number)
        app.line(found.text)
        things = ", ".join([*(each.name for each in found.things), *found.accessories])
        app.confirm(_("You agree, and sign for: {things}"), yes=yes, things=things)
        done = app.client.sign_application(number, SignIn(digest=found.digest))
    app.answer(done, _("{number} is signed. {next}"), number=number, next=done.advice)


@application.command(
    help=_("Hand it out; reserves, prepares and has it signed where that is open.")
)
@argument("number")
@option("--registrant-seen", is_flag=True, help=_("You have seen who registered it first."))
@option("--on-paper", is_flag=True, help=_("Whom it is for has signed on paper."))
@option("--form", "on_form", is_flag=True, help=ON_FORM)
@option("--no-wait", is_flag=True, help=_("Do not wait for stations and signatures."))
@option("--condition", type=CONDITIONS, help=_("How the phone looks."))
@option("--condition-note", metavar="TEXT", help=_("What is to be seen on it."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def issue(
    app: App,
    number: str,
    *,
    registrant_seen: bool,
    on_paper: bool,
    on_form: bool,
    no_wait: bool,
    condition: str | None,
    condition_note: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    one = app.client.application(number)
    if dry_run:
        app.fields(one, _rows(one))
        app.say(_("Nothing was changed: this was a dry run."))
        return
    looks = Condition(condition) if condition else None
    terms = Terms(registrant_seen, on_paper, looks, condition_note, not no_wait, yes, on_form)
    hand_out(app, one, terms)
