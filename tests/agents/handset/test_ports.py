"""Ports that stay free while nobody listens on them."""

import socket
from pathlib import Path

from agents.handset.adb_server import AdbServer
from agents.handset.ports import free_port

CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_connection_that_goes_out_is_given_a_port_that_was_found_free():
    first, last = map(int, CLIENTS.read_text().split())
    server = AdbServer()
    server.stop()

    for found in (*(free_port() for _ in range(50)), server.port):
        assert not first <= found <= last


def test_a_port_that_somebody_listens_on_is_not_found(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr("agents.handset.ports.some_ports", lambda: iter((port, 17777)))

        assert free_port() == 17777
