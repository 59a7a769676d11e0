"""Refusals as a person sees them: the sentence, the advice, and the way to where he can go on."""

from http import HTTPStatus

from flask import g, make_response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from api.console.addresses import asked_for
from api.console.arrivals import ask_once_more
from api.console.surroundings import page
from api.identity import COOKIE_TOKEN
from api.transaction import READS
from fleet.access.errors import SomethingFirst, TokenNotKnown
from fleet.errors import FleetError


def shown(refusal: FleetError, status: int) -> AnyResponse:
    """Return the page that says `refusal`; who is not known is asked to sign in."""
    # What was said to be done before a commit that failed was not done.
    session.pop("_flashes", None)
    if isinstance(refusal, TokenNotKnown):
        return _to_the_door()
    if isinstance(refusal, SomethingFirst):
        return redirect(url_for("console.first"))
    ours = g.request_id if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    return make_response(page("refusal.html", refusal=refusal, number=ours), status)


def _to_the_door() -> AnyResponse:
    once_more = ask_once_more()
    if once_more is not None:
        return once_more
    was_here = COOKIE_TOKEN in session
    if was_here:
        session.clear()
    going_on = asked_for() if request.method in READS else None
    ended = "yes" if was_here else None
    return redirect(url_for("console.login", next=going_on, ended=ended), code=303)
