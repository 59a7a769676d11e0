"""What a file of an app says of itself: read, or refused by a reason, whatever it holds."""

import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agents.handset.apk import app_file, binary_manifest, certificate
from fleet.contracts.apks import ApkUnclear, manifest_of, read_apk
from tests.effort import effort

PACKAGE = "com.tencent.mm"


@pytest.fixture
def read(tmp_path):
    def read(raw):
        path = tmp_path / "app.apk"
        path.write_bytes(raw)
        return read_apk(path)

    return read


def reason(read, raw):
    with pytest.raises(ApkUnclear) as unclear:
        read(raw)
    return unclear.value.reason


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_name_version_and_signer_are_read(read):
    found = read(app_file(PACKAGE, version_code=2980, version_name="8.0.70", signature="b1c41e2f"))

    assert (found.package, found.version_code, found.version_name) == (PACKAGE, 2980, "8.0.70")
    assert found.certificate == hashlib.sha256(certificate("b1c41e2f")).hexdigest()


def test_a_version_may_be_longer_than_a_word(read):
    code = 7 << 32 | 12

    assert read(app_file(PACKAGE, version_code=code)).version_code == code


def test_a_comment_at_the_end_is_stepped_over(read):
    raw = app_file(PACKAGE, version_code=1)
    with_comment = raw[:-2] + b"\x0a\0" + b"channel 42"

    assert read(with_comment).package == PACKAGE


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no_app"),
        (b"PK", "no_app"),
        (b"no archive at all" * 40, "no_app"),
        (zipped({"a.txt": b"a"}), "no_app"),
        (zipped({"AndroidManifest.xml": b"<manifest/>"}), "no_certificate"),
        (zipped({"AndroidManifest.xml": binary_manifest(PACKAGE, 1, "1")}), "no_certificate"),
        (zipped({"base.apk": b"", "split_config.zh.apk": b""}), "split_app"),
        (app_file(PACKAGE, version_code=1, split="config.zh"), "split_app"),
        (app_file("../../etc", version_code=1), "no_app"),
        (app_file("com.a; rm -rf /", version_code=1), "no_app"),
    ],
)
def test_what_installs_not_alone_is_refused_by_a_reason(read, raw, why):
    assert reason(read, raw) == why


def test_a_manifest_that_swells_is_not_unpacked(read):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", bytes(64 << 20))

    assert reason(read, packed.getvalue()) == "no_app"


@effort(150)
@given(some.data())
def test_a_spoilt_file_is_refused_or_read(tmp_path_factory, data):
    raw = bytearray(app_file(PACKAGE, version_code=2980, size=10))
    for _ in range(data.draw(some.integers(1, 6))):
        raw[data.draw(some.integers(0, len(raw) - 1))] = data.draw(some.integers(0, 255))
    del raw[data.draw(some.integers(len(raw) // 2, len(raw))) :]
    path = tmp_path_factory.mktemp("apk") / "app.apk"
    path.write_bytes(raw)

    try:
        assert read_apk(path).package
    except ApkUnclear as unclear:
        assert unclear.reason in {"no_app", "no_certificate", "split_app"}


@effort(300)
@given(some.data())
def test_no_manifest_breaks_the_reader(data):
    raw = bytearray(binary_manifest(PACKAGE, 2980, "8.0.70"))
    for _ in range(data.draw(some.integers(0, 8))):
        raw[data.draw(some.integers(0, len(raw) - 1))] = data.draw(some.integers(0, 255))
    start = data.draw(some.integers(0, len(raw)))

    manifest_of(bytes(raw[:start] + data.draw(some.binary(max_size=30)) + raw[start:]))
    manifest_of(data.draw(some.binary(max_size=200)))
