"""The commands as processes: a server that serves, an agent that works, a phone that answers."""

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from agents.handset.adb_server import AdbServer
from agents.handset.faults import NoOpSetPin, YesToAllVerify
from agents.handset.handset import Handset
from cli.app import main
from cli.exits import (
    CONFLICT,
    INTERRUPTED,
    INVALID,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_SO,
    OK,
    USAGE,
)
from tests.ports import free_port

PATIENCE = 90.0  # seconds for any one thing on a busy machine
PAUSE = Event()
Opened = Callable[..., str]

pytestmark = pytest.mark.handset


@dataclass
class Bench:
    """Runs `workfleet` in folders of its own, and ends what it started."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "WORKFLEET_CONFIG": str(self.folder / "config"),
            "WORKFLEET_HOME": str(self.folder / "home"),
            "WORKFLEET_STATION": str(self.folder / "station"),
            "COLUMNS": "160",
            "LC_ALL": "C.UTF-8",
        }
        return {**os.environ, **own}

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{words[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "cli", *words],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
            )
        self.running.append(process)
        return process

    def run(self, *words: str, expect: int = OK, typed: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *words],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == expect, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        """Return what a command answers, asked in this process: it is asked again and again."""
        asked = CliRunner().invoke(main, ["-o", "json", *words], env=self.environment)
        assert asked.exit_code == OK, (words, asked.exit_code, asked.output)
        return json.loads(asked.stdout)

    def end(self) -> None:
        for process in reversed(self.running):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def wait_until(true: Callable[[], object]) -> None:
    deadline = monotonic() + PATIENCE
    while not true():
        assert monotonic() < deadline
        PAUSE.wait(0.2)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, adb_server: AdbServer) -> Iterator[Bench]:
    """Give a server and the agent of a station, started by their own commands."""
    bench, port = Bench(tmp_path_factory.mktemp("bench")), free_port()
    with ExitStack() as stack:
        stack.callback(bench.end)
        bench.run("server", "init", "--url", f"http://127.0.0.1:{port}")
        bench.start("server", "serve", "--port", str(port))
        wait_until(lambda: answers(port))
        code = bench.json("station", "invite", "bench-1")["code"]
        assert "bench-1" in bench.run("station", "enroll", "--code", code)
        bench.run("station", "enroll", "--code", code, expect=CONFLICT)
        bench.start("agent", "run", "--adb-port", str(adb_server.port))
        yield bench


@pytest.fixture(scope="module")
def phones(bench: Bench, adb_server: AdbServer) -> Iterator[dict[str, Handset]]:
    """Give an honest phone and a liar by their tags, once the server knows them."""
    liar = [NoOpSetPin(), YesToAllVerify()]
    with (
        Handset("xiaomi-14-hyperos", adb=adb_server) as honest,
        Handset("oppo-find-x7-coloros", adb=adb_server, faults=liar) as other,
    ):
        wait_until(lambda: {honest.serial, other.serial} <= tags_of(bench).keys())
        tags = tags_of(bench)
        yield {tags[honest.serial]: honest, tags[other.serial]: other}


def tags_of(bench: Bench) -> dict[str, str]:
    """Return the tags of the phones that the server knows, by their serial numbers."""
    return {one["serial"]: one["tag"] for one in bench.json("device", "list")["items"]}


@pytest.fixture
def honest(bench: Bench, phones: dict[str, Handset]) -> str:
    """Give the tag of the honest phone, its PIN in the vault."""
    tag, phone = next(iter(phones.items()))
    adopt = ("credential", "adopt", tag, "--reason", "told", "--from-stdin")
    if bench.json("device", "show", tag)["pin"] == "none":
        bench.run(*adopt, typed=str(phone.lock.secret))
    return tag


@pytest.fixture
def liar(phones: dict[str, Handset]) -> str:
    return list(phones)[1]


def test_a_rotation_is_waited_for_and_proven(
    bench: Bench, honest: str, phones: dict[str, Handset]
) -> None:
    before = phones[honest].lock.secret

    said = bench.run("rotate", honest, "--reason", "due", "--wait")

    assert f"{honest} proven" in said
    shown = bench.json("credential", "disclose", honest, "--reason", "to compare")
    assert shown["value"] == phones[honest].lock.secret != before


def test_a_pin_changed_behind_our_back_is_found_told_and_proven_again(
    bench: Bench, honest: str, phones: dict[str, Handset]
) -> None:
    phone = phones[honest]
    bench.run("rotate", honest, "--wait")
    phone.person.change_pin("190264")
    counted = phone.lock.wrong_total

    said = bench.run("device", "check", honest, "--yes", "--wait", expect=NOT_SO)

    assert f"{honest}: refused" in said
    assert f"workfleet rotation recover {honest}" in said
    assert "recover" in bench.run("rotate", honest, expect=CONFLICT)
    backups = bench.json("backup", "list", "--device", honest, "--state", "complete")["items"]
    left = bench.run("rotation", "recover", honest, "--dry-run")
    assert "Nothing was changed" in left
    assert ("There is no complete backup" in left) == (not backups)
    assert ("What came after the backup" in left) == bool(backups)
    assert phone.lock.wrong_total == counted + 1

    told = ("rotation", "recover", honest, "--told", "--from-stdin", "--yes")
    said = bench.run(*told, typed="190264")

    assert f"{honest} proven" in said
    value = bench.json("credential", "disclose", honest, "--reason", "to compare")["value"]
    assert value == phone.lock.secret != "190264"
    [finding] = bench.json("finding", "list", "--device", honest, "--rule", "pin_refused")["items"]
    assert finding["closed_because"] == "accepted"
    [incident] = bench.json("incident", "list")["items"]
    assert [one["level"] for one in incident["measures"]] == ["proven"]


def test_a_phone_that_lies_is_left_as_it_was_and_its_build_is_untrusted(
    bench: Bench, liar: str, phones: dict[str, Handset]
) -> None:
    adopt = ("credential", "adopt", liar, "--reason", "told", "--from-stdin")
    bench.run(*adopt, typed=phones[liar].profile.pin or "730516")
    before = phones[liar].lock.secret

    said = bench.run("rotate", liar, "--wait", expect=NOT_SO)

    assert f"{liar} refused — " in said
    assert "is UNTRUSTED" in said
    assert phones[liar].lock.secret == before
    assert "rotation builds" in bench.run("rotate", liar, expect=CONFLICT)
    [build] = bench.json("rotation", "builds", "list", "--trust", "untrusted")["items"]
    assert build["phones"] == 1


def test_what_is_due_is_changed_and_watched_until_it_ended(
    bench: Bench, honest: str, phones: dict[str, Handset]
) -> None:
    bench.run("credential", "disclose", honest, "--reason", "makes it due")
    make_due(bench, honest)
    before = phones[honest].lock.secret

    said = bench.run("rotation", "run", "--due", "--station", "bench-1", "--wait")

    assert f"{honest} proven" in said
    assert phones[honest].lock.secret != before
    assert "Nothing is due." in bench.run("rotation", "run", "--due", "--station", "bench-1")


def test_ctrl_c_while_watching_leaves_them_to_the_stations(bench: Bench, honest: str) -> None:
    """The phone is at no station, so that the command certainly still watches."""
    tag = bench.json("device", "add", "FAR-AWAY-2")["tag"]
    adopt = ("credential", "adopt", tag, "--reason", "told", "--from-stdin")
    bench.run(*adopt, typed="402917")
    make_due(bench, tag)
    watching = bench.start("rotation", "run", "--due", "--wait")
    log = bench.folder / "rotation.log"
    wait_until(lambda: "at once" in log.read_text("utf-8"))

    watching.send_signal(signal.SIGINT)

    assert watching.wait(PATIENCE) == INTERRUPTED
    assert "run it again to follow" in log.read_text("utf-8")
    [rotation] = bench.json("rotation", "list", "--subject", tag, "--live", "true")["items"]
    bench.run("job", "cancel", bench.json("job", "list", "--device", tag)["items"][0]["id"])
    assert rotation["state"] == "planned"


def make_due(bench: Bench, tag: str) -> None:
    """Let a value be due now, as its age makes it due some day."""
    from contextlib import closing
    from sqlite3 import connect

    with closing(connect(bench.folder / "home/data/workfleet.db")) as database, database:
        due = "UPDATE credential SET due_at = '2026-01-01 00:00:00.000000' WHERE subject = ?"
        database.execute(due, [tag])


@pytest.fixture(scope="module")
def second(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Let a second person in, who works at a machine of her own."""
    first, own = "chosen by the desk", "correct horse battery"
    named = ("--name", "Qian Wei", "--role", "security")
    bench.run("user", "add", "qian", *named, "--password-stdin", typed=first)
    known = tomllib.loads((bench.folder / "config/profiles.toml").read_text("utf-8"))
    server = known["profile"]["local"]["server"]
    hers = Bench(tmp_path_factory.mktemp("hers"))
    hers.run("login", "--username", "qian", "--server", server, "--password-stdin", typed=first)
    hers.run("password", "--password-stdin", typed=f"{first}\n{own}\n")
    return hers


