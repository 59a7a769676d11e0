"""The state a phone is handed out with, and the one it is shipped with."""

import itertools
import threading
from pathlib import Path
from typing import Final

from agents.handset.framework.lock import Kind
from agents.handset.framework.messenger import WECHAT, Messenger
from agents.handset.framework.screen import Screen
from agents.handset.framework.state import PhoneState, Power
from agents.handset.profile import Profile

# Which phones of a kind are running: the first has the profile's own serial number.
_running: Final[dict[str, set[int]]] = {}
_counting: Final = threading.Lock()


def take_number(kind: str) -> int:
    """Return the smallest number that no running phone of the kind has."""
    with _counting:
        taken = _running.setdefault(kind, set())
        number = next(at for at in itertools.count() if at not in taken)
        taken.add(number)
        return number


def give_number_back(kind: str, number: int) -> None:
    with _counting:
        _running[kind].discard(number)


def new_state(kind: Profile, serial: str, number: int, power: Power, storage: Path) -> PhoneState:
    """Return the state a phone of this kind is handed out with: set up and in use."""
    imeis, packages = kind.imeis(number), kind.packages()
    width, height = kind.screen_size()
    state = PhoneState(
        name=kind.name,
        serial=serial,
        sdk=kind.sdk,
        release=kind.release,
        props=kind.props(serial, imeis),
        packages=packages,
        users=kind.users(),
        sims=kind.sims(),
        imeis=imeis,
        settings=kind.settings(),
        battery=kind.battery(),
        accounts=kind.accounts(),
        admins=kind.admins(),
        habits=kind.habits(),
        lock=kind.lock(),
        personality=kind.personality(),
        screen=Screen(width=width, height=height),
        power=power,
        storage=storage,
        messenger=Messenger(packages[WECHAT].version_name),
        granted=kind.granted(),
        factory=lambda state: as_shipped(state, kind),
    )
    state.boot_count = int(state.settings["global"].get("boot_count", "1"))
    if kind.pin:
        state.lock.change(Kind.PIN, kind.pin)
    return state


def as_shipped(state: PhoneState, kind: Profile) -> None:
    """Bring packages, users, settings and accounts to what the maker shipped."""
    state.packages = {
        package.name: package for package in kind.packages().values() if package.system
    }
    state.users = [user for user in kind.users() if user.number == 0]
    state.settings = kind.settings()
    state.accounts = []
    state.admins = [admin for admin in kind.admins() if not admin.owner]
