"""Serving with granian: several processes and threads, TLS where a certificate is given."""

import gc
import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from apiflask import APIFlask
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from api import chores, log
from api.app import make_app
from api.house import EXTENSION, House
from fleet.backups.uploads import uploads_of
from fleet.keys.sources import load_keyring
from fleet.settings import load

THREADS: Final = 8  # per process; fewer than connections in the engine's pool
# Whoever has not said by then what he wants is cut off; half a request holds no thread.
HEADERS_MILLISECONDS: Final = 10_000
WAITING_PER_THREAD: Final = 16
YOUNG: Final = 10_000  # objects made before the collector looks at those that are new
STOP_SECONDS: Final = 30  # for requests under way when the server is asked to end


@dataclass(frozen=True)
class Serving:
    """Where a server listens; `certificate` and `key` (PKCS#8) are given together, for TLS."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 8640
    processes: int = 1
    threads: int = THREADS
    certificate: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.host}:{self.port}"


def serve(serving: Serving) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first."""
    # Wrong settings and a missing key are refused here, once, and not by every process and request.
    load_keyring(load(serving.home))
    server = Server(
        target="workfleet",
        address=serving.host,
        port=serving.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=serving.processes,
        blocking_threads=serving.threads,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MILLISECONDS),
        backpressure=serving.threads * WAITING_PER_THREAD,
        ssl_cert=serving.certificate,
        ssl_key=serving.key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=log.OF_GRANIAN,
    )
    server.serve(target_loader=partial(application, serving.home), wrap_loader=False)


def application(home: Path) -> APIFlask:
    """Return the application, with its own engine, for one process.

    Called in a process that was just forked and still has the handlers of its parent, which note a
    signal for a loop that does not run here: a stop that came now would be swallowed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    log.to_standard_error()
    app = make_app(home)
    house: House = app.extensions[EXTENSION]
    chores.Keeper(house.sessions, house.settings, tidy=partial(_tidy, house)).start()
    leave_out_what_stays()
    return app


def leave_out_what_stays() -> None:
    """Have the collector look no more at what was loaded: it stays as long as the process does.

    A message of many phones makes it look at everything again and again, which costs as much as
    the message itself. Beside that, a request makes thousands of objects and hardly a cycle: it is
    looked for less often than by itself (a young generation of 700), which is a few MiB at most.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


def _tidy(house: House) -> int:
    """Open the storage only when it is time: a server whose storage is away serves all the same."""
    return uploads_of(house.settings).forget_abandoned()
