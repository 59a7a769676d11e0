"""`workfleet server restore`: a server made from a set, proven, and honest about what it missed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import DRY_RUN, YES, App
from cli.exits import NOT_SO
from cli.labels import label
from cli.output import text_of
from cli.server.founding import refuse_used
from cli.server.place import HOME, home_of
from cli.server.vault import who_sits_here
from cli.speaking import argument, command, option
from fleet.contracts.proof import Level
from fleet.contracts.wire import Moment, Shown
from fleet.contracts.words import _

if TYPE_CHECKING:
    from cli.server.sets.restoring import Restored, Restoring


class RestoredOut(Shown):
    """A server made from a set; the numbers from `sessions` on are what is in doubt since then."""

    home: str
    made_at: Moment
    entries: int
    files: Level
    trail: Level
    vault: Level
    secrets: int
    shut: int
    former_revision: str | None
    moved: bool
    sessions: int
    phones: int
    accounts: int
    jobs: int
    invitations: int
    requests: int


@command(_("Make a server from a set, and prove that it is what was stored."))
@argument("folder", metavar="SET", type=click.Path(path_type=Path, file_okay=False))
@option(
    "--identity",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help=_("The age identity that opens it."),
)
@HOME
@option("--database", default="", metavar="URL", help=_("An empty database, for that of the set."))
@option("--key", help=_("Public key of its checkpoints, as it was noted elsewhere."))
@option("--moved", is_flag=True, help=_("The old server was stopped before the set was made."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@click.pass_context
def restore(
    ctx: click.Context,
    folder: Path,
    identity: Path,
    home: Path | None,
    database: str,
    key: str | None,
    *,
    moved: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    from cli.server.sets.restoring import prepared
    from cli.server.sets.restoring import restore as bring_back

    app: App = ctx.obj
    place = home_of(home)
    refuse_used(place)
    restoring = prepared(folder.absolute(), identity, place, database=database, key=key)
    if dry_run:
        _say_plan(app, restoring)
        return
    text = _("The server of {at} is made in {home}; what happened after that is not in it.")
    at = text_of(restoring.opener.manifest.made_at)
    app.confirm(text, yes=yes, at=at, home=place)
    done = bring_back(restoring, moved=moved, actor=who_sits_here())
    _tell(app, restoring, _shown(restoring, done, moved=moved))
    if not done.condition.good:
        ctx.exit(NOT_SO)


def _say_plan(app: App, restoring: "Restoring") -> None:
    manifest = restoring.opener.manifest
    text = _("The set of {at} is whole and opens: {entries} entries, {secrets} secrets.")
    app.answer(
        manifest,
        text,
        at=text_of(manifest.made_at),
        entries=manifest.trail.entries,
        secrets=manifest.secrets.count,
    )
    app.say(_("Signed with the key {key}"), key=manifest.key)
    app.say(_("A server would be made of it in {home}."), home=restoring.home)


def _shown(restoring: "Restoring", done: "Restored", *, moved: bool) -> RestoredOut:
    found = done.condition
    return RestoredOut(
        home=str(restoring.home),
        made_at=restoring.opener.manifest.made_at,
        entries=found.entries,
        files=Level.VERIFIED,
        trail=Level.VERIFIED if found.whole else Level.NONE,
        vault=Level.NONE if found.shut else Level.VERIFIED,
        secrets=found.secrets,
        shut=found.shut,
        former_revision=done.former_revision,
        moved=moved,
        **vars(done.doubts),
    )


def _tell(app: App, restoring: "Restoring", out: RestoredOut) -> None:
    app.answer(out, _("A server is in {home}, made from the set."), home=out.home)
    app.say(_("files: {level} — every one equal to the manifest"), level=label(out.files))
    text = _("trail: {level} — {entries} entries, its head equal to the manifest's")
    app.say(text, level=label(out.trail), entries=out.entries)
    text = _("vault: {level} — {open} of {secrets} secrets open")
    opened = out.secrets - out.shut
    app.say(text, level=label(out.vault), open=opened, secrets=out.secrets)
    app.say(_("Signed with the key {key}"), key=restoring.opener.manifest.key)
    if out.former_revision:
        app.say(_("The database was brought on from {revision}."), revision=out.former_revision)
    if not out.moved:
        _warn_of_doubts(app, out)
    _say_next(app, restoring, out)


def _warn_of_doubts(app: App, out: RestoredOut) -> None:
    """Say loudly what a restored server cannot know."""
    at = text_of(out.made_at)
    text = _("A PIN that was changed after {at} is not in this vault, and nobody can tell which.")
    app.warn(text, at=at)
    text = _(
        "{phones} phones and {accounts} accounts are unproven until a visit shows what opens them;"
        " the phones are due now: workfleet rotation run --due"
    )
    app.warn(text, phones=out.phones, accounts=out.accounts)
    text = _(
        "A phone that refuses its value was changed since: set it by hand, `credential adopt`."
    )
    app.warn(text)
    app.warn(
        _("{count} jobs may have run since; the next visit asks the phone first."), count=out.jobs
    )
    text = _(
        "Users, tokens, roles and stations that were ended after {at} hold again: look at"
        " `workfleet user list` and `workfleet station list`."
    )
    app.warn(text, at=at)
    text = _("{codes} invitations and {requests} requests to see a value have ended; ask anew.")
    app.warn(text, codes=out.invitations, requests=out.requests)


def _say_next(app: App, restoring: "Restoring", out: RestoredOut) -> None:
    text = _("All {count} sessions have ended: log in again. Restart the agents of the stations.")
    app.say(text, count=out.sessions)
    if b"storage_url" not in restoring.things["settings.toml"]:
        text = _("Packs of phones are not in a set: copy the old storage to {folder}.")
        app.say(text, folder=restoring.home / "storage")
    app.say(_("Start it: workfleet server serve --home {home}"), home=out.home)
