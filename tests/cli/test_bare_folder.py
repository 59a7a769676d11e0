"""A copy of the storage on a machine that knows no server: a backup of old, which nobody signed."""

import csv
import io
import json
from hashlib import sha256
from pathlib import Path

import pytest

from cli.exits import CONFLICT, NOT_FOUND, NOT_SO, USAGE
from tests.agents.station.backup.made import IDENTITY, Made

FILES = {b"DCIM/a.jpg": b"a" * 10, b"DCIM/b.jpg": b"b" * 30, b"Download/=c.txt": b"c" * 20}


@pytest.fixture
def made(folders) -> Made:
    made = Made(folders)
    made.pack(FILES)
    made.line(b"Download/secret", state="missing", reason="unreadable: Permission denied")
    return made


@pytest.fixture
def stored(folders: Path, made: Made) -> tuple[str, ...]:
    """Give the words that name the folder and the identity."""
    for kind, content in (("packs", made.packs[0]), ("manifests", made.manifest(format=1))):
        put(folders, kind, content)
    (folders / "identity.txt").write_text(str(IDENTITY))
    return ("--from", str(folders / "storage"), "--identity", str(folders / "identity.txt"))


def put(folders: Path, kind: str, content: bytes) -> None:
    digest = sha256(content).hexdigest()
    place = folders / "storage" / kind / digest[:2] / digest
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_names_are_sorted_paged_and_exported(anywhere, stored):
    first = anywhere("backup", "files", *stored, "--sort", "-size", "--limit", "2", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(first.stdout.removeprefix("\ufeff"))))
    assert [row["path"] for row in rows] == ["DCIM/b.jpg", "Download/=c.txt"]
    assert "--after 2" in first.stderr

    second = anywhere("backup", "files", *stored, "--sort", "-size", "--after", "2", "-o", "json")
    shown = json.loads(second.stdout)
    assert [one["path"] for one in shown["items"]] == ["DCIM/a.jpg", "Download/secret"]
    assert shown["next"] is None


def test_names_are_found_by_text_pattern_and_state(anywhere, stored):
    for words, found in (
        (("--find", "C.TXT"), ["Download/=c.txt"]),
        (("--only", "DCIM"), ["DCIM/a.jpg", "DCIM/b.jpg"]),
        (("--state", "missing"), ["Download/secret"]),
    ):
        done = anywhere("backup", "files", *stored, *words, "-o", "json")
        assert [one["path"] for one in json.loads(done.stdout)["items"]] == found
    assert "No file fits." in anywhere("backup", "files", *stored, "--find", "nothing").stdout


def test_a_field_that_no_file_has_is_not_sorted_by(anywhere, stored):
    done = anywhere("backup", "files", *stored, "--sort", "path; DROP TABLE wanted")
    assert (done.exit_code, "Sort by one of" in done.stderr) == (USAGE, True)


def test_what_nobody_has_signed_is_restored_and_said_to_be_so(anywhere, stored, folders):
    done = anywhere("backup", "restore", *stored, "--to", folders / "back")

    assert done.exit_code == 0
    assert "nobody has signed it" in done.stderr
    assert "the backup never had: Download/secret" in done.stdout
    assert (folders / "back/DCIM/b.jpg").read_bytes() == b"b" * 30


def test_where_the_server_must_have_signed_nobodys_signature_is_a_no(anywhere, stored, folders):
    done = anywhere("backup", "restore", *stored, "--to", folders / "back", "--server-key", "AAAA")

    assert done.exit_code == NOT_SO
    assert (folders / "back/DCIM/b.jpg").exists()


def test_a_pack_that_is_lost_is_an_answer_of_no(anywhere, stored, folders):
    [pack] = (folders / "storage/packs").glob("??/*")
    pack.unlink()

    done = anywhere("backup", "restore", *stored, "--to", folders / "back")

    assert done.exit_code == NOT_SO
    assert "✗ pack 1 is damaged: not_in_storage" in done.stdout


def test_of_two_phones_one_must_be_named(anywhere, stored, folders, made):
    put(folders, "manifests", made.manifest(format=1, serial="other"))

    refused = anywhere("backup", "restore", *stored, "--to", folders / "back")
    assert (refused.exit_code, "other, s" in refused.stderr) == (CONFLICT, True)
    there = anywhere("backup", "restore", *stored, "--to", folders / "back", "--phone", "other")
    assert (there.exit_code, "b of other" in there.stderr) == (0, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--to", "a", "--to-phone", "b"), USAGE),
        ((), USAGE),
        (("--to", "a", "--overwrite"), USAGE),
        (("--to", "a", "--backup", "x"), NOT_FOUND),
        (("--to", "a", "--only", "x"), NOT_FOUND),
    ],
)
def test_what_cannot_be_meant_does_nothing(anywhere, stored, folders, monkeypatch, words, code):
    monkeypatch.chdir(folders)
    assert anywhere("backup", "restore", *stored, *words).exit_code == code
    assert not (folders / "a").exists()


def test_a_list_of_names_that_is_damaged_is_named(anywhere, stored, folders):
    [names] = (folders / "storage/manifests").glob("??/*")
    names.write_bytes(names.read_bytes()[:-5] + b"12345")

    done = anywhere("backup", "restore", *stored, "--to", folders / "back")

    assert done.exit_code == NOT_FOUND
    assert f"The list of names {names.name[:12]} is damaged." in done.stderr