@pytest.fixture
def opened(bench: Bench, second: Bench) -> Callable[..., str]:
    """Ask for an opening, have it approved, and return its number."""

    def ask(*backup: str, purpose: str = "drill") -> str:
        asked = ("opening", "request", *backup, "--purpose", purpose, "--reason", "to try")
        number = bench.json(*asked)["number"]
        second.run("opening", "approve", number, "--note", "agreed")
        return number

    return ask


def test_a_backup_comes_back_as_it_was(
    bench: Bench,
    honest: str,
    phones: dict[str, Handset],
    tmp_path: Path,
    opened: Callable[..., str],
) -> None:
    phones[honest].put("Documents/客户 名单.txt", "王芳".encode())
    done = bench.run("backup", "run", honest, "--wait")
    assert "complete, verified" in done
    number = bench.json("backup", "list", "--device", honest)["items"][0]["number"]
    identity = str(bench.folder / "home/backup-identity.txt")
    restore = ("backup", "restore", number, "--identity")
    said = bench.run(*restore, identity, "--to", str(tmp_path / "back"), expect=NOT_ALLOWED)
    assert f"workfleet opening request {number}" in said
    opening = opened(number)

    said = bench.run(*restore, identity, "--to", str(tmp_path / "back"))

    assert "each equal to the manifest" in said
    assert "It is in the trail: verified." in said
    [found] = (tmp_path / "back").rglob("客户 名单.txt")
    assert found.read_bytes() == "王芳".encode()
    assert number in bench.run("backup", "show", number)
    assert "closed" in bench.run("opening", "show", opening)
    opened(number)
    bench.run(*restore, identity, "--to", str(tmp_path / "back"), expect=CONFLICT)


