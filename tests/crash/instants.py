"""The instants of a rotation, and of a wipe, told by whatever process goes through them.

Nothing of the product knows of this: its own seams are wrapped in the process that is to die. Each
instant is told to whoever listens and waited for, so that a kill comes exactly there. The steps are
those the product tells of itself: a new one is told as well, without a word here.
"""

import os
import threading
from collections.abc import Callable
from functools import wraps
from multiprocessing.connection import Client as Line
from typing import Any

from apiflask import APIFlask
from flask import Response, g, request

from agents.phone import wipe
from agents.phone.adb import AdbPhone
from agents.station import runner
from agents.station.jobs.rotate import Recorder
from agents.station.jobs.work import Work
from agents.station.journal import Journal
from agents.station.outbox import Outbox
from api.client import Client
from fleet.contracts.stations import JobKind, WipeStep

OF_INTEREST = frozenset({JobKind.ROTATE_PIN, JobKind.WIPE})
IDLE = "agent.idle"  # it has nothing to report: what it was told of last is settled

Tell = Callable[[str], None]
Name = Callable[..., str | None]  # of an instant, by what the wrapped call was given


class Teller:
    """Tells each instant and waits for leave to go on; it ends with whoever listens."""

    def __init__(self, address: str, who: str) -> None:
        self._line = Line(address, authkey=None)
        self._one_at_a_time = threading.Lock()
        self._line.send((who, os.getpid()))

    def __call__(self, instant: str) -> None:
        with self._one_at_a_time:
            try:
                self._line.send(instant)
                self._line.recv()
            except (EOFError, OSError):
                os._exit(1)


def around(
    kind: Any, name: str, tell: Tell, *, before: Name | None = None, after: Name | None = None
) -> None:
    """Have a method, or a function of a module, told of before it is carried out and after."""
    whole = getattr(kind, name)

    @wraps(whole)
    def told(*args: Any, **named: Any) -> Any:
        _tell(tell, before, args)
        result = whole(*args, **named)
        _tell(tell, after, args)
        return result

    setattr(kind, name, told)


def _tell(tell: Tell, name: Name | None, args: tuple[Any, ...]) -> None:
    if name is not None and (instant := name(*args)):
        tell(instant)


def in_agent(tell: Tell) -> None:
    """Have a station's agent tell of its instants, from the lease to the settled report."""
    around(Journal, "accept", tell, before=_of_lease("offered"), after=_of_lease("kept"))
    around(Journal, "start", tell, before=_always("start.due"), after=_always("start.kept"))
    around(Work, "opened", tell, after=_always("secrets.opened"))
    _steps(tell)
    _erasing(tell)
    around(Journal, "end", tell, before=_always("report.due"), after=_always("report.queued"))
    _sending(tell)


def _erasing(tell: Tell) -> None:
    """Before the server is asked for each step of a wipe, when it has allowed it, and what then."""

    def step_of(what: str) -> Name:
        return lambda _client, _job, body: f"{body.step.value}.{what}"

    def written(_journal: Journal, _job: str, steps: Any) -> str | None:
        last = steps[-1].name if steps else ""
        return f"{last}.written" if last in set(WipeStep) else None

    around(Client, "wipe_step", tell, before=step_of("asked"), after=step_of("allowed"))
    around(Journal, "step", tell, after=written)
    around(wipe, "_erase", tell, before=_always("erase.due"), after=_always("erase.answered"))
    around(runner, "reconnect", tell, before=_always("phone.away"))


def _always(instant: str) -> Name:
    return lambda *_args: instant


def _of_lease(what: str) -> Name:
    def name(_journal: Journal, lease: Any) -> str | None:
        return f"lease.{what}" if lease.task.kind in OF_INTEREST else None

    return name


def _steps(tell: Tell) -> None:
    """Before it is written down that a step comes, after, and when the phone has answered."""
    here = threading.local()

    def due(_recorder: Recorder, step: Any) -> str:
        here.step = step.value
        return f"{step.value}.due"

    def answered(*_args: Any) -> str | None:
        step = getattr(here, "step", None)
        return f"{step}.answered" if step else None

    def forget(*_args: Any) -> None:
        here.step = None

    around(Recorder, "__call__", tell, before=due, after=lambda _r, step: f"{step.value}.written")
    around(AdbPhone, "script", tell, after=answered)
    around(Recorder, "took", tell, before=forget)


def _sending(tell: Tell) -> None:
    here = threading.local()

    def carries_an_end(_client: Client, body: Any) -> bool:
        here.ends = any(report.body.kind == "job_done" for report in body.reports)
        return here.ends

    def sent(*args: Any) -> str:
        return "report.sent" if carries_an_end(*args) else IDLE

    def taken(*_args: Any) -> str | None:
        return "report.taken" if here.ends else None

    def settled(*_args: Any) -> str | None:
        return "report.settled" if getattr(here, "ends", False) else None

    around(Client, "sync", tell, before=sent, after=taken)
    around(Outbox, "settle", tell, after=settled)


def in_server(app: APIFlask, tell: Tell) -> APIFlask:
    """Have a server tell of exchanges that lend a job or hear of its end, and of leave to erase."""

    @app.before_request
    def arrived() -> None:
        g.about = "end" if _hears_of_an_end() else None
        g.about = "erase" if _lets_erase() else g.about
        if g.about:
            tell(f"server.{g.about}.arrived")

    @app.after_request
    def uncommitted(response: Response) -> Response:
        # Registered last, this runs first of what comes after a request: before the commit.
        g.about = g.about or ("loan" if _lends(response) else None)
        request.environ["crash.about"] = g.about
        if g.about:
            tell(f"server.{g.about}.uncommitted")
        return response

    inner = app.wsgi_app

    def committed(environ: dict[str, Any], start: Any) -> Any:
        body = inner(environ, start)
        if about := environ.get("crash.about"):
            tell(f"server.{about}.committed")
        return body

    app.wsgi_app = committed  # type: ignore[method-assign]
    return app


def _hears_of_an_end() -> bool:
    if request.endpoint != "station.sync":
        return False
    return any(one["body"]["kind"] == "job_done" for one in request.get_json()["reports"])


def _lets_erase() -> bool:
    asked = request.endpoint == "station.wipe_step"
    return asked and request.get_json()["step"] == WipeStep.ERASE


def _lends(response: Response) -> bool:
    if request.endpoint != "station.sync" or response.status_code != 200:
        return False
    return bool((response.get_json() or {}).get("leases"))
