"""Phones that say in the network where they are, in a network made for the test alone."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.handset.adb_server import AdbServer
from agents.handset.handset import Handset
from agents.handset.inside import linux
from agents.handset.wireless import Wireless
from agents.phone.pairing import finds_phones
from agents.phone.server import Adb
from agents.station.home import Home
from cli.app import main
from tests.agents.station.desk import Desk, Running, present, until

pytestmark = [
    pytest.mark.handset,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a network of its own"),
]

OURS = "10.87.0.1"
LINKS = (
    "link set lo up",
    "link add wlan0 type veth peer name air",
    "link set air up",
    "link set wlan0 up multicast on",
    f"addr add {OURS}/24 dev wlan0",
    "route add 224.0.0.0/4 dev wlan0",
)


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """Put this thread, and all that it starts, into a network without anybody else."""
    with Path("/proc/thread-self/ns/net").open() as before:
        linux.unshare(linux.CLONE_NEWNET)
        try:
            for link in LINKS:
                subprocess.run(["ip", *link.split()], check=True)
            yield
        finally:
            linux.setns(before.fileno(), linux.CLONE_NEWNET)


@pytest.fixture
def hearing(network: None, handsets_possible: None) -> Iterator[AdbServer]:
    with AdbServer(hears=True) as server:
        yield server


@pytest.fixture
def agent(enrolled: Home, hearing: AdbServer) -> Iterator[Running]:
    running = Running(enrolled, hearing)
    running.start()
    yield running
    running.end()


def test_a_phone_is_found_by_its_name_when_it_is_paired_and_when_its_port_has_changed(
    desk: Desk,
    agent: Running,
    enrolled: Home,
    hearing: AdbServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(hearing.port))
    until(lambda: finds_phones(Adb(port=hearing.port)))
    with Handset(seed=False) as handset, Wireless(handset, OURS) as wireless:
        dialog = wireless.show_code()
        words = ["agent", "pair", dialog.address, "--home", str(enrolled.path)]
        done = CliRunner().invoke(main, words, input=dialog.code)
        assert done.exit_code == 0, done.output
        until(lambda: present(desk, handset))
        before = wireless.address

        wireless.switch_off()
        handset.reboot()
        until(lambda: not present(desk, handset))
        wireless.switch_on()

        assert wireless.address != before
        until(lambda: present(desk, handset), seconds=60)
