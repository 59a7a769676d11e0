"""`workfleet device …`: phones."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.bin import add_to
from cli.checks import check
from cli.context import DRY_RUN, YES, App, pass_app
from cli.gates import show_kit
from cli.history import show_history
from cli.labels import label
from cli.lists import Listing, list_command
from cli.moments import moment
from cli.options import WHY
from cli.output import Column
from cli.said import Said, corrected, options, tell, told
from cli.speaking import Option, argument, group, option
from cli.wiping import undo_accept, wipe, wiped, wiping
from fleet.contracts.bin import RecordKind
from fleet.contracts.custody import RestockIn
from fleet.contracts.devices import (
    ChangeQuery,
    DeviceChangeOut,
    DeviceDetailOut,
    DeviceEdit,
    DeviceIn,
    DeviceOut,
    DeviceQuery,
    model_name,
)
from fleet.contracts.incidents import MoveIn
from fleet.contracts.stations import JobKind, JobOut, JobQuery
from fleet.contracts.wire import Page
from fleet.contracts.words import _, say, translated

if TYPE_CHECKING:
    from api.client import Client


@group(_("Phones."))
def device() -> None:
    pass


device.add_command(check)


def model_of(one: DeviceOut) -> str:
    """Return the name people know the model by."""
    return model_name(one)


def _known_by(one: DeviceOut) -> str:
    """Return its model, or its serial number where no station has seen what it is."""
    return model_of(one) or one.serial


def place_of(one: DeviceOut) -> str:
    return "" if one.station is None else f"{one.station}{' ●' if one.present else ''}"


device.add_command(
    list_command(
        Listing(
            help=_("List phones."),
            query=DeviceQuery,
            fetch=lambda client, query: client.devices(query),
            columns=(
                Column(_("Tag"), lambda one: one.tag),
                Column(_("Phone"), model_of),
                Column(_("System"), lambda one: one.system),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Holder"), lambda one: one.holder and one.holder.name),
                Column(_("Station"), place_of),
                Column(_("PIN"), lambda one: one.pin),
                Column(_("Backup"), lambda one: one.backup),
            ),
            empty=_("No phone fits."),
            filters={
                "state": _("Only this state, like in_stock or issued."),
                "holder": _("Only phones of this employee (number)."),
                "station": _("Only phones last seen at this station."),
                "pin": _("Only phones whose PIN is known so well."),
                "owner": _("Only phones this employee answers for (number)."),
            },
            flags={"shared": _("Only phones that several people use.")},
        )
    )
)


@device.command(help=_("Show a phone: who has it, what is proven, what it says of itself."))
@argument("tag")
@pass_app
def show(app: App, tag: str) -> None:
    one = app.client.device(tag)
    rows = _ledger(one)
    if one.facts is not None:
        from cli.facts import rows_of

        rows += rows_of(one.facts)
    app.fields(one, rows)
    show_kit(app, one.kit)


@device.command(name="checklist", help=_("Show what a person has to switch on a phone by hand."))
@argument("tag")
@pass_app
def checklist_(app: App, tag: str) -> None:
    from fleet.contracts.checklist import checklist

    facts = app.client.device(tag).facts
    items = checklist(facts) if facts else []
    columns = (
        Column(_("State"), lambda item: label(item.state)),
        Column(_("What to do"), lambda item: translated(item.sentence)),
    )
    app.table(items, columns, empty=_("Nothing is known of it yet, or nothing is to be done."))


def _ledger(one: DeviceDetailOut) -> list[tuple[str, object]]:
    return [
        (_("Tag"), one.tag),
        (_("Phone"), model_of(one)),
        (_("Serial number"), one.serial),
        (_("IMEI"), one.imei),
        (_("Colour"), one.colour),
        (_("Condition"), one.condition),
        (_("Purpose"), one.purpose),
        (_("Bought on"), one.bought_on),
        (_("Warranty until"), one.warranty_until),
        (_("State"), label(one.state)),
        (_("Main user") if one.shared else _("Holder"), one.holder),
        (_("Answers for it"), one.owner),
        (_("Note"), one.note),
        (_("Station"), place_of(one)),
        (_("Last seen"), one.last_seen_at),
        (_("PIN"), one.pin),
        (_("PIN changed"), one.pin_changed_at),
        (_("PIN last checked"), one.pin_confirmed_at),
        (_("PIN due"), one.pin_due_at),
        (_("Backup"), one.backup),
        (_("Backup of"), one.backup_at),
    ]


SAID = (
    Said("colour", "--colour", _("Colour, and how much it stores.")),
    Said("condition", "--condition", _("How new it is.")),
    Said("purpose", "--purpose", _("What it is for.")),
    Said("owner", "--owner", _("Employee who answers for it."), metavar="NUMBER"),
    Said("shared", "--shared", _("Several use it; its holder is the main user."), bool),
    Said("bought_on", "--bought", _("Day it was bought, like 2026-03-01."), date, "DATE"),
    Said("warranty_until", "--warranty", _("Last day of its warranty."), date, "DATE"),
    Said("note", "--note", _("Anything worth keeping.")),
)
OF_ITSELF = (
    Said("brand", "--brand", _("Maker.")),
    Said("model", "--model", _("Model number.")),
    Said("market_name", "--name", _("The name it is sold under.")),
)


@device.command(help=_("Enter a phone that no station has seen yet."))
@argument("serial")
@option("--tag", help=_("The number on the sticker; the next free one when left out."))
@option("--imei", multiple=True, help=_("IMEI; may be given twice."))
@options((*OF_ITSELF, *SAID))
@pass_app
def add(app: App, /, serial: str, tag: str | None, imei: tuple[str, ...], **given: Any) -> None:
    body = DeviceIn(serial=serial, tag=tag, imei=list(imei), **told(given))
    made = app.client.add_device(body)
    app.answer(made, _("{tag} is in stock ({serial})."), tag=made.tag, serial=made.serial)


@device.command(help=_("Correct what the register says of a phone."))
@argument("tag")
@options((*OF_ITSELF, *SAID), clearing=True)
@pass_app
def edit(app: App, /, tag: str, clear: tuple[str, ...], *, dry_run: bool, **given: Any) -> None:
    fields = (*OF_ITSELF, *SAID)
    changes = corrected(fields, given, clear)
    before = DeviceOut.model_validate(app.client.device(tag), from_attributes=True)
    after = app.client.correct_device(tag, DeviceEdit(**changes), dry_run=dry_run)
    tell(app, before, after, fields, dry_run=dry_run)


@device.command(help=_("Take a phone that is not empty out of stock; it comes back by its gate."))
@argument("tag")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def unstock(app: App, tag: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    looked = app.client.unstock_device(tag, MoveIn(reason=reason), dry_run=True)
    sentence = _("{tag} ({model}) comes back by its gate: backed up, accepted, then erased.")
    blanks = {"tag": looked.tag, "model": _known_by(looked)}
    if dry_run:
        app.answer(looked, sentence, **blanks)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **blanks)
    done = app.client.unstock_device(tag, MoveIn(reason=reason))
    app.answer(done, _("{tag}: {state}."), tag=done.tag, state=label(done.state))


@device.command(help=_("Note that a phone is used no more; it stays known with its history."))
@argument("tag")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def retire(app: App, tag: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    one = app.client.device(tag)
    sentence = _("{tag} ({model}, {state}) is retired for good.")
    blanks = {"tag": one.tag, "model": _known_by(one), "state": label(one.state)}
    app.client.retire_device(tag, MoveIn(reason=reason), dry_run=True)  # what is refused, is here
    if dry_run:
        app.answer(one, sentence, **blanks)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **blanks)
    done = app.client.retire_device(tag, MoveIn(reason=reason))
    app.answer(done, _("{tag}: {state}."), tag=done.tag, state=label(done.state))


@device.command(help=_("Note that a phone in stock went to be repaired."))
@argument("tag")
@WHY
@pass_app
def repair(app: App, tag: str, reason: str) -> None:
    done = app.client.repair_device(tag, MoveIn(reason=reason))
    app.answer(done, _("{tag}: {state}."), tag=done.tag, state=label(done.state))


@device.command(help=_("Note that a phone came back from its repair."))
@argument("tag")
@WHY
@pass_app
def repaired(app: App, tag: str, reason: str) -> None:
    done = app.client.device_repaired(tag, MoveIn(reason=reason))
    app.answer(done, _("{tag}: {state}."), tag=done.tag, state=label(done.state))


@device.command(help=_("Have a station look at a phone again, after something was done by hand."))
@argument("tag")
@option("--wait", is_flag=True, help=_("Wait until the station has looked."))
@pass_app
def probe(app: App, tag: str, *, wait: bool) -> None:
    from cli.waiting import OVER, Waiting

    job = app.client.probe(tag)
    if wait:
        waiting = Waiting(app, tag, job.kind, say("The station looks when it has the phone."))
        job = waiting.until(lambda: _newest_probe(app, tag), lambda seen: seen.state in OVER)
    app.answer(job, _("{tag}: {state}."), tag=tag, state=label(job.state))


def _newest_probe(app: App, tag: str) -> JobOut:
    query = JobQuery(device=tag, kind=JobKind.PROBE, sort="-created_at", limit=1)
    return app.client.jobs(query).items[0]


@device.command(
    help=_("Put an accepted phone into stock that cannot show a station that it is erased.")
)
@argument("tag")
@option("--reason", metavar="TEXT", help=_("How you know that it is erased; asked for if not."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def restock(app: App, tag: str, reason: str | None, *, dry_run: bool, yes: bool) -> None:
    from cli.prompts import reason as asked

    body = RestockIn(reason=asked(reason, _("Reason")), dry_run=True)
    phone = app.client.restock(tag, body)
    sentence = _("{tag} ({model}): into stock on your word, unlocked and ready to be issued.")
    blanks = {"tag": phone.tag, "model": _known_by(phone)}
    if dry_run:
        app.answer(phone, sentence, **blanks)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **blanks)
    done = app.client.restock(tag, body.model_copy(update={"dry_run": False}))
    app.answer(done, _("{tag}: {state}."), tag=tag, state=label(done.state))


for _command in (wiping, wipe, wiped, undo_accept):
    device.add_command(_command)


@device.command(help=_("Note that a lost phone was found; it comes back by its gate."))
@argument("tag")
@option("--reason", required=True, metavar="TEXT", help=_("Where; kept in the trail."))
@pass_app
def found(app: App, tag: str, reason: str) -> None:
    done = app.client.device_found(tag, MoveIn(reason=reason))
    app.answer(done, _("{tag}: {state}."), tag=done.tag, state=label(done.state))


@device.command(help=_("Show who held a phone, and when."))
@argument("tag")
@pass_app
def holders(app: App, tag: str) -> None:
    show_history(app, app.client.device_history(tag).items)


class ChangesOf(ChangeQuery):
    tag: str


def _changes(client: "Client", query: ChangesOf) -> Page[DeviceChangeOut]:
    return client.device_changes(
        query.tag, ChangeQuery.model_validate(query.model_dump(exclude={"tag"}))
    )


history = list_command(
    Listing(
        help=_("Show what changed on a phone and when, newest first; -o csv exports it."),
        query=ChangesOf,
        fetch=_changes,
        columns=(
            Column(_("When"), lambda one: one.at),
            Column(_("What"), lambda one: one.field),
            Column(_("Before"), lambda one: one.old, long=True),
            Column(_("After"), lambda one: one.new, long=True),
        ),
        empty=_("Nothing has changed since it was first seen."),
        filters={
            "part": _("Only this part of the facts, like os or apps.com.tencent.mm."),
        },
    ),
    name="history",
)
DAY = click.DateTime()
history.params[:0] = [
    click.Argument(["tag"]),
    Option(["--since"], type=DAY, callback=moment, help=_("From this moment on.")),
    Option(["--until"], type=DAY, callback=moment, help=_("Up to this moment.")),
]
device.add_command(history)


add_to(device, RecordKind.DEVICE)
