"""Where a path of a backup is on the phone: one spelling for each place, and none for two.

What is in the shared storage of the first user is written relative to its root. Everything else has
a folder below `.workfleet`, which is no name that an app gives: the storage of another user, a
memory card, what providers answered. Should shared storage have a `.workfleet` of its own, it is
written as that of user 0, so that nothing is ever taken for something else.
"""

from collections.abc import Iterator
from typing import Final

from fleet.contracts.plans import OWN

BESIDE: Final = b".workfleet"
STORAGE: Final = b"/sdcard/"
EMULATED: Final = b"/storage/emulated/"
CARDS: Final = b"/storage/"
OF_USER: Final = b"user-"
OF_CARD: Final = b"card-"
OF_PROVIDERS: Final = b"content"
LONGEST_USER: Final = 6  # digits
OWN_ALIASES: Final = (STORAGE, EMULATED + b"0/", b"/storage/self/primary/")


def spelt(path: bytes) -> bytes:
    """Return how a backup writes an absolute path of a phone's storage; its root is empty."""
    for alias in OWN_ALIASES:
        if path.startswith(alias) or path + b"/" == alias:
            return _own(path[len(alias) :])
    for root, kind in ((EMULATED, OF_USER), (CARDS, OF_CARD)):
        if path.startswith(root):
            return b"/".join((BESIDE, kind + path[len(root) :]))
    return _own(path.lstrip(b"/"))


def _own(path: bytes) -> bytes:
    if not path.startswith(b"."):
        return path
    own_folder = path.split(b"/", 1)[0].lower() == BESIDE
    return b"/".join((BESIDE, OF_USER + OWN.encode(), path)) if own_folder else path


def absolute(path: bytes) -> bytes | None:
    """Undo `spelt`; None for what was never a file of the phone."""
    if not path.startswith(BESIDE):
        return STORAGE + path
    space, rest = placed(path)
    if space is None:
        return None
    return root_of(space) + rest


def placed(path: bytes) -> tuple[str | None, bytes]:
    """Return the space that a path as written is in, None beside all of them, and what follows."""
    first, _slash, rest = path.partition(b"/")
    if first != BESIDE:
        return OWN, path
    folder, _slash, rest = rest.partition(b"/")
    for kind in (OF_USER, OF_CARD):
        if folder.startswith(kind):
            return folder[len(kind) :].decode(errors="surrogateescape"), rest
    return None, rest


def root_of(space: str) -> bytes:
    """Return where the storage of a space begins on the phone."""
    if space == OWN:
        return STORAGE
    root = EMULATED if is_user(space) else CARDS
    return root + space.encode("utf-8", "surrogateescape") + b"/"


def is_user(space: str) -> bool:
    """Tell users, who have short numbers, from cards."""
    return space.isdecimal() and len(space) <= LONGEST_USER


def parents(path: bytes) -> Iterator[bytes]:
    """Give a path and every folder above it, the nearest first."""
    while path:
        yield path
        path = path.rpartition(b"/")[0]
