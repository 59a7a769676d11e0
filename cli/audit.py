"""`workfleet audit …`: who did what, and whether the trail is whole."""

import json
from collections.abc import Iterable, Sequence
from threading import Event
from typing import Final

import click

from cli.context import App, pass_app
from cli.exits import NOT_SO
from cli.output import csv_of, local, show_data
from cli.speaking import group, option
from fleet.contracts.audit import AuditEntryOut, AuditQuery
from fleet.contracts.words import _

FOLLOW_SECONDS: Final = 2.0


@group(_("The audit trail: every change, chained so that a hand on it is found."))
def audit() -> None:
    pass


@audit.command(help=_("Show the newest entries, oldest of them first."))
@option(
    "--count",
    "-n",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help=_("How many."),
)
@option("--actor", help=_("Only what this user or station did."))
@option("--event", help=_("Only this event, like device.issued."))
@option("--subject", help=_("Only what happened to this tag, handle or number."))
@option("--follow", "-f", is_flag=True, help=_("Go on showing what is new until Ctrl-C."))
@pass_app
def tail(
    app: App, count: int, actor: str | None, event: str | None, subject: str | None, *, follow: bool
) -> None:
    asked = AuditQuery(actor=actor, event=event, subject=subject, sort="-sequence", limit=count)
    found = app.client.audit(asked).items[::-1]
    if follow:
        _follow(app, asked, found)
    elif app.for_people:
        _lines(found)
    else:
        show_data(app.output, found)


def _lines(entries: Iterable[AuditEntryOut]) -> None:
    for one in entries:
        details = " ".join(f"{name}={_short(value)}" for name, value in one.details.items())
        line = f"{one.sequence:>6}  {local(one.at)}  {one.actor}  {one.event}  {one.subject}"
        click.echo(f"{line}  {details}".rstrip())


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _follow(app: App, asked: AuditQuery, found: Sequence[AuditEntryOut]) -> None:
    """Show what is new, looking every two seconds; nothing is shown twice and nothing left out."""
    pause, last = Event(), found[-1].sequence if found else 0
    _as_they_come(app, found)
    while not pause.wait(FOLLOW_SECONDS):
        new = _newer(app, asked, last)
        _as_they_come(app, new)
        last = new[-1].sequence if new else last


def _newer(app: App, asked: AuditQuery, last: int) -> list[AuditEntryOut]:
    found: list[AuditEntryOut] = []
    query = asked.model_copy(update={"limit": 200})
    while True:
        page = app.client.audit(query)
        found += [one for one in page.items if one.sequence > last]
        if page.next is None or not page.items or page.items[-1].sequence <= last:
            return found[::-1]
        query = query.model_copy(update={"after": page.next})


def _as_they_come(app: App, entries: Sequence[AuditEntryOut]) -> None:
    if app.for_people:
        _lines(entries)
    elif app.output == "json":
        for one in entries:
            click.echo(one.model_dump_json())
    elif entries:
        click.echo(csv_of([one.model_dump(mode="json") for one in entries]), nl=False)


@audit.command(
    help=_("Look whether the trail is whole: nothing edited, removed, reordered or cut.")
)
@click.pass_context
def verify(ctx: click.Context) -> None:
    app: App = ctx.obj
    trail = app.client.verify_audit()
    if trail.whole:
        app.answer(
            trail,
            _("The trail is whole: {entries} entries, newest {head}."),
            entries=trail.entries,
            head=(trail.head or "—")[:16],
        )
        ctx.exit(0)
    app.answer(trail)
    where = trail.broken_at if trail.broken_at is not None else "—"
    app.say(
        _("The trail is BROKEN at entry {where}: {problem}"),
        where=where,
        problem=trail.problem or "",
    )
    ctx.exit(NOT_SO)
