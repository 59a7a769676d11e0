"""Real servers for tests: started, waited for, and ended at once or in good order."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from api.client import Client, ServerUnreachable
from api.serve import Serving


@dataclass
class Running:
    """A real server in processes of its own, and the way to end it at once."""

    serving: Serving
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End every process of the server where it stands, as a loss of power would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> int:
        """Ask the server to end, and give its exit code."""
        self.process.terminate()
        return self.process.wait(60)


def spawn(serving: Serving, log: Path) -> subprocess.Popen[bytes]:
    options = json.dumps(asdict(serving), default=str)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.api.server_process", options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=Path(__file__).parents[2],
            start_new_session=True,  # so that its processes can be ended together
        )


def wait_until_ready(running: Running) -> None:
    deadline = monotonic() + 60
    certificate = running.serving.certificate
    authority = certificate.read_text() if certificate else None
    with Client(running.serving.url, authority=authority) as client:
        while monotonic() < deadline:
            assert running.process.poll() is None, running.log.read_text()
            try:
                client.ready()
            except ServerUnreachable:
                running.process.poll()
                Event().wait(0.05)
            else:
                return
    raise AssertionError(running.log.read_text())
