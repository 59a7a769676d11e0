"""What one visit learned about a phone: observed, never guessed; what is missing is named.

Some of it is different at nearly every visit without anybody having changed anything: it is quick,
and no part of the digest by which a phone is known to be unchanged.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field


class Skin(StrEnum):
    """The maker's system on top of Android."""

    HYPEROS = "hyperos"
    MIUI = "miui"
    HARMONYOS = "harmonyos"
    EMUI = "emui"
    MAGICOS = "magicos"
    MAGICUI = "magicui"
    COLOROS = "coloros"
    REALMEUI = "realmeui"
    OXYGENOS = "oxygenos"
    ORIGINOS = "originos"
    FUNTOUCH = "funtouch"
    ONEUI = "oneui"
    FLYME = "flyme"
    SMARTISAN = "smartisan"
    EUI = "eui"
    LINEAGEOS = "lineageos"
    AOSP = "aosp"
    UNKNOWN = "unknown"

    @property
    def spoken(self) -> str:
        """Return the name as its maker writes it."""
        return _SPOKEN.get(self, self.value)


_SPOKEN = {
    Skin.HYPEROS: "HyperOS",
    Skin.MIUI: "MIUI",
    Skin.HARMONYOS: "HarmonyOS",
    Skin.EMUI: "EMUI",
    Skin.MAGICOS: "MagicOS",
    Skin.MAGICUI: "Magic UI",
    Skin.COLOROS: "ColorOS",
    Skin.REALMEUI: "realme UI",
    Skin.OXYGENOS: "OxygenOS",
    Skin.ORIGINOS: "OriginOS",
    Skin.FUNTOUCH: "Funtouch OS",
    Skin.ONEUI: "One UI",
    Skin.FLYME: "Flyme",
    Skin.SMARTISAN: "Smartisan OS",
    Skin.EUI: "EUI",
    Skin.LINEAGEOS: "LineageOS",
    Skin.AOSP: "AOSP",
}

CredentialType = Literal["none", "pin", "pattern", "password"]
BatteryHealth = Literal[
    "good", "overheat", "dead", "over_voltage", "failure", "cold", "warm", "cool", "unknown"
]
BatteryStatus = Literal["charging", "discharging", "not_charging", "full", "unknown"]
Plug = Literal["none", "ac", "usb", "wireless", "dock"]
Ability = Literal[
    "read_contacts",
    "read_messages",
    "read_calls",
    "type_and_tap",
    "change_settings",
    "grant_permissions",
    "install_apps",
    "set_lock",
    "read_usage",
]
UserKind = Literal["owner", "clone", "work", "guest", "second"]


