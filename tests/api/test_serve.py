import datetime as dt
import ipaddress
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.client import Client, Refused, ServerUnreachable
from api.client.refusals import CertificateNotTrusted
from api.serve import Serving, serve
from fleet.contracts.access import Role, UserIn
from fleet.contracts.clock import now
from fleet.keys.keyring import KeyFileMissing
from tests.factories import FOUNDER


def test_several_processes_and_threads_store_everything_once(start_server, token_of):
    running = start_server(processes=2, threads=4)

    def add(number: int) -> str:
        with Client(running.serving.url, token_of(FOUNDER)) as client:
            person = UserIn(username=f"u{number % 20}", name="U", role=Role.AUDITOR)
            try:
                return client.add_user(person).username
            except Refused as refusal:
                return refusal.code

    token_of(FOUNDER)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, range(40)))

    assert sorted(set(answers)) == sorted({"username_taken", *(f"u{n}" for n in range(20))})
    assert answers.count("username_taken") == 20


def test_the_log_of_a_running_server_is_json_and_without_the_token(start_server, token_of):
    running = start_server()
    with Client(running.serving.url, token_of(Role.OPERATOR)) as client:
        client.whoami()
    running.stop()

    text = running.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert any(line["route"] == "/api/v1/whoami" and line["status"] == 200 for line in lines)
    assert token_of(Role.OPERATOR) not in text


def test_a_server_ends_when_it_is_asked_to(start_server):
    running = start_server(processes=2)

    assert running.stop() == 0
    with pytest.raises(ServerUnreachable):
        Client(running.serving.url).ready()
    with pytest.raises(ProcessLookupError):
        os.killpg(running.process.pid, 0)


def test_a_server_without_its_key_does_not_start(settings):
    settings.key_path.unlink()

    with pytest.raises(KeyFileMissing):
        serve(Serving(home=settings.home))


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "workfleet test")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - dt.timedelta(days=1))
        .not_valid_after(now() + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "server.crt", folder / "server.key"


def test_with_a_certificate_it_speaks_tls_to_those_who_trust_it(start_server, settings, token_of):
    public, private = certificate(settings.home)
    running = start_server(certificate=public, key=private)

    with Client(
        running.serving.url, token_of(Role.OPERATOR), authority=public.read_text()
    ) as trusting:
        assert [one.role for one in trusting.whoami().roles] == [Role.OPERATOR]
    with pytest.raises(CertificateNotTrusted), Client(running.serving.url) as distrusting:
        distrusting.ready()
