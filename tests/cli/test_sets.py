"""A set is whole or it is none, opens for its recipients alone, and every wrong bit is found."""

import base64
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from threading import Event

import pyrage
import pytest

from cli.exits import CONFLICT, INVALID, NOT_FOUND, NOT_SO, UNAVAILABLE
from cli.server.sets import making, sealing
from cli.server.sets.errors import ToolMissing
from cli.server.sets.manifest import Manifest, signed
from cli.server.sets.tools import tool_for
from cli.server.vault import who_sits_here
from fleet.audit import services
from fleet.audit.signing import signing_key
from fleet.keys.files import read_keys, replace_keys
from fleet.keys.keyring import Keyring
from fleet.settings import load
from migrations import current, downgrade, newest
from tests.cli.conftest import Workfleet
from tests.test_canary import forms

PAUSE = Event()
PIN = "40291746385920"


@pytest.fixture
def identity(workfleet: Workfleet, folders: Path) -> Path:
    """Put the identity where it belongs: away from the server."""
    (workfleet.home / "backup-identity.txt").rename(folders / "identity.txt")
    return folders / "identity.txt"


@pytest.fixture
def backed_up(workfleet: Workfleet, identity: Path, folders: Path) -> Workfleet:
    """Give a server whose vault knows one PIN."""
    workfleet.run("device", "add", "R58M123ABC")
    adopt = ("credential", "adopt", "WF-0001", "--reason", "told", "--from-stdin")
    workfleet.run(*adopt, typed=PIN)
    return workfleet


def backup(workfleet: Workfleet, *more: object) -> Path:
    to = workfleet.home.parent / "sets"
    return Path(workfleet.json("server", "backup", "--to", to, *more)["path"])


def restore(workfleet: Workfleet, made: Path, *more: object, expect: int = 0) -> str:
    folders = workfleet.home.parent
    words = ("server", "restore", made, "--identity", folders / "identity.txt", "--yes")
    done = workfleet.run(*words, "--home", folders / "new", *more, expect=expect)
    return done.stdout + done.stderr


def left(workfleet: Workfleet) -> list[str]:
    """Return what a restore has left beside the server that was."""
    return [path.name for path in workfleet.home.parent.iterdir() if "new" in path.name]


def events(workfleet: Workfleet) -> list[str]:
    return [one["event"] for one in workfleet.json("audit", "tail")["items"]]


def test_a_set_is_for_its_owner_and_says_what_is_in_it(backed_up: Workfleet) -> None:
    made = backup(backed_up)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()}
    manifest = json.loads((made / "manifest.json").read_text())
    assert (stat.S_IMODE(made.stat().st_mode), modes) == (0o700, {0o600})
    assert {path.name for path in made.iterdir()} == {
        "manifest.json", *(one["name"] for one in manifest["files"])
    }  # fmt: skip
    assert manifest["secrets"] == {"count": 1, "shut": 0}
    assert manifest["trail"]["whole"]
    assert "storage" in manifest["not_in_it"]


def test_the_trail_tells_of_it_after_the_set_itself(backed_up: Workfleet) -> None:
    made = backup(backed_up)

    entry = backed_up.client.audit().items[0]
    manifest = json.loads((made / "manifest.json").read_text())
    assert (entry.event, entry.subject) == ("server.backed_up", made.name)
    assert entry.on_behalf
    assert entry.details["entries"] == manifest["trail"]["entries"] == entry.sequence - 1


def test_no_secret_is_in_a_set_in_clear(backed_up: Workfleet, identity: Path) -> None:
    made = backup(backed_up)

    keys = [backed_up.home / "keys" / name for name in ("key-encryption.key", "checkpoint.key")]
    secrets = [base64.b64decode(path.read_text()) for path in keys]
    secrets += [PIN.encode(), identity.read_text().splitlines()[-1].encode()]
    profile = (backed_up.config / "profiles.toml").read_text()
    secrets.append(profile.partition('token = "')[2].partition('"')[0].encode())
    content = b"".join(path.read_bytes() for path in made.iterdir())
    assert [secret for secret in secrets for form in forms(secret) if form in content] == []
    assert b"SQLite format" not in content


