"""Profiles: the servers this user knows, and the token for each; profiles.toml, 0600.

The folder is the user's own for settings, or WORKFLEET_CONFIG.
"""

import json
import os
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from platformdirs import user_config_path

from cli.private import write_private
from cli.refusals import NoServerKnown, ProfileNotFound, ProfilesDamaged

FILE: Final = "profiles.toml"
DEFAULT: Final = "default"


@dataclass(frozen=True)
class Profile:
    """A server and the token for it; `authority` is a certificate (PEM) to be trusted for it.

    `insecure`: somebody said that plain HTTP may go to it.
    """

    name: str
    server: str
    token: str | None = field(default=None, repr=False)
    authority: str | None = field(default=None, repr=False)
    insecure: bool = False


@dataclass(frozen=True)
class Profiles:
    """`current` is the profile of a command that names none."""

    current: str | None = None
    known: tuple[Profile, ...] = ()

    def get(self, name: str | None) -> Profile | None:
        return next((one for one in self.known if one.name == (name or self.current)), None)

    def with_profile(self, profile: Profile) -> "Profiles":
        others = tuple(one for one in self.known if one.name != profile.name)
        return replace(self, current=profile.name, known=(*others, profile))


def profiles_path() -> Path:
    given = os.environ.get("WORKFLEET_CONFIG")
    folder = Path(given) if given else user_config_path("workfleet", appauthor=False)
    return folder / FILE


def read_profiles() -> Profiles:
    path = profiles_path()
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        known = tuple(Profile(name=name, **given) for name, given in found["profile"].items())
    except FileNotFoundError:
        return Profiles()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProfilesDamaged(path=str(path), reason=type(error).__name__) from None
    return Profiles(current=found.get("current"), known=known)


def write_profiles(profiles: Profiles) -> None:
    lines = [f"current = {_quoted(profiles.current)}"] if profiles.current else []
    for one in profiles.known:
        lines += ["", f"[profile.{_quoted(one.name)}]", f"server = {_quoted(one.server)}"]
        lines += [f"token = {_quoted(one.token)}"] if one.token else []
        lines += [f"authority = {_quoted(one.authority)}"] if one.authority else []
        lines += ["insecure = true"] if one.insecure else []
    write_private(profiles_path(), "\n".join([*lines, ""]))


def _quoted(text: str | None) -> str:
    """Return a TOML basic string; JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def keep(profile: Profile) -> None:
    """Store `profile` and make it the current one."""
    write_profiles(read_profiles().with_profile(profile))


def chosen(name: str | None, server: str | None) -> Profile:
    """Return the profile to use; a token is sent to no other server than the one it is for."""
    profiles = read_profiles()
    found = profiles.get(name)
    if server:
        return _at(server, found)
    if found is None and name:
        raise ProfileNotFound(name=name, known=", ".join(one.name for one in profiles.known) or "—")
    if found is None:
        raise NoServerKnown
    return found


def _at(server: str, found: Profile | None) -> Profile:
    if found is not None and found.server.rstrip("/") == server.rstrip("/"):
        return found
    return Profile(name=DEFAULT, server=server)
