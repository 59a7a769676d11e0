"""What a phone lets a computer do: one harmless try where that tells, else its rights and switches.

A right that a build grants may still be refused by the maker's own monitor, which has a switch: so
a try is believed before a switch, and a switch before a right.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from agents.phone.parts.getprop import Props
from agents.phone.parts.text import yes_or_no
from fleet.contracts.facts import Ability, Capability

RIGHTS: Mapping[Ability, tuple[str, ...]] = {
    "read_contacts": ("READ_CONTACTS",),
    "read_messages": ("READ_SMS",),
    "read_calls": ("READ_CALL_LOG",),
    "type_and_tap": ("INJECT_EVENTS",),
    "change_settings": ("WRITE_SECURE_SETTINGS",),
    "grant_permissions": ("GRANT_RUNTIME_PERMISSIONS",),
    "install_apps": ("INSTALL_PACKAGES",),
    "set_lock": ("SET_AND_VERIFY_LOCKSCREEN_CREDENTIALS", "ACCESS_KEYGUARD_SECURE_STORAGE"),
    "read_usage": ("PACKAGE_USAGE_STATS",),
}
GUARDED: tuple[Ability, ...] = ("type_and_tap", "change_settings", "grant_permissions")
XIAOMI = ("ro.miui.ui.version.name", "ro.mi.os.version.name")
XIAOMI_INPUT, XIAOMI_INSTALL = "persist.security.adbinput", "persist.security.adbinstall"
OPPO_MONITOR = "persist.sys.permission.enable"

TRIED: Mapping[str, Ability] = {
    "com.android.contacts/contacts": "read_contacts",
    "sms": "read_messages",
    "call_log/calls": "read_calls",
}
# No row fits: whether it may be asked is learned, and nothing of what is there.
TRY = (
    f"for a in {' '.join(TRIED)};do echo tried=$a;"
    "t content query --uri content://$a --projection _id --where 0;done"
)
HEADING = re.compile(r"^tried=(\S+)$", re.MULTILINE)
REFUSAL = re.compile(r"^.*(?:SecurityException|Permission [Dd]enial).*$", re.MULTILINE)
CALLER = re.compile(r" from \S* ?\(pid=[^)\n]*\)")  # another number at each try
ANSWER = re.compile(r"^(?:No result found|Row: \d)", re.MULTILINE)


def tried(text: str) -> tuple[Capability, ...] | None:
    """Read what became of each try; one that failed for another reason proves nothing."""
    pieces = HEADING.split(text)
    answers = zip(pieces[1::2], pieces[2::2], strict=False)
    found = [_tried(TRIED[uri], said) for uri, said in answers if uri in TRIED]
    return tuple(one for one in found if one) or None


def _tried(name: Ability, said: str) -> Capability | None:
    refused = REFUSAL.search(said)
    if refused:
        word = CALLER.sub("", refused[0]).strip()[:160]
        return Capability(name=name, allowed=False, how="tried", word=word)
    return Capability(name=name, allowed=True, how="tried") if ANSWER.search(said) else None


def capabilities_of(
    props: Props, granted: Collection[str] | None, tries: Collection[Capability]
) -> tuple[Capability, ...]:
    """Weigh the tries, the maker's switches and the rights; what nothing tells of is left out."""
    found = {one.name: one for one in _rights(granted)}
    found |= {one.name: one for one in _switches(props)}
    found |= {one.name: one for one in tries}
    return tuple(found[name] for name in RIGHTS if name in found)


def _rights(granted: Collection[str] | None) -> Iterator[Capability]:
    """Read the rights of the shell; where none could be read, nothing is known."""
    held = {right.rpartition(".")[2] for right in granted or ()}
    for name, rights in RIGHTS.items():
        if held:
            word = next((right for right in rights if right in held), rights[0])
            yield Capability(name=name, allowed=word in held, how="told", word=word)


def _switches(props: Props) -> Iterator[Capability]:
    if props.first(*XIAOMI):
        typing, installing = (yes_or_no(props.get(key)) for key in (XIAOMI_INPUT, XIAOMI_INSTALL))
        yield from (_told(name, XIAOMI_INPUT, allowed=bool(typing)) for name in GUARDED)
        yield _told("install_apps", XIAOMI_INSTALL, allowed=bool(installing))
    if yes_or_no(props.get(OPPO_MONITOR)):
        yield from (_told(name, OPPO_MONITOR, allowed=False) for name in GUARDED)


def _told(name: Ability, word: str, *, allowed: bool) -> Capability:
    return Capability(name=name, allowed=allowed, how="told", word=word)
