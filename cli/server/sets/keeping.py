"""Which earlier sets of this server may go: only what is recognisably its own, and whole."""

import shutil
from pathlib import Path

from cli.server.sets.errors import SetDamaged, SetNotFound, SetNotOurs, SetUnknown
from cli.server.sets.making import PART
from cli.server.sets.manifest import NAME, Manifest, is_complete, read_manifest


def own_sets(to: Path, key: str) -> list[Path]:
    """Return the whole sets below `to` that this server signed, oldest first."""
    folders = to.iterdir() if to.is_dir() else ()
    found = [(manifest.made_at, path) for path in folders if (manifest := _own(path, key))]
    return [path for _made_at, path in sorted(found)]


def surplus(sets: list[Path], keep: int) -> list[Path]:
    """Return all but the newest `keep` of them."""
    return sets[: max(0, len(sets) - keep)]


def remove(path: Path) -> None:
    """Remove a set; one that is half removed does not look like a set."""
    shutil.rmtree(path.replace(path.with_name(path.name + PART)))


def _own(path: Path, key: str) -> Manifest | None:
    if path.is_symlink() or not path.is_dir() or not NAME.fullmatch(path.name):
        return None
    try:
        manifest = read_manifest(path, key=key)
    except (SetDamaged, SetNotFound, SetNotOurs, SetUnknown):
        return None
    return manifest if is_complete(path, manifest) else None
