"""Commands against the real application: `server init` makes it, WSGI stands in for the network."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from apiflask import APIFlask
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from api.app import make_app
from api.client import Client
from cli.app import main
from cli.profiles import Profile
from fleet.contracts.words import speaking


@dataclass
class Workfleet:
    """Runs commands as one person at one terminal, and expects how they end."""

    home: Path
    config: Path
    app: APIFlask = field(repr=False)
    log: list[Any] = field(default_factory=list, repr=False)  # what the server wrote
    language: str = "en"

    def run(self, *words: str, expect: int = 0, typed: str | None = None) -> Result:
        arguments = ["--lang", self.language, *map(str, words)]
        result = CliRunner().invoke(main, arguments, input=typed, obj=self.connect)
        ours = [entry for entry in self.log if entry.get("log_level") in {"error", "critical"}]
        assert result.exit_code == expect, (words, result.exit_code, result.output, ours)
        return result

    def say(self, *words: str, expect: int = 0, typed: str | None = None) -> str:
        """Return what a command prints on standard output."""
        return self.run(*words, expect=expect, typed=typed).stdout

    def refusal(self, *words: str, expect: int) -> str:
        """Return the one line of a refusal."""
        result = self.run(*words, expect=expect)
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
        return result.stderr

    def json(self, *words: str, expect: int = 0, typed: str | None = None) -> Any:
        return json.loads(self.say("--output", "json", *words, expect=expect, typed=typed))

    def let_in(self, username: str, *, role: str, password: str) -> None:
        """Let a person in who then chooses a password of his own, in a profile of his name."""
        first, own = "chosen by the desk", ("--profile", username)
        named = ("--name", username.title(), "--role", role)
        self.run("user", "add", username, *named, "--password-stdin", typed=first)
        server = ("--server", "http://127.0.0.1:8640")
        self.run(*own, "login", "--username", username, *server, "--password-stdin", typed=first)
        self.run(*own, "password", "--password-stdin", typed=f"{first}\n{password}\n")

    def connect(self, profile: Profile) -> Client:
        transport = httpx.WSGITransport(app=self.app)
        return Client(profile.server, profile.token, transport=transport)

    @property
    def client(self) -> Client:
        from cli.profiles import chosen

        return self.connect(chosen(None, None))


@pytest.fixture(scope="session")
def made_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a server once, as a person does; tests get copies of its folder."""
    folder = tmp_path_factory.mktemp("made")
    before = dict(os.environ)
    os.environ |= {"WORKFLEET_CONFIG": str(folder / "config")}
    try:
        init = [
            "--lang",
            "en",
            "server",
            "init",
            "--home",
            str(folder / "home"),
            "--admin",
            "liuyang",
        ]
        result = CliRunner().invoke(main, init)
    finally:
        os.environ.clear()
        os.environ |= before
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give folders of the test's own for settings, server and station."""
    for name in [one for one in os.environ if one.startswith("WORKFLEET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WORKFLEET_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("WORKFLEET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKFLEET_STATION", str(tmp_path / "station"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


@pytest.fixture
def workfleet(folders: Path, made_server: Path) -> Iterator[Workfleet]:
    for name in ("home", "config"):
        shutil.copytree(made_server / name, folders / name)
    app = make_app(folders / "home")
    with capture_logs() as log:  # the server's log is not the command's output
        yield Workfleet(folders / "home", folders / "config", app, log)
    engine = app.extensions["workfleet"].sessions.kw["bind"]
    engine.dispose()


@pytest.fixture
def anywhere(folders: Path) -> Callable[..., Result]:
    """Give a runner of commands where no server is known."""

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, ["--lang", "en", *map(str, words)])

    return run


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with speaking("en"):
        yield
