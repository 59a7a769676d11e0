"""TLS from end to end: a real server with its own authority, the command line and a station."""

import socket
import ssl
import subprocess
import sys
import threading
from contextlib import closing

import httpx
import pytest

from api.client import Client
from api.client.refusals import (
    AuthorityUnreadable,
    CertificateExpired,
    CertificateNotTrusted,
    CertificateOfAnother,
    FingerprintWrong,
    PlainHttpRefused,
)
from api.client.transport import fetched_authority
from cli.exits import CONFLICT, INVALID, UNAVAILABLE
from cli.server.certificate import fingerprint, make_authority, make_certificate
from tests.ports import free_port

PASSWORD = "correct horse battery"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "tls"
    made.mkdir()
    make_authority(made)
    return made


@pytest.fixture
def serve(folder):
    """Start a TLS server with a certificate for these names; it answers everything with 200."""
    stop = []

    def start(*names, days=30):
        make_certificate(folder, names, days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        listener = socket.create_server(("127.0.0.1", 0))
        stop.append(listener)
        threading.Thread(target=_answer, args=(listener, context), daemon=True).start()
        return f"https://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in stop:
        listener.close()


def _answer(listener, context):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        try:
            with closing(context.wrap_socket(connection, server_side=True)) as secure:
                secure.recv(4096)
                body = b'{"status": "ready", "version": "1"}'
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except OSError:
            connection.close()


def ready(url, folder=None):
    authority = (folder / "authority.pem").read_text() if folder else None
    with Client(url, "wf_token", authority=authority) as client:
        return client.ready().status


def test_who_knows_the_authority_trusts_its_server(serve, folder):
    assert ready(serve("127.0.0.1"), folder) == "ready"


def test_who_does_not_know_it_trusts_nobody(serve):
    with pytest.raises(CertificateNotTrusted):
        ready(serve("127.0.0.1"))


def test_another_authority_with_the_same_name_is_another(serve, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    make_authority(other)

    with pytest.raises(CertificateNotTrusted):
        ready(serve("127.0.0.1"), other)


@pytest.mark.parametrize("name", ["127.0.0.2", "fleet.example.com"])
def test_a_certificate_for_another_name_is_refused(serve, folder, name):
    with pytest.raises(CertificateOfAnother):
        ready(serve(name), folder)


def test_a_certificate_that_has_ended_is_refused(serve, folder):
    with pytest.raises(CertificateExpired):
        ready(serve("127.0.0.1", days=0), folder)


@pytest.mark.parametrize("url", ["http://fleet.example.com", "http://192.0.2.7:8640"])
def test_plain_http_goes_to_this_machine_alone(url):
    with pytest.raises(PlainHttpRefused):
        Client(url)
    Client(url, insecure=True).close()
    Client("http://127.0.0.1:8640").close()


def test_nonsense_is_no_authority():
    with pytest.raises(AuthorityUnreadable):
        Client("https://127.0.0.1", authority="-----BEGIN CERTIFICATE-----\nxx\n")


@pytest.fixture
def running(workfleet, tmp_path):
    """Give a real server that speaks TLS with the certificate of its own authority."""
    home, port = workfleet.home, free_port()
    workfleet.say("server", "certificate", "--home", str(home), "--name", "127.0.0.1")
    log = (tmp_path / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "server", "serve", "--home", str(home), "--port", str(port)],
        stdout=log,
        stderr=log,
    )
    url = f"https://127.0.0.1:{port}"
    _wait_until_ready(url, process)
    yield url
    process.terminate()
    process.wait(60)
    log.close()


def _wait_until_ready(url, process):
    pause = threading.Event()
    for _ in range(300):
        try:
            if httpx.get(f"{url}/api/ready", verify=False).is_success:  # noqa: S501
                return
        except httpx.TransportError:
            assert process.poll() is None
        pause.wait(0.1)
    raise AssertionError("the server did not get ready")


def program(workfleet, *words, typed=""):
    """Run a command as a program of its own, over the network."""
    import os

    env = {**os.environ, "WORKFLEET_CONFIG": str(workfleet.config)}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--lang", "en", *words],
        env=env,
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_colleague_logs_in_and_a_station_enrols_by_the_fingerprint(running, workfleet, tmp_path):
    workfleet.run("server", "set-password", "liuyang", "--password-stdin", typed=PASSWORD)
    mark = fingerprint(workfleet.home / "tls" / "authority.pem")
    login = ("--profile", "tls", "login", "--server", running, "--username", "liuyang")

    code, said = program(workfleet, *login, "--password-stdin", typed=PASSWORD)
    assert (code, "--fingerprint" in said) == (UNAVAILABLE, True)

    wrong = mark[:-2] + ("00" if not mark.endswith("00") else "11")
    code, said = program(
        workfleet, *login, "--password-stdin", "--fingerprint", wrong, typed=PASSWORD
    )
    assert (code, "another fingerprint" in said) == (UNAVAILABLE, True)

    code, said = program(
        workfleet, *login, "--password-stdin", "--fingerprint", mark, typed=PASSWORD
    )
    assert code == 0, said
    own = f"{PASSWORD}\none of my own choice\n"
    assert program(workfleet, "--profile", "tls", "password", "--password-stdin", typed=own)[0] == 0

    code, said = program(workfleet, "--profile", "tls", "station", "invite", "bench-1")
    assert code == 0, said
    invitation = said.split("bench-1: ")[1].split()[0]
    home = tmp_path / "station"
    code, said = program(
        workfleet,
        *("station", "enroll", running, "--code", invitation, "--home", str(home)),
        *("--fingerprint", mark),
    )
    assert code == 0, said
    assert "BEGIN CERTIFICATE" in (home / "station.json").read_text()

    headers = httpx.get(f"{running}/api/ready", verify=False).headers  # noqa: S501
    assert headers["strict-transport-security"]


def test_the_fingerprint_of_the_authority_is_compared(running, workfleet):
    mark = fingerprint(workfleet.home / "tls" / "authority.pem")

    assert "BEGIN CERTIFICATE" in fetched_authority(running, mark.lower().replace(":", ""))
    with pytest.raises(FingerprintWrong):
        fetched_authority(running, "00" * 32)


def test_a_server_speaks_in_clear_to_this_machine_alone(workfleet):
    refusal = workfleet.refusal(
        "server", "serve", "--home", str(workfleet.home), "--host", "0.0.0.0", expect=CONFLICT
    )

    assert "server certificate" in refusal


def test_a_certificate_is_made_shown_and_renewed_by_the_same_authority(workfleet):
    home = ("--home", str(workfleet.home), "--name", "fleet.example.com")
    assert "would be made" in workfleet.say("server", "certificate", *home, "--dry-run")
    workfleet.say("server", "certificate", *home)
    tls = workfleet.home / "tls"
    authority, first = (tls / "authority.pem").read_text(), (tls / "server.pem").read_text()

    workfleet.say("server", "certificate", *home, "--yes")

    assert (tls / "authority.pem").read_text() == authority
    assert (tls / "server.pem").read_text() != first
    assert (tls / "server.key").stat().st_mode & 0o077 == 0
    assert (
        "396 more days" in workfleet.run("server", "doctor", "--home", str(workfleet.home)).output
    )


def test_plain_http_to_another_machine_is_refused_at_login(workfleet):
    words = ("login", "--server", "http://192.0.2.7", "--username", "x", "--password-stdin")

    code, said = program(workfleet, *words, typed=PASSWORD)

    assert (code, "--insecure" in said) == (INVALID, True)
