"""Profiles: a phone described in a data file, and the state a phone of that kind starts with."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from agents.handset.errors import ProfileInvalid, ProfileNotFound
from agents.handset.framework.lock import Lock
from agents.handset.framework.personality import Personality, personalities, usual
from agents.handset.framework.state import Account, Admin, Habits, Package, Sim, User, UserState
from agents.handset.framework.telephony import sim_props

COMMON: Final = "common"
NAMESPACES: Final = ("global", "secure", "system")
FIRST_UID: Final = 10250


@dataclass(frozen=True)
class Profile:
    """A kind of phone. `raw` is its file with the common one underneath."""

    name: str
    raw: Mapping[str, Any]

    @property
    def title(self) -> str:
        return str(self.raw["title"])

    @property
    def sdk(self) -> int:
        return int(self.raw["sdk"])

    @property
    def release(self) -> str:
        return str(self.raw["release"])

    @property
    def pin(self) -> str:
        """The PIN it is delivered with, as a person knows it; empty means no lock."""
        return str(self.raw.get("pin", ""))

    @property
    def hostname(self) -> str:
        return str(self.raw["props"].get("ro.product.device", "localhost"))

    def serial(self, number: int) -> str:
        """Return the serial number of the phone of this kind that was started as `number`th."""
        first = str(self.raw["serial"])
        return first if number == 0 else f"{first[:-3]}{number:03d}"

    def imeis(self, number: int) -> list[str]:
        bodies = (int(body) + 100 * number for body in self.raw["imei"])
        return [with_check_digit(f"{body}0") for body in bodies]

    def props(self, serial: str, imeis: Sequence[str]) -> dict[str, str]:
        blanks = {f"imei{at + 1}": imei for at, imei in enumerate(imeis)} | {"serial": serial}
        found = {key: str(value).format(**blanks) for key, value in self.raw["props"].items()}
        found |= {"ro.serialno": serial, "ro.boot.serialno": serial}
        return found | sim_props(self.sims())

    def packages(self) -> dict[str, Package]:
        rows = [self._package(at, row) for at, row in enumerate(self.raw["packages"])]
        return {package.name: package for package in rows}

    def _package(self, at: int, row: Mapping[str, Any]) -> Package:
        name = str(row["name"])
        version = str(row["version"]).format(release=self.release)
        users = {int(number): UserState() for number in row.get("users", [0])}
        return Package(
            name=name,
            version_name=version,
            version_code=int(str(row["code"]).format(sdk=self.sdk)),
            uid=int(row.get("uid", FIRST_UID + at)),
            path=row.get("path") or package_path(name, system=bool(row.get("system"))),
            installer=row.get("installer", self.raw.get("installer")),
            system=bool(row.get("system")),
            target_sdk=int(row.get("target_sdk", self.sdk)),
            signature=str(row.get("signature", "5f3c9a1e")),
            last_used="2026-11-21 18:22:09" if row.get("used") else "",
            permissions=tuple(row.get("permissions", ())),
            users=users,
        )

    def users(self) -> list[User]:
        return [User(**row) for row in self.raw.get("users", [{"number": 0, "name": "机主"}])]

    def sims(self) -> list[Sim]:
        return [Sim(**row) for row in self.raw.get("sims", [])]

    def accounts(self) -> list[Account]:
        return [Account(**row) for row in self.raw.get("accounts", [])]

    def admins(self) -> list[Admin]:
        return [Admin(**row) for row in self.raw.get("admins", [])]

    def habits(self) -> Habits:
        return Habits(**self.raw.get("habits", {}))

    def lock(self) -> Lock:
        limits = (admin.maximum_failures for admin in self.admins())
        strictest = min((limit for limit in limits if limit), default=0)
        return Lock(wipe_limit=strictest, minimum_length=int(self.raw.get("minimum_length", 0)))

    def personality(self) -> Personality:
        name = self.raw.get("lock_tool")
        return personalities()[name] if name else usual(self.sdk)

    def settings(self) -> dict[str, dict[str, str]]:
        return {name: dict(self.raw["settings"].get(name, {})) for name in NAMESPACES}

    def battery(self) -> list[str]:
        return str(self.raw["battery"]["dump"]).strip("\n").splitlines()

    def screen_size(self) -> tuple[int, int]:
        width, height = self.raw.get("screen", (1080, 2400))
        return int(width), int(height)

    def granted(self) -> tuple[str, ...]:
        return tuple(self.raw["shell"]["granted"])


def package_path(name: str, *, system: bool) -> str:
    if system:
        label = name.rsplit(".", 1)[-1].capitalize()
        return f"/system/priv-app/{label}/{label}.apk"
    return f"/data/app/~~{name[::-1].replace('.', 'Q')}==/{name}-1a2B3c==/base.apk"


def with_check_digit(body: str) -> str:
    """Return the fourteen digits of an IMEI with their Luhn digit."""
    doubled = (int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(body))
    total = sum(value // 10 + value % 10 for value in doubled)
    return f"{body}{-total % 10}"


def profile(name: str) -> Profile:
    """Return the profile called `name`, or refuse."""
    known = profile_names()
    if name not in known:
        raise ProfileNotFound(name, ", ".join(known))
    return _read(name)


@cache
def profile_names() -> tuple[str, ...]:
    entries = (entry.name for entry in files(__package__).joinpath("profiles").iterdir())
    names = (entry.removesuffix(".toml") for entry in entries if entry.endswith(".toml"))
    return tuple(sorted(name for name in names if name != COMMON))


def profiles() -> list[tuple[str, str]]:
    """Return every profile's name and what kind of phone it is."""
    return [(name, _read(name).title) for name in profile_names()]


@cache
def _read(name: str) -> Profile:
    found = Profile(name, merged(_load(COMMON), _load(name)))
    try:
        found.packages(), found.users(), found.sims(), found.habits(), found.battery()
        found.personality()
        found.props("", ["", ""])
    except (KeyError, TypeError, ValueError) as error:
        raise ProfileInvalid(name, repr(error)) from error
    return found


def _load(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(name, str(error)) from error


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another: tables are merged, lists joined by name, the rest replaced."""
    result = dict(under)
    for key, value in over.items():
        below = under.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            result[key] = merged(below, value)
        elif key == "packages" and isinstance(below, list):
            result[key] = joined_by_name(below, value)
        elif key == "files" and isinstance(below, list):
            result[key] = [*below, *value]
        else:
            result[key] = value
    return result


def joined_by_name(
    under: Sequence[Mapping[str, Any]], over: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    rows = {row["name"]: dict(row) for row in under}
    for row in over:
        rows[row["name"]] = rows.get(row["name"], {}) | dict(row)
    return [row for row in rows.values() if not row.get("absent")]
