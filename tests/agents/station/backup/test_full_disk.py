"""A disk that is full is told as that, whoever writes to it: never as damage."""

from pathlib import Path

import pyrage
import pytest

from agents.station.backup import manifest, opening
from agents.station.backup.progress import Progress
from agents.station.backup.sources import Sources
from agents.station.errors import StationDiskFull
from fleet.contracts.backups import BackupTask
from tests.agents.station.backup.made import IDENTITY, Made
from tests.pieces import FromPieces, restore
from tests.shelf import NAMES


@pytest.fixture
def full(monkeypatch):
    """Let whatever is written under a name go to a disk that is full."""

    def fill(name):
        real = Path.open

        def opened(path, *rest, **named):
            return real(Path("/dev/full") if path.name == name else path, *rest, **named)

        monkeypatch.setattr(Path, "open", opened)

    return fill


@pytest.mark.parametrize("name", ["index.zst", "index.age", "manifest.zst"])
def test_the_lists_of_a_backup(tmp_path, full, name):
    task = BackupTask(
        backup="b", roots=[], excludes=[], recipients=["x"], pack_bytes=1 << 20, sealed_names=""
    )
    progress = Progress(tmp_path)
    writing = manifest.Writing(progress, task, "s", "x", NAMES, [IDENTITY.to_public()], Sources([]))
    full(name)

    with pytest.raises(StationDiskFull):
        writing.write()

    progress.close()


@pytest.mark.parametrize("name", ["pack-1.age", "plain", "part"])
def test_a_restore(tmp_path, full, name):
    made, identity = Made(tmp_path), tmp_path / "key.txt"
    identity.write_text(str(IDENTITY))
    made.pack({b"a.bin": bytes(3_000_000)})
    full(name)

    with pytest.raises(StationDiskFull):
        restore(FromPieces(made.open, [made.manifest()]), identity, tmp_path / "to")


def test_an_index(tmp_path, full):
    full("sealed")

    with pytest.raises(StationDiskFull):
        opening.keep([bytes(3_000_000)], tmp_path / "sealed", None)


def test_what_is_decrypted(tmp_path, full):
    (tmp_path / "sealed").write_bytes(pyrage.encrypt(bytes(3_000_000), [IDENTITY.to_public()]))
    full("plain")

    with pytest.raises(StationDiskFull):
        opening.unlock(tmp_path / "sealed", tmp_path / "plain", [IDENTITY], tmp_path / "key")
