"""Ports of loopback that nobody is given by chance while nobody listens on them yet, or again."""

import socket
from collections.abc import Iterator
from secrets import SystemRandom
from typing import Final

from agents.handset.errors import SandboxNotPossible

LOOPBACK: Final = "127.0.0.1"

# Below the ports that the system gives to clients, away from 5555–5585, where adb looks for
# emulators by itself.
PORTS: Final = range(20000, 32000)
TRIES: Final = 200


def some_ports() -> Iterator[int]:
    """Give ports to try, any of which will do; refuse when all of them were taken."""
    yield from SystemRandom().sample(PORTS, TRIES)  # two processes seeded alike would meet
    raise SandboxNotPossible("no free port was found")


def free_port() -> int:
    """Return a port that nobody listens on, and that no connection going out is given either."""
    return next(port for port in some_ports() if _free(port))


def bound_listener() -> socket.socket:
    """Return a socket listening on loopback, on a port that is kept when listening stops.

    The port is asked for by number: only then does the system leave it to us while the socket,
    shut down, does not listen.
    """
    return next(found for port in some_ports() if (found := _listening(port)))


def _listening(port: int) -> socket.socket | None:
    found = socket.socket()
    try:
        found.bind((LOOPBACK, port))
        # Connections of before must not keep us from listening again. Asked for only now: two
        # sockets that both asked before are given one port while neither listens.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.listen(64)
    except OSError:
        found.close()
        return None
    return found


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
