"""`workfleet server backup`: everything that a new server would need, sealed, in one set."""

from pathlib import Path

import click

from cli.amounts import amount
from cli.context import DRY_RUN, App
from cli.exits import NOT_SO
from cli.server.founding import NoRecipient, check_recipient
from cli.server.place import HOME, home_of, recipients_kept, session_on
from cli.server.tables import refuse_old_tables
from cli.server.vault import who_sits_here
from cli.speaking import command, option
from fleet.contracts.wire import Moment, Shown
from fleet.contracts.words import _
from fleet.settings import Settings, load


class SetOut(Shown):
    """A set that was made and read back; `removed` are the earlier ones that had to go."""

    path: str
    made_at: Moment
    bytes: int
    entries: int
    trail_whole: bool
    secrets: int
    shut: int
    keys: str
    recipients: list[str]
    removed: list[str]


@command(_("Make a sealed set of the database and its keys, while the server runs."))
@HOME
@option("--to", type=click.Path(path_type=Path), required=True, help=_("Folder of the sets."))
@option("--recipient", "given", multiple=True, help=_("age1…; the active escrow keys if left out."))
@option("--keep", type=click.IntRange(min=1), help=_("Remove all but so many of the newest sets."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@click.pass_context
def backup(
    ctx: click.Context,
    home: Path | None,
    to: Path,
    given: tuple[str, ...],
    keep: int | None,
    *,
    dry_run: bool,
) -> None:
    app: App = ctx.obj
    settings = load(home_of(home))
    refuse_old_tables(settings)
    recipients = _checked(given or recipients_kept(settings))
    if dry_run:
        _say_plan(app, settings, to.absolute(), recipients, keep)
        return
    made = _made(settings, to.absolute(), recipients, keep)
    _tell(app, made)
    if made.shut or not made.trail_whole:
        ctx.exit(NOT_SO)


def _checked(recipients: tuple[str, ...]) -> tuple[str, ...]:
    if not recipients:
        raise NoRecipient
    for recipient in recipients:
        check_recipient(recipient)
    return recipients


def _made(settings: Settings, to: Path, recipients: tuple[str, ...], keep: int | None) -> SetOut:
    from cli.server.sets.making import make_set

    path, manifest = make_set(settings, to, recipients, actor=who_sits_here())
    return SetOut(
        path=str(path),
        made_at=manifest.made_at,
        bytes=sum(item.size for item in manifest.files),
        entries=manifest.trail.entries,
        trail_whole=manifest.trail.whole,
        secrets=manifest.secrets.count,
        shut=manifest.secrets.shut,
        keys=manifest.keys,
        recipients=list(recipients),
        removed=_tidied(settings, to, manifest.key, keep) if keep else [],
    )


def _tidied(settings: Settings, to: Path, key: str, keep: int) -> list[str]:
    """Remove what is more than `keep`, and record it first: what is gone was meant to go."""
    from cli.server.sets.keeping import own_sets, remove, surplus
    from fleet.recovery.services import note_removal

    old = surplus(own_sets(to, key), keep)
    names = [path.name for path in old]
    if old:
        with session_on(settings) as session:
            note_removal(session, names, actor=who_sits_here())
    for path in old:
        remove(path)
    return names


def _say_plan(
    app: App, settings: Settings, to: Path, recipients: tuple[str, ...], keep: int | None
) -> None:
    from cli.server.sets.keeping import own_sets, surplus
    from fleet.audit.signing import public_key_of, signing_key

    text = _("A set would be made in {folder}, for {count} recipients: {names}")
    app.say(text, folder=to, count=len(recipients), names=", ".join(recipients))
    if keep and settings.checkpoint_key.exists():
        key = public_key_of(signing_key(settings.checkpoint_key))
        for path in surplus(own_sets(to, key), keep - 1):
            app.say(_("{set} would be removed."), set=path.name)


def _tell(app: App, made: SetOut) -> None:
    text = _("{path} is whole and was read back: {size}, trail up to entry {entries}, {secrets}.")
    secrets = _count(made)
    app.answer(
        made,
        text,
        path=made.path,
        size=amount(made.bytes),
        entries=made.entries,
        secrets=secrets,
    )
    for name in made.removed:
        app.say(_("{set} was removed."), set=name)
    app.say(_("Packs of phones are not in it: they lie in the storage, sealed already."))
    if made.keys != "file":
        app.warn(_("The vault's keys are not in it: they come from a {source}."), source=made.keys)
    if made.shut:
        app.warn(
            _("{count} secrets do not open; they are in the set as they are."), count=made.shut
        )
    if not made.trail_whole:
        app.warn(_("The trail is not whole; it is in the set as it is: workfleet audit verify"))


def _count(made: SetOut) -> str:
    from fleet.contracts.words import say

    return say("{count} secrets", count=made.secrets)
