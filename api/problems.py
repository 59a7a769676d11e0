"""One way to say no: every refusal, ours or the framework's, is a code, a sentence, an advice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from traceback import extract_tb
from typing import Final

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, current_app, make_response
from pydantic import ValidationError
from sqlalchemy.exc import DataError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from api.doors import by_a_program
from fleet.contracts.fields import fields_of
from fleet.contracts.wire import ProblemOut
from fleet.contracts.words import _, say
from fleet.database import DatabaseBusy
from fleet.errors import (
    Conflict,
    FleetError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    Unavailable,
)

STATUS: Final[Mapping[type, HTTPStatus]] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADERS: Final[Mapping[int, dict[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "2"},
}

PAGES: Final = "workfleet-pages"  # who shows a refusal to a person: the console

log = structlog.get_logger("workfleet.api")


@dataclass(eq=False)
class RequestInvalid(Invalid):
    """`fields` maps each name that is wrong to what is wrong with it; values are never repeated."""

    where: str
    fields: dict[str, list[str]]
    code = "request_invalid"
    message = _("What was sent cannot be understood ({names}).")
    advice = _("Correct the named fields and send it again.")

    def sentence(self) -> str:
        return say(self.message, names=", ".join(self.fields) or self.where)


class BodyUnreadable(Invalid):
    code = "body_unreadable"
    message = _("What was sent is not JSON.")
    advice = _("Send one JSON object, in UTF-8.")


class NoSuchRoute(NotFound):
    code = "no_such_route"
    message = _("There is nothing at this address.")
    advice = _("See /api/openapi.json for what there is.")


class MethodWrong(Invalid):
    code = "method_not_allowed"
    message = _("This cannot be asked of this address with this method.")
    advice = _("See /api/openapi.json for what can be asked.")


class TooLarge(Invalid):
    code = "too_large"
    message = _("What was sent is larger than is taken here.")
    advice = _("Send less at a time.")


class TooManyRequests(Unavailable):
    code = "too_many_requests"
    message = _("This was asked too often.")
    advice = _("Wait for the time that the answer names (Retry-After), then try again.")


class RangeWrong(Invalid):
    code = "range_not_satisfiable"
    message = _("The asked part lies outside of what is stored.")
    advice = _("Ask for the whole, or for a part that begins inside of it.")


class ValueImpossible(Invalid):
    code = "value_impossible"
    message = _(
        "Something that was sent cannot be stored: a number too large, or an odd character."
    )
    advice = _("Correct it and send it again; nothing of it was stored.")


class OurMistake(FleetError):
    code = "our_mistake"
    message = _("Something went wrong on our side; nothing of yours was stored.")
    advice = _("Tell the people who run the server; the request number finds it in the log.")


_OF_THE_FRAMEWORK: Final[Mapping[int, type[FleetError]]] = {
    HTTPStatus.BAD_REQUEST: BodyUnreadable,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: BodyUnreadable,
    HTTPStatus.NOT_FOUND: NoSuchRoute,
    HTTPStatus.METHOD_NOT_ALLOWED: MethodWrong,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: RangeWrong,
}


def status_of(refusal: FleetError) -> int:
    kinds = (STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)
    return next(kinds, HTTPStatus.INTERNAL_SERVER_ERROR)


def answer(refusal: FleetError, status: int | None = None) -> Response:
    """Return the response that says `refusal` in the caller's language: JSON, or a page."""
    code = status or status_of(refusal)
    if by_a_program():
        return _as_json(refusal, code)
    shown: Callable[[FleetError, int], Response] = current_app.extensions[PAGES]
    return shown(refusal, code)


def _as_json(refusal: FleetError, code: int) -> Response:
    problem = ProblemOut(
        code=refusal.code,
        message=refusal.sentence(),
        advice=refusal.next_step(),
        details=refusal.details,
    )
    body = problem.model_dump_json(fallback=str)
    return make_response(body, code, {"Content-Type": "application/json", **_HEADERS.get(code, {})})


def register(app: APIFlask) -> None:
    app.error_processor(_of_the_library)
    app.register_error_handler(HTTPException, _of_the_framework)
    app.register_error_handler(FleetError, refused)
    app.register_error_handler(PoolExhausted, lambda _error: answer(DatabaseBusy()))
    app.register_error_handler(DataError, lambda _error: answer(ValueImpossible()))
    app.register_error_handler(Exception, _unexpected)


def _of_the_library(error: HTTPError) -> Response:
    """Answer for APIFlask: in it a failed validation is an HTTP error with pydantic's as cause."""
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        where = next(iter(error.detail), "body") if isinstance(error.detail, dict) else "body"
        return answer(RequestInvalid(where=where, fields=fields_of(cause)))
    return _by_status(error.status_code)


def _of_the_framework(error: HTTPException) -> Response:
    response = _by_status(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value  # Allow, Content-Range
    return response


def _by_status(status: int) -> Response:
    return answer(_OF_THE_FRAMEWORK.get(status, OurMistake)(), status)


def refused(refusal: FleetError) -> Response:
    """Answer with a refusal; what the database's driver said of it is for the log alone."""
    if isinstance(refusal, DatabaseBusy):
        # The driver's own words only: SQLAlchemy's repeat the statement and its parameters.
        log.error("database_busy", reason=str(refusal.__cause__))
    return answer(refusal)


def _unexpected(error: Exception) -> Response:
    log.error("our_mistake", kind=type(error).__qualname__, at=place_of(error))
    return answer(OurMistake())


def place_of(error: Exception) -> list[str]:
    """Return where it passed through our files; the message may repeat a value, it stays unsaid."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in ours or frames]
