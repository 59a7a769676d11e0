"""Files for their owner's eyes: written whole or not at all, readable by nobody else."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600  # on Windows the user's own folders are private by their access lists
PRIVATE_FOLDER: Final = 0o700


def write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