@pytest.fixture
def bounded(bench: Bench) -> Iterator[None]:
    """Let the station take 100 kB a second until the test has ended, however it does."""
    limit = ("station", "limit", "bench-1")
    assert "97.7 KiB/s" in bench.run(*limit, "--backup-rate", "100kB/s")
    yield
    bench.run(*limit, "--unlimited")


@pytest.mark.usefixtures("bounded")
def test_a_backup_is_slowed_down_paused_and_gone_on_with(
    bench: Bench, honest: str, phones: dict[str, Handset]
) -> None:
    for number in range(6):
        phones[honest].put(f"DCIM/{number}.bin", os.urandom(500_000))
    wait_until(lambda: bench.json("station", "list")["items"][0]["backup_rate"] == 100_000)
    number = bench.json("backup", "run", honest)["number"]
    wait_until(lambda: rate_of(bench, honest))

    assert "is paused" in bench.run("backup", "pause", number)
    assert bench.json("backup", "show", number)["state"] == "paused"
    bench.run("station", "limit", "bench-1", "--unlimited")
    bench.run("backup", "resume", number)

    assert "complete, verified" in bench.run("backup", "watch", number)
    assert "has ended" in bench.run("backup", "pause", number, expect=CONFLICT)


def rate_of(bench: Bench, tag: str) -> int | None:
    """Return how fast the newest backup of a phone goes, and see that it keeps to the bound."""
    job = bench.json("job", "list", "--device", tag, "--kind", "backup")["items"][0]
    rate: int | None = job["rate"]
    assert rate is None or rate < 300_000
    return rate


