"""`workfleet photo …`: how phones looked when they went out and when they came back."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import click

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column, text_of
from cli.speaking import argument, group, option
from fleet.contracts.photos import LARGEST_PHOTO, PhotoIn, PhotoQuery, PhotoTaken
from fleet.contracts.words import _
from fleet.errors import Invalid

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
TAKEN = click.Choice([one.value for one in PhotoTaken])


@dataclass(eq=False)
class PhotoEmptyOrLarge(Invalid):
    path: str
    most: int
    code = "photo_empty_or_large"
    message = _("{path} is empty or has more than {most} bytes.")
    advice = _("Take the photograph with fewer pixels.")


@group(_("Photographs: how a phone looked when it went out, and when it came back."))
def photo() -> None:
    pass


photo.add_command(
    list_command(
        Listing(
            help=_("List photographs, the newest first."),
            query=PhotoQuery,
            fetch=lambda client, query: client.photos(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("Holder"), lambda one: one.holder.name),
                Column(_("Taken"), lambda one: label(one.taken)),
                Column(_("Kept"), lambda one: one.added_at),
                Column(_("By"), lambda one: one.added_by),
                Column(_("Note"), lambda one: one.note, long=True),
            ),
            empty=_("No photograph fits."),
            filters={
                "device": _("Only of this phone (tag)."),
                "holder": _("Only of this employee (number)."),
                "taken": _("Only those taken then."),
            },
        )
    )
)


@photo.command(help=_("Attach photographs of a phone that somebody has (JPEG, PNG)."))
@argument("tag")
@argument("files", nargs=-1, required=True, type=FILE)
@option("--taken", type=TAKEN, help=_("When; without it, the phone's state tells."))
@option("--note", metavar="TEXT", help=_("What is to be seen on it."))
@pass_app
def attach(
    app: App, tag: str, files: tuple[Path, ...], taken: str | None, note: str | None
) -> None:
    require_photos(files)
    for path in files:
        attach_photo(app, tag, path, PhotoTaken(taken) if taken else None, note)


def attach_photo(
    app: App, tag: str, path: Path, taken: PhotoTaken | None, note: str | None
) -> None:
    with path.open("rb") as content:
        digest, size = file_digest(content, "sha256").hexdigest(), content.tell()
        content.seek(0)
        said = PhotoIn(digest=digest, size=size, taken=taken, note=note)
        done = app.client.attach_photo(tag, content, said)
    sentence = _("{tag}: {path} is kept as {number}.")
    app.answer(done, sentence, tag=done.device, path=path, number=done.number)


def require_photos(files: Iterable[Path]) -> None:
    """Refuse what no server would take, before anything is sent."""
    for path in files:
        if not 0 < path.stat().st_size <= LARGEST_PHOTO:
            raise PhotoEmptyOrLarge(path=str(path), most=LARGEST_PHOTO)


@photo.command(help=_("Show of which phone a photograph is, when it was taken, and by whom."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.photo(number)
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Phone"), one.device),
            (_("Holder"), text_of(one.holder)),
            (_("Taken"), label(one.taken)),
            (_("Kept"), one.added_at),
            (_("By"), one.added_by),
            (_("Note"), one.note),
            (_("Kind"), one.kind),
            (_("Digest"), one.digest),
        ],
    )


@photo.command(help=_("Fetch a photograph."))
@argument("number")
@option("--to", type=click.Path(path_type=Path), required=True, help=_("This file."))
@pass_app
def fetch(app: App, number: str, to: Path) -> None:
    from cli.printing import new_file

    with ExitStack() as stack:
        pieces = stack.enter_context(app.client.photo_content(number))
        file = stack.enter_context(new_file(to))
        for piece in pieces:
            file.write(piece)
    app.say(_("Written to {path}."), path=to)
