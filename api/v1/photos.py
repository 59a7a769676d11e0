"""Photographs of phones: how each looked when it was handed out, and when it came back."""

from apiflask import APIBlueprint
from flask import Response

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from api.v1.streams import whole
from fleet.contracts.permissions import Permission
from fleet.contracts.photos import PhotoIn, PhotoOut, PhotoQuery
from fleet.contracts.wire import Page
from fleet.custody import photos
from fleet.devices.queries import device

bp = APIBlueprint("photos", __name__, url_prefix="/api/v1", tag="Photographs")


@bp.put("/devices/<tag>/photos")
@asks(Permission.CUSTODY_RETURN)
@bp.input(PhotoIn, location="query", arg_name="query")
@bp.output(PhotoOut)
def attach_photo(tag: str, query: PhotoIn) -> PhotoOut:
    """Attach a photograph (JPEG, PNG), sent as the body, of a phone that somebody has."""
    session, actor = current_session(), current_actor()
    photos.require_may_attach(actor=actor)
    phone = device(session, tag)
    kept = photos.attach(session, tools(), phone, bytes(whole()), query, actor=actor)
    return photos.shown_photos([kept])[0]


@bp.get("/photos")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(PhotoQuery, location="query", arg_name="query")
@bp.output(Page[PhotoOut])
def list_photos(query: PhotoQuery) -> Page[PhotoOut]:
    """List photographs of phones, the newest first."""
    rows, mark = photos.photos(current_session(), query, actor=current_actor())
    return Page(items=photos.shown_photos(rows), next=mark)


@bp.get("/photos/<number>")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(PhotoOut)
def show_photo(number: str) -> PhotoOut:
    """Say of which phone a photograph is, and when it was taken."""
    found = photos.photo(current_session(), number, actor=current_actor())
    return photos.shown_photos([found])[0]


@bp.get("/photos/<number>/content")
@asks(Permission.CUSTODY_READ, scoped=True)
def fetch_photo(number: str) -> Response:
    """Give a photograph as it was sent."""
    found = photos.photo(current_session(), number, actor=current_actor())
    response = Response(photos.opened(tools(), found), mimetype=found.kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}"'
    return response