def test_a_cancelled_backup_is_asked_about_first(bench: Bench) -> None:
    tag = bench.json("device", "add", "FAR-AWAY-3")["tag"]
    number = bench.json("backup", "run", tag)["number"]
    assert "Nothing was changed" in bench.run("backup", "cancel", number, "--dry-run")

    assert "is cancelled" in bench.run("backup", "cancel", number, "--yes")

    assert "No backup is under way" in bench.run("backup", "watch", "--station", "bench-1")


def test_a_part_of_a_backup_is_found_by_name_and_comes_back(
    bench: Bench, honest: str, phones: dict[str, Handset], tmp_path: Path, opened: Opened
) -> None:
    phones[honest].put("Documents/回执 7.txt", b"receipt")
    bench.run("backup", "run", honest, "--wait")
    number = bench.json("backup", "list", "--device", honest)["items"][0]["number"]
    opening = opened(number)
    given = (number, "--identity", str(bench.folder / "home/backup-identity.txt"))
    part = ("backup", "restore", *given, "--only", "*/回执 *")

    [found] = bench.json("backup", "files", *given, "--find", "回执 7")["items"]
    assert (found["path"], found["size"]) == ("Documents/回执 7.txt", 7)
    nothing = ("--only", "nowhere/*", "--to", str(tmp_path / "none"))
    bench.run("backup", "restore", *given, *nothing, expect=NOT_FOUND)
    would = bench.json(*part, "--to", str(tmp_path / "part"), "--dry-run")
    assert (would["files"], would["size"]) == (1, 7)
    assert "1 files of" in bench.run(*part, "--to", str(tmp_path / "part"), "--dry-run")
    assert not (tmp_path / "part").exists()
    assert "It is in the trail: none." in bench.run(*part, "--to", str(tmp_path / "part"))
    [there] = (tmp_path / "part").rglob("*.txt")
    assert there.read_bytes() == b"receipt"
    assert bench.json("opening", "show", opening)["state"] == "approved"  # for the rest
    bench.run("backup", "restore", *given, "--to", str(tmp_path / "all"))
    assert bench.json("opening", "show", opening)["state"] == "closed"


def test_a_file_goes_back_to_a_phone_that_is_on_this_machine(
    bench: Bench, honest: str, phones: dict[str, Handset], adb_server: AdbServer, opened: Opened
) -> None:
    lost = phones[honest].put("Documents/lost.txt", b"receipt")
    bench.run("backup", "run", honest, "--wait")
    number = bench.json("backup", "list", "--device", honest)["items"][0]["number"]
    opened(number)
    lost.unlink()
    given = (number, "--identity", str(bench.folder / "home/backup-identity.txt"))
    port = ("--adb-port", str(adb_server.port))
    back = ("backup", "restore", *given, "--only", "Documents", "--to-phone", honest, *port)

    bench.run(*back, expect=USAGE)  # nobody is at a terminal to say yes
    said = bench.run(*back, "--yes")

    assert lost.read_bytes() == b"receipt"
    assert "of them were there already, and equal" in said
    trail = bench.json("audit", "tail", "--event", "backup.restored")["items"]
    assert (trail[-1]["details"]["to"], trail[-1]["details"]["phone"]) == ("phone", honest)


