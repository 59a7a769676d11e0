"""The application: what is asked of it goes through identity, validation, one verb, one commit."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from apiflask import APIFlask
from flask import request
from sqlalchemy.orm import Session, sessionmaker

import fleet.wiring  # noqa: F401 — it tells stations what each kind of job means
from api import compressed, console, headers, identity, limits, log, openapi, problems, transaction
from api.console import directory, registers
from api.house import EXTENSION, House
from api.language import InTheirLanguage
from api.proxies import BehindProxies
from api.strict_json import StrictJson
from api.v1 import BLUEPRINTS
from api.whole_requests import WholeRequests
from fleet.contracts.papers import LARGEST_SCAN
from fleet.contracts.photos import LARGEST_PHOTO
from fleet.contracts.uploads import LARGEST_PIECE
from fleet.database import make_engine, make_sessions
from fleet.settings import Settings, load

MEBIBYTE: Final = 1024 * 1024
BODY_BYTES: Final = MEBIBYTE
# Facts of many phones in one exchange; what is streamed knows no limit here (`streams.pieces`).
OTHER_LIMITS: Final[Mapping[str, int]] = {
    "console.attach_scan": LARGEST_SCAN + MEBIBYTE,  # with the fields of the form around it
    "console.attach_photo": LARGEST_PHOTO + MEBIBYTE,
    "papers.attach_scan": LARGEST_SCAN + 1,
    "photos.attach_photo": LARGEST_PHOTO + 1,
    "station.sync": 8 * MEBIBYTE,
    "station.put_piece": LARGEST_PIECE + 1,  # who reads as much as the limit is past it
    **directory.LIMITS,
    **registers.LIMITS,
}


def make_app(place: Settings | Path, *, sessions: sessionmaker[Session] | None = None) -> APIFlask:
    """Return the application of the server in a folder, or with these settings.

    `sessions` stands in for an engine of its own, as tests need it.
    """
    settings = place if isinstance(place, Settings) else load(place)
    app = APIFlask(
        "workfleet",
        title="workfleet",
        version=version("workfleet"),
        spec_path="/api/openapi.json",
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]  # Flask takes None: it serves no files then
        static_url_path="/static",  # beneath which the console's Bootstrap is
    )
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.json = StrictJson(app)
    app.extensions[EXTENSION] = House(
        settings, sessions or make_sessions(make_engine(settings.database))
    )
    _fit(app)
    return app


def _fit(app: APIFlask) -> None:
    openapi.configure(app)
    problems.register(app)
    # What comes after a request runs the other way round: the commit, the line of the log about
    # what came of it, and the headers of whatever is answered.
    headers.register(app)
    log.register(app)
    transaction.register(app)
    identity.register(app)
    app.before_request(_limit_body)
    compressed.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    console.register(app)
    identity.refuse_unguarded(app)
    limits.register(app)
    house: House = app.extensions[EXTENSION]
    behind = BehindProxies(app.wsgi_app, house.settings.trusted_proxies)
    whole = WholeRequests(InTheirLanguage(behind))
    app.wsgi_app = whole  # type: ignore[method-assign]


def _limit_body() -> None:
    endpoint = request.endpoint or ""
    if endpoint in OTHER_LIMITS:
        request.max_content_length = OTHER_LIMITS[endpoint]
