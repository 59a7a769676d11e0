"""Who comes by a link on another site, or in a mail, comes without his cookie: SameSite=Strict.

So the browser is made to ask once more, by a page of ours; then the cookie comes along if there is
one. Until then none is set: it would take the place of the one that was not sent.
"""

from flask import Response, make_response, request

from api.console.addresses import asked_for
from api.console.surroundings import page
from api.doors import by_a_program, from_elsewhere
from api.headers import KEPT
from api.transaction import READS


def ask_once_more() -> Response | None:
    if by_a_program() or request.endpoint in KEPT or request.method not in READS:
        return None
    if not from_elsewhere():
        return None
    return make_response(page("once_more.html", address=asked_for()))
