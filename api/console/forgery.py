"""Whatever changes something was sent by a page of ours, made for this very cookie.

That holds for signing in as well: nobody can be signed in as somebody else unawares.
"""

from typing import Final

from flask import g, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from markupsafe import Markup
from wtforms import ValidationError

from api.console.cookie import signing_keys
from api.doors import by_a_program
from api.transaction import READS
from fleet.contracts.words import _
from fleet.errors import Forbidden

FIELD: Final = "csrf_token"
FROM_HERE: Final = frozenset({"same-origin", "none"})


class NotOurForm(Forbidden):
    code = "not_our_form"
    message = _("This did not come from the page as it is now; nothing was done.")
    advice = _("Open the page again and repeat it there.")


def refuse() -> None:
    if by_a_program() or request.method in READS:
        return
    # Browsers say it by themselves, and no page can make them say something else.
    if request.headers.get("Sec-Fetch-Site", "none") not in FROM_HERE:
        raise NotOurForm
    try:
        validate_csrf(request.form.get(FIELD), secret_key=signing_keys())
    except ValidationError:
        raise NotOurForm from None
    g.csrf_valid = True


def mark() -> Markup:
    """Return the hidden field of a form that is sent from this page."""
    token = generate_csrf(secret_key=signing_keys())
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)
