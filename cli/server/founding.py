"""Making a server's folder: whole or not at all, with keys that only its owner can read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.private import PRIVATE_FOLDER, write_private
from cli.server.folders import own_folder
from fleet.contracts.words import _
from fleet.errors import Conflict, Invalid

SETTINGS: Final = "settings.toml"
IDENTITY: Final = "backup-identity.txt"
FOLDERS: Final = ("keys", "data", "storage")


@dataclass(eq=False)
class ServerExists(Conflict):
    home: str
    code = "server_exists"
    message = _("There is a server in {home} already; nothing was touched.")
    advice = _("Name another folder with --home, or start this one: workfleet server serve")


@dataclass(eq=False)
class FolderInUse(Conflict):
    home: str
    code = "server_folder_in_use"
    message = _("{home} is not an empty folder; nothing was touched.")
    advice = _("Name another folder with --home.")


class DatabaseInUse(Conflict):
    code = "server_database_in_use"
    message = _("The database has users already: its secrets open with another server's key only.")
    advice = _("Name an empty database, or start the server that it belongs to.")


@dataclass(eq=False)
class RecipientWrong(Invalid):
    recipient: str
    code = "recipient_wrong"
    message = _("{recipient} is not an age recipient.")
    advice = _("It begins with age1; `age-keygen -y FILE` prints it.")


@dataclass(eq=False)
class TablesOld(Conflict):
    found: str
    needed: str
    code = "tables_old"
    message = _("The database is at revision {found}, this software needs {needed}.")
    advice = _("Make a copy of the database, then run `workfleet server upgrade`.")


@dataclass(eq=False)
class PlainRefused(Conflict):
    host: str
    code = "plain_refused"
    message = _("Others can reach {host}: passwords and tokens would travel in clear.")
    advice = _("Make a certificate: workfleet server certificate --name HOST; or say --insecure.")


class CertificateEnds(Conflict):
    code = "certificate_ends"
    message = _("The certificate has ended.")
    advice = _("Make a new one: workfleet server certificate --name HOST")


class NoRecipient(Conflict):
    code = "no_recipient"
    message = _("Backups are sealed to no key: none can be made.")
    advice = _("Add one: workfleet escrow add NAME RECIPIENT")


@dataclass(eq=False)
class ClockBehind(Conflict):
    now: str
    newest: str
    code = "clock_behind"
    message = _("This clock says {now}, but the trail's newest entry is of {newest}.")
    advice = _("Set the clock right, and keep it so with NTP.")


def refuse_used(home: Path) -> None:
    if (home / SETTINGS).exists():
        raise ServerExists(home=str(home))
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise FolderInUse(home=str(home))


def check_recipient(text: str) -> None:
    from pyrage import RecipientError, x25519

    try:
        x25519.Recipient.from_str(text)
    except RecipientError:
        raise RecipientWrong(recipient=text) from None


@contextmanager
def made_beside(home: Path) -> Iterator[Path]:
    """Give a folder that becomes `home` when the block ends well, and is gone when it does not."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with own_folder(home.parent, f".{home.name}-in-making-") as folder:
        yield folder
        folder.replace(home)  # takes the place of an empty folder, and refuses any other


def furnish(folder: Path, recipients: Sequence[str], places: Mapping[str, str]) -> bool:
    """Make all but the vault's key and the rows; tell whether an age identity was made here."""
    for name in FOLDERS:
        (folder / name).mkdir(mode=PRIVATE_FOLDER)
    to = recipients or (_new_identity(folder / IDENTITY),)
    lines = [f"{name} = {_toml(value)}" for name, value in places.items() if value]
    lines.append(f"recipients = [{', '.join(map(_toml, to))}]")
    write_private(folder / SETTINGS, "\n".join([*lines, ""]))
    return not recipients


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _new_identity(path: Path) -> str:
    from pyrage import x25519

    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    write_private(path, f"# public key: {recipient}\n{identity}\n")
    return recipient
