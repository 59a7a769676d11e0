"""`workfleet paper …`: what is printed and signed, with a number, a digest and a QR code."""

import sys
from contextlib import ExitStack
from datetime import date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import IO, Final

import click

from cli.accessories import CONDITIONS
from cli.context import DRY_RUN, YES, App, pass_app
from cli.data_files import read
from cli.exits import NOT_SO
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column, text_of
from cli.refusals import PaperTextUnreadable
from cli.speaking import argument, group, option
from fleet.contracts.accessories import Condition
from fleet.contracts.papers import (
    AttestIn,
    Cell,
    HandOverReason,
    PaperIn,
    PaperKind,
    PaperOut,
    PaperPlanOut,
    PaperQuery,
    PaperRole,
    PaperSignedOut,
    PaperText,
    PaperTextIn,
    PartyOut,
    Said,
    ScanQuery,
    SignIn,
    VoidIn,
    grouped,
)
from fleet.contracts.words import _, language, say

ROLES: Final = click.Choice([role.value for role in PaperRole])
FILE: Final = click.Path(path_type=Path, dir_okay=False)
DAY: Final = click.DateTime(["%Y-%m-%d"])
NOT_SIGNED: Final = _("not signed")
ROLE: Final = option("--as", "role", type=ROLES, required=True, help=_("In what quality."))


@group(_("Papers: made of what is known, printed, signed, checked."))
def paper() -> None:
    pass


paper.add_command(
    list_command(
        Listing(
            help=_("List papers, newest first."),
            query=PaperQuery,
            fetch=lambda client, query: client.papers(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Kind"), lambda one: label(one.kind)),
                Column(_("Of"), lambda one: one.subject),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Signatures"), lambda one: f"{one.signed}/{one.parties}", right=True),
                Column(_("Made"), lambda one: one.made_at),
                Column(_("Made by"), lambda one: one.made_by),
                Column(_("Digest"), lambda one: grouped(one.digest)),
            ),
            empty=_("No paper fits. Make one with `workfleet paper make pledge E1037`."),
            filters={
                "kind": _("Only this kind."),
                "state": _("Only those that are valid, replaced or void."),
                "employee": _("Only those that this employee signs (number)."),
                "signed": _("Only those that all, some or none have signed."),
            },
        )
    )
)


