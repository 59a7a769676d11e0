"""A restore gives back what was read, and names everything it cannot give back."""

import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict
from pathlib import Path

import pyrage
import pytest
import zstandard

from agents.station.backup import errors, names
from agents.station.backup.restoring.folder import NAMES, OURS
from agents.station.backup.restoring.report import Report
from fleet.contracts.backups import FileState
from tests.agents.station.backup.made import IDENTITY, Made
from tests.pieces import FromPieces, restore


@pytest.fixture
def made(tmp_path) -> Made:
    return Made(tmp_path)


@pytest.fixture
def identity(tmp_path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(f"# created: now\n# public key: age1…\n{IDENTITY}\n")
    return file


@pytest.fixture
def put_back(tmp_path, made, identity):
    def run(manifest: bytes | None = None, **given) -> Report:
        manifest = made.manifest() if manifest is None else manifest
        chunks = [manifest[:50], manifest[50:]]
        return restore(FromPieces(made.open, chunks, **given), identity, tmp_path / "to")

    return run


def restored(tmp_path) -> list[str]:
    """Return what is in the target beside what a later run needs to go on."""
    return sorted(file.name for file in (tmp_path / "to").iterdir() if file.name != OURS)


def test_every_file_comes_back_with_its_name_bytes_and_time(made, put_back, tmp_path):
    files = {"微信/图 片.jpg".encode(): b"jpeg", b"odd\xff\nname": b"x" * 3000, b"empty": b""}
    made.pack(files)
    made.pack({b"DCIM/big": os.urandom(3_000_000)})

    report = put_back()

    assert report.whole
    assert (report.files, report.size) == (4, 3_003_004)
    for name, data in files.items():
        there = tmp_path / "to" / os.fsdecode(name)
        assert (there.read_bytes(), there.stat().st_mtime) == (data, 1700000000.25)


def test_a_damaged_pack_is_named_and_the_others_are_restored(made, put_back, tmp_path):
    made.pack({b"lost": b"1", b"lost too": b"2"})
    made.pack({b"good": b"3"})
    made.packs[0] = made.packs[0][:-1] + bytes([made.packs[0][-1] ^ 1])
    manifest = Made(made.folder, made.packs, made.lines).manifest(
        packs=["0" * 64, hashlib.sha256(made.packs[1]).hexdigest()]
    )

    report = put_back(manifest)

    assert not report.whole
    assert report.damaged_packs == {1: "digest"}
    assert [(one.path, one.reason) for one in report.problems] == [
        ("lost", "pack 1: digest"),
        ("lost too", "pack 1: digest"),
    ]
    assert restored(tmp_path) == ["good"]


@pytest.mark.parametrize("cut", [0, 10, 150, 400_000])
def test_a_pack_cut_off_before_it_was_stored_is_named_whatever_its_digest(made, put_back, cut):
    made.pack({b"a": os.urandom(300_000), b"b": os.urandom(300_000)})
    made.packs[0] = made.packs[0][:cut]

    report = put_back()

    assert report.damaged_packs
    assert "b" in {problem.path for problem in report.problems}


def sealed(tar: bytes) -> bytes:
    return pyrage.encrypt(zstandard.compress(tar), [IDENTITY.to_public()])


@pytest.mark.parametrize("kept", [512, 1024, -1024, -512])
def test_an_archive_without_its_end_is_named(made, put_back, kept):
    made.pack({b"a": b"1"})
    plain = zstandard.ZstdDecompressor().stream_reader(pyrage.decrypt(made.packs[0], [IDENTITY]))
    made.packs[0] = sealed(plain.read()[:kept])

    assert set(put_back().damaged_packs) == {1}


@pytest.mark.parametrize("name", [b"../out", b"/etc/x", b"a/../../b", b"a//b", b"./a", b""])
def test_a_path_that_leads_outside_is_refused_by_name(made, put_back, tmp_path, name):
    made.pack({name: b"evil", b"good": b"fine"})
    before = {file.name for file in tmp_path.iterdir()}

    report = put_back()

    assert {problem.reason for problem in report.problems} <= {"escapes", "not_in_pack"}
    assert len(report.problems) == 1
    assert report.files == 1
    assert {file.name for file in tmp_path.iterdir()} - before == {"to"}


def test_a_link_in_a_pack_is_refused_by_name(made, put_back, tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        link = tarfile.TarInfo("way out")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    made.packs.append(sealed(out.getvalue()))
    made.line(b"way out", pack=1, sha256="0" * 64)

    report = put_back()

    assert [problem.reason for problem in report.problems] == ["not_a_file"]
    assert not os.path.lexists(tmp_path / "to" / "way out")


def test_a_file_with_another_hash_is_not_restored(made, put_back, tmp_path):
    made.pack({b"a": b"1"})
    made.lines[0] = made.lines[0].model_copy(update={"sha256": "0" * 64})

    report = put_back()

    assert [problem.reason for problem in report.problems] == ["differs"]
    assert restored(tmp_path) == []


def test_a_file_read_again_comes_from_the_later_pack(made, put_back, tmp_path):
    made.pack({b"a": b"old"})
    made.lines.clear()
    made.pack({b"a": b"new"})

    assert put_back().whole
    assert (tmp_path / "to" / "a").read_bytes() == b"new"


def test_what_the_backup_never_got_is_named_apart(made, put_back):
    made.line(b"secret", state=FileState.MISSING, reason="unreadable: Permission denied")

    report = put_back()

    assert report.whole
    [lost] = report.never_stored
    assert (lost.path, lost.reason) == ("secret", "unreadable: Permission denied")


def test_another_identity_restores_nothing(made, put_back, identity, tmp_path):
    made.pack({b"a": b"1"})
    identity.write_text(str(pyrage.x25519.Identity.generate()))

    with pytest.raises(errors.IdentityDoesNotOpen):
        put_back()
    assert restored(tmp_path) == []


@pytest.mark.parametrize("text", ["", "# only a comment\n", "AGE-SECRET-KEY-1NONSENSE", "\x00\xff"])
def test_a_file_that_is_no_identity_is_refused_by_name(put_back, identity, text):
    identity.write_bytes(text.encode("latin-1"))
    with pytest.raises(errors.IdentityInvalid):
        put_back()


def test_a_folder_with_something_in_it_is_left_alone(made, put_back, tmp_path):
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "mine").touch()
    with pytest.raises(errors.TargetNotEmpty):
        put_back()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-7],
        lambda whole: b"",
        lambda whole: b"not zstd at all",
        lambda whole: whole[:30] + bytes([whole[30] ^ 0xFF]) + whole[31:],
    ],
)
def test_a_damaged_manifest_restores_nothing(made, put_back, damage):
    made.pack({b"a": b"1"})
    with pytest.raises(errors.ManifestDamaged):
        put_back(damage(made.manifest()))


