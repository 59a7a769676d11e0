"""From an approved application to things in somebody's hands, step by step; any step may be last.

Whoever stops, or is stopped, goes on later where he was: `workfleet application issue NUMBER`.
"""

from dataclasses import dataclass
from threading import Event
from typing import Final

import click

from cli.case_views import masked
from cli.context import App
from cli.exits import CONFLICT, INTERRUPTED
from cli.labels import label
from cli.output import Column, text_of
from cli.wants import wants_said
from fleet.contracts.accessories import Condition
from fleet.contracts.applications import (
    ApplicationOut,
    ApplicationState,
    IssueApplicationIn,
    PreparationOut,
    PreparationStepOut,
    ReservedOut,
    SignIn,
)
from fleet.contracts.custody import Thing
from fleet.contracts.papers import PaperIn, PaperKind, PaperRole
from fleet.contracts.papers import SignIn as PaperSignIn
from fleet.contracts.words import _, say

State = ApplicationState
LOOK_SECONDS: Final = 2.0
ON_FORM: Final = _("Both sign its issue form, and by that it is handed out.")
GOES_ON: Final = _("Go on with `workfleet application issue {number}`.")


@dataclass(frozen=True)
class Terms:
    """What the person at the desk has said beforehand; `waits`: for stations and signatures."""

    registrant_seen: bool = False
    on_paper: bool = False
    condition: Condition | None = None
    condition_note: str | None = None
    waits: bool = True
    yes: bool = False
    on_form: bool = False


def hand_out(app: App, one: ApplicationOut, terms: Terms) -> None:
    """Set aside, prepare, have signed and hand out, as far as it can go now."""
    one = _set_aside(app, one)
    seen = _ask_registrant(one, terms)
    if one.state is not State.SIGNED:
        _prepare(app, one, terms)
    if terms.on_form or one.form:
        _hand_out_by_form(app, one, terms)
        return
    if one.state is not State.SIGNED:
        one = _sign(app, one, terms)
    body = IssueApplicationIn(
        registrant_seen=seen, condition=terms.condition, condition_note=terms.condition_note
    )
    done = app.client.issue_application(one.number, body)
    app.answer(done)
    for warning in done.issued.warnings:
        app.line(f"! {warning}")
    names = ", ".join(_name(each) for each in done.application.reserved)
    text = _("{names}: now with {holder}.")
    if one.until:
        text = _("{names}: now with {holder}, until {until}.")
    app.say(text, names=names, holder=text_of(one.holder), until=one.until)


def _hand_out_by_form(app: App, one: ApplicationOut, terms: Terms) -> None:
    """Have its holder sign the issue form, then sign it as handler: by that it is handed out."""
    from cli.papers import tell

    form = one.form or _make_form(app, one, terms)
    if one.state is State.RESERVED:
        one = _signed_on_form(app, one, form, terms)
    if one.state is State.ISSUED:
        app.answer(one, _("{number} is handed out."), number=one.number)
        return
    paper = app.client.paper(form)
    asked = _("{holder} has signed {form}. You sign it as handler, and hand out what it says.")
    app.confirm(asked, yes=terms.yes, holder=text_of(one.holder), form=form)
    done = app.client.sign_paper(form, PaperSignIn(role=PaperRole.HANDLER, digest=paper.digest))
    app.answer(done)
    tell(app, done)


def _make_form(app: App, one: ApplicationOut, terms: Terms) -> str:
    body = PaperIn(
        kind=PaperKind.ISSUE_FORM,
        subject=one.number,
        condition=terms.condition,
        condition_note=terms.condition_note,
    )
    made = app.client.make_paper(body).paper
    return made.number if made else ""


def _signed_on_form(app: App, one: ApplicationOut, form: str, terms: Terms) -> ApplicationOut:
    address = f"{app.profile.server.rstrip('/')}/sign/{form}"
    app.say(
        _("Sign:  {address}   (paper: workfleet paper print {form})"), address=address, form=form
    )
    if terms.on_paper:
        words = "--signed-by holder --signed-by handler"
        attach = f"`workfleet paper attach {form} FILE {words}`"
        stop(app, one, _("Attach the signed paper, and it is handed out: {attach}"), attach=attach)
    if not terms.waits:
        stop(app, one, _("{number} is not signed yet."))
    return _wait_for_signature(app, one)


def _set_aside(app: App, one: ApplicationOut) -> ApplicationOut:
    """Reserve where nothing is reserved yet; what waits for a decision goes no further."""
    if one.state is State.REQUESTED:
        stop(app, one, _("{number} waits for a decision by {who}."), who=who_decides(one))
    if one.state is State.APPROVED:
        one = app.client.reserve(one.number)
    tell_reserved(app, one)
    return one


def stop(app: App, one: ApplicationOut, text: str, **blanks: object) -> None:
    """Say why it goes no further now, and how it goes on."""
    app.answer(one)
    click.echo(say(text, number=one.number, **blanks), err=True)
    click.echo(say(GOES_ON, number=one.number), err=True)
    raise click.exceptions.Exit(CONFLICT)


