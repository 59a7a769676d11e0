"""The whole story is told with secrets that are known afterwards; then they are searched for.

Every file that the run left (database and its log, outbox, journals, packs, logs, exports), every
line it printed and every argument of a process while it ran: none holds a secret in plain, as
hexadecimal, in base64 or in UTF-16. The few files that exist to hold one are named here.
"""

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from cli.demo.stage import Stage
from cli.demo.story import tell
from fleet.database import make_engine, make_sessions
from fleet.keys.keyring import Keyring
from fleet.settings import load
from fleet.vault.models import CredentialVersion
from fleet.vault.queries import opened

pytestmark = [pytest.mark.handset, pytest.mark.timeout(290)]

# Each of these is a secret's own place, readable by its owner alone.
KEEPERS: Final = {
    "config/profiles.toml": "token of the profile",
    "station/token": "token of the station",
    "station/key": "private key of the station",
    "server/keys/key-encryption.key": "key of the vault",
    "server/backup-identity.txt": "identity of the backups",
}
LOOKS: Final = 40  # at one process: by then it is long past the fork, and runs what it was made for
LISTS: Final = (
    ("audit", "tail", "-n", "1000"),
    ("device", "list"),
    ("account", "list"),
    ("credential", "list"),
    ("rotation", "list"),
    ("backup", "list"),
    ("job", "list"),
    ("request", "list"),
    ("leaving", "list"),
    ("station", "list"),
    ("user", "list"),
)


def test_no_secret_is_where_it_does_not_belong(monkeypatch, capfd):
    # So long that no run of digits in a list is one of them by chance.
    monkeypatch.setenv("WORKFLEET_PIN_LENGTH", "14")
    with Stage() as stage, watched_arguments() as arguments:
        tell(stage)
        exported = export(stage)
        printed = capfd.readouterr()
        secrets = known_secrets(stage)
        traces = {
            "printed": (printed.out + printed.err).encode(),
            "exported": exported,
            "arguments": b"\n".join(sorted(arguments)),
            **dict(files_of(stage.folder)),
        }

        found = {
            (what, where)
            for what, secret in secrets.items()
            for where, content in traces.items()
            if any(form in content for form in forms(secret)) and KEEPERS.get(where) != what
        }

    assert found == set()
    assert len(secrets) >= 10, sorted(secrets)
    assert any(b"workfleet" in each for each in arguments), "the arguments were not watched"
    assert "server/data/workfleet.db" in traces
    assert "station/outbox.db" in traces


def test_the_search_finds_what_is_there(tmp_path):
    secret = b"5f0c-known-secret"
    for number, form in enumerate(forms(secret)):
        (tmp_path / f"leak-{number}").write_bytes(b"before " + form + b" after")

    leaks = [form for form in forms(secret) for _, text in files_of(tmp_path) if form in text]

    assert len(leaks) >= len(forms(secret))


def export(stage: Stage) -> bytes:
    """Return what every list says, in both forms that programs read."""
    answers = [stage.narrator.ask(*words) for words in LISTS]
    tables = [stage.narrator.run("-o", "csv", *words) for words in LISTS]
    return json.dumps(answers, ensure_ascii=False).encode() + "".join(tables).encode()


def known_secrets(stage: Stage) -> dict[str, bytes]:
    """Return every secret of the run by what it is; the vault is opened with its own key."""
    server, station = stage.server_home, stage.station_home
    found = dict(_vault_of(server))
    profile = (stage.folder / "config" / "profiles.toml").read_text("utf-8")
    found["token of the profile"] = profile.split('token = "')[1].split('"')[0].encode()
    found["token of the station"] = (station / "token").read_bytes().strip()
    found["private key of the station"] = base64.b64decode((station / "key").read_bytes())
    found["key of the vault"] = base64.b64decode(
        (server / "keys" / "key-encryption.key").read_bytes()
    )
    identity = (server / "backup-identity.txt").read_text().splitlines()[-1]
    found["identity of the backups"] = identity.encode()
    return found


def _vault_of(home: Path) -> Iterator[tuple[str, bytes]]:
    settings = load(home)
    keyring, engine = Keyring.load(settings.key_path), make_engine(settings.database)
    with make_sessions(engine)() as session:
        for version in session.scalars(select(CredentialVersion)):
            value = opened(keyring, version).encode()
            if len(value) > 8:  # the PIN of six digits that the story itself tells is no secret
                yield f"{version.credential.subject} {version.number}", value
    engine.dispose()


def forms(secret: bytes) -> list[bytes]:
    """Return the texts by which a secret would be recognised in a file."""
    hexadecimal = secret.hex().encode()
    text = secret.decode("latin-1")
    return [
        secret,
        hexadecimal,
        hexadecimal.upper(),
        text.encode("utf-16-le"),
        *(_middle_of_base64(secret, shift, alphabet) for shift in range(3) for alphabet in "bu"),
    ]


def _middle_of_base64(secret: bytes, shift: int, alphabet: str) -> bytes:
    """Return the part of the base64 of `secret` that is the same whatever stands around it."""
    encode = base64.b64encode if alphabet == "b" else base64.urlsafe_b64encode
    encoded = encode(bytes(shift) + secret).rstrip(b"=")
    return encoded[shift + (shift > 0) : -1]


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


@contextmanager
def watched_arguments() -> Iterator[set[bytes]]:
    """Give the arguments of every process outside of the phones, gathered while the block runs.

    A phone's own commands run in a process namespace of their own, as they would on a phone.
    """
    seen: set[bytes] = set()
    over = threading.Event()
    ours, looks = Path("/proc/self/ns/pid").readlink(), Counter[str]()

    def look() -> None:
        while not over.wait(0.005):
            there = {one.name for one in Path("/proc").iterdir() if one.name.isdigit()}
            for gone in looks.keys() - there:
                del looks[gone]  # another process may be given its number
            for name in (one for one in there if looks[one] < LOOKS):
                looks[name] += 1
                with suppress(OSError):
                    if Path(f"/proc/{name}/ns/pid").readlink() == ours:
                        seen.add(Path(f"/proc/{name}/cmdline").read_bytes())

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join(10)
