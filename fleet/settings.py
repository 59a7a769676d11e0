"""Where the server keeps its things and what it is told: one TOML file, overridden by environment.

The folder is made by `workfleet server init`: settings.toml, keys/ (0600), data/, storage/.
"""

import os
import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from fleet.contracts.words import _
from fleet.errors import Invalid, NotFound

FILE = "settings.toml"
PREFIX = "WORKFLEET_"


@dataclass(eq=False)
class HomeNotFound(NotFound):
    home: str
    code = "home_not_found"
    message = _("There is no workfleet server in {home}.")
    advice = _("Make one with `workfleet server init`, or name its folder with --home.")


@dataclass(frozen=True)
class Settings:
    """`database_url` and `key_file` default to places inside `home`; days are policy numbers."""

    home: Path
    database_url: str = ""
    storage_url: str = ""  # file:///… or s3://bucket/prefix
    key_file: Path | None = None  # the key-encryption key, 32 bytes, base64
    recipients: tuple[str, ...] = field(default=())  # age recipients of backups
    tag_template: str = "WF-{number:04d}"
    pin_days: int = 90
    pin_length: int = 6
    pin_check_hours: int = 24  # a phone is asked at most so often whether its PIN still opens it
    password_days: int = 90
    password_length: int = 14
    disclosure_rotation_hours: int = 24
    approval_days: int = 2  # calendar days in which a change request is decided
    incident_freeze_minutes: int = 30  # an account is frozen, after an incident was reported
    incident_block_minutes: int = 60  # a SIM is blocked by its operator
    incident_change_hours: int = 24  # what may be known to others is changed
    quarantine_days: int = 0  # a phone is kept as it is so long after its acceptance
    lease_seconds: int = 120
    pack_bytes: int = 256 * 1024 * 1024
    backup_full_after: int = 12  # backups in a chain before everything is stored anew
    backup_compare_percent: int = 100  # of what a chain carries on, hashed by the phone again
    # So long a station may begin backups by itself while the server is away; 0: it begins none.
    offline_backup_hours: int = 168
    upload_bytes: int = 64 * 1024**3  # of unfinished packs: with so much here no other begins
    disk_reserve_bytes: int = 1024**3  # of the disk, which what stations send leaves free
    key_variable: str = ""  # the keys are in this variable of the environment
    key_command: tuple[str, ...] = field(default=())  # or this command prints them
    cipher: str = "aes-256-gcm"  # or sm4-gcm: what is sealed from now on
    logins_per_minute: int = 30  # from one address
    enrolments_per_minute: int = 10  # from one address
    disclosures_per_hour: int = 60  # by one person
    checks_per_minute: int = 30  # of papers by their QR codes, from one address
    trusted_proxies: tuple[str, ...] = field(default=())  # networks whose X-Forwarded-For counts
    deep_check_days: int = 30  # every byte that is stored is read so often; 0: only when asked
    deep_check_bytes_per_second: int = 50 * 1024 * 1024  # and so slowly; 0: as fast as it goes
    escrow_check_days: int = 365  # so often somebody shows that the identities are still there
    work_apps: tuple[str, ...] = field(default=())  # packages looked at as closely as WeChat
    station_minutes_a_day: int = 420  # what a station gets done with people on a working day
    bin_days: int = 30  # what was deleted can be restored
    directory_leavers_percent: int = 5  # of the people: more are not said to leave by one file
    audit_retention_days: int = 3 * 365  # what `audit prune` keeps where no day is named

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'data' / 'workfleet.db'}"

    @property
    def storage(self) -> str:
        return self.storage_url or (self.home / "storage").as_uri()

    @property
    def key_path(self) -> Path:
        return self.key_file or self.home / "keys" / "key-encryption.key"

    @property
    def tls(self) -> Path:
        return self.home / "tls"

    @property
    def checkpoint_key(self) -> Path:
        return self.home / "keys" / "checkpoint.key"


def load(home: Path) -> Settings:
    """Read the settings of the server in `home`; WORKFLEET_… in the environment wins."""
    path = home / FILE
    if not path.is_file():
        raise HomeNotFound(home=str(home))
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:  # not UTF-8, or not TOML
        raise SettingsUnreadable(path=str(path), reason=_line_of(error)) from None
    settings = Settings(home=home)
    return replace(settings, **_typed({**given, **_from_environment()}))


def _line_of(error: Exception) -> str:
    """Return where it stands, without what stands there: it may be a password in an address."""
    at = re.search(r"\(at ([^()]*)\)$", str(error))
    return at[1] if at else type(error).__name__


def _from_environment() -> dict[str, str]:
    names = {item.name for item in fields(Settings)} - {"home"}
    return {
        name: os.environ[PREFIX + name.upper()]
        for name in names
        if PREFIX + name.upper() in os.environ
    }


def _typed(given: dict[str, Any]) -> dict[str, Any]:
    kinds = {item.name: item.type for item in fields(Settings)}
    unknown = sorted(given.keys() - kinds.keys())
    if unknown:
        raise SettingUnknown(names=", ".join(unknown))
    return {name: _fitting(name, kinds[name], value) for name, value in given.items()}


def _fitting(name: str, kind: Any, value: Any) -> Any:
    try:
        return _convert(kind, value)
    except (ValueError, TypeError):
        raise SettingWrong(name=name) from None


def _convert(kind: Any, value: Any) -> Any:
    if kind is int and isinstance(value, str):  # out of the environment
        return int(value)
    if kind == tuple[str, ...]:
        return tuple(map(_text, value.split(",") if isinstance(value, str) else value))
    if kind == Path | None:
        return Path(value)
    if type(value) is not kind:
        raise TypeError(kind)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


@dataclass(eq=False)
class SettingsUnreadable(Invalid):
    path: str
    reason: str
    code = "settings_unreadable"
    message = _("{path} is not TOML in UTF-8 ({reason}).")
    advice = _("Correct it; docs/operating.md names what can stand in it.")


@dataclass(eq=False)
class SettingWrong(Invalid):
    name: str
    code = "setting_wrong"
    message = _("The setting {name} does not have a value of its kind.")
    advice = _("Correct it in the settings file or in the environment.")


@dataclass(eq=False)
class SettingUnknown(NotFound):
    names: str
    code = "setting_unknown"
    message = _("The settings file has names that mean nothing: {names}.")
    advice = _("Take them out or correct their spelling.")
