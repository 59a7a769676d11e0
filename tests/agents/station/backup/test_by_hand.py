"""docs/restore-by-hand.md, run as it stands there; and the same by one command of ours."""

import json
import os
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner

from cli.app import main
from cli.exits import NOT_FOUND, NOT_SO
from fleet.contracts.backups import BackupState
from fleet.contracts.spelling import BESIDE
from tests.agents.station.desk import Desk, backup_asked, backup_ended, present, until

pytestmark = pytest.mark.handset

PAGE = Path(__file__).parents[4] / "docs" / "restore-by-hand.md"
CONTRACT = "Download/WeiXin/合同 2026.pdf"
ODD = [b"new\nline", b"\xff raw", b"back\\slash", b"-dash", b"[a]*", b"n" * 250, b"tab\tcr\r"]


@pytest.fixture
def storage(desk: Desk, agent, handset, tmp_path) -> Path:
    """Give a folder with a copy of a storage after two backups of a phone, and an identity.

    The second goes on from the first, with a file that was moved meanwhile, and one pack of the
    first was sealed to other keys since. Station and server are gone by then, as they would be.
    """
    folder = handset.put(CONTRACT, b"%PDF" * 5000).parent
    for name in ODD:
        (folder / os.fsdecode(name)).write_bytes(name * 9)
    gone = handset.put("DCIM/gone.jpg", b"old")
    moved = handset.put("DCIM/trip.jpg", os.urandom(3000))
    until(lambda: present(desk, handset))
    first = backed_up(desk, handset)
    gone.unlink()
    handset.put("DCIM/new.jpg", os.urandom(5000))
    moved.rename(handset.put("Pictures/new.jpg", b"new").with_name("trip\n2.jpg"))
    second = backed_up(desk, handset)
    assert (second.base_id, second.carried > 0) == (first.id, True)
    agent.end()
    desk.switch_off()
    work = tmp_path / "by hand"
    shutil.copytree(desk.settings.home / "storage", work / "storage")
    (work / "identity.txt").write_text(f"# the company's\n{desk.identity}\n")
    seal_anew(work / "storage", desk.identity, first_pack(desk, first)).unlink()
    return work


def backed_up(desk, handset):
    asked = backup_asked(desk, handset)
    done = until(lambda: backup_ended(desk, asked))
    assert done.state is BackupState.COMPLETE, done.reasons
    return done


def first_pack(desk, backup) -> str:
    with desk.looking() as session:
        return session.merge(backup, load=False).packs[0].digest


def seal_anew(storage: Path, identity, digest: str, kind: str = "packs") -> Path:
    """Seal an object to other keys as well, and return the old one, which is still there."""
    other = pyrage.x25519.Identity.generate()
    old = storage / kind / digest[:2] / digest
    plain = pyrage.decrypt(old.read_bytes(), [identity])
    new = pyrage.encrypt(plain, [other.to_public(), identity.to_public()])
    name = sha256(new).hexdigest()
    (storage / kind / name[:2]).mkdir(exist_ok=True)
    (storage / kind / name[:2] / name).write_bytes(new)
    (storage / "resealed").mkdir(exist_ok=True)
    (storage / "resealed" / digest).write_text(name)
    return old


def blocks() -> str:
    return "\n".join(
        re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )


def by_hand(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )


def under(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def restored_of_phone(folder: Path) -> dict[str, bytes]:
    """Return what came back, but for what the phone was asked and never had as a file."""
    return {
        name: data for name, data in under(folder).items() if not name.startswith(BESIDE.decode())
    }


def backed_up_of(handset) -> dict[str, bytes]:
    return {
        name: data
        for name, data in under(handset.storage_path).items()
        if ".thumbnails" not in name and not name.startswith("Android/obb")
    }


def restored(folder: Path, *words: str, expect: int = 0) -> str:
    given = ("backup", "restore", "--from", folder / "storage", "--identity")
    arguments = ["--lang", "en", *given, folder / "identity.txt", *words]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == expect, result.output
    return result.stdout if "-o" in words else result.output


def test_the_page_gives_one_file_a_part_and_everything(storage, handset):
    done = by_hand(storage, blocks())

    assert done.returncode == 0, done.stderr + done.stdout
    assert under(storage / "one") == {CONTRACT: b"%PDF" * 5000}
    assert restored_of_phone(storage / "all") == backed_up_of(handset)
    part = "Download/WeiXin/"
    of_it = {name: data for name, data in backed_up_of(handset).items() if name.startswith(part)}
    assert {f"{part}{os.fsdecode(name)}" for name in ODD} <= of_it.keys()
    assert under(storage / "part") == of_it
    assert done.stdout.count("Signature Verified Successfully") == 2
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize("removed", [False, True], ids=["half done", "done"])
def test_the_page_follows_a_list_of_names_that_was_sealed_anew(storage, handset, desk, removed):
    for index in sorted(storage.glob("storage/indexes/??/*")):
        old = seal_anew(storage / "storage", desk.identity, index.name, "indexes")
        if removed:
            old.unlink()

    done = by_hand(storage, blocks())

    assert done.returncode == 0, done.stderr + done.stdout
    assert restored_of_phone(storage / "all") == backed_up_of(handset)
    assert done.stdout.count("Signature Verified Successfully") == 2


def test_the_page_names_what_is_damaged(storage):
    damaged = min(storage.glob("storage/packs/??/*"))
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)

    done = by_hand(storage, blocks())

    assert done.returncode == 1
    assert f"{damaged.name}: FAILED" in done.stdout


def test_one_command_of_ours_does_the_same(storage, handset):
    said = restored(storage, "--to", storage / "all")

    assert "signed by station bench-1" in said
    assert restored_of_phone(storage / "all") == backed_up_of(handset)


def test_the_backups_of_a_folder_are_listed_with_who_signed_them(storage):
    shown = json.loads(restored(storage, "--list", "-o", "json"))["items"]

    assert [one["trust"] for one in shown] == ["signed_by_both"] * 2
    assert {one["station"] for one in shown} == {"bench-1"}
    earlier = restored(storage, "--backup", shown[1]["backup"], "--to", storage / "earlier")
    assert shown[1]["backup"] in earlier
    assert under(storage / "earlier")["DCIM/gone.jpg"] == b"old"


def test_signatures_that_are_not_of_it_are_an_answer_of_no(storage):
    [newest, _older] = json.loads(restored(storage, "--list", "-o", "json"))["items"]
    for path in storage.glob("storage/seals/??/*"):
        text = path.read_text().replace(newest["phone"], "ANOTHER-1")
        path.write_text(text)

    said = restored(storage, "--to", storage / "all", expect=NOT_SO)

    assert "the signatures beside it are not of it" in said


def test_another_servers_key_is_an_answer_of_no(storage):
    said = restored(storage, "--to", storage / "all", "--server-key", "AAAA", expect=NOT_SO)
    assert "The server whose key was given has not signed it." in said


def test_another_identity_finds_nothing_in_a_folder(storage):
    (storage / "identity.txt").write_text(str(pyrage.x25519.Identity.generate()))

    said = restored(storage, "--to", storage / "all", expect=NOT_FOUND)

    assert "2 backups are sealed to other keys" in said
    assert not (storage / "all").exists()


def test_names_are_found_with_an_identity_and_no_server(storage):
    given = ["backup", "files", "--from", storage / "storage", "--identity"]
    words = [*given, storage / "identity.txt", "--find", "合同 2026", "-o", "json"]

    result = CliRunner().invoke(main, list(map(str, words)))

    [found] = json.loads(result.stdout)["items"]
    assert (found["path"], found["size"], found["state"]) == (CONTRACT, 20_000, "stored")
