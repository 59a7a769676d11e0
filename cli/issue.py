"""`workfleet issue`: hand things to an employee, all of them or none."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import click

from cli.accessories import CONDITIONS, goes_out
from cli.context import DRY_RUN, YES, App, pass_app
from cli.devices import model_of
from cli.handing_out import Terms, hand_out, tell_foreseen
from cli.labels import label
from cli.output import text_of
from cli.people import DAY
from cli.photos import attach_photo, require_photos
from cli.refusals import FileOrWords, KitOrThings, NobodyNamed, PhotosOfOnePhone
from cli.registers import take_in
from cli.speaking import argument, command, option
from cli.subjects import is_device, is_sim
from fleet.contracts.accessories import Condition
from fleet.contracts.accounts import AccountOut
from fleet.contracts.applications import ApplicationIn
from fleet.contracts.custody import IssueIn, IssueOut
from fleet.contracts.photos import PhotoTaken
from fleet.contracts.registers import Kind
from fleet.contracts.words import _, say


@command(_("Hand phones, SIMs and accounts to an employee: all of them, or none."))
@argument("things", nargs=-1)
@option("--to", metavar="NUMBER", help=_("Employee number of the receiver."))
@option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("Pairs of people and things as a spreadsheet: `workfleet template holdings FILE`."),
)
@option("--report", type=click.Path(path_type=Path), help=_("With --file: remarks to a CSV, too."))
@option("--device", "devices", multiple=True, metavar="TAG", help=_("A phone."))
@option("--sim", "sims", multiple=True, metavar="NUMBER", help=_("A SIM, by number or ICCID."))
@option("--account", "accounts", multiple=True, metavar="HANDLE", help=_("An account."))
@option("--kit", metavar="NAME", help=_("What a kit says, the best of it in stock."))
@option("--until", type=DAY, metavar="DATE", help=_("Lend it until this day."))
@option("--reason", metavar="TEXT", help=_("With --kit: why; kept in the trail."))
@option("--on-paper", is_flag=True, help=_("With --kit: it was signed for on paper."))
@option("--form", "on_form", is_flag=True, help=_("With --kit: both sign its issue form."))
@option("--no-wait", is_flag=True, help=_("Do not wait for stations and signatures."))
@option(
    "--registrant-seen",
    is_flag=True,
    help=_("You have seen who registered the account first, and that WeChat gives it to him."),
)
@option(
    "--exception",
    metavar="TEXT",
    help=_("Why a second account of a kind, or a number that rests, is handed out all the same."),
)
@option(
    "--with",
    "accessories",
    multiple=True,
    metavar="WORD[:COUNT][:CONDITION]",
    help=_("What goes out beside the phone, like charger or cable:2; may be given again."),
)
@option("--condition", type=CONDITIONS, help=_("How the phone looks."))
@option("--condition-note", metavar="TEXT", help=_("What is to be seen on it."))
@option(
    "--photo",
    "photos",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("A photograph of how the phone looks (JPEG, PNG); may be given again."),
)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
@click.pass_context
def issue(
    ctx: click.Context,
    app: App,
    things: tuple[str, ...],
    to: str | None,
    file: Path | None,
    report: Path | None,
    devices: tuple[str, ...],
    sims: tuple[str, ...],
    accounts: tuple[str, ...],
    kit: str | None,
    until: datetime | None,
    reason: str | None,
    exception: str | None,
    accessories: tuple[str, ...],
    condition: str | None,
    condition_note: str | None,
    photos: tuple[Path, ...],
    *,
    on_paper: bool,
    on_form: bool,
    no_wait: bool,
    registrant_seen: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    named = bool(things or devices or sims or accounts)
    if file is not None:
        if to or named or kit:
            raise FileOrWords
        take_in(ctx, app, Kind.HOLDINGS, file, report, dry_run=dry_run, yes=yes)
        return
    if to is None:
        raise NobodyNamed
    day = until.date() if until else None
    if kit is not None:
        if named or accessories or photos:
            raise KitOrThings
        asked = ApplicationIn(holder=to, kit=kit, until=day, reason=reason or say(_("At the desk")))
        terms = Terms(
            registrant_seen,
            on_paper,
            Condition(condition) if condition else None,
            condition_note,
            not no_wait,
            yes,
            on_form,
        )
        _issue_kit(app, asked, terms, dry_run=dry_run)
        return
    given = IssueIn(
        to=to,
        exception=exception,
        devices=[*devices],
        sims=[*sims],
        accounts=[*accounts],
        accessories=[goes_out(word) for word in accessories],
        condition=Condition(condition) if condition else None,
        condition_note=condition_note,
        until=day,
    )
    body = _sorted(app, things, given)
    _require_fit(photos, body)
    _describe(app, body)
    if dry_run:
        _look(app, body)
        return
    seen = registrant_seen or yes or _ask_registrants(app, body)
    done = app.client.issue(body.model_copy(update={"registrant_seen": seen}))
    app.answer(done)
    _tell(app, done)
    for path in photos:
        attach_photo(app, body.devices[0], path, PhotoTaken.HANDED_OUT, condition_note)


def _require_fit(photos: Sequence[Path], body: IssueIn) -> None:
    """Refuse photographs that could not be attached, before anything is handed out."""
    require_photos(photos)
    if photos and len(body.devices) != 1:
        raise PhotosOfOnePhone


def _issue_kit(app: App, asked: ApplicationIn, terms: Terms, *, dry_run: bool) -> None:
    """Apply for a kit and hand it out at once, where nobody has to be asked."""
    one = app.client.make_application(asked, dry_run=dry_run)
    if dry_run:
        tell_foreseen(app, one)
    else:
        hand_out(app, one, terms)


def _sorted(app: App, things: Iterable[str], given: IssueIn) -> IssueIn:
    """Put every bare word where it belongs."""
    for word in things:
        if is_sim(word):
            given.sims.append(word)
        elif is_device(app.client, word):
            given.devices.append(word)
        else:
            given.accounts.append(word)
    return given


def _describe(app: App, body: IssueIn) -> None:
    """Show what is about to be handed out; a thing that is not there is refused here."""
    if not app.for_people:
        return
    for tag in body.devices:
        phone = app.client.device(tag)
        parts = [model_of(phone), phone.system or "", label(phone.state)]
        app.line(f"{tag}  {' · '.join(filter(None, parts))}")
    for number in body.sims:
        sim = app.client.sim(number)
        app.line(f"{sim.number}  {' · '.join(filter(None, [say('SIM'), sim.carrier]))}")
        if sim.quarantined_until:
            until = text_of(sim.quarantined_until)
            sentence = _("{number} was somebody else's and rests until {until}.")
            app.warn(sentence, number=sim.number, until=until)
    for handle in body.accounts:
        account = app.client.account(handle)
        app.line(f"{handle}  {label(account.kind)} · {label(account.state)}")
    for one in body.accessories:
        app.line(f"{one.word} × {one.count}  {one.condition.spoken}")


def _look(app: App, body: IssueIn) -> None:
    """Say what would be asked, and have refused what would be; nothing is handed out."""
    for account in _registered_by_others(app, body):
        _warn_of_registrant(app, account)
    looked = app.client.issue(body.model_copy(update={"registrant_seen": True}), dry_run=True)
    app.answer(looked)
    for warning in looked.warnings:
        app.line(f"! {warning}")
    app.say(_("Nothing was changed: this was a dry run."))


def _ask_registrants(app: App, body: IssueIn) -> bool:
    """Ask about accounts that somebody else registered first; False where nobody can be asked."""
    from cli.prompts import at_terminal

    others = _registered_by_others(app, body)
    for account in others:
        _warn_of_registrant(app, account)
        if not at_terminal():
            return False
        if not click.confirm(say("Go on?"), err=True):
            raise click.Abort
    return bool(others)


def _registered_by_others(app: App, body: IssueIn) -> list[AccountOut]:
    receiver = app.client.employee(body.to).name
    found = map(app.client.account, body.accounts)
    return [one for one in found if one.registrant and one.registrant != receiver]


def _warn_of_registrant(app: App, account: AccountOut) -> None:
    app.warn(
        _("{handle} was first registered by {who}. WeChat's terms give use to its registrant."),
        handle=account.handle,
        who=account.registrant,
    )


def _tell(app: App, done: IssueOut) -> None:
    for warning in done.warnings:
        app.line(f"! {warning}")
    names = _listed([one.name for one in done.holdings])
    app.say(_("{names}: now with {holder}."), names=names, holder=text_of(done.to))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