class Fact(BaseModel):
    """One group of facts. `None` always means "not known", never "no"."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Identity(Fact):
    """Who the phone says it is; `imei` holds only numbers with a right check digit."""

    serial: str | None = None
    brand: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    market_name: str | None = None
    device: str | None = None
    imei: tuple[str, ...] = ()
    meid: tuple[str, ...] = ()


class Os(Fact):
    """The system; `container` is true where an Android inside another system answers.

    Then `skin` and `skin_version` name the outer system, and everything else in the facts is
    what the container says of itself.
    """

    android: str | None = None
    sdk: int | None = None
    skin: Skin = Skin.UNKNOWN
    skin_version: str | None = None
    security_patch: str | None = None
    fingerprint: str | None = None
    build_id: str | None = None
    incremental: str | None = None
    container: bool = False


class Integrity(Fact):
    bootloader_locked: bool | None = None
    verified_boot: str | None = Field(None, description="green, yellow, orange or red")
    build_type: str | None = None
    build_tags: str | None = None
    debuggable: bool | None = None
    encrypted: bool | None = None
    encryption: str | None = Field(None, description="file or block")
    selinux: str | None = Field(None, description="enforcing, permissive or disabled")
    su: bool | None = None


class Battery(Fact):
    """Temperature in degrees Celsius, `capacity_percent` of the capacity when it was new."""

    level: int | None = None
    health: BatteryHealth | None = None
    status: BatteryStatus | None = None
    plugged: Plug | None = None
    charging: bool | None = None
    temperature: float | None = None
    voltage_mv: int | None = None
    present: bool | None = None
    technology: str | None = None
    cycles: int | None = None
    capacity_percent: int | None = None
    first_used_on: str | None = None
    simulated: bool | None = None


class Lock(Fact):
    """The lock of user 0; `wipe_limit` 0 means that wrong attempts never wipe the phone."""

    secure: bool | None = None
    credential_type: CredentialType | None = None
    locked: bool | None = None
    keyguard_showing: bool | None = None
    wipe_limit: int | None = None
    user_unlocked: bool | None = None


class AppState(Fact):
    """How an app stands for one Android user."""

    user: int
    installed: bool | None = None
    enabled: bool | None = None
    hidden: bool | None = None
    suspended: bool | None = None
    stopped: bool | None = None


class App(Fact):
    """An installed app; `users` are the Android users that have it: 999 and the like are clones.

    `signer` is the short number by which Android tells signing certificates apart; `certificate`
    is the SHA-256 of the certificate itself, read out of the app's file. The times in front are
    seconds, of all users together; `last_used` is in the phone's own local time.
    """

    package: str
    version_name: str | None = None
    version_code: int | None = None
    target_sdk: int | None = None
    installer: str | None = None
    enabled: bool | None = None
    hidden: bool | None = None
    suspended: bool | None = None
    system: bool | None = None
    users: tuple[int, ...] = ()
    uid: int | None = None
    path: str | None = None
    signer: str | None = None
    certificate: str | None = None
    first_installed: str | None = None
    last_updated: str | None = None
    states: tuple[AppState, ...] = ()
    running: bool | None = None
    last_used: str | None = None
    front_today: int | None = None
    front_this_week: int | None = None
    code_bytes: int | None = None
    data_bytes: int | None = None
    cache_bytes: int | None = None


class User(Fact):
    id: int
    name: str | None = None
    kind: UserKind | None = None
    running: bool | None = None


class Storage(Fact):
    """The data partition in bytes, and whether a memory card is in."""

    total_bytes: int | None = None
    used_bytes: int | None = None
    free_bytes: int | None = None
    sd_card: bool | None = None


class Sim(Fact):
    """One slot, counted from 0; `state` in the phone's own words, lower case (absent, ready …)."""

    slot: int
    state: str | None = None
    iccid: str | None = None
    number: str | None = None
    carrier: str | None = None


class Debugging(Fact):
    """The doors a computer can come in by; `trusted_hosts` counts adb keys the phone accepts.

    `installing_apps` may install apps from anywhere: each was allowed to by a person (Android 8 and
    later, where no setting for all of them is left).
    """

    developer_options: bool | None = None
    usb: bool | None = None
    wireless: bool | None = None
    unknown_sources: bool | None = None
    installing_apps: tuple[str, ...] = ()
    verify_installs: bool | None = None
    key_expiry_ms: int | None = None
    trusted_hosts: int | None = None
    shell_permissions: tuple[str, ...] = ()


class Settings(Fact):
    provisioned: bool | None = None
    setup_complete: bool | None = None
    input_method: str | None = None
    accessibility_services: tuple[str, ...] = ()
    notification_listeners: tuple[str, ...] = ()
    always_on_vpn: str | None = None
    automatic_time: bool | None = None
    screen_timeout_ms: int | None = None
    timezone: str | None = None
    locale: str | None = None


class AccountCount(Fact):
    """How many accounts of a kind are signed in to the system; never their names."""

    type: str
    count: int


class Gap(Fact):
    """A question that has no answer, and why; `detail` is the phone's own word on it.

    `awaited`: it is being asked, and the next report of this very visit tells its answer.
    """

    part: str
    reason: str
    detail: str = ""
    awaited: Literal[True] | None = None


class Network(Fact):
    """Which kinds of network the phone is on now; never which one, nor where it is."""

    wifi: bool | None = None
    mobile: bool | None = None
    vpn: bool | None = None
    airplane_mode: bool | None = None
    proxy: bool | None = None
    private_dns: str | None = None
    user_certificates: int | None = Field(
        None, description="authorities a person added, by which the phone's traffic can be read"
    )


class Capability(Fact):
    """What this phone lets a computer do: tried at a visit, or told by its rights and switches.

    `word` is what the phone said, or the switch that decided.
    """

    name: Ability
    allowed: bool
    how: Literal["tried", "told"]
    word: str = ""


class Earlier(Fact):
    """A question that was not asked anew: what is said of it is as old as `at`."""

    part: str
    at: datetime


