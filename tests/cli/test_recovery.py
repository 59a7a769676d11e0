"""The restore drill: a set of a server that serves and is written to, and a server made from it.

On both databases, with real processes; what was acknowledged before the set is in the server that
comes out of it.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from api.client import Client
from api.serve import Serving
from cli.app import main
from cli.profiles import chosen
from cli.server.place import sessions_on
from cli.server.sets import restoring
from cli.server.sets.tools import access_to
from fleet.access.actor import SYSTEM
from fleet.contracts.access import LoginIn
from fleet.contracts.credentials import AdoptIn, CredentialKind, DiscloseIn
from fleet.contracts.devices import DeviceIn
from fleet.keys.keyring import Keyring
from fleet.keys.sources import load_keyring
from fleet.settings import load
from fleet.vault.rekeying import rewrap_all
from migrations import current, newest
from tests.api.running import Running, spawn, wait_until_ready
from tests.conftest import _own_database
from tests.ports import free_port
from tests.postgres_server import newest_binaries

PASSWORD = "correct horse battery"
PATIENCE = 120


@dataclass
class Drill:
    """A server in `home` over its database, and what was acknowledged by it."""

    folder: Path
    database: str
    token: str = ""
    known: dict[str, str] = field(default_factory=dict)  # PIN by tag

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def identity(self) -> Path:
        return self.folder / "identity.txt"

    def run(self, *words: object, expect: int = 0) -> str:
        done = CliRunner().invoke(main, ["--lang", "en", *map(str, words)])
        assert done.exit_code == expect, (words, done.exit_code, done.output)
        return done.output

    def backup(self) -> Path:
        to = self.folder / "sets"
        made = self.run("-o", "json", "server", "backup", "--home", self.home, "--to", to)
        return Path(json.loads(made)["path"])

    def restore(self, made: Path, home: Path, database: str, *more: str, expect: int = 0) -> str:
        words = ("server", "restore", made, "--identity", self.identity, "--home", home, "--yes")
        named = ("--database", database) if database else ()
        return self.run(*words, *named, *more, expect=expect)


@pytest.fixture
def drill(folders: Path, dialect: str, empty_url: str) -> Drill:
    """Give a server as `init` makes it, on the database of the dialect."""
    database = empty_url if dialect == "postgres" else ""
    (folders / "password").write_text(f"{PASSWORD}\n")
    words = ["server", "init", "--database", database, "--admin", "liuyang"]
    file = ["--admin-password-file", str(folders / "password")]
    made = CliRunner().invoke(main, [*words, *file])
    assert made.exit_code == 0, made.output
    (folders / "home/backup-identity.txt").rename(folders / "identity.txt")
    return Drill(folders, database, chosen(None, None).token)


@pytest.fixture
def other_database(dialect: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the empty database to restore into; nothing where it is a file of the new home."""
    if dialect == "sqlite":
        yield ""
        return
    with _own_database(request.getfixturevalue("postgres_url"), "template0") as url:
        yield url


@contextmanager
def serving(home: Path, log: Path) -> Iterator[str]:
    options = Serving(home=home, port=free_port())
    running = Running(options, spawn(options, log), log)
    try:
        wait_until_ready(running)
        yield running.serving.url
    finally:
        running.kill()