def test_a_set_opens_with_the_public_tools(backed_up: Workfleet, identity: Path) -> None:
    made, to = backup(backed_up), backed_up.home.parent / "by-hand"
    to.mkdir()

    script = """age -d -i "$0" "$1/workfleet.db.zst.age" | zstd -d > "$2/workfleet.db"
    age -d -i "$0" "$1/keys.tar.age" | tar -x -C "$2"
    sqlite3 "$2/workfleet.db" 'PRAGMA integrity_check; SELECT entries FROM audit_head'"""
    words = ["bash", "-e", "-o", "pipefail", "-c", script, identity, made, to]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()

    entries = json.loads((made / "manifest.json").read_text())["trail"]["entries"]
    assert said == ["ok", str(entries)]
    key = "keys/key-encryption.key"
    assert (to / key).read_bytes() == (backed_up.home / key).read_bytes()
    assert (to / "settings.toml").read_bytes() == (backed_up.home / "settings.toml").read_bytes()


def test_a_server_made_from_it_opens_the_same_secret(backed_up: Workfleet) -> None:
    said = restore(backed_up, backup(backed_up))

    new = backed_up.home.parent / "new"
    assert "vault: verified — 1 of 1 secrets open" in said
    assert "1 phones and 0 accounts are unproven" in said
    assert "All 1 secrets open." in backed_up.say("vault", "check", "--home", new)
    private = (
        "settings.toml",
        "keys/key-encryption.key",
        "keys/checkpoint.key",
        "data/workfleet.db",
    )
    assert {stat.S_IMODE((new / name).stat().st_mode) for name in private} == {0o600}
    assert left(backed_up) == ["new"]


def test_a_dry_run_reads_all_of_it_and_makes_nothing(backed_up: Workfleet) -> None:
    assert "whole and opens" in restore(backed_up, backup(backed_up), "--dry-run")
    assert left(backed_up) == []

    to = backed_up.home.parent / "others"
    assert "would be made" in backed_up.say("server", "backup", "--to", to, "--dry-run")
    assert not to.exists()


@pytest.mark.parametrize("name", ["manifest.json", "keys.tar.age", "workfleet.db.zst.age"])
@pytest.mark.parametrize("place", [0.0, 0.5, 0.99])
def test_one_wrong_bit_anywhere_is_found(backed_up: Workfleet, name: str, place: float) -> None:
    made = backup(backed_up)
    content = bytearray((made / name).read_bytes())
    content[int(len(content) * place)] ^= 1
    (made / name).write_bytes(content)

    said = restore(backed_up, made, expect=INVALID if _is_no_manifest(made) else CONFLICT)

    assert name in said
    assert name == "manifest.json" or "another digest" in said  # before age would say so
    assert left(backed_up) == []


def _is_no_manifest(made: Path) -> bool:
    """Tell whether the wrong bit made it unreadable, where otherwise the signature is wrong."""
    try:
        Manifest.model_validate_json((made / "manifest.json").read_bytes())
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("name", ["keys.tar.age", "workfleet.db.zst.age"])
def test_a_file_that_is_cut_or_missing_is_named(backed_up: Workfleet, name: str) -> None:
    made = backup(backed_up)
    whole = (made / name).read_bytes()

    (made / name).write_bytes(whole[:-1])
    assert f"{name} of the set" in restore(backed_up, made, expect=CONFLICT)

    (made / name).unlink()
    assert "it is missing" in restore(backed_up, made, expect=CONFLICT)
    assert left(backed_up) == []


def test_a_set_of_somebody_else_is_found_where_the_key_is_known(backed_up: Workfleet) -> None:
    """Anybody can seal to a recipient and sign with a key of his own: the key tells him apart."""
    made = backup(backed_up)
    ours = json.loads((made / "manifest.json").read_text())["key"]
    assert "whole and opens" in restore(backed_up, made, "--key", ours, "--dry-run")

    other = signing_key(made.parent / "other.key")
    forged = Manifest.model_validate_json((made / "manifest.json").read_bytes())
    key = base64.b64encode(other.public_key().public_bytes_raw()).decode()
    forged = forged.model_copy(update={"key": key})
    (made / "manifest.json").write_text(signed(forged, other))

    assert "signed with the key" in restore(backed_up, made, "--key", ours, expect=INVALID)


