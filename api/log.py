"""One line per request, with the number that the answer and the trail carry as well.

A line names the route's pattern and never its values: an address holds phone numbers and handles,
a header the token, a body secrets.
"""

import re
import sys
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

HEADER: Final = "X-Request-Id"
_OURS: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

# The server's own words come the same way as ours: one JSON object per line, on standard error.
OF_GRANIAN: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "generic": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        },
    },
    "handlers": {"console": {"formatter": "generic", "class": "logging.StreamHandler"}},
    "loggers": {"_granian": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}

log = structlog.get_logger("workfleet.access")


def to_standard_error() -> None:
    """Write one JSON object per line to standard error, as a server does."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def register(app: Flask) -> None:
    app.before_request(_number_it)
    app.after_request(_say_it)


def _number_it() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _OURS.fullmatch(given) else uuid4().hex
    g.began = perf_counter()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _say_it(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    actor = g.get("actor")
    log.info(
        "answered",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        milliseconds=round((perf_counter() - g.began) * 1000, 1),
        actor=actor.name if actor else None,
        source=request.remote_addr,
    )
    structlog.contextvars.unbind_contextvars("request_id")
    return response