@contextmanager
def writers(url: str, drill: Drill, count: int = 3) -> Iterator[threading.Event]:
    """Add phones and PINs from several threads; the event says that each has written one."""
    over, begun = threading.Event(), threading.Barrier(count + 1)

    def write(number: int) -> None:
        with Client(url, drill.token, language="en") as client:
            for turn in range(100_000):
                if turn == 1:
                    begun.wait(PATIENCE)
                if over.is_set():
                    return
                _adopt(client, drill, f"W{number}-{turn}", f"{number}{turn:07d}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        begun.wait(PATIENCE)
        yield over
    finally:
        over.set()
        for thread in threads:
            thread.join(PATIENCE)


def _adopt(client: Client, drill: Drill, tag: str, pin: str) -> None:
    client.add_device(DeviceIn(serial=f"SN-{tag}", tag=tag))
    value = AdoptIn(kind=CredentialKind.DEVICE_PIN, value=SecretStr(pin), reason="told")
    client.adopt_device_pin(tag, value)
    drill.known[tag] = pin


def disclosed(client: Client, tag: str) -> str:
    asked = DiscloseIn(kind=CredentialKind.DEVICE_PIN, reason="the drill")
    return client.disclose_device_pin(tag, asked).value


def test_a_server_comes_back_from_a_set_that_was_made_while_it_was_written_to(
    drill: Drill, other_database: str
) -> None:
    with serving(drill.home, drill.folder / "log") as url, writers(url, drill):
        before = dict(drill.known)
        made = drill.backup()
        after = dict(drill.known)
    assert len(after) > len(before) > 0, "nobody wrote while the set was made"

    home = drill.folder / "new"
    said = drill.restore(made, home, other_database)

    assert "trail: verified" in said
    assert "vault: verified" in said
    assert "A PIN that was changed after" in said
    with serving(home, drill.folder / "log-new") as url, ExitStack() as stack:
        stranger = stack.enter_context(Client(url, language="en"))
        given = LoginIn(username="liuyang", password=SecretStr(PASSWORD))
        client = stack.enter_context(Client(url, stranger.login(given).token, language="en"))
        assert {tag: disclosed(client, tag) for tag in before} == before
        assert client.verify_audit().whole
        events = [one.event for one in client.audit().items]
        assert "server.restored" in events


def test_keys_that_are_exchanged_meanwhile_open_what_is_in_the_set(
    drill: Drill, other_database: str
) -> None:
    with serving(drill.home, drill.folder / "log") as url, writers(url, drill) as over:
        begun = threading.Event()
        exchanging = threading.Thread(target=_exchange, args=(drill, begun, over))
        exchanging.start()
        begun.wait(PATIENCE)
        made = drill.backup()
        over.set()
        exchanging.join(PATIENCE)

    assert json.loads((made / "manifest.json").read_text())["secrets"]["shut"] == 0
    assert "vault: verified" in drill.restore(made, drill.folder / "new", other_database)


def _exchange(drill: Drill, begun: threading.Event, over: threading.Event) -> None:
    """Add key after key; each wraps everything anew."""
    settings = load(drill.home)
    while not over.is_set():
        Keyring.add_key(settings.key_path)
        with sessions_on(settings) as sessions:
            list(rewrap_all(sessions, load_keyring(settings), actor=SYSTEM))
        begun.set()


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_a_set_of_postgres_opens_with_its_own_tools(drill: Drill, other_database: str) -> None:
    made = drill.backup()

    pipe = 'age -d -i "$0" "$1" | zstd -d | "$2" --no-owner --single-transaction -d "$3"'
    binaries = newest_binaries()
    assert binaries is not None
    tool = binaries / "pg_restore"
    url = other_database.replace("+psycopg", "")
    words = ["bash", "-o", "pipefail", "-c", pipe]
    dump = made / "workfleet.dump.zst.age"
    subprocess.run([*words, drill.identity, dump, tool, url], check=True)

    assert current(other_database) == newest()


def test_nothing_is_left_where_what_comes_out_is_not_what_went_in(
    drill: Drill, other_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very last proof fails; folder and database are as they were, and a second try works."""
    made, home = drill.backup(), drill.folder / "new"
    words = ["--lang", "en", "server", "restore", str(made), "--identity", str(drill.identity)]
    words += ["--home", str(home), "--yes", "--database", other_database]
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "settle_in", _fail)
        assert CliRunner().invoke(main, words).exit_code == 1

    assert not [path for path in drill.folder.iterdir() if "new" in path.name]
    assert CliRunner().invoke(main, words).exit_code == 0


def _fail(*_given: object, **_named: object) -> None:
    raise RuntimeError("power went")


def test_a_database_that_is_in_use_is_refused(drill: Drill, other_database: str) -> None:
    made = drill.backup()
    used = load(drill.home).database

    refused = drill.restore(made, drill.folder / "new", used, expect=4)

    assert "is not empty" in refused
    assert not (drill.folder / "new").exists()
    assert "already" in drill.restore(made, drill.home, other_database, expect=4)


def test_no_password_is_in_an_argument(drill: Drill) -> None:
    """What a tool of PostgreSQL is told stands in a file and in its environment."""
    url = "postgresql+psycopg://fleet:s3cr3t-word@db.example:5433/fleet?sslmode=require"
    access = access_to(url, drill.folder)

    assert not any("s3cr3t-word" in word for word in access.words)
    assert access.environment["PGPASSWORD"] == "s3cr3t-word"
    service = (drill.folder / "service.conf").read_text()
    assert "s3cr3t-word" not in service
    assert {"host=db.example", "port=5433", "sslmode=require"} <= set(service.splitlines())
    assert (drill.folder / "service.conf").stat().st_mode & 0o077 == 0


def test_an_address_that_is_in_the_environment_stays_there(
    drill: Drill, other_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, home = drill.backup(), drill.folder / "new"
    url = other_database or f"sqlite:///{drill.folder / 'elsewhere.db'}"
    monkeypatch.setenv("WORKFLEET_DATABASE_URL", url)

    assert "trail: verified" in drill.restore(made, home, "")

    assert "database_url" not in (home / "settings.toml").read_text()
    assert current(url) == newest()