def test_a_wrong_identity_and_what_is_none_are_refused(backed_up: Workfleet, folders: Path) -> None:
    made = backup(backed_up)
    (folders / "identity.txt").write_text(str(pyrage.x25519.Identity.generate()))
    assert "does not open" in restore(backed_up, made, expect=INVALID)

    (folders / "identity.txt").write_text("a shopping list\n")
    assert "no age identity" in restore(backed_up, made, expect=INVALID)
    assert left(backed_up) == []


def test_a_folder_that_is_no_set_is_refused(backed_up: Workfleet, folders: Path) -> None:
    assert "no set" in restore(backed_up, folders / "config", expect=NOT_FOUND)


def test_a_set_of_a_later_version_is_refused(backed_up: Workfleet) -> None:
    made = backup(backed_up)
    key = signing_key(load(backed_up.home).checkpoint_key)
    later = Manifest.model_validate_json((made / "manifest.json").read_bytes())
    later = later.model_copy(update={"revision": "of_tomorrow"})
    (made / "manifest.json").write_text(signed(later, key))

    assert "of_tomorrow" in restore(backed_up, made, expect=CONFLICT)


def test_a_set_of_an_earlier_version_is_brought_on(backed_up: Workfleet) -> None:
    """The revision before had all that is looked at while a set is made."""
    settings = load(backed_up.home)
    downgrade(settings.database)
    to = backed_up.home.parent / "sets"
    made, _ = making.make_set(settings, to, settings.recipients, actor=who_sits_here())

    assert "brought on from" in restore(backed_up, made)
    assert current(load(backed_up.home.parent / "new").database) == newest()


