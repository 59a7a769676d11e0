"""Whose certificate an app is signed with is read out of its file, on the phone, by seeking."""

import hashlib
import shutil
import subprocess
import zipfile
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agents.handset.apk import apk, certificate
from agents.phone.parts import signing
from agents.phone.parts.slow import SIGNERS

PACKAGE = "com.tencent.mm"
SHELLS = [shell for shell in ("dash", "bash", "mksh") if shutil.which(shell)]


def own_certificate(name):
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2051, 1, 1, tzinfo=UTC))
    )
    return builder.sign(key, SHA256())


def asked(shell, path):
    """Run the part's own command over one file."""
    command = SIGNERS.command
    script = f"t(){{ [ $3 = {PACKAGE} ]&&echo package:{path};}};{command}"
    done = subprocess.run([shell, "-c", script], capture_output=True, check=False, timeout=20)
    return signing.parse(done.stdout.decode())


@pytest.fixture
def big(tmp_path):
    """A file with contents, and a list of them, around a signing block."""
    path = tmp_path / "a b" / "base.apk"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(300):
            archive.writestr(f"assets/{number}", bytes([number % 256]) * 4000)
    raw = path.read_bytes()
    start = int.from_bytes(raw[-6:-2], "little")
    block = apk("b1c41e2f")[:-22]
    end = raw[-22:-6] + (start + len(block)).to_bytes(4, "little") + raw[-2:]
    path.write_bytes(raw[:start] + block + raw[start:-22] + end)
    return path


@pytest.mark.parametrize("shell", SHELLS)
def test_the_certificate_is_found_before_the_list_of_contents(shell, big):
    assert asked(shell, big) == {
        PACKAGE: hashlib.sha256(certificate("b1c41e2f")).hexdigest(),
    }


@pytest.mark.parametrize("shell", SHELLS)
def test_an_older_file_has_it_among_its_contents(shell, tmp_path):
    mine, path = own_certificate("tencent"), tmp_path / "base.apk"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "x")
        archive.writestr("META-INF/COM_TENC.RSA", serialize_certificates([mine], Encoding.DER))
        archive.comment = b"channel 42"  # some shops write down where it was loaded from

    digest = hashlib.sha256(mine.public_bytes(Encoding.DER)).hexdigest()
    assert asked(shell, path) == {PACKAGE: digest}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all" * 40])
def test_what_is_no_app_tells_nothing(shell, tmp_path, content):
    path = tmp_path / "base.apk"
    path.write_bytes(content)

    assert asked(shell, path) is None


def test_of_several_certificates_none_is_surely_the_signers():
    both = serialize_certificates([own_certificate("a"), own_certificate("b")], Encoding.DER)

    assert signing.parse(f"apk={PACKAGE}\n{b64encode(both).decode()}\n") is None


def test_another_signer_has_another_digest():
    def digest(signature):
        block = b64encode(apk(signature)[:-22]).decode()
        return signing.parse(f"apk={PACKAGE}\n{block}\n")[PACKAGE]

    assert digest("b1c41e2f") != digest("5f3c9a1e")


@given(st.binary(max_size=200), st.integers(0, 150), st.integers(0, 150))
def test_no_block_breaks_the_parser(noise, start, end):
    block = apk("b1c41e2f")[:-22]
    spoilt = block[:start] + noise + block[end:-24] + block[-24:]

    signing.parse(f"apk=a.b\n{b64encode(spoilt).decode()}\napk=c.d\n{noise!r}")
