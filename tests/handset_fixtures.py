"""Fixtures with virtual phones: an adb server for each worker, phones for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.handset.root import handset_root

StartHandset = Callable[..., Handset]


@pytest.fixture(scope="session")
def handsets_possible() -> None:
    """Build the phone's root; a suite that skipped its phones would prove nothing."""
    handset_root()


@pytest.fixture(scope="session")
def adb_server(handsets_possible: None) -> Iterator[AdbServer]:
    """Give an adb server that sees only the phones of this worker."""
    with AdbServer() as server:
        yield server


@pytest.fixture
def start_handset(adb_server: AdbServer) -> Iterator[StartHandset]:
    """Start phones that end with the test: `start_handset("oppo-…", faults=[…])`."""
    with ExitStack() as running:

        def start(profile: str = "xiaomi-14-hyperos", **choices: Any) -> Handset:
            choices.setdefault("adb", adb_server)
            return running.enter_context(Handset(profile, **choices))

        yield start


@pytest.fixture
def handset(start_handset: StartHandset) -> Handset:
    """Give one honest phone, connected to `adb_server`."""
    return start_handset()
