"""Fixtures: places for a doctor to look at."""

from pathlib import Path

import pytest

from agents.phone.server import Adb
from agents.station.doctor import Place
from fleet.contracts.words import speaking
from tests.ports import free_port


@pytest.fixture(autouse=True)
def _in_english():
    with speaking("en"):
        yield


@pytest.fixture
def nowhere() -> Adb:
    """Give an adb server that does not run."""
    return Adb("127.0.0.1", free_port())


@pytest.fixture
def place(tmp_path: Path, nowhere: Adb) -> Place:
    """Give a place where nothing is."""
    return Place(
        tmp_path / "station",
        (nowhere,),
        root=tmp_path / "root",
        environment={"HOME": str(tmp_path / "user"), "PATH": ""},
    )
