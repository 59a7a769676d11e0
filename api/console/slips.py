"""The sealed slip: a page to print, fold and seal, shown once, as the command line writes it."""

from flask import url_for
from werkzeug.wrappers import Response

from api.console.blueprint import bp
from api.console.forms import NothingForm, answered
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.requests import Handed
from fleet.contracts.words import _, say
from fleet.requests import handing, queries
from fleet.requests.models import ChangeRequest


@bp.get("/requests/<number>/slip")
@asks(Permission.REQUESTS_HAND_OVER, scoped=True)
def ask_slip(number: str) -> str:
    """Say what printing means before the value is there."""
    return page("confirm.html", form=NothingForm(), **_about(_asked(number)))


@bp.post("/requests/<number>/slip")
@asks(Permission.REQUESTS_HAND_OVER, scoped=True)
def print_slip(number: str) -> Response:
    """Show the slip once; the value is in this answer and in no address."""
    asked = _asked(number)

    def do() -> str:
        db, actor = current_session(), current_actor()
        shown = handing.hand_over(db, tools(), asked, how=Handed.SLIP, actor=actor)
        return page("slip.html", handed=handing.handed_over(asked, shown))

    return answered("confirm.html", NothingForm(), do, **_about(asked))


def _asked(number: str) -> ChangeRequest:
    return queries.request_within(current_session(), number, actor=current_actor())


def _about(asked: ChangeRequest) -> dict[str, object]:
    subject, name = asked.credential.subject, asked.holder.name
    once = _("The value of {subject} goes on a slip for {name} once; it stays on record.")
    return {
        "title": say(_("Print the sealed slip of {number}?"), number=asked.number),
        "tells": [
            say(once, subject=subject, name=name),
            say(_("Have the printer at hand: the page is kept nowhere and opens no second time.")),
            say(_("Print it, fold and seal it, and close the page before you go.")),
        ],
        "button": say(_("Show the slip")),
        "back": url_for("console.change_request", number=asked.number),
    }
