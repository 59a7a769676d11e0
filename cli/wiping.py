"""`workfleet device wiping|wipe|wiped|undo-accept`: what comes after an acceptance."""

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.prompts import reason as asked
from cli.speaking import argument, command, option
from fleet.contracts.custody import UndoAcceptIn, WipedIn, WipeOut, WipeWayOut, WipingOut
from fleet.contracts.gate_words import named
from fleet.contracts.wipe_ways import WAYS
from fleet.contracts.words import _, translated


@command(_("Show how a phone can be erased, what keeps it from that, and what a visit found."))
@argument("tag")
@pass_app
def wiping(app: App, tag: str) -> None:
    show_wiping(app, app.client.wiping(tag))


def show_wiping(app: App, one: WipingOut) -> None:
    app.fields(
        one,
        [
            (_("Phone"), one.tag),
            (_("State"), label(one.state)),
            (_("Kept as it is until"), one.quarantine_until),
            (_("Preserved by"), one.kept_by),
            (_("Open checks"), [named(check) for check in one.waits_for]),
            (_("May be erased since"), one.erasing_since),
            (_("Erased"), _erased(one.wipe)),
            (_("Looked at since"), one.wipe.looked_at if one.wipe else None),
        ],
    )
    for left in one.wipe.left if one.wipe else ():
        app.line(f"  ✗ {left}")
    for way in one.ways:
        _show_way(app, way)
    for text in one.never:
        app.line(f"  – {text}")
    app.line(one.advice)


def _erased(wipe: WipeOut | None) -> str | None:
    if wipe is None:
        return None
    way = translated(WAYS.get(wipe.way, wipe.way))
    return " · ".join(filter(None, (way, label(wipe.level), wipe.by, wipe.station, wipe.note)))


def _show_way(app: App, way: WipeWayOut) -> None:
    app.line(f"  • {translated(WAYS[way.way])} ({label(way.level)}) {way.why_not}".rstrip())
    if way.possible is False:
        return
    for step in way.steps:
        app.line(f"      {step}")
    for left in way.leaves:
        app.line(f"      ! {left}")


@command(_("Have a station erase an accepted phone, or one again that was not found empty."))
@argument("tag")
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def wipe(app: App, tag: str, *, dry_run: bool, yes: bool) -> None:
    if dry_run:
        show_wiping(app, app.client.wiping(tag))
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(_("Everything on {tag} is erased by the station that it is at."), yes=yes, tag=tag)
    job = app.client.wipe(tag)
    app.answer(job, _("{tag}: the wipe waits for its station: workfleet job list"), tag=tag)


@command(_("Say that you erased an accepted phone by hand; a visit has to bear it out."))
@argument("tag")
@option(
    "--way",
    type=click.Choice(["settings", "recovery"]),
    required=True,
    help=_("In its settings, or by the keys."),
)
@option("--note", metavar="TEXT", required=True, help=_("What you saw on its screen at the end."))
@pass_app
def wiped(app: App, tag: str, way: str, note: str) -> None:
    done = app.client.say_wiped(tag, WipedIn.model_validate({"way": way, "note": note}))
    app.answer(done, _("{tag}: {state}."), tag=tag, state=label(done.state))
    app.line(done.advice)


@command(
    _("Take an acceptance back, before a station erases the phone: it is on its way back again."),
    name="undo-accept",
)
@argument("tag")
@option("--reason", metavar="TEXT", help=_("Why; kept in the trail, asked for if left out."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def undo_accept(app: App, tag: str, reason: str | None, *, dry_run: bool, yes: bool) -> None:
    body = UndoAcceptIn(reason=asked(reason, _("Reason")), dry_run=True)
    phone = app.client.undo_acceptance(tag, body)
    sentence = _(
        "{tag} ({state}): its acceptance is taken back, its certificate says so, and its return "
        "goes on. SIM and accounts that came back with it stay in stock."
    )
    if dry_run:
        app.answer(phone, sentence, tag=tag, state=label(phone.state))
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, tag=tag, state=label(phone.state))
    done = app.client.undo_acceptance(tag, body.model_copy(update={"dry_run": False}))
    app.answer(done, _("{tag}: {state}."), tag=tag, state=label(done.state))
