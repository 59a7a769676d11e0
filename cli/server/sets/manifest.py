"""The manifest of a set: in the clear, signed, and enough to tell whether the set is whole."""

import hashlib
import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from cli.server.sets.errors import SetDamaged, SetNotFound, SetNotOurs, SetUnknown
from fleet.contracts.wire import Digest, Given, Moment
from fleet.contracts.words import say

FILE: Final = "manifest.json"
KEYS: Final = "keys.tar.age"
NAME: Final = re.compile(r"workfleet-\d{8}T\d{6}Z(-\d+)?")
PURPOSE: Final = b"workfleet server set 1\n"
READ: Final = 1024 * 1024


class SealedFile(Given):
    """One file of the set; `content_…` are of what age gives back, before zstd where it is used."""

    name: str
    size: int
    sha256: Digest
    content_size: int
    content_sha256: Digest


class Trail(Given):
    """The head of the trail in the set, and whether all of it hung together when it was made."""

    entries: int
    hash: Digest
    whole: bool


class Secrets(Given):
    """How many secrets the set has, and how many of them its keys did not open."""

    count: int
    shut: int


class Manifest(Given):
    """`keys` says where the vault's keys are: in the set only where they were in a file."""

    format: Literal[1] = 1
    made_at: Moment
    software: str
    revision: str
    database: Literal["sqlite", "postgresql"]
    database_version: str
    dump_version: int | None = None  # of pg_dump
    keys: Literal["file", "variable", "command"]
    recipients: list[str]
    files: list[SealedFile]
    trail: Trail
    secrets: Secrets
    not_in_it: list[str] = ["storage", "environment"]
    key: str  # public key of the server's checkpoints, base64
    signature: str = ""

    def file(self, name: str) -> SealedFile:
        return next(item for item in self.files if item.name == name)

    @property
    def database_file(self) -> SealedFile:
        return next(item for item in self.files if item.name != KEYS)


def signed(manifest: Manifest, private: Ed25519PrivateKey) -> str:
    """Return the manifest as it is written, with the server's signature over all of it."""
    from base64 import b64encode

    signature = b64encode(private.sign(_message(manifest))).decode()
    done = manifest.model_copy(update={"signature": signature})
    return json.dumps(done.model_dump(mode="json"), indent=2) + "\n"


def read_manifest(folder: Path, *, key: str | None = None) -> Manifest:
    """Return the manifest of a set; refused where it was changed, or `key` did not sign it."""
    try:
        text = (folder / FILE).read_bytes()
    except OSError:
        raise SetNotFound(path=str(folder)) from None
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError:
        raise SetUnknown(path=str(folder / FILE)) from None
    if not _is_signed(manifest):
        raise SetDamaged(name=FILE, reason=say("its signature does not fit"))
    if key is not None and manifest.key != key:
        raise SetNotOurs(key=manifest.key)
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Read every file of the set; refused at the first that is not what was written."""
    for item in manifest.files:
        if Path(item.name).name != item.name:
            raise SetUnknown(path=str(folder / FILE))
        path = folder / item.name
        if not path.is_file():
            raise SetDamaged(name=item.name, reason=say("it is missing"))
        if path.stat().st_size != item.size:
            raise SetDamaged(name=item.name, reason=say("it has another size"))
        if digest_of(path) != item.sha256:
            raise SetDamaged(name=item.name, reason=say("it has another digest"))


def is_complete(folder: Path, manifest: Manifest) -> bool:
    """Tell, without reading them, whether the files of a set are there in full length."""
    paths = [(folder / item.name, item.size) for item in manifest.files]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def digest_of(path: Path) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(READ):
            sha256.update(piece)
    return sha256.hexdigest()


def _is_signed(manifest: Manifest) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(b64decode(manifest.key, validate=True))
        public.verify(b64decode(manifest.signature, validate=True), _message(manifest))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(manifest: Manifest) -> bytes:
    said = manifest.model_copy(update={"signature": ""}).model_dump(mode="json")
    return PURPOSE + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
