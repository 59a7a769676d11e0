"""Photographs on pages: how a phone looked as it went out, and as it came back."""

from hashlib import sha256

from flask import flash, make_response, redirect, url_for
from werkzeug.wrappers import Response

from api.console import links, listing, phones
from api.console.blueprint import bp
from api.console.forms import FormNotRight, PhotoForm, answered, mark, parsed
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.photos import PhotoIn, PhotoOut, PhotoQuery, PhotoTaken
from fleet.contracts.words import _, say
from fleet.custody import photos as kept
from fleet.custody.models import Photo
from fleet.devices.queries import device


def _rows(query: PhotoQuery) -> listing.Rows:
    rows, mark = kept.photos(current_session(), query, actor=current_actor())
    return kept.shown_photos(rows), mark


def _address(one: PhotoOut) -> str:
    return url_for("console.photo", number=one.number)


listing.add(
    Listing(
        name="photos",
        title=_("Photographs"),
        search=_("Number, tag or holder"),
        query=PhotoQuery,
        permission=Permission.CUSTODY_READ,
        rows=_rows,
        sort="-added_at",
        scoped=True,
        to=_address,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(
                _("Holder"), lambda one: one.holder.name, to=lambda one: links.person(one.holder)
            ),
            Column(_("Taken"), lambda one: one.taken),
            Column(_("Kept"), lambda one: one.added_at, sort="added_at"),
            Column(_("By"), lambda one: one.added_by),
            Column(_("Note"), lambda one: one.note, wrap=True),
        ),
        filters=(
            Filter("taken", _("Taken"), listing.among(PhotoTaken)),
            Filter("device", _("Phone (tag)")),
            Filter("holder", _("Holder (number)")),
        ),
    )
)


@bp.get("/photos/<number>")
@asks(Permission.CUSTODY_READ, scoped=True)
def photo(number: str) -> str:
    """Show a photograph, of which phone it is, and when it was taken."""
    [one] = kept.shown_photos([_found(number)])
    return page("photo.html", one=one)


@bp.get("/photos/<number>/picture")
@asks(Permission.CUSTODY_READ, scoped=True)
def picture(number: str) -> Response:
    """Give a photograph to the pages that show it, as what its first bytes say that it is."""
    found = _found(number)
    content, kind = kept.seen(tools(), found)
    response = make_response(content)
    response.mimetype = kind
    ending = kind.rpartition("/")[2]
    response.headers["Content-Disposition"] = f'inline; filename="{found.number}.{ending}"'
    return response


@bp.post("/phones/<tag>/photos")
@asks(Permission.CUSTODY_RETURN)
def attach_photo(tag: str) -> Response:
    """Attach a photograph of a phone that somebody has."""
    form = PhotoForm()

    def do() -> Response:
        session, actor = current_session(), current_actor()
        content = form.file.data.read() if form.file.data else b""
        given = _said_of(form, content)
        made = kept.attach(session, tools(), device(session, tag), content, given, actor=actor)
        flash(say(_("The photograph is kept as {number}."), number=made.number))
        return redirect(url_for("console.phone", tag=tag), code=303)

    return answered("phone.html", form, do, **phones.about(tag))


def _said_of(form: PhotoForm, content: bytes) -> PhotoIn:
    if not content:
        mark(form, "file", say(_("Choose a file.")))
        raise FormNotRight
    return parsed(PhotoIn, form, digest=sha256(content).hexdigest(), size=len(content))


def _found(number: str) -> Photo:
    return kept.photo(current_session(), number, actor=current_actor())
