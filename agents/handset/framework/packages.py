"""`pm` (`cmd package`) and what `dumpsys package` says about one package."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from agents.handset.framework import installing
from agents.handset.framework.pm_words import names_in, threw, user_in
from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import Package, PhoneState, UserState

ANDROID_9: Final = 28
DISABLED: Final = frozenset({2, 3, 4})
SETTINGS: Final = {"default-state": 0, "enable": 1, "disable": 2, "disable-user": 3}
STATES: Final = {0: "default", 1: "enabled", 2: "disabled", 3: "disabled-user"}
SHELL_MAY_SET: Final = frozenset({0, 1, 3})


def pm(state: PhoneState, words: list[str]) -> Reply:
    verb, *rest = words or [""]
    if verb in SETTINGS:
        return _set_enabled(state, verb, rest)
    answer = VERBS.get(verb)
    return answer(state, rest) if answer else err(f"Unknown command: {verb}", 255)


def _list(state: PhoneState, words: list[str]) -> Reply:
    kind, *options = words or [""]
    match kind:
        case "packages":
            return list_packages(state, options)
        case "users":
            return out(_users(state))
        case "features":
            return out("feature:android.hardware.telephony\nfeature:android.hardware.usb.accessory")
    return err(f"Error: unknown list type '{kind}'", 255)


def _path(state: PhoneState, words: Sequence[str]) -> Reply:
    package = state.packages.get((names_in(words) or [""])[0])
    stands = package.users.get(user_in(words)) if package else None
    is_there = package is not None and (stands is None or stands.installed)
    return out(f"package:{package.path}") if package and is_there else Reply(status=1)


def _resolve(state: PhoneState, words: Sequence[str]) -> Reply:
    """Say which activity an intent would start; a role is known by the words of its intent."""
    role = "home" if "android.intent.category.HOME" in words else ""
    role = "dialer" if "android.intent.action.DIAL" in words else role
    if role not in state.roles:
        return out("No activity found")
    return out(f"priority=0 preferredOrder=0 match=0x108000 isDefault=true\n{state.roles[role]}")


def _set_enabled(state: PhoneState, verb: str, words: Sequence[str]) -> Reply:
    """Answer as PackageManagerShellCommand.runSetEnabledSetting does."""
    name, user, new = (names_in(words) or [""])[0], user_in(words), SETTINGS[verb]
    if refused := installing.closed_to_shell(state, user):
        return refused
    package = state.packages.get(name)
    if package is None or user not in package.users:
        return threw(verb, f"java.lang.IllegalArgumentException: Unknown package: {name}")
    stands = package.users[user]
    if not {stands.enabled, new} <= SHELL_MAY_SET:
        said = f"Shell cannot change component state for {name}/null to {new}"
        return threw(verb, f"java.lang.SecurityException: {said}")
    if name in state.habits.protected_apps and new in DISABLED:
        return threw(
            verb, f"java.lang.SecurityException: Cannot disable a protected package: {name}"
        )
    stands.enabled = new
    return out(f"Package {name} new state: {STATES[new]}")


def _clear(state: PhoneState, words: Sequence[str]) -> Reply:
    names = names_in(words)
    return out("Success") if names and names[0] in state.packages else out("Failed", 1)


def _most_users(_state: PhoneState, _words: Sequence[str]) -> Reply:
    return out("Maximum supported users: 4")


def _users(state: PhoneState) -> str:
    rows = (
        f"\tUserInfo{{{user.number}:{user.name}:{user.flags:x}}}{' running' * user.running}"
        for user in state.users
    )
    return "Users:\n" + "\n".join(rows)


def pidof(state: PhoneState, words: list[str]) -> Reply:
    """Return the number of an app's first process; the phone's other processes are real ones."""
    running = [package for name in words if (package := state.packages.get(name))]
    numbers = [str(package.uid % 30_000) for package in running if package.is_running]
    return out(" ".join(numbers)) if numbers else Reply(status=1)


def list_packages(state: PhoneState, options: Sequence[str]) -> Reply:
    user = user_in(options)
    if user not in {known.number for known in state.users}:
        return err(
            f"\nException occurred while executing 'list':\njava.lang.SecurityException: "
            f"Shell does not have permission to access user {user}"
        )
    named = names_in(options)
    chosen = [
        package
        for package in state.packages.values()
        if _wanted(package, options, user) and (not named or named[0] in package.name)
    ]
    return out("\n".join(_line(package, options) for package in chosen))


def _wanted(package: Package, options: Sequence[str], user: int) -> bool:
    stands = package.users.get(user, UserState(installed=False))
    disabled = stands.enabled in DISABLED
    return (
        (stands.installed or "-u" in options)
        and not ("-s" in options and not package.system)
        and not ("-3" in options and package.system)
        and not ("-d" in options and not disabled)
        and not ("-e" in options and disabled)
    )


def _line(package: Package, options: Sequence[str]) -> str:
    """Return a row in the order of PackageManagerShellCommand: path, version, installer, uid."""
    line = "package:" + (f"{package.path}=" if "-f" in options else "") + package.name
    if "--show-versioncode" in options:
        line += f" versionCode:{package.version_code}"
    if "-i" in options:
        line += f"  installer={package.installer or 'null'}"
    if "-U" in options:
        line += f" uid:{package.uid}"
    return line


def dump_package(state: PhoneState, name: str) -> str:
    """Return `dumpsys package NAME`, or of every package when there is no name."""
    packages: Iterable[Package] = state.packages.values()
    chosen = [package for package in packages if name in ("", package.name)]
    if not chosen:
        return f"Unable to find package: {name}"
    blocks = "\n".join(_block(state, package) for package in chosen)
    return f"Packages:\n{blocks}\n\nQueries:\n  system apps queryable: false"


def _block(state: PhoneState, package: Package) -> str:
    flags = "SYSTEM HAS_CODE ALLOW_CLEAR_USER_DATA" if package.system else "HAS_CODE"
    lines = [
        f"  Package [{package.name}] ({zlib.crc32(package.name.encode()):x}):",
        f"    userId={package.uid}",
        f"    pkg=Package{{{package.uid * 7919 % 2**28:x} {package.name}}}",
        f"    codePath={package.path.rsplit('/', 1)[0]}",
        f"    versionCode={package.version_code} minSdk=23 targetSdk={package.target_sdk}",
        f"    versionName={package.version_name}",
        f"    flags=[ {flags} ]",
        f"    timeStamp={package.last_updated}",
        *([] if state.sdk >= 33 else [f"    firstInstallTime={package.first_installed}"]),
        f"    lastUpdateTime={package.last_updated}",
        *([f"    installerPackageName={package.installer}"] if package.installer else []),
        f"    signatures={_signatures(state, package)}",
        "    installPermissionsFixed=true",
        *_install_permissions(state, package),
    ]
    rows = (_user_row(state, package, number, user) for number, user in package.users.items())
    return "\n".join([*lines, *rows])


def _signatures(state: PhoneState, package: Package) -> str:
    mark = f"{package.uid * 31 % 2**28:x}"
    if state.sdk < ANDROID_9:  # where the signer is told by its place in memory
        return f"PackageSignatures{{{mark} [{(package.uid + state.boot_count) * 8191:x}]}}"
    signers = f"signatures:[{package.signature}], past signatures:[]"
    return f"PackageSignatures{{{mark} version:3, {signers}}}"


def _install_permissions(state: PhoneState, package: Package) -> list[str]:
    granted = state.granted if package.name == "com.android.shell" else package.permissions
    if not granted:
        return []
    return ["    install permissions:", *(f"      {name}: granted=true" for name in granted)]


def _user_row(state: PhoneState, package: Package, number: int, user: UserState) -> str:
    flags = {
        "installed": user.installed,
        "hidden": user.hidden,
        "suspended": user.suspended,
        "stopped": user.stopped,
        "notLaunched": not package.last_used and user.stopped,
    }
    said = " ".join(f"{name}={str(value).lower()}" for name, value in flags.items())
    row = f"    User {number}: ceDataInode={number * 7 + package.uid} {said} enabled={user.enabled}"
    if state.sdk >= 33:
        row += f" instant=false virtual=false\n      firstInstallTime={package.first_installed}"
    return row


VERBS: Final[Mapping[str, Callable[[PhoneState, list[str]], Reply]]] = {
    "clear": _clear,
    "get-max-users": _most_users,
    "install-existing": installing.install_existing,
    "list": _list,
    "path": _path,
    "resolve-activity": _resolve,
    "uninstall": installing.uninstall,
}
