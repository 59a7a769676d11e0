"""What an empty phone does not have: what a visit shows of it, and in which words it is said."""

from collections.abc import Callable, Mapping
from typing import Final

from fleet.contracts.facts import PhoneFacts
from fleet.contracts.words import _
from fleet.contracts.work_apps import WORK_APPS

UNKNOWN: Final = "not_known_"
LEFT: Final = {
    "start": _("It has not started anew: nothing was erased."),
    "accounts": _("Accounts are signed in: the maker's lock may come up."),
    "users": _("There is more than one user, or a cloned space."),
    "lock": _("A lock is set."),
    "work_apps": _("Apps of work are installed."),
    "device_owner": _("An app administers it."),
    "memory_card": _("A memory card is in it."),
}
NOT_KNOWN: Final = {
    "accounts": _("Whether accounts are signed in could not be read."),
    "users": _("How many users there are could not be read."),
    "lock": _("Whether a lock is set could not be read."),
    "work_apps": _("Which apps are installed could not be read."),
}


def _accounts(facts: PhoneFacts) -> bool | None:
    """Accounts of the maker or of Google lock a phone after its reset; an empty one has none."""
    if facts.missing("accounts"):
        return None
    return not any(one.count for one in facts.accounts)


def _users(facts: PhoneFacts) -> bool | None:
    return len(facts.users) == 1 if facts.users else None


def _lock(facts: PhoneFacts) -> bool | None:
    return None if facts.lock.secure is None else not facts.lock.secure


def _work_apps(facts: PhoneFacts) -> bool | None:
    if facts.missing("packages"):
        return None
    return not any(app.package in WORK_APPS and app.users for app in facts.apps)


def _owner(facts: PhoneFacts) -> bool | None:
    return facts.device_owner is None


def _card(facts: PhoneFacts) -> bool | None:
    """A memory card outlives every reset; what is not known of one keeps nothing back."""
    return facts.storage.sd_card is not True


LOOKS: Final[Mapping[str, Callable[[PhoneFacts], bool | None]]] = {
    "accounts": _accounts,
    "users": _users,
    "lock": _lock,
    "work_apps": _work_apps,
    "device_owner": _owner,
    "memory_card": _card,
}
