"""`pm` (`cmd package`) and what `dumpsys package` says about one package."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from agents.handset.framework.reply import Reply, err, out
from agents.handset.framework.state import Package, PhoneState, UserState

ANDROID_9: Final = 28
DISABLED: Final = frozenset({2, 3, 4})


def pm(state: PhoneState, words: list[str]) -> Reply:
    match words:
        case ["list", kind, *options]:
            return _list(state, kind, options)
        case ["path", *rest]:
            return _path(state, _names(rest))
        case ["clear", *rest]:
            return _clear(state, _names(rest))
        case ["get-max-users", *_]:
            return out("Maximum supported users: 4")
    return err(f"Unknown command: {' '.join(words[:1])}", 255)


def _list(state: PhoneState, kind: str, options: list[str]) -> Reply:
    match kind:
        case "packages":
            return list_packages(state, options)
        case "users":
            return out(_users(state))
        case "features":
            return out("feature:android.hardware.telephony\nfeature:android.hardware.usb.accessory")
    return err(f"Error: unknown list type '{kind}'", 255)


def _names(words: Sequence[str]) -> list[str]:
    """Return the words that are neither an option nor the user of `--user`."""
    pairs = zip(["", *words], words, strict=False)
    return [word for before, word in pairs if not word.startswith("-") and before != "--user"]


def _path(state: PhoneState, names: Sequence[str]) -> Reply:
    package = state.packages.get(names[0]) if names else None
    return out(f"package:{package.path}") if package else Reply(status=1)


def _clear(state: PhoneState, names: Sequence[str]) -> Reply:
    return out("Success") if names and names[0] in state.packages else out("Failed", 1)


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
    user = _user_of(options)
    if user not in {known.number for known in state.users}:
        return err(
            f"\nException occurred while executing 'list':\njava.lang.SecurityException: "
            f"Shell does not have permission to access user {user}"
        )
    named = _names(options)
    chosen = [
        package
        for package in state.packages.values()
        if _wanted(package, options, user) and (not named or named[0] in package.name)
    ]
    return out("\n".join(_line(package, options) for package in chosen))


def _user_of(options: Sequence[str]) -> int:
    if "--user" not in options:
        return 0
    value = options[options.index("--user") + 1]
    return int(value) if value.isdigit() else 0


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
