"""The files a phone of a profile comes with: made from its description, always the same."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

# What real files of the kind begin with, so that a file manager or a parser knows them.
BEGINNINGS: Final[Mapping[str, bytes]] = {
    "amr": b"#!AMR\n",
    "jpeg": bytes.fromhex("ffd8ffe000104a46494600010100000100010000"),
    "mp4": bytes.fromhex("000000206674797069736f6d0000020069736f6d69736f32"),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "png": bytes.fromhex("89504e470d0a1a0a0000000d49484452"),
    "text": "今天拜访了客户,对新方案比较满意,约定下周再谈价格。\n".encode(),
    "zip": b"PK\x03\x04\x14\x00\x06\x00",
}
FIRST_DAY: Final = datetime(2026, 1, 12, 1, 30, tzinfo=UTC)
STEP: Final = timedelta(hours=29, minutes=17, seconds=11)


@dataclass(frozen=True)
class SeedFile:
    path: str
    size: int
    kind: str
    modified: datetime

    def content(self) -> bytes:
        """Return the bytes: the kind's beginning, then noise that only depends on the path."""
        beginning = BEGINNINGS[self.kind]
        if self.kind == "text":
            return (beginning * (self.size // len(beginning) + 1))[: self.size]
        noise = hashlib.shake_128(self.path.encode()).digest(max(self.size - len(beginning), 0))
        return beginning + noise


def seed_files(rows: Sequence[Mapping[str, Any]]) -> Iterator[SeedFile]:
    """Read the `files` of a profile; `{n}` in a path counts from 1, `{day}` is a date."""
    for row in rows:
        smallest, largest = row["size"]
        for number in range(1, int(row["count"]) + 1):
            modified = FIRST_DAY + STEP * number
            path = row["path"].format(n=number, day=modified.strftime("%Y%m%d"))
            size = smallest + _spread(path) % max(largest - smallest, 1)
            yield SeedFile(path, size, row["kind"], modified)


def _spread(path: str) -> int:
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:6], "big")


def write_seed(storage: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    for file in seed_files(rows):
        target = storage / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content())
        os.utime(target, (file.modified.timestamp(),) * 2)
