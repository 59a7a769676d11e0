"""`pm install`, `uninstall` and `install-existing`, in the words of PackageManagerShellCommand."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agents.handset.framework.pm_words import names_in, threw, user_in, value_in
from agents.handset.framework.reply import Reply, out
from agents.handset.framework.state import Package, PhoneState, UserState
from fleet.contracts.apks import ApkFile, ApkUnclear, read_apk
from fleet.contracts.clock import now

ANDROID_8: Final = 26
FIRST_UID: Final = 10400


def closed_to_shell(state: PhoneState, user: int) -> Reply | None:
    if user in {one.number for one in state.users}:
        return None
    said = f"Shell does not have permission to access user {user}"
    return threw("command", f"java.lang.SecurityException: {said}")


def failure(why: str) -> Reply:
    return out(f"Failure [{why}]", 1)


def uninstall(state: PhoneState, words: Sequence[str]) -> Reply:
    name, user = (names_in(words) or [""])[0], user_in(words)
    if refused := closed_to_shell(state, user):
        return refused
    package = state.packages.get(name)
    if package is None or not package.users.get(user, UserState(installed=False)).installed:
        return failure(f"not installed for {user}")
    if any(admin.component.split("/")[0] == name for admin in state.admins):
        return failure("DELETE_FAILED_DEVICE_POLICY_MANAGER")
    if package.system and state.habits.system_apps_for_root:
        return failure("only root can delete system app for a particular user")
    remove(state, package, user)
    return out("Success")


def remove(state: PhoneState, package: Package, user: int) -> None:
    """Take an app from one user; the last one who has it takes its file along."""
    package.users[user] = UserState(installed=False, stopped=True)
    if package.system or any(stands.installed for stands in package.users.values()):
        return
    del state.packages[package.name]
    if file := own_file(state, package.path):
        file.unlink(missing_ok=True)


def install_existing(state: PhoneState, words: Sequence[str]) -> Reply:
    name, user = (names_in(words) or [""])[0], user_in(words)
    if refused := closed_to_shell(state, user):
        return refused
    package = state.packages.get(name)
    if package is None:
        missing = "android.content.pm.PackageManager$NameNotFoundException"
        return out(f"{missing}: Package {name} doesn't exist", 1)
    before = package.users.get(user)
    if before is None or not before.installed:
        package.users[user] = UserState(stopped=True)
    return out(f"Package {name} installed for user: {user}")


def install(state: PhoneState, words: Sequence[str], stdin: bytes) -> Reply:
    """Install what stands on standard input (`-S`), or a file of the phone's."""
    user, names = user_in(words), names_in(words)
    if refused := closed_to_shell(state, user):
        return refused
    if not state.habits.install_by_cable:
        return failure("INSTALL_FAILED_USER_RESTRICTED: Install canceled by user")
    size = value_in(words, "-S")
    content = stdin[: int(size)] if size else _content(state, names)
    if content is None:
        return out(f"Error: Unable to open file: {names[0] if names else ''}", 1)
    with tempfile.NamedTemporaryFile(suffix=".apk") as file:
        file.write(content)
        file.flush()
        try:
            app = read_apk(Path(file.name))
        except ApkUnclear as unclear:
            return _not_parsed(unclear)
    return _installed(state, app, content, user)


def _content(state: PhoneState, names: Sequence[str]) -> bytes | None:
    file = own_file(state, names[0]) if names else None
    return file.read_bytes() if file and file.is_file() else None


def own_file(state: PhoneState, path: str) -> Path | None:
    """Return where a file below the phone's /data lies on this machine, and nothing outside."""
    if state.data is None or not path.startswith("/data/"):
        return None
    folder = state.data.resolve()
    file = (folder / path.removeprefix("/data/")).resolve()
    return file if file.is_relative_to(folder) else None


def _not_parsed(unclear: ApkUnclear) -> Reply:
    temporary = "/data/app/vmdl1730419245.tmp/base.apk"
    if unclear.reason == "split_app":
        return failure("INSTALL_FAILED_MISSING_SPLIT: Missing split for the package")
    if unclear.reason == "no_certificate":
        why = f"Failed collecting certificates for {temporary}"
        return failure(f"INSTALL_PARSE_FAILED_NO_CERTIFICATES: {why}")
    return failure(f"INSTALL_PARSE_FAILED_NOT_APK: Failed to parse {temporary}")


def _installed(state: PhoneState, app: ApkFile, content: bytes, user: int) -> Reply:
    before = state.packages.get(app.package)
    if before and digest_of(before) != app.certificate:
        return failure(
            f"INSTALL_FAILED_UPDATE_INCOMPATIBLE: Package {app.package} signatures do not match "
            "previously installed version; ignoring!"
        )
    if before and before.version_code > app.version_code:
        return failure(
            f"INSTALL_FAILED_VERSION_DOWNGRADE: Downgrade detected: Update version code "
            f"{app.version_code} is older than current {before.version_code}"
        )
    put(state, app, content, user)
    return out("Success")


def put(state: PhoneState, app: ApkFile, content: bytes, user: int) -> None:
    """Let the phone have a version of an app, as its installer does."""
    moment = now().strftime("%Y-%m-%d %H:%M:%S")
    package = state.packages.get(app.package) or Package(
        name=app.package,
        version_name="",
        version_code=0,
        uid=FIRST_UID + len(state.packages),
        path="",
        first_installed=moment,
        users={},
    )
    package.path = (
        f"/data/app/~~wf==/{app.package}-{app.certificate[:8]}{app.version_code}==/base.apk"
    )
    package.version_code, package.version_name = app.version_code, app.version_name or ""
    package.certificate, package.last_updated = app.certificate, moment
    package.users[user] = package.users.get(user) or UserState(stopped=True)
    package.users[user].installed = True
    state.packages[app.package] = package
    if file := own_file(state, package.path):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o644)


def digest_of(package: Package) -> str:
    """Return the SHA-256 of the certificate an app is signed with."""
    made_up = b"certificate " + package.signature.encode()
    return package.certificate or hashlib.sha256(made_up).hexdigest()