# What is quick, by group.
QUICK: Final[Mapping[str, tuple[str, ...]]] = {
    "battery": ("charging", "level", "plugged", "status", "temperature", "voltage_mv"),
    "lock": ("keyguard_showing", "locked", "user_unlocked"),
    "network": ("airplane_mode", "mobile", "vpn", "wifi"),
    "storage": ("free_bytes", "used_bytes"),
}
QUICK_TIMES: Final = ("probed_at", "clock_offset_seconds", "uptime_seconds")
# What apps did, and how big they grew, is quick too, and much: it comes when all is told, and is
# the answer to these questions.
ABOUT_USE: Final = ("disk_stats", "running", "usage")
_USE: Final = {
    *("running", "last_used", "front_today", "front_this_week"),
    *("code_bytes", "data_bytes", "cache_bytes"),
}
_NO_PART_OF_THE_DIGEST: Final[dict[str, Any]] = {
    **{group: set(names) for group, names in QUICK.items()},
    **dict.fromkeys((*QUICK_TIMES, "earlier"), True),
    "apps": {"__all__": {**dict.fromkeys(_USE, True), "states": {"__all__": {"stopped"}}}},
    "users": {"__all__": {"running"}},
}


class Quick(Fact):
    """What a visit to an unchanged phone brings: the groups of which a part is quick, and times."""

    battery: Battery = Battery()
    lock: Lock = Lock()
    network: Network = Network()
    storage: Storage = Storage()
    probed_at: datetime | None = None
    clock_offset_seconds: float | None = None
    uptime_seconds: float | None = None


class PhoneFacts(Fact):
    """Everything known about a phone after a visit."""

    identity: Identity = Identity()
    os: Os = Os()
    integrity: Integrity = Integrity()
    battery: Battery = Battery()
    lock: Lock = Lock()
    storage: Storage = Storage()
    debugging: Debugging = Debugging()
    settings: Settings = Settings()
    network: Network = Network()
    capabilities: tuple[Capability, ...] = ()
    apps: tuple[App, ...] = ()
    users: tuple[User, ...] = ()
    sims: tuple[Sim, ...] = ()
    accounts: tuple[AccountCount, ...] = ()
    device_owner: str | None = None
    device_admins: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    probed_at: datetime | None = None
    clock_offset_seconds: float | None = None
    uptime_seconds: float | None = None
    boot_count: int | None = None
    boot_id: str | None = None
    tools: str | None = Field(None, description="the phone's own `toybox --version`")

    @property
    def build(self) -> str:
        """Name the build: what is found out about a lock tool is true for one build only."""
        named = (self.identity.brand, self.identity.model, self.os.fingerprint)
        return "|".join(part or "?" for part in named)

    def app(self, package: str) -> App | None:
        return next((app for app in self.apps if app.package == package), None)

    def allows(self, ability: Ability) -> bool | None:
        """Say whether a computer may do this on the phone; `None` where nothing tells."""
        found = (one.allowed for one in self.capabilities if one.name == ability)
        return next(found, None)

    def missing(self, part: str) -> Gap | None:
        return next((gap for gap in self.gaps if gap.part == part), None)

    def awaits(self, part: str) -> bool:
        """Say whether an answer is on its way that a report told at once could not have."""
        gap = self.missing(part)
        return gap is not None and gap.awaited is True

    def told_at(self, part: str) -> datetime | None:
        """Return when a question was asked of which the facts have the answer."""
        earlier = (one.at for one in self.earlier if one.part == part)
        return next(earlier, self.probed_at)

    @property
    def quick(self) -> Quick:
        return Quick(**{name: getattr(self, name) for name in Quick.model_fields})

    def digest(self) -> str:
        """Return what tells these facts from others, whatever is quick in them: a SHA-256.

        What is not known is no part of it, so that a question added later changes nothing.
        """
        steady = self.model_dump_json(exclude=_NO_PART_OF_THE_DIGEST, exclude_none=True)
        return sha256(steady.encode()).hexdigest()

    def seen_again(self, quick: Quick) -> Self:
        """Return the facts of a phone that a later visit found unchanged.

        What was not told again is as old as these facts are.
        """
        told = {name: getattr(quick, name) for name in Quick.model_fields}
        return self.model_copy(update={**told, "earlier": self._older()})

    def _older(self) -> tuple[Earlier, ...]:
        told = {one.part: one for one in self.earlier}
        if self.probed_at is not None:
            since = {part: Earlier(part=part, at=self.probed_at) for part in ABOUT_USE}
            told = {**since, **told}
        return tuple(told[part] for part in sorted(told))


def stored_facts(facts: object, quick: object = None) -> PhoneFacts:
    """Read facts as they are stored, and what is quick of them where a later visit brought it."""
    read = PhoneFacts.model_validate(facts)
    return read if quick is None else read.seen_again(Quick.model_validate(quick))
