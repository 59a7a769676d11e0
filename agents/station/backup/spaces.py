"""What storage a phone has beside that of its first user, and its clock: asked at once."""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agents.phone.parts import users
from agents.phone.phone import Phone, quoted
from fleet.contracts.plans import OWN
from fleet.contracts.spelling import CARDS, EMULATED, is_user

# Numbers that makers give to clones, second spaces and work profiles: their folders can be there
# though the phone does not name them to everybody.
USUAL = ("10", "95", "96", "97", "98", "99", "128", "888", "999")
ASKED = """\
ls -A /sdcard/ 2>/dev/null | head -n 1
echo {mark}; date +%s
echo {mark}; pm list users 2>/dev/null
echo {mark}; for d in /storage/emulated/[0-9]* {usual} /storage/*; do
[ -d "$d" ] && echo "$d"
done
echo {mark}
"""
NAME = re.compile(r"[0-9A-Za-z_-]{1,40}")
NO_SPACES = frozenset({"emulated", "self", "enc_emulated"})


@dataclass(frozen=True)
class Storage:
    """`filled`: something is in shared storage. `clock` is the phone's, in seconds since 1970.

    `folders` are the spaces whose folder is there for us; `running` those users that the phone
    names, and whether they run.
    """

    filled: bool
    clock: float | None
    folders: frozenset[str]
    running: dict[str, bool | None]

    def to_try(self, known: Iterable[str]) -> tuple[str, ...]:
        """Return every other space that there may be, users first."""
        named = {*self.folders, *self.running, *(one for one in known if is_user(one))}
        return tuple(sorted(named - {OWN}, key=lambda one: (not is_user(one), one)))


def asked_of(phone: Phone) -> Storage:
    mark = f"wf-{secrets.token_hex(12)}"
    text = ASKED.format(mark=mark, usual=quoted(f"/storage/emulated/{one}" for one in USUAL))
    parts = phone.script(text, deadline=60.0).text.split(f"{mark}\n")
    first, clock, listed, folders, *_rest = (*parts, "", "", "", "")
    named = users.parse(listed) or ()
    return Storage(
        filled=bool(first.strip()),
        clock=float(clock) if clock.strip().isdecimal() else None,
        folders=frozenset(_spaces(folders.split())),
        running={str(user.id): user.running for user in named},
    )


def _spaces(folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        name = folder.rpartition("/")[2]
        parent = folder.removesuffix(name).encode()
        fits = NAME.fullmatch(name) and name not in NO_SPACES
        if fits and parent == (EMULATED if is_user(name) else CARDS):
            yield name
