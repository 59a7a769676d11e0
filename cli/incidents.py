"""`workfleet incident …`: lost, stolen, abnormal, leaked: reported in one line, at any hour."""

from typing import TYPE_CHECKING

import click

from cli.context import DRY_RUN, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column, text_of
from cli.speaking import argument, group, option
from cli.subjects import is_device, is_sim
from fleet.contracts.incidents import (
    IncidentIn,
    IncidentKind,
    IncidentOut,
    IncidentQuery,
    MeasureIn,
    MeasureOut,
    MeasureState,
    NoteIn,
)
from fleet.contracts.proof import Level
from fleet.contracts.words import _, say

if TYPE_CHECKING:
    from api.client import Client


@group(_("Incidents: things lost, stolen, abnormal or leaked, and what is done about them."))
def incident() -> None:
    pass


def _things(one: IncidentOut) -> str:
    return ", ".join(thing.name for thing in one.things)


def _measures(one: IncidentOut) -> str:
    """Return "2/5", and how many are overdue."""
    still = sum(measure.state is MeasureState.OPEN for measure in one.measures)
    done = f"{len(one.measures) - still}/{len(one.measures)}"
    late = sum(measure.overdue for measure in one.measures)
    return say("{done}, {late} OVERDUE", done=done, late=late) if late else done


incident.add_command(
    list_command(
        Listing(
            help=_("List incidents, newest first."),
            query=IncidentQuery,
            fetch=lambda client, query: client.incidents(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("What"), lambda one: label(one.kind)),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Holder"), lambda one: one.employee and one.employee.name),
                Column(_("Of"), _things, long=True),
                Column(_("Reported"), lambda one: one.reported_at),
                Column(_("By"), lambda one: one.reported_by, spare=True),
                Column(_("Measures"), _measures),
            ),
            empty=_("No incident fits."),
            filters={
                "kind": _("Only this kind."),
                "state": _("Only this state: open, closed."),
                "employee": _("Only of things of this employee (number)."),
                "overdue": _("Only those with a measure whose time has run out."),
            },
        )
    )
)

KINDS = [kind.value for kind in IncidentKind]


@incident.command(help=_("Report an incident; what is yours needs no name if it is the only one."))
@argument("kind", type=click.Choice(KINDS))
@argument("things", nargs=-1, metavar="[TAG|HANDLE|NUMBER]...")
@option("--note", metavar="TEXT", help=_("What happened. Never a password: others read it."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def report(
    app: App, kind: str, things: tuple[str, ...], note: str | None, *, dry_run: bool
) -> None:
    named = _sorted_out(app.client, things)
    body = IncidentIn(kind=IncidentKind(kind), note=note, dry_run=dry_run, **named)
    done = app.client.report_incident(body)
    app.answer(done, _what_became(done), number=done.number, kind=label(done.kind))
    _show_measures(app, done)
    if dry_run:
        app.say(_("Nothing was changed: this was a dry run."))


def _sorted_out(client: "Client", things: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"devices": [], "sims": [], "accounts": []}
    for word in things:
        if is_sim(word):
            found["sims"].append(word)
        else:
            found["devices" if is_device(client, word) else "accounts"].append(word)
    return found


def _what_became(done: IncidentOut) -> str:
    if done.joined:
        return _("{kind}: this is known already as {number}; your report was added to it.")
    if done.number is None:
        return _("{kind}: this would follow.")
    return _("{number} is open ({kind}). This follows:")


def _show_measures(app: App, one: IncidentOut) -> None:
    if app.for_people and one.measures:
        app.table(one.measures, MEASURES, empty="")
        for measure in one.measures:
            if measure.guide:
                app.line(f"  {measure.number}. {measure.guide}")


def _stands(one: MeasureOut) -> str:
    if one.state is not MeasureState.OPEN:
        level = f", {label(one.level)}" if one.level != Level.NONE else ""
        return f"✓ {label(one.state)}{level}"
    return say("OVERDUE") if one.overdue else label(one.state)


MEASURES = (
    Column("", lambda one: one.number, right=True),
    Column(_("What"), lambda one: label(one.what)),
    Column(_("Of"), lambda one: one.name),
    Column(_("By"), lambda one: one.due_at),
    Column(_("State"), _stands),
    Column(_("Who"), lambda one: one.by, spare=True),
    Column(_("Note"), lambda one: one.note, spare=True, long=True),
)


@incident.command(help=_("Show an incident, its measures, and what each of them needs."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.incident(number)
    rows: list[tuple[str, object]] = [
        (_("Number"), one.number),
        (_("What"), label(one.kind)),
        (_("State"), label(one.state)),
        (_("Holder"), one.employee),
        (_("Of"), _things(one)),
        (_("Reported"), one.reported_at),
        (_("By"), one.reported_by),
        (_("Finding"), one.finding),
        (_("Closed"), one.closed_at),
    ]
    rows += [(_("Note"), f"{text_of(note.at)} {note.by}: {note.text}") for note in one.notes]
    app.fields(one, rows)
    _show_measures(app, one)


@incident.command(help=_("Add what there is to say. Never a password: others read it."))
@argument("number")
@argument("text")
@pass_app
def note(app: App, number: str, text: str) -> None:
    done = app.client.note_on_incident(number, NoteIn(text=text))
    app.answer(done, _("{number}: noted."), number=done.number)


@incident.command(help=_("Say that a measure is done, or why it is not needed."))
@argument("number")
@argument("measure", type=int)
@option("--note", required=True, metavar="TEXT", help=_("How it is known, or why not needed."))
@option("--not-needed", is_flag=True, help=_("It need not be done; the note says why."))
@pass_app
def measure_done(app: App, number: str, measure: int, note: str, *, not_needed: bool) -> None:
    body = MeasureIn(note=note, not_needed=not_needed)
    done = app.client.end_measure(number, measure, body)
    still = sum(one.state is MeasureState.OPEN for one in done.measures)
    text = _("{number}: measure {measure} has ended; {still} still open.")
    app.answer(done, text, number=done.number, measure=measure, still=still)


@incident.command(help=_("Close an incident of which no measure is open."))
@argument("number")
@option("--note", required=True, metavar="TEXT", help=_("How it ended."))
@pass_app
def close(app: App, number: str, note: str) -> None:
    done = app.client.close_incident(number, NoteIn(text=note))
    app.answer(done, _("{number} is closed."), number=done.number)
