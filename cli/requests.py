"""`workfleet request …`: ask for another PIN or password, decide, appoint, hand it over once."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import NOTE, WHY, WHY_ASKED
from cli.output import Column, text_of
from cli.prompts import reason as reason_of
from cli.speaking import argument, group, option
from cli.subjects import is_device, is_sim
from fleet.contracts.credentials import CredentialKind
from fleet.contracts.requests import (
    AppointIn,
    DelegateIn,
    DelegationOut,
    DelegationQuery,
    HandedOverOut,
    HandOverIn,
    RequestIn,
    RequestOut,
    RequestQuery,
    VerdictIn,
)
from fleet.contracts.words import _, say

TIME: Final = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@group(_("Asking for a change of a PIN or password, and its hand-over."))
def request() -> None:
    pass


@request.command(help=_("Ask for a change of what opens a phone, an account or a SIM you hold."))
@option(
    "--credential",
    "subject",
    required=True,
    metavar="SUBJECT",
    help=_("Tag of the phone, handle of the account, or number of the SIM."),
)
@WHY_ASKED
@pass_app
def change(app: App, subject: str, reason: str | None) -> None:
    kind = _kind_of(app, subject)
    why = reason_of(reason, _("Why is it needed? (recorded)"))
    asked = app.client.ask_for_change(RequestIn(kind=kind, subject=subject, reason=why))
    text = _("{number} is asked for; {who} decides, by {until}.")
    until = text_of(asked.decide_by)
    app.answer(asked, text, number=asked.number, who=_who_decides(asked), until=until)


def _kind_of(app: App, subject: str) -> CredentialKind:
    if is_sim(subject):
        return CredentialKind.SIM_PIN
    phone = is_device(app.client, subject)
    return CredentialKind.DEVICE_PIN if phone else CredentialKind.ACCOUNT_PASSWORD


def _who_decides(one: RequestOut) -> str:
    if one.desk is None:
        return ""
    if one.desk == "head" and one.desk_name:
        return say(
            "{name}, head of {department}", name=one.desk_name, department=one.desk_department
        )
    return label(one.desk)


def _when(one: RequestOut) -> str:
    if one.appointed_for is None:
        return ""
    asked = "" if one.appointment_settled else say(" (proposed)")
    return f"{text_of(one.appointed_for)} · {one.station}{asked}"


def _standing(one: RequestOut) -> str:
    return f"{label(one.state)} · {label('overdue')}" if one.overdue else label(one.state)


request.add_command(
    list_command(
        Listing(
            help=_("List change requests."),
            query=RequestQuery,
            fetch=lambda client, query: client.requests(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Subject"), lambda one: one.subject),
                Column(_("What"), lambda one: label(one.kind)),
                Column(_("Holder"), lambda one: one.holder),
                Column(_("For"), lambda one: label(one.what)),
                Column(_("State"), _standing),
                Column(_("Decides"), _who_decides, spare=True),
                Column(_("Until"), lambda one: one.decide_by, spare=True),
                Column(_("Appointment"), _when, spare=True),
                Column(_("Level"), lambda one: one.level),
                Column(_("Handed over"), lambda one: one.handed_at, spare=True),
                Column(_("Reason"), lambda one: one.reason, long=True),
            ),
            empty=_("No request fits."),
            filters={
                "state": _("Only those that stand so."),
                "what": _("Only what was asked for, issued, or changed otherwise."),
                "kind": _("Only this kind of value."),
                "subject": _("Only those for this tag, handle or number."),
                "holder": _("Only those of this employee (number)."),
                "department": _("Only those of this department and all beneath it."),
                "station": _("Only those appointed at this station."),
                "day": _("Only those appointed for this day, like 2026-12-31."),
            },
            flags={
                "mine": _("Only those that wait for your decision."),
                "overdue": _("Only those that nobody has decided in time."),
                "to_hand_over": _("Only those whose holder does not have the value yet."),
            },
        )
    )
)


@request.command(help=_("Show a request: for whom it waits, and what comes next."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.request(number)
    app.fields(one, _rows(one))


def _rows(one: RequestOut) -> list[tuple[str, object]]:
    decided = f"{one.decided_by} ({label(one.decided_as or '')}): {one.note}"
    handed = f"{text_of(one.handed_at)} · {label(one.handed_how or '')} · {one.handed_by}"
    rows: list[tuple[str, object]] = [
        (_("Number"), one.number),
        (_("Subject"), f"{one.subject} · {label(one.kind)}"),
        (_("Holder"), one.holder),
        (_("State"), _standing(one)),
        (_("Reason"), one.reason),
        (_("Asked by"), f"{one.asked_by}, {text_of(one.asked_at)}"),
        (_("Way"), _way(one)),
        (_("Decides"), _who_decides(one)),
        (_("Until"), one.decide_by),
        (_("Decided by"), decided if one.decided_by else None),
        (_("Appointment"), _when(one)),
        (_("Rotation"), one.rotation),
        (_("Level"), one.level),
        (_("Last attempt"), _outcome(one)),
        (_("Why it was closed"), label(one.closing) if one.closing else None),
        (_("Handed over"), handed if one.handed_at else None),
        (_("Next"), one.advice),
    ]
    return [(name, value) for name, value in rows if value not in (None, "")]


def _way(one: RequestOut) -> str:
    """Say for whom it has waited, and why it went on; nothing where it went nowhere."""
    steps = [
        f"{label(hop.desk)} {hop.department}" + (f" ({label(hop.why)})" if hop.why else "")
        for hop in one.way
    ]
    return " → ".join(steps) if len(steps) > 1 else ""


def _outcome(one: RequestOut) -> str:
    return " ".join(filter(None, (one.outcome and label(one.outcome), one.outcome_sentence)))


@request.command(help=_("Approve a request that waits for you."))
@argument("number")
@NOTE
@pass_app
def approve(app: App, number: str, note: str) -> None:
    done = app.client.approve_request(number, VerdictIn(note=note))
    app.answer(done, _("{number} is approved. {next}"), number=done.number, next=done.advice)


@request.command(help=_("Refuse a request that waits for you."))
@argument("number")
@NOTE
@pass_app
def refuse(app: App, number: str, note: str) -> None:
    done = app.client.refuse_request(number, VerdictIn(note=note))
    app.answer(done, _("{number} is refused."), number=done.number)


@request.command(help=_("Take a request back."))
@argument("number")
@NOTE
@pass_app
def withdraw(app: App, number: str, note: str) -> None:
    done = app.client.withdraw_request(number, VerdictIn(note=note))
    app.answer(done, _("{number} is withdrawn."), number=done.number)


@request.command(help=_("Propose when and where it is changed; IT settles it."))
@argument("number")
@option("--station", metavar="NAME", help=_("Station; what was proposed when left out."))
@option(
    "--at",
    type=TIME,
    callback=moment,
    metavar="TIME",
    help=_("Like '2026-12-31 14:30'; what was proposed when left out."),
)
@pass_app
def appoint(app: App, number: str, station: str | None, at: datetime | None) -> None:
    done = app.client.appoint_request(number, AppointIn(station=station, at=at))
    settled = _("{number}: {when} at {station}. No station changes it before.")
    proposed = _("{number}: {when} at {station} is proposed. IT settles it.")
    text = settled if done.appointment_settled else proposed
    app.answer(
        done, text, number=done.number, when=text_of(done.appointed_for), station=done.station
    )


@request.command("hand-over", help=_("Give the holder the value: once, to himself or on a slip."))
@argument("number")
@option(
    "--slip",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=_("Write a page to print, fold and seal; IT alone does that."),
)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def hand_over(app: App, number: str, slip: Path | None, *, dry_run: bool, yes: bool) -> None:
    one = app.client.request(number)
    told = {"subject": one.subject, "name": text_of(one.holder)}
    once = _("The value of {subject} is shown to {name} once; it stays on record.")
    printed = _("The value of {subject} goes on a slip for {name} once; it stays on record.")
    if dry_run:
        app.answer(one, printed if slip else once, **told)
        return
    app.confirm(printed if slip else once, yes=yes, **told)
    if slip:
        _write_slip(app, number, slip)
    else:
        _show(app, app.client.hand_over(number, HandOverIn()))


def _show(app: App, handed: HandedOverOut) -> None:
    app.answer(handed)
    app.line(handed.value)
    app.say(_("Recorded. It is shown to nobody again; ask for a change where it is forgotten."))


def _write_slip(app: App, number: str, path: Path) -> None:
    """Make the file first, so that what is printed once is not lost for want of a place."""
    from cli.private import written_whole
    from cli.slips import SlipExists, page

    if path.exists():
        raise SlipExists(path=str(path))
    with written_whole(path) as file:
        handed = app.client.hand_over(number, HandOverIn(slip=True))
        file.write(page(handed))
    text = _("{path}: print it, fold and seal it, hand it to {name}, and delete the file.")
    without = handed.model_copy(update={"value": ""})  # it is on the slip alone
    app.answer(without, text, path=path, name=text_of(handed.holder))


BEGINS: Final[dict[str, Any]] = {"type": TIME, "callback": moment, "metavar": "TIME"}


@request.command(help=_("Have somebody else decide in your place for a time."))
@argument("employee")
@option("--from", "begins_at", **BEGINS, help=_("Its beginning; now when left out."))
@option("--until", "ends_at", required=True, **BEGINS, help=_("Its end."))
@WHY
@pass_app
def delegate(
    app: App, employee: str, begins_at: datetime | None, ends_at: datetime, reason: str
) -> None:
    body = DelegateIn(delegate=employee, begins_at=begins_at, ends_at=ends_at, reason=reason)
    made = app.client.delegate(body)
    text = _("{name} decides in your place until {until}.")
    app.answer(made, text, name=text_of(made.delegate), until=text_of(made.ends_at))


def _ended(one: DelegationOut) -> str:
    return say("ended by {name}", name=one.ended_by) if one.ended_by else ""


request.add_command(
    list_command(
        Listing(
            help=_("List who decides in whose place."),
            query=DelegationQuery,
            fetch=lambda client, query: client.delegations(query),
            columns=(
                Column(_("Delegation"), lambda one: one.id),
                Column(_("Head"), lambda one: one.head),
                Column(_("Delegate"), lambda one: one.delegate),
                Column(_("From"), lambda one: one.begins_at),
                Column(_("Until"), lambda one: one.ends_at),
                Column(_("Reason"), lambda one: one.reason, long=True),
                Column(_("Ended"), _ended, spare=True),
            ),
            empty=_("Nobody decides in the place of another."),
            flags={"in_force": _("Only those of now.")},
        ),
        name="delegations",
    )
)


@request.command("end-delegation", help=_("Decide yourself again, before its end."))
@argument("delegation")
@pass_app
def end_delegation(app: App, delegation: str) -> None:
    ended = app.client.end_delegation(delegation)
    app.answer(ended, _("{name} decides no more."), name=text_of(ended.delegate))
