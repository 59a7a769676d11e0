"""A server in a process of its own; on request it dies at a named instant of its next exchange.

Started with the options of `Serving` as JSON in its first argument, none of them a secret.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from threading import Event
from typing import Any

from apiflask import APIFlask
from flask import Response, request
from sqlalchemy.orm import Session

from api import serve
from api.chores import Keeper
from api.house import EXTENSION
from fleet.chores.services import CHORES, ERRANDS, Chore

SLOW_CHORE = "slow-chore"  # a file that chores of the test are noted in, if it is there
HANGS = "hangs"  # a file: the next such chore never ends
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


def slow_chore(home: Path) -> Chore:
    """Return a chore that is always due and notes who begins and ends it."""

    def work(_session: Session) -> int:
        with (home / SLOW_CHORE).open("a") as notes:
            notes.write(f"begin {os.getpid()}\n")
            notes.flush()
            if asked_to_hang(home):
                Event().wait()
            Event().wait(0.02)
            notes.write(f"end {os.getpid()}\n")
        return 0

    return Chore("test.slow", timedelta(), work)


def asked_to_hang(home: Path) -> bool:
    try:
        (home / HANGS).unlink()
    except FileNotFoundError:
        return False
    return True


def mortal(home: Path) -> APIFlask:
    app = ordinary(home)
    if (home / SLOW_CHORE).exists():
        CHORES[:] = [slow_chore(home)]
        ERRANDS[:] = []
        house = app.extensions[EXTENSION]
        Keeper(house.sessions, house.settings, every=0.01).start()

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