def test_a_wrong_identity_opens_nothing(
    bench: Bench, honest: str, tmp_path: Path, opened: Callable[..., str]
) -> None:
    from pyrage import x25519

    bench.run("backup", "run", honest, "--wait")
    number = bench.json("backup", "list", "--device", honest)["items"][0]["number"]
    (tmp_path / "wrong").write_text(str(x25519.Identity.generate()))
    opened(number)

    restore = ("backup", "restore", number, "--identity", str(tmp_path / "wrong"))
    done = bench.run(*restore, "--to", str(tmp_path / "back"), expect=INVALID)

    assert "AGE-SECRET-KEY" not in done
    assert not list((tmp_path / "back").rglob("*.*"))


def test_a_damaged_pack_is_named(
    bench: Bench, honest: str, tmp_path: Path, opened: Callable[..., str]
) -> None:
    backup = _backed_up(bench, honest)
    opened(backup["number"])

    restore = ("backup", "restore", backup["number"], "--to", str(tmp_path / "back"))
    identity = str(bench.folder / "home/backup-identity.txt")
    with _damaged(bench, backup):
        said = bench.run(*restore, "--identity", identity, expect=NOT_SO)

    assert "✗ pack 1 is damaged" in said


def _backed_up(bench: Bench, tag: str) -> Any:
    bench.run("backup", "run", tag, "--wait")
    return bench.json("backup", "list", "--device", tag)["items"][0]


