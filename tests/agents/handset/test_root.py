"""The system of the phones is built once, from a verified source, or refused clearly."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agents.handset.errors import RootNotBuilt
from agents.handset.packages import archives_in
from agents.handset.root import handset_root, recipe_digest

# What `apt-get update --print-uris` prints, with made-up archives.
LISTED = """\
'http://one.example/postgres/dists/bookworm/main/binary-amd64/Packages.xz' one 0
'http://mirror.example/d/debian/dists/bookworm/InRelease' mirror 0
'http://mirror.example/d/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror 0
'http://mirror.example/d/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz' mirror 0
'http://mirror.example/d/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' s 0
"""


def test_the_archive_is_the_machines_own_and_the_likeliest_debian_comes_first() -> None:
    assert archives_in(LISTED) == ["http://mirror.example/d/debian", "http://one.example/postgres"]


def test_a_machine_without_an_archive_names_none() -> None:
    assert archives_in("") == []


def test_a_machine_without_apt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFLEET_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(RootNotBuilt, match="apt-get"):
        handset_root()

    assert [path.name for path in tmp_path.iterdir()] == ["handset-root.lock"]


def test_an_archive_that_does_not_answer_is_refused_and_leaves_no_half_built_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKFLEET_CACHE", str(tmp_path))
    monkeypatch.setattr("agents.handset.packages.archives", lambda: ["file:///nowhere/debian"])

    with pytest.raises(RootNotBuilt, match="apt-get"):
        handset_root()

    assert [path.name for path in tmp_path.iterdir()] == ["handset-root.lock"]


@pytest.mark.handset
def test_two_builders_at_once_build_one_root(
    handsets_possible: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKFLEET_CACHE", str(tmp_path))

    with ThreadPoolExecutor(2) as builders:
        roots = list(builders.map(lambda _: handset_root(), range(2)))

    assert roots[0] == roots[1] == tmp_path / f"handset-root-{recipe_digest()}"
    assert (roots[0] / "system/bin/sh").stat().st_mode & 0o111
    assert os.readlink(roots[0] / "sdcard") == "storage/self/primary"  # noqa: PTH115
    assert {path.name for path in tmp_path.iterdir()} == {"handset-root.lock", roots[0].name}