def test_a_manifest_that_lost_a_line_restores_nothing(made, put_back):
    made.pack({b"a": b"1"})
    with pytest.raises(errors.ManifestDamaged):
        put_back(made.manifest(listed=2))


def test_a_manifest_that_is_not_the_stored_one_restores_nothing(made, put_back):
    made.pack({b"a": b"1"})
    with pytest.raises(errors.ManifestDamaged):
        put_back(digest="0" * 64)


@pytest.mark.parametrize(
    "name", [b"a:b", b"con", b"x/NUL.txt", b"dot.", b"blank ", b"\xff", b"a\tb", b"a\\b"]
)
def test_a_name_windows_cannot_hold_is_known_before_it_is_tried(name):
    assert names.problem(name, windows=True) == names.IMPOSSIBLE
    assert names.problem(name, windows=False) is None


def test_a_name_this_system_cannot_hold_loses_no_file_and_is_in_the_list_of_names(
    made, put_back, tmp_path
):
    made.pack({b"n" * 300 + b".JPG": b"1", b"good": b"2"})

    report = put_back()

    assert (report.whole, report.files) == (True, 2)
    [renamed] = report.renamed
    assert (renamed.path, renamed.reason) == ("n" * 300 + ".JPG", "name_impossible")
    assert (tmp_path / "to" / renamed.restored_as).read_bytes() == b"1"
    [line] = (tmp_path / "to" / NAMES).read_text("utf-8").splitlines()
    assert json.loads(line) == asdict(renamed)