@paper.command(help=_("Show a paper, who signs it and who has."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    _show(app, app.client.paper(number))


def _show(app: App, one: PaperOut) -> None:
    rows: list[tuple[str, object]] = [
        (_("Number"), one.number),
        (_("Kind"), label(one.kind)),
        (_("Of"), one.subject),
        (_("State"), _state(one)),
        (_("Made"), one.made_at),
        (_("Made by"), one.made_by),
        (_("Digest"), grouped(one.digest)),
    ]
    rows += [(_said(party.title), _signed(party)) for party in one.signers]
    rows += [(_("Scan"), f"{scan.number}: {scan.kind}, {scan.note or '—'}") for scan in one.scans]
    app.fields(one, rows)


def _state(one: PaperOut) -> str:
    because = one.replaced_by or one.void_reason
    return f"{label(one.state)}: {because}" if because else label(one.state)


def _said(cell: Cell) -> str:
    return cell.spoken(language()) if isinstance(cell, Said) else cell


def _signed(party: PartyOut) -> str:
    if party.signature is None:
        return f"{party.name or '—'}: {say(NOT_SIGNED)}"
    one = party.signature
    how = f"{label(one.how)} ({label(one.level)}), {text_of(one.signed_at)}"
    beside = say("attested by {name}", name=one.by) if one.identity else ""
    return ", ".join(filter(None, (one.name, how, beside)))


@paper.command(
    help=_(
        "Make a paper of what is known now. SUBJECT is a tag, a handle, an employee number, or the "
        "number of a certificate or of an application, whose issue form is signed before it is "
        "handed out."
    )
)
@argument("kind", type=click.Choice([kind.value for kind in PaperKind]))
@argument("subject")
@option("--to", metavar="NUMBER", help=_("Who takes over, of a hand-over (employee number)."))
@option("--witness", metavar="NUMBER", help=_("Who watches a hand-over (employee number)."))
@option(
    "--because",
    type=click.Choice([why.value for why in HandOverReason]),
    help=_("Why an account is handed over."),
)
@option("--since", type=DAY, help=_("From this day on, of a change log."))
@option("--until", type=DAY, help=_("Until this day, of a change log."))
@option("--condition", type=CONDITIONS, help=_("How the phone of an application looks."))
@option("--condition-note", metavar="TEXT", help=_("What is to be seen on it."))
@option("--replace", is_flag=True, help=_("In the place of one that has signatures already."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def make(
    app: App,
    kind: str,
    subject: str,
    to: str | None,
    witness: str | None,
    because: str | None,
    since: datetime | None,
    until: datetime | None,
    condition: str | None,
    condition_note: str | None,
    *,
    replace: bool,
    dry_run: bool,
) -> None:
    body = PaperIn(
        kind=PaperKind(kind),
        subject=subject,
        to=to,
        witness=witness,
        because=HandOverReason(because) if because else None,
        since=_day(since),
        until=_day(until),
        condition=Condition(condition) if condition else None,
        condition_note=condition_note,
        replace=replace,
        dry_run=dry_run,
    )
    done = app.client.make_paper(body)
    if done.paper is None:
        _show_plan(app, done)
        return
    made = _("{number} is made. Print it: workfleet paper print {number}")
    there = _("{number} says just this already. Print it: workfleet paper print {number}")
    app.answer(done.paper, there if done.unchanged else made, number=done.paper.number)
    if done.replaces:
        app.say(_("It takes the place of {number}."), number=done.replaces)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _show_plan(app: App, plan: PaperPlanOut) -> None:
    sections = plan.content.sections
    rows = [(_said(one.name), _said(one.value)) for part in sections for one in part.lines]
    rows += [(_said(part.title or ""), str(len(part.grid.rows))) for part in sections if part.grid]
    signed = ", ".join(map(label, plan.roles))
    app.fields(plan, [(_("Paper"), _said(plan.content.title)), *rows, (_("Signed by"), signed)])


@paper.command("print", help=_("Write a paper to a file: PDF where a browser is there, else HTML."))
@argument("number")
@option("--to", type=FILE, help=_("This file."))
@option("--copy", type=click.IntRange(min=1), default=1, help=_("Which sheet of a form of three."))
@option("--html", is_flag=True, help=_("HTML, to be printed from any browser."))
@pass_app
def print_(app: App, number: str, to: Path | None, copy: int, *, html: bool) -> None:
    from cli.printing import SheetUnknown, lacks_chinese, write_page
    from fleet.contracts.paper_pages import Printing, page

    one = app.client.paper(number)
    if copy > max(_copies(one), 1):
        raise SheetUnknown(number=number, sheet=copy, count=max(_copies(one), 1))
    printing = Printing(one, app.profile.server, language(), copy)
    path = write_page(page(printing), number, to, html=html)
    app.answer(one, _("{number} is written to {path}."), number=number, path=path)
    if path.suffix == ".pdf" and lacks_chinese():
        app.warn(_("No Chinese font is on this machine: characters are boxes in the PDF."))
    if _copies(one) > 1 and copy == 1:
        more = _("It has {count} sheets: --copy 2 and so on write the others.")
        app.say(more, count=_copies(one))


def _copies(one: PaperOut) -> int:
    return len(one.content.copies)


@paper.command(help=_("Sign a paper as yourself, after reading it here."))
@argument("number")
@ROLE
@option("--yes", is_flag=True, help=YES)
@pass_app
def sign(app: App, number: str, role: str, *, yes: bool) -> None:
    one = app.client.paper(number)
    _read_aloud(app, one)
    asked = _("You sign {number} (digest {digest}) as {role}; your name and the moment are kept.")
    told = {"number": one.number, "digest": grouped(one.digest), "role": label(role)}
    app.confirm(asked, yes=yes, **told)
    done = app.client.sign_paper(number, SignIn(role=PaperRole(role), digest=one.digest))
    app.answer(done, _("{number}: signed."), number=number)
    tell(app, done)


def tell(app: App, done: PaperSignedOut) -> None:
    """Say what came of a signature."""
    for sentence in done.told:
        app.line(sentence)


def _read_aloud(app: App, one: PaperOut) -> None:
    """Show all that a paper says, to whoever is about to sign it."""
    app.line(f"{_said(one.content.title)} {one.number}")
    for part in one.content.sections:
        app.line(f"\n{_said(part.title)}" if part.title else "")
        for line in part.lines:
            app.line(f"  {_said(line.name)}: {_said(line.value) or '—'}")
        for row in part.grid.rows if part.grid else ():
            app.line("  " + " · ".join(_said(cell) or "—" for cell in row))
        for text in part.text:
            app.line(f"  {_said(text)}")


@paper.command(help=_("Note that somebody signed before you, and how you know who it was."))
@argument("number")
@ROLE
@option("--name", required=True, metavar="NAME", help=_("Who signed."))
@option("--identity", required=True, metavar="TEXT", help=_("How you know: staff card, in person."))
@option("--yes", is_flag=True, help=YES)
@pass_app
def attest(app: App, number: str, role: str, name: str, identity: str, *, yes: bool) -> None:
    one = app.client.paper(number)
    _read_aloud(app, one)
    asked = _("{name} signs {number} as {role} before you. You are on record as having seen it.")
    app.confirm(asked, yes=yes, name=name, number=number, role=label(role))
    body = AttestIn(role=PaperRole(role), digest=one.digest, name=name, identity=identity)
    done = app.client.attest_paper(number, body)
    app.answer(done, _("{number}: signed."), number=number)
    tell(app, done)


@paper.command(help=_("Attach a scan or a photograph of the signed paper (PDF, JPEG, PNG)."))
@argument("number")
@argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option(
    "--signed-by", "roles", type=ROLES, multiple=True, help=_("Who signed on it; may be repeated.")
)
@option("--note", metavar="TEXT", help=_("A note; it is kept."))
@pass_app
def attach(app: App, number: str, file: Path, roles: tuple[str, ...], note: str | None) -> None:
    from cli.printing import require_scan

    with file.open("rb") as content:
        digest, size = file_digest(content, "sha256").hexdigest(), content.tell()
        require_scan(file, size)
        content.seek(0)
        asked = ScanQuery(digest=digest, size=size, roles=",".join(roles), note=note)
        done = app.client.attach_scan(number, content, asked)
    app.answer(done, _("{number}: the scan is attached."), number=number)
    tell(app, done)


@paper.command(help=_("Fetch a scan of a paper."))
@argument("number")
@argument("scan", type=click.IntRange(min=1))
@option("--to", type=FILE, required=True, help=_("This file."))
@pass_app
def scan(app: App, number: str, scan: int, to: Path) -> None:
    from cli.printing import new_file

    with ExitStack() as stack:
        pieces = stack.enter_context(app.client.scan(number, scan))
        file = stack.enter_context(new_file(to))
        for piece in pieces:
            file.write(piece)
    app.say(_("Written to {path}."), path=to)


@paper.command(help=_("Declare a paper void; it stays, and says so wherever it is shown."))
@argument("number")
@WHY
@option("--yes", is_flag=True, help=YES)
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def void(app: App, number: str, reason: str, *, yes: bool, dry_run: bool) -> None:
    one = app.client.paper(number)
    told = {"number": number, "signed": one.signed}
    if dry_run:
        app.say(_("{number} would be void; it has {signed} signatures."), **told)
        return
    app.confirm(_("{number} becomes void; it has {signed} signatures."), yes=yes, **told)
    done = app.client.void_paper(number, VoidIn(reason=reason))
    app.answer(done, _("{number} is void."), number=number)


@paper.command(
    help=_("Check a print: a file of `paper print --html`, or a number and the digest on it.")
)
@argument("given", metavar="NUMBER|FILE")
@option("--digest", metavar="TEXT", help=_("As it is printed; 16 letters are enough."))
@option("--offline", is_flag=True, help=_("Hold a file against its own digest, without a server."))
@pass_app
def verify(app: App, given: str, digest: str | None, *, offline: bool) -> None:
    from cli.verifying import verified

    found = verified(app, given, digest, offline=offline)
    sentence = _("{number}: {said}")
    app.answer(found, sentence, number=found.number, said=say(found.sentence))
    if not found.holds:
        sys.exit(NOT_SO)


@paper.group(help=_("Texts of the company that papers carry."))
def text() -> None:
    pass


@text.command("show", help=_("Show a text: pledge, or issue-terms."))
@argument("name")
@pass_app
def show_text(app: App, name: str) -> None:
    one = app.client.paper_text(name)
    rows: list[tuple[str, object]] = [
        (_("Name"), f"{one.name} {one.number}"),
        (_("Set by"), one.made_by or say("the product")),
        (_("Why"), one.reason),
        (_("Title"), _said(one.text.title)),
    ]
    paragraphs = enumerate(one.text.paragraphs, start=1)
    app.fields(one, [*rows, *((f"{at}.", _said(said)) for at, said in paragraphs)])


@text.command(help=_("Give a text a new version; papers that are made already keep theirs."))
@argument("name")
@option(
    "--file",
    type=click.File(encoding="utf-8"),
    required=True,
    help=_("TOML or JSON: `title` and `paragraphs`, each with `zh` and `en`."),
)
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@pass_app
def edit(app: App, name: str, file: IO[str], reason: str, *, dry_run: bool) -> None:
    told = PaperText.model_validate(read(file, "text", PaperTextUnreadable))
    body = PaperTextIn(text=told, reason=reason, dry_run=dry_run)
    done = app.client.edit_paper_text(name, body)
    would = _("{name}: it would become version {number}.")
    is_now = _("{name}: version {number} is in force.")
    app.answer(done, would if dry_run else is_now, name=name, number=done.number)