@contextmanager
def _damaged(bench: Bench, backup: Any) -> Iterator[None]:
    """Flip a bit of a pack for a while: later backups of the phone go on from it."""
    with _lost(bench, backup["packs"][0]["digest"]) as stored:
        content = bytearray(stored.good)
        content[len(content) // 2] ^= 1
        stored.path.write_bytes(content)
        yield


class Lost(NamedTuple):
    path: Path
    good: bytes


@contextmanager
def _lost(bench: Bench, digest: str) -> Iterator[Lost]:
    """Take an object out of the storage for a while."""
    [path] = (bench.folder / "home/storage").rglob(digest)
    stored = Lost(path, path.read_bytes())
    path.unlink()
    try:
        yield stored
    finally:
        path.write_bytes(stored.good)


@pytest.fixture
def add_key(bench: Bench, second: Bench, tmp_path: Path) -> Callable[[str], str]:
    """Add an escrow key that another person confirms, and return the file with its identity."""
    from pyrage import x25519

    def add(name: str) -> str:
        path, identity = tmp_path / f"{name}.txt", x25519.Identity.generate()
        path.write_text(str(identity))
        recipient = str(identity.to_public())
        kept = ("--kept-by", "Zhao", "--kept-at", "bank", "--reason", "a fire", "--yes")
        said = bench.run("escrow", "add", name, recipient, *kept)
        printed = bench.run("escrow", "fingerprint", recipient).strip()
        assert printed in said
        confirm = ("escrow", "confirm", name, "--fingerprint", printed, "--note", "compared")
        bench.run(*confirm, expect=NOT_ALLOWED)
        second.run(*confirm)
        return str(path)

    return add


def test_the_identity_in_the_bank_is_shown_to_open_what_it_should(
    bench: Bench, add_key: Callable[[str], str]
) -> None:
    bank = add_key("bank")
    assert "opens what is sealed" in bench.run("escrow", "check", "bank", "--identity", bank)

    other = str(bench.folder / "home/backup-identity.txt")
    bench.run("escrow", "check", "bank", "--identity", other, expect=INVALID)
    assert bench.json("escrow", "show", "bank")["custody"] == "proven"


def test_old_backups_are_sealed_anew_and_come_back_with_the_new_key_alone(
    bench: Bench,
    honest: str,
    liar: str,
    tmp_path: Path,
    opened: Callable[..., str],
    add_key: Callable[[str], str],
) -> None:
    old = add_key("stolen")
    sound, broken = _backed_up(bench, honest), _backed_up(bench, liar)
    new = add_key("safe")
    bench.run("escrow", "retire", "stolen", "--reason", "the bag is gone", "--yes")
    reseal = ("escrow", "reseal", "--identity", old, "--yes")
    bench.run(*reseal, expect=NOT_ALLOWED)
    opened(purpose="reseal")

    with _damaged(bench, broken), _lost(bench, broken["index"]):
        said = bench.run(*reseal, expect=NOT_SO)

    assert f"✗ {broken['number']}, pack 1: digest" in said
    assert f"✗ {broken['number']}, index: not_in_storage" in said
    assert f"✓ {sound['number']}, index" in said
    assert _digests(bench, broken) == [pack["digest"] for pack in broken["packs"]]
    _must_be_named(bench, sound)
    opened(sound["number"])
    restore = ("backup", "restore", sound["number"], "--to", str(tmp_path / "back"))
    bench.run(*restore, "--identity", old, expect=INVALID)
    assert "each equal to the manifest" in bench.run(*restore, "--identity", new)


def _digests(bench: Bench, backup: Any) -> list[str]:
    return [pack["digest"] for pack in bench.json("backup", "show", backup["number"])["packs"]]


def _must_be_named(bench: Bench, before: Any) -> None:
    """Hold the storage alone to it: the old objects are gone; it says where the new ones are."""
    now, storage = bench.json("backup", "show", before["number"]), bench.folder / "home/storage"
    firsts = [before["index"], *(pack["digest"] for pack in before["packs"])]
    for first, digest in zip(firsts, [now["index"], *_digests(bench, before)], strict=True):
        note = storage / "resealed" / first
        assert note.read_text() == f"{digest}\n"
        assert list(storage.rglob(first)) == [note]
        assert list(storage.rglob(digest))


def test_ctrl_c_while_waiting_leaves_the_job_alone(bench: Bench) -> None:
    """The phone is at no station, so that the command certainly still waits."""
    tag = bench.json("device", "add", "FAR-AWAY-1")["tag"]
    waiting = bench.start("rotate", tag, "--wait")
    log = bench.folder / "rotate.log"
    wait_until(lambda: "waiting" in log.read_text("utf-8"))

    waiting.send_signal(signal.SIGINT)

    assert waiting.wait(PATIENCE) == INTERRUPTED
    assert "It goes on at the station" in log.read_text("utf-8")
    [rotation] = bench.json("rotation", "list", "--subject", tag)["items"]
    assert rotation["state"] == "planned"


def test_a_phone_is_captured_and_understood_without_a_server(
    bench: Bench, phones: dict[str, Handset], adb_server: AdbServer, tmp_path: Path
) -> None:
    phone, port = next(iter(phones.values())), ("--adb-port", str(adb_server.port))
    assert phone.address in bench.run("phone", "list", *port)

    bench.run("phone", "capture", phone.address, "--to", str(tmp_path / "visit"), *port)

    facts = json.loads(bench.run("phone", "inspect", str(tmp_path / "visit"), "--json"))
    assert facts["identity"]["serial"] == phone.serial
    assert facts["os"]["skin"] == "hyperos"
    assert "HyperOS" in bench.run("phone", "inspect", str(tmp_path / "visit"))
    bench.run(
        "phone", "capture", "no-such-phone", "--to", str(tmp_path / "x"), *port, expect=NOT_FOUND
    )


def test_a_virtual_phone_runs_until_ctrl_c(bench: Bench, adb_server: AdbServer) -> None:
    port = ("--adb-port", str(adb_server.port))
    running = bench.start("handset", "run", "--profile", "vivo-x100-originos", *port)
    log = bench.folder / "handset.log"
    wait_until(lambda: "Ctrl-C" in log.read_text("utf-8"))

    running.send_signal(signal.SIGINT)

    assert running.wait(PATIENCE) == OK