def tell_foreseen(app: App, one: ApplicationOut) -> None:
    """Say what an application that was only looked at would come to."""
    app.answer(one)
    name, wants = text_of(one.holder), wants_said(one.wants)
    app.say(_("{name} is to get: {wants}"), name=name, wants=wants)
    if one.state is State.REQUESTED:
        app.say(_("It would wait for a decision by {who}."), who=who_decides(one))
    tell_reserved(app, one, _("Best in stock  {line}"))
    app.say(_("Nothing was changed: this was a dry run."))


def tell_reserved(app: App, one: ApplicationOut, text: str = _("Reserved  {line}")) -> None:
    for each in one.reserved:
        parts = [each.description, each.why]
        line = f"{_name(each)}  {' — '.join(filter(None, parts))}"
        app.say(text, line=line)
        if each.risk:
            click.echo(f"! {each.risk}", err=True)


def _name(one: ReservedOut) -> str:
    if one.thing is Thing.SIM:
        return say("SIM {number}", number=masked(one.name))
    return one.name


def who_decides(one: ApplicationOut) -> str:
    if one.desk is None:
        return ""
    if one.desk == "head" and one.desk_name:
        return say(
            "{name}, head of {department}", name=one.desk_name, department=one.desk_department
        )
    return label(one.desk)


def _ask_registrant(one: ApplicationOut, terms: Terms) -> bool:
    """Ask about an account that somebody else registered first."""
    from cli.prompts import at_terminal

    if terms.registrant_seen or terms.yes or not any(each.risk for each in one.reserved):
        return True
    if not at_terminal():
        return False
    if not click.confirm(say("Go on?"), err=True):
        raise click.Abort
    return True


def _prepare(app: App, one: ApplicationOut, terms: Terms) -> None:
    found = app.client.prepare(one.number)
    for planned in found.planned:
        app.say(_("At a station: {what}"), what=planned)
    if not found.ready and terms.waits and _is_under_way(found):
        found = _wait_for_stations(app, one, found)
    tell_steps(app, found)
    if not found.ready:
        stop(app, one, _("{number} is not prepared yet."))


def _is_under_way(found: PreparationOut) -> bool:
    return any(step.under_way for step in found.steps)


def _wait_for_stations(app: App, one: ApplicationOut, found: PreparationOut) -> PreparationOut:
    """Look again until everything is done, or nothing is under way any more."""
    click.echo(say(_("Waiting for the station; Ctrl-C leaves it at work.")), err=True)
    try:
        while not found.ready and _is_under_way(found):
            Event().wait(LOOK_SECONDS)
            found = app.client.preparation(one.number)
    except KeyboardInterrupt:
        _interrupted(one.number)
    return found


def _interrupted(number: str) -> None:
    click.echo(say(GOES_ON, number=number), err=True)
    raise click.exceptions.Exit(INTERRUPTED) from None


def tell_steps(app: App, found: PreparationOut) -> None:
    if app.for_people:
        app.table(found.steps, STEPS, empty="")
    if found.unprepared:
        app.say(_("Let pass although not everything is done: {reason}"), reason=found.unprepared)


def _standing(step: PreparationStepOut) -> str:
    return "…" if step.under_way else "✓" if step.ok else "✗"


STEPS: Final = (
    Column("", _standing),
    Column(_("Step"), lambda step: label(f"prepare_{step.step}")),
    Column(_("Level"), lambda step: step.level),
    Column(_("What is so"), lambda step: step.sentence, long=True),
    Column(_("What to do"), lambda step: step.advice, spare=True, long=True),
)


def _sign(app: App, one: ApplicationOut, terms: Terms) -> ApplicationOut:
    """Have it signed: on paper as the desk says, or by the holder himself, who is waited for."""
    if terms.on_paper:
        return sign_on_paper(app, one, yes=terms.yes)
    app.say(
        _(
            "To be signed by {holder}: on the page {number} of the console, or by"
            " `workfleet application sign {number}`."
        ),
        holder=text_of(one.holder),
        number=one.number,
    )
    if not terms.waits:
        stop(app, one, _("{number} is not signed yet."))
    return _wait_for_signature(app, one)


def sign_on_paper(app: App, one: ApplicationOut, *, yes: bool) -> ApplicationOut:
    agreement = app.client.agreement(one.number)
    app.confirm(
        _("{holder} has signed on paper what `workfleet application agreement {number}` says."),
        yes=yes,
        holder=text_of(one.holder),
        number=one.number,
    )
    body = SignIn(digest=agreement.digest, on_paper=True)
    return app.client.sign_application(one.number, body)


def _wait_for_signature(app: App, one: ApplicationOut) -> ApplicationOut:
    click.echo(say(_("Waiting for the signature; Ctrl-C stops waiting.")), err=True)
    try:
        while one.state is State.RESERVED:
            Event().wait(LOOK_SECONDS)
            one = app.client.application(one.number)
    except KeyboardInterrupt:
        _interrupted(one.number)
    if one.state not in {State.SIGNED, State.ISSUED}:
        stop(app, one, _("{number} is {state} now."), state=label(one.state))
    return one
