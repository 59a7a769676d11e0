"""A server in a process of its own; on request it dies at a named instant of its next exchange.

Started with the options of `Serving` as JSON in its first argument, none of them a secret.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask import Response, request

from api import serve

FAULT = "fault"  # a file in the server's folder: the instant at which it is to die, once


def asked_to_die(home: Path, instant: str) -> bool:
    """Tell whether to die at this instant of an exchange; what is asked for happens once."""
    fault = home / FAULT
    if not fault.exists() or fault.read_text() != instant:
        return False
    fault.unlink()
    return True


def die_with_everybody() -> None:
    """End every process of this server where it stands, as a loss of power would."""
    os.killpg(0, signal.SIGKILL)


def mortal(home: Path) -> APIFlask:
    app = ordinary(home)

    @app.after_request
    def before_commit(response: Response) -> Response:
        # Registered last, this runs first of what comes after a request: before the commit.
        if request.endpoint == "station.sync" and asked_to_die(home, "before_commit"):
            die_with_everybody()
        return response

    app.wsgi_app = dying_after_commit(app.wsgi_app, home)  # type: ignore[method-assign]
    return app


def dying_after_commit(inner: Callable[..., Any], home: Path) -> Callable[..., Any]:
    @wraps(inner)
    def answer(environ: dict[str, Any], start: Any) -> Any:
        body = inner(environ, start)  # stored by now, and not a byte of the answer has left
        if environ["PATH_INFO"].endswith("/sync") and asked_to_die(home, "after_commit"):
            die_with_everybody()
        return body

    return answer


ordinary = serve.application

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    paths = {name: Path(given[name]) for name in ("home", "certificate", "key") if given.get(name)}
    serve.application = mortal
    serve.serve(serve.Serving(**{**given, **paths}))
