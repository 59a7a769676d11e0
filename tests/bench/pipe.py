"""`adb exec-out tar | zstd | age` in one process: the limit of what a backup can be."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pyrage
import zstandard

from tests.bench.measure import spent


def main(command: list[str]) -> None:
    recipient = pyrage.x25519.Identity.generate().to_public()
    to = Path(os.environ["SEALED"])
    taken = spent(lambda: _piped(command, to, recipient), root=os.getppid())
    json.dump(asdict(taken), sys.stdout)


def _piped(command: list[str], to: Path, recipient: pyrage.x25519.Recipient) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE) as adb, to.open("wb") as sealed:
        assert adb.stdout is not None
        packed = zstandard.ZstdCompressor(level=1).stream_reader(adb.stdout)
        pyrage.encrypt_io(packed, sealed, [recipient])
        sealed.flush()
    assert adb.returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
