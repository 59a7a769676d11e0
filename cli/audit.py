"""`workfleet audit …`: who did what, and whether the trail is whole."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Final

import click

from cli.context import DRY_RUN, YES, App, pass_app
from cli.exits import NOT_SO
from cli.moments import moment
from cli.output import csv_of, local, show_data
from cli.speaking import group, option
from fleet.contracts.audit import AuditEntryOut, AuditQuery, PruneIn, TrailOut
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
@option(
    "--against",
    "kept",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("A checkpoint kept elsewhere; may be given several times."),
)
@option(
    "--file",
    "exported",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("Read this export (jsonl, of everything) instead of asking the server."),
)
@click.pass_context
def verify(ctx: click.Context, kept: tuple[Path, ...], exported: Path | None) -> None:
    from cli.checkpoints import against_server, read_checkpoint, verify_export

    app: App = ctx.obj
    papers = [read_checkpoint(path) for path in kept]
    if exported:
        trail = verify_export(exported, papers)
    else:
        trail = app.client.verify_audit()
        trail = against_server(app.client, trail, papers) if trail.whole else trail
    ctx.exit(_say_whether_whole(app, trail, len(papers)))


def _say_whether_whole(app: App, trail: TrailOut, papers: int) -> int:
    if trail.whole:
        app.answer(
            trail,
            _("The trail is whole: {entries} entries, newest {head}."),
            entries=trail.entries,
            head=(trail.head or "—")[:16],
        )
        if papers:
            app.say(_("It agrees with {count} checkpoints kept elsewhere."), count=papers)
        return 0
    app.answer(trail)
    where = trail.broken_at if trail.broken_at is not None else "—"
    app.say(
        _("The trail is BROKEN at entry {where}: {problem}"),
        where=where,
        problem=trail.problem or "",
    )
    return NOT_SO


@audit.command(help=_("Have the server sign how the trail stands now; keep it elsewhere."))
@option("--out", type=click.Path(path_type=Path, dir_okay=False), help=_("Write it to this file."))
@pass_app
def checkpoint(app: App, out: Path | None) -> None:
    from cli.checkpoints import write_checkpoint

    signed = app.client.make_checkpoint()
    if out is None:
        click.echo(signed.model_dump_json(indent=2))
        return
    write_checkpoint(out, signed)
    text = _("Entry {sequence} is signed in {path}. Keep it where this server cannot reach it.")
    app.answer(signed, text, sequence=signed.sequence, path=out)


SINCE = option("--since", type=click.DateTime(), callback=moment, help=_("From this moment on."))
UNTIL = option("--until", type=click.DateTime(), callback=moment, help=_("Up to this moment."))


@audit.command(help=_("Write entries to a file, oldest first; the export is itself an entry."))
@option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help=_("JSON Lines can be verified later; CSV is for spreadsheets."),
)
@option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help=_("Write it to this file."),
)
@option("--actor", help=_("Only what this user or station did."))
@option("--event", help=_("Only this event, like device.issued; device.* for all of a kind."))
@option("--subject", help=_("Only what happened to this tag, handle or number."))
@SINCE
@UNTIL
@pass_app
def export(
    app: App,
    form: str,
    out: Path,
    actor: str | None,
    event: str | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    from cli.checkpoints import write_export

    asked = AuditQuery(actor=actor, event=event, subject=subject, since=since, until=until)
    count = write_export(out, app.client.export_audit(asked), form)
    app.say(_("{count} entries are in {path}."), count=count, path=out)


@audit.command(help=_("Remove entries past their time; the chain stays verifiable."))
@option(
    "--before",
    type=click.DateTime(),
    callback=moment,
    help=_("What the server's settings say, if unsaid: three years ago."),
)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def prune(app: App, before: datetime | None, *, dry_run: bool, yes: bool) -> None:
    planned = app.client.prune_audit(PruneIn(before=before, dry_run=True))
    day = local(planned.before)
    if dry_run or not planned.entries:
        text = _("{entries} entries are from before {day}; nothing was removed.")
        app.answer(planned, text, entries=planned.entries, day=day)
        return
    asked = _("{entries} entries up to {until}, from before {day}, will be removed for good.")
    app.confirm(asked, yes=yes, entries=planned.entries, until=planned.until, day=day)
    done = app.client.prune_audit(PruneIn(before=planned.before))
    text = _("{entries} entries were removed; the trail begins after entry {until}, signed.")
    app.answer(done, text, entries=done.entries, until=done.until)