def test_keys_that_come_and_go_around_the_snapshot_are_both_in_the_set(
    backed_up: Workfleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is added before the snapshot's moment, and the one of before is removed after it."""
    real, path = making.snapshot_of, load(backed_up.home).key_path
    [first] = read_keys(path)

    def rekeyed(settings, work, pinned):
        Keyring.add_key(path)
        fresh = read_keys(path)[-1]

        def retired() -> None:
            replace_keys(path, [fresh])
            pinned()

        return real(settings, work, retired)

    monkeypatch.setattr(making, "snapshot_of", rekeyed)
    made = backup(backed_up)

    assert read_keys(path) != [first]
    assert "vault: verified — 1 of 1" in restore(backed_up, made)
    new = backed_up.home.parent / "new/keys/key-encryption.key"
    assert read_keys(new) == [first, *read_keys(path)]


def test_a_secret_that_does_not_open_is_said_and_stops_neither(backed_up: Workfleet) -> None:
    backed_up.home.joinpath("keys/key-encryption.key").write_text("A" * 43 + "=\n")
    to = backed_up.home.parent / "sets"

    done = backed_up.run("server", "backup", "--to", to, expect=NOT_SO)

    assert "1 secrets do not open" in done.stderr
    [made] = to.iterdir()
    assert "vault: none — 0 of 1" in restore(backed_up, made, expect=NOT_SO)


def test_keys_from_outside_are_not_in_the_set(
    backed_up: Workfleet, monkeypatch: pytest.MonkeyPatch, identity: Path
) -> None:
    path = backed_up.home / "keys/key-encryption.key"
    monkeypatch.setenv("THE_KEYS", path.read_text().strip())
    monkeypatch.setenv("WORKFLEET_KEY_VARIABLE", "THE_KEYS")
    done = backed_up.run("server", "backup", "--to", backed_up.home.parent / "sets")

    assert "not in it" in done.stderr
    [made] = (backed_up.home.parent / "sets").iterdir()
    sealed = (made / "keys.tar.age").read_bytes()
    opened = pyrage.decrypt(
        sealed, [pyrage.x25519.Identity.from_str(identity.read_text().split()[-1])]
    )
    with tarfile.open(fileobj=io.BytesIO(opened)) as tar:
        names = sorted(tar.getnames())
    assert names == ["keys/checkpoint.key", "settings.toml"]
    assert "vault: verified" in restore(backed_up, made)

    monkeypatch.delenv("THE_KEYS")
    shutil.rmtree(backed_up.home.parent / "new")
    assert "THE_KEYS" in restore(backed_up, made, expect=UNAVAILABLE)
    assert left(backed_up) == []


def test_the_oldest_sets_go_and_nothing_else(backed_up: Workfleet) -> None:
    sets = [backup(backed_up) for _ in range(3)]
    (sets[1] / "keys.tar.age").unlink()  # not whole: it counts for nothing, and stays
    to = sets[0].parent
    (to / "thesis").mkdir()
    shutil.copytree(sets[0], to / "my-copy")
    plan = backed_up.say("server", "backup", "--to", to, "--keep", "2", "--dry-run")
    assert f"{sets[0].name} would be removed" in plan

    removed = backed_up.json("server", "backup", "--to", to, "--keep", "2")["removed"]

    assert removed == [sets[0].name]
    assert {"thesis", "my-copy", sets[1].name, sets[2].name} < {one.name for one in to.iterdir()}
    assert not sets[0].exists()
    assert "server.sets_removed" in events(backed_up)


def test_sets_of_another_server_are_left_alone(backed_up: Workfleet, folders: Path) -> None:
    theirs = backup(backed_up)
    (load(backed_up.home).checkpoint_key).unlink()  # the next one signs with a key of its own

    backup(backed_up, "--keep", "1")

    assert theirs.exists()


def test_without_a_recipient_nothing_is_made(backed_up: Workfleet) -> None:
    to = backed_up.home.parent / "sets"
    wrong = ("server", "backup", "--to", to, "--recipient", "age1nonsense")
    assert "not an age recipient" in backed_up.refusal(*wrong, expect=INVALID)
    assert not to.exists()


def test_a_full_disk_leaves_nothing_that_looks_like_a_set(
    backed_up: Workfleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def full(path, *rest, **named):
        return real("/dev/full" if str(path).endswith(".age") else path, *rest, **named)

    monkeypatch.setattr(sealing.os, "O_EXCL", 0)
    monkeypatch.setattr(sealing.os, "open", full)
    to = backed_up.home.parent / "sets"

    refused = backed_up.refusal("server", "backup", "--to", to, expect=UNAVAILABLE)

    assert "No space left" in refused
    assert list(to.iterdir()) == []
    assert "server.backed_up" not in events(backed_up)


def test_a_set_without_its_entry_is_taken_back(
    backed_up: Workfleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is written as the transaction ends, after the set has its name."""

    def fails(*_given):
        raise RuntimeError("the database went away")

    to = backed_up.home.parent / "sets"
    with monkeypatch.context() as patch:
        patch.setattr(services, "_append", fails)
        backed_up.run("server", "backup", "--to", to, expect=1)

    assert list(to.iterdir()) == []


PAUSED = """
import signal, sys
from pathlib import Path
from {module} import {name} as real
import {module} as module
def paused(*given, **named):
    Path(sys.argv[1]).touch()
    signal.pause()
module.{name} = paused
from cli.app import main
main(sys.argv[2:])
"""


def killed(script: str, flag: Path, *words: object) -> None:
    """Run a command that stands still at the instant of `script`, and kill it there."""
    process = subprocess.Popen([sys.executable, "-c", script, str(flag), *map(str, words)])
    while not flag.exists():
        assert process.poll() is None
        PAUSE.wait(0.05)
    process.kill()
    process.wait()


def test_a_backup_that_is_killed_leaves_no_set_and_the_next_one_tidies_up(
    backed_up: Workfleet,
) -> None:
    to = backed_up.home.parent / "sets"
    script = PAUSED.format(module="cli.server.sets.making", name="check_files")

    killed(script, to.parent / "flag", "server", "backup", "--to", to)

    [part] = to.iterdir()
    assert part.name.endswith(".part")
    assert "no set" in restore(backed_up, to, expect=NOT_FOUND)
    made = backup(backed_up)
    assert list(to.iterdir()) == [made]
    assert not list(backed_up.home.glob(".backup-in-making-*"))


def test_a_restore_that_is_killed_leaves_no_server_and_the_next_one_tidies_up(
    backed_up: Workfleet, identity: Path
) -> None:
    made, folders = backup(backed_up), backed_up.home.parent
    script = PAUSED.format(module="cli.server.sets.restoring", name="settle_in")

    words = ("server", "restore", made, "--identity", identity, "--home", folders / "new", "--yes")
    killed(script, folders / "flag", *words)

    [remains] = left(backed_up)
    assert "in-making" in remains
    assert "vault: verified" in restore(backed_up, made)
    assert left(backed_up) == ["new"]


def test_a_tool_that_is_too_old_is_refused_with_its_package() -> None:
    with pytest.raises(ToolMissing) as refused:
        tool_for("pg_dump", 99)

    assert "postgresql-client-99" in str(refused.value)
