"""The state of one phone: everything its framework can be asked about or made to change."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from agents.handset.framework.lock import Lock, LockTool
from agents.handset.framework.messenger import Messenger
from agents.handset.framework.personality import Personality
from agents.handset.framework.screen import Page, Screen
from fleet.contracts.clock import now


@dataclass
class UserState:
    """How a package stands for one user of the phone."""

    installed: bool = True
    stopped: bool = False
    suspended: bool = False
    hidden: bool = False
    enabled: int = 0  # 0 default, 1 enabled, 2 disabled, 3 disabled by the user


@dataclass
class Package:
    name: str
    version_name: str
    version_code: int
    uid: int
    path: str
    installer: str | None = None
    system: bool = False
    target_sdk: int = 34
    signature: str = "5f3c9a1e"
    first_installed: str = "2026-01-05 09:12:44"
    last_updated: str = "2026-01-05 09:12:44"
    last_used: str = ""
    permissions: tuple[str, ...] = ()
    certificate: str | None = None  # SHA-256, of what was installed since
    users: dict[int, UserState] = field(default_factory=lambda: {0: UserState()})

    @property
    def is_running(self) -> bool:
        """Whether a process of it is there: what is used goes on behind other apps."""
        able = (user for user in self.users.values() if user.installed and not user.stopped)
        return bool(self.last_used) and any(user.enabled < 2 for user in able)


MANAGED_PROFILE: Final = 0x20


@dataclass(frozen=True)
class User:
    number: int
    name: str
    flags: int = 0x4C13  # full, system, admin, primary, initialized
    running: bool = True
    lock: str = "none"  # of this user, where it has one of its own
    separate: bool = False  # a profile that does not share the phone's lock

    @property
    def is_managed(self) -> bool:
        return bool(self.flags & MANAGED_PROFILE)


@dataclass(frozen=True)
class Sim:
    slot: int
    carrier: str
    operator: str  # MCC and MNC
    iccid: str
    number: str = ""
    subscription: int = 1
    state: str = "LOADED"


@dataclass(frozen=True)
class Account:
    """An account the phone is signed in to, as the vendor's own."""

    name: str
    type: str


@dataclass(frozen=True)
class Admin:
    """A device admin; the owner is the one that a company enrolled the phone with."""

    component: str
    owner: bool = False
    maximum_failures: int = 0


@dataclass(frozen=True)
class Habits:
    """Where makers' builds differ from each other in what a shell sees."""

    input_allowed: bool = True  # some makers refuse injected events until a switch is flipped
    test_harness: bool = True
    secure_settings: bool = True  # shell may change settings
    install_by_cable: bool = True  # Xiaomi asks for a switch that is off when it is sold
    system_apps_for_root: bool = False  # newer Android lets nobody else remove one for a user
    protected_apps: tuple[str, ...] = ()  # that the maker lets nobody disable


class Power(Protocol):
    """What the framework can do to the phone around it."""

    def restart(self) -> None:
        """Go down and come up again, some moments from now."""

    def erase_files(self) -> None:
        """Delete everything a user ever put on the phone."""


@dataclass
class PhoneState:
    name: str
    serial: str
    sdk: int
    release: str
    props: dict[str, str]
    packages: dict[str, Package]
    users: list[User]
    sims: list[Sim]
    imeis: list[str]
    settings: dict[str, dict[str, str]]
    battery: list[str]
    accounts: list[Account]
    admins: list[Admin]
    habits: Habits
    lock: Lock
    personality: Personality
    screen: Screen
    power: Power
    storage: Path
    data: Path | None = None  # the phone's /data, as a folder of this machine
    # Which activity stands for what every phone has.
    roles: dict[str, str] = field(
        default_factory=lambda: {
            "home": "com.android.launcher3/.Launcher",
            "dialer": "com.android.dialer/.main.impl.MainActivity",
        }
    )
    messenger: Messenger = field(default_factory=lambda: Messenger("8.0.61"))
    dumps: dict[str, str] = field(default_factory=dict)
    # What providers have, by address and as they print it; None: the shell may not ask.
    providers: dict[str, list[dict[str, str]] | None] = field(default_factory=dict)
    granted: tuple[str, ...] = ()
    installing_apps: tuple[str, ...] = ()  # a person let them install others
    current_user: int = 0
    boot_count: int = 1
    bootreason: str = "reboot"
    booted_at: datetime = field(default_factory=now)
    started: bool = True  # False: adbd answers, and no service of Android does yet
    factory: "Callable[[PhoneState], None]" = lambda _state: None
    mutex: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self.in_app = False
        self.lock_tool = LockTool(self.lock)
        self.lock.on_wipe_limit = self.reset_to_factory
        self.lock.resets_wipe_counter = self.personality.resets_wipe_counter

    def show(self, what: Page) -> None:
        """Bring any page to the front; an app that was there hears nothing any more."""
        self.in_app = False
        self.screen.show(what)

    def show_app(self) -> None:
        """Bring the messenger to the front as it was left."""
        self.in_app = True
        self.screen.show(self.messenger.shown())

    def app_hears(self, what: Callable[[Messenger], None]) -> None:
        """Let a touch or a key reach the messenger, where it is what can be touched."""
        if self.in_app and self.screen.on and not self.lock.locked:
            what(self.messenger)
            self.show_app()

    def setting(self, namespace: str, key: str) -> str:
        return self.settings[namespace].get(key, "")

    def reset_to_factory(self, *, provisioned: bool = False) -> None:
        """Lose what users brought; keep what the maker shipped. The phone restarts."""
        self.power.erase_files()
        self.factory(self)
        self.lock.change(self.lock.kind.NONE, "")
        done = "1" if provisioned else "0"
        self.settings["global"]["device_provisioned"] = done
        self.settings["secure"]["user_setup_complete"] = done
        self.restart("reboot,factory_reset")

    def restart(self, reason: str = "reboot") -> None:
        self.boot_count += 1
        self.bootreason = reason
        self.booted_at = now()
        self.lock.locked = self.lock.secure
        self.props["ro.boot.bootreason"] = reason
        self.settings["global"]["boot_count"] = str(self.boot_count)
        self.power.restart()
