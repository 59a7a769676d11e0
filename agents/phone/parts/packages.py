"""The installed apps: `pm list packages` with any options, and `dumpsys package`."""

import re
from collections.abc import Iterable, Iterator, Mapping

from agents.phone.parts.text import blocks_of, lines_of, said, whole, yes_or_no
from fleet.contracts.facts import App, AppState

NAME = r"[A-Za-z][\w]*(?:\.[\w\-]+)*"
LISTED = re.compile(r"package:(\S.*)")
BARE = re.compile(r"[A-Za-z]\w*(?:\.\w+)+")
SUFFIX = re.compile(r"\s{1,9}(versionCode|installer|uid|stopped)[:=]\s*(\S*)")
# "package:a package:b": a console that joined the lines.
JOINED = re.compile(r"(?<=\S)\s*(?=package:)")
HEADING = re.compile(rf"^[ \t]*Package \[({NAME})\] \(", re.MULTILINE)
HIDDEN = re.compile(r"^[ \t]*Hidden system packages:", re.MULTILINE)
FIELD = re.compile(r"(?<![\w])(\w+)=([^\s]*)")
USER = re.compile(r"User (\d{1,6}):(.*)")
# Before Android 9 the number here was a memory address, another one after each start.
SIGNER = re.compile(r"signatures=PackageSignatures\{\S+ version:\d+, signatures:\[([0-9a-fA-F]+)")
USERS_APART = 100_000  # a uid is the user's number times this, plus the app's own number
DISABLED_SINCE = 2  # enabled= in a User line: 0 default, 1 enabled, 2 to 4 ways to be disabled


def parse(text: str) -> tuple[App, ...] | None:
    """Read either kind of output, or both in one text; `None` when it is neither."""
    return merged(_listed(text), _dumped(text)) or None


def names(text: str) -> frozenset[str] | None:
    """Give the packages a list names, for lists that filter (`-d`, `-3`); an empty one is fine."""
    if text.strip() and not LISTED.search(text):
        return None
    return frozenset(app.package for app in _listed(text))


def installing(text: str) -> tuple[str, ...] | None:
    """Read which apps a person let install others: `appops query-op`."""
    lines = list(lines_of(text))
    if lines == ["No operations."]:
        return ()
    listed = [line for line in lines if BARE.fullmatch(line)]
    return tuple(sorted(set(listed))) if len(listed) == len(lines) else None


def merged(apps: Iterable[App], details: Iterable[App]) -> tuple[App, ...]:
    """Lay what is known in detail over what was listed."""
    found = {app.package: app for app in apps}
    for app in details:
        before = found.get(app.package)
        found[app.package] = _over(before, app) if before else app
    return tuple(found[package] for package in sorted(found))


def _over(before: App, detail: App) -> App:
    told = {key: value for key, value in detail if value not in {None, ()}}
    users = tuple(sorted({*before.users, *detail.users}))
    return before.model_copy(update={**told, "users": users})


def _listed(text: str) -> Iterator[App]:
    lines = list(lines_of(JOINED.sub("\n", text)))
    marked = [found[1] for line in lines if (found := LISTED.match(line))]
    bare = [line for line in lines if BARE.fullmatch(line)]
    if not marked and len(bare) * 10 >= len(lines) * 9:
        marked = bare  # somebody cut the "package:" off
    return (app for entry in marked if (app := _entry(entry)))


def _entry(entry: str) -> App | None:
    """Read one line; paths hold "==", so the name stands behind the last "="."""
    details = dict(SUFFIX.findall(entry))
    path, _, package = SUFFIX.sub("", entry).strip().rpartition("=")
    if not re.fullmatch(NAME, package):
        return None
    uids = [uid for part in details.get("uid", "").split(",") if (uid := whole(part)) is not None]
    return App(
        package=package,
        path=path or None,
        system=_is_system(path),
        version_code=whole(details.get("versionCode")),
        installer=said(details.get("installer")),
        uid=uids[0] if uids else None,
        users=tuple(sorted({uid // USERS_APART for uid in uids})),
    )


def _is_system(path: str) -> bool | None:
    """Tell by the path; an app under /data may still be an update of a system app."""
    return None if not path or path.startswith(("/data/", "/mnt/expand/")) else True


def _dumped(text: str) -> Iterator[App]:
    """Read the "Packages:" section; an updated system app stands again among the hidden ones."""
    hidden = HIDDEN.search(text)
    body = text[: hidden.start()] if hidden else text
    seen: set[str] = set()
    for heading, block in blocks_of(HEADING, body):
        if heading[1] not in seen:
            seen.add(heading[1])
            yield _block(heading[1], block)


def _block(package: str, block: str) -> App:
    head, users = _head(block), _users(block)
    owner = users.get(0, {})
    return App(
        package=package,
        version_name=said(head.get("versionName")),
        version_code=whole(head.get("versionCode")),
        target_sdk=whole(head.get("targetSdk")),
        installer=said(head.get("installerPackageName")),
        enabled=_is_enabled(owner),
        hidden=yes_or_no(owner.get("hidden")),
        suspended=yes_or_no(owner.get("suspended")),
        system=_is_system_by_flags(block),
        users=tuple(sorted(user for user, of in users.items() if of.get("installed") == "true")),
        uid=whole(head.get("userId") or head.get("appId")),
        path=said(head.get("codePath")),
        signer=_signer(block),
        first_installed=_moment(block, "firstInstallTime"),
        last_updated=_moment(block, "lastUpdateTime"),
        states=tuple(_state(user, users[user]) for user in sorted(users)),
    )


def _state(user: int, said: Mapping[str, str]) -> AppState:
    return AppState(
        user=user,
        installed=yes_or_no(said.get("installed")),
        enabled=_is_enabled(said),
        hidden=yes_or_no(said.get("hidden")),
        suspended=yes_or_no(said.get("suspended")),
        stopped=yes_or_no(said.get("stopped")),
    )


def _is_enabled(said: Mapping[str, str]) -> bool | None:
    state = whole(said.get("enabled"))
    return None if state is None else state < DISABLED_SINCE


def setting_of(text: str, package: str, user: int) -> int | None:
    """Give Android's own number for how an app is enabled for a user, out of its dump."""
    hidden = HIDDEN.search(text)
    for heading, block in blocks_of(HEADING, text[: hidden.start()] if hidden else text):
        if heading[1] == package:
            return whole(_users(block).get(user, {}).get("enabled"))
    return None


def _head(block: str) -> Mapping[str, str]:
    """Give the fields before the first User line, of each the first."""
    found: dict[str, str] = {}
    for line in lines_of(block):
        if USER.match(line):
            break
        for name, value in FIELD.findall(line):
            found.setdefault(name, value)
    return found


def _users(block: str) -> Mapping[int, Mapping[str, str]]:
    lines = (USER.match(line) for line in lines_of(block))
    return {int(found[1]): dict(FIELD.findall(found[2])) for found in lines if found}


def _is_system_by_flags(block: str) -> bool | None:
    flags = re.search(r"^[ \t]*(?:pkgFlags|flags)=\[([^\]\n]*)\]?", block, re.MULTILINE)
    return "SYSTEM" in flags[1].split() if flags else None


def _signer(block: str) -> str | None:
    found = SIGNER.search(block)
    return found[1].lower() if found else None


def _moment(block: str, name: str) -> str | None:
    """Give a time as the phone prints it: its own local time, without a zone."""
    found = re.search(rf"{name}=(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d)", block)
    return found[1] if found else None
