"""What of a backup is safe, in words that claim no more; and what people say of the chats."""

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.output import text_of
from cli.speaking import argument, command, group, option
from fleet.contracts.plans import OWN, How
from fleet.contracts.sheets import (
    AttestationOut,
    Attested,
    AttestIn,
    ChatHistoryOut,
    SheetOut,
    SheetRow,
)
from fleet.contracts.words import _, say


@command(_("Show the honesty sheet of a backup: source by source, what is safe and what is not."))
@argument("reference")
@pass_app
def sheet(app: App, reference: str) -> None:
    one = app.client.sheet(reference)
    app.fields(one, _rows(one))
    page = f"{app.profile.server.rstrip('/')}/backups/{one.number}/sheet"
    app.say(_("To print and sign: {page}"), page=page)


def _rows(one: SheetOut) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        (_("Number"), one.number),
        (_("Phone"), one.device),
        (_("Holder"), one.holder),
        (_("State"), f"{label(one.state)}, {label(one.level)}"),
        (_("Station"), one.station),
        (_("Ended"), one.ended_at),
    ]
    rows += [(_titled(row), row.sentence) for row in one.rows]
    rows += [(_("Chat history"), f"{label(one.chat.level)}: {one.chat.sentence}")]
    rows += [(label(said.what), attestation(said)) for said in one.chat.attestations]
    rows += [(_("Left out"), ", ".join(one.excludes))]
    rows += [(_("Not taken"), ", ".join(one.left_off))]
    rows += [
        (_("Serial number"), one.serial),
        (_("Manifest"), one.manifest),
        (_("Index"), one.index),
    ]
    rows += [(say("Signed by {name}", name=by.by), by.signature) for by in one.signatures]
    return [*rows, *((_("Mind"), text) for text in filter(None, (one.sampled, *one.faults)))]


def _titled(row: SheetRow) -> str:
    return row.title if row.space == OWN else f"{row.title} — {row.space_title}"


@group(_("Chats, which reach a computer only as a person puts them into an archive."))
def chat_history() -> None:
    pass


@chat_history.command(help=_("Show how well it is known that the chats of a phone are safe."))
@argument("tag")
@pass_app
def show(app: App, tag: str) -> None:
    _show(app, app.client.chat_history(tag))


@chat_history.command(
    help=_("Say that you put the chats of a phone into an archive, or restored one for a test.")
)
@argument("tag")
@option(
    "--how",
    type=click.Choice([how.value for how in How]),
    default=How.VENDOR_CLONE.value,
    show_default=True,
    help=_("With the phone's own backup, or with that of WeChat to company media."),
)
@option(
    "--what",
    type=click.Choice([what.value for what in Attested]),
    default=Attested.MADE.value,
    show_default=True,
    help=_("That it was made, or that it was restored for a test."),
)
@option("--note", required=True, help=_("How, and where; it is kept."))
@pass_app
def declare(app: App, tag: str, how: str, what: str, note: str) -> None:
    body = AttestIn(what=Attested(what), how=How(how), note=note)
    done = app.client.declare_chats(tag, body)
    app.answer(done, _("{tag}: noted. A second person who saw it confirms."), tag=tag)


@chat_history.command(help=_("Confirm, as a second person, what somebody declared and you saw."))
@argument("tag")
@pass_app
def witness(app: App, tag: str) -> None:
    done = app.client.witness_chats(tag)
    app.answer(done, _("{tag}: witnessed."), tag=tag)


def _show(app: App, one: ChatHistoryOut) -> None:
    rows: list[tuple[str, object]] = [
        (_("Phone"), one.device),
        (_("Level"), label(one.level)),
        (_("A return needs"), label(one.needed)),
        (_("What is so"), one.sentence),
        (_("Why no archive counts"), label(one.missing) if one.missing else None),
        (_("Backup"), one.backup),
        (_("Made"), one.archive and one.archive.made_at),
        (_("To do"), one.advice),
    ]
    rows += [(f"{number}.", step) for number, step in enumerate(one.guide, start=1)]
    app.fields(one, [*rows, *((label(said.what), attestation(said)) for said in one.attestations)])


def attestation(said: AttestationOut) -> str:
    """Say who did a thing and how, and who saw it."""
    who = say("{name}, {when}", name=said.said_by, when=text_of(said.said_at))
    seen = say("witness {name}", name=said.witnessed_by) if said.witnessed_by else ""
    return f"{label(said.how)} — {said.note} — {who} — {seen or say('no witness yet')}"
