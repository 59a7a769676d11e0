"""How an app stands for one user of a phone, and whether the phone could do without it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agents.phone.parts import packages, signing
from agents.phone.parts.catalogue import DEVICE_POLICY, USERS
from agents.phone.parts.device_policy import Policy
from agents.phone.parts.part import Part
from agents.phone.parts.text import whole
from agents.phone.probe import RawPart
from agents.phone.remedies import question
from fleet.contracts.facts import App, User
from fleet.contracts.remedies import AppSeen

ANDROID_7: Final = 24  # from here on a computer can ask which app stands for a role

# Without these a phone does not start, shows nothing, or cannot be set right any more.
NEEDED: Final = re.compile(
    r"android|com\.android\.(?:shell|systemui|settings|phone|server\.telecom|incallui|dialer"
    r"|contacts|mms|messaging|inputdevices|packageinstaller|permissioncontroller|managedprovisioning"
    r"|keychain|launcher\w*|se|nfc|bluetooth|networkstack|externalstorage|documentsui"
    r"|providers\..*|internal\..*|certinstaller|webview|wifi\..*|adservices\..*)"
    r"|com\.google\.android\.(?:packageinstaller|permissioncontroller|gms|gsf|webview|dialer"
    r"|networkstack.*|ext\..*|providers\..*|apps\.nexuslauncher)"
    # Launchers, and guards whose absence has kept phones of their makers from starting.
    r"|com\.miui\.(?:home|securitycenter|securitycore|core|system|packageinstaller|guardprovider)"
    r"|com\.xiaomi\.(?:finddevice|xmsf|misettings)|miui\.systemui\.plugin|com\.lbe\.security\.miui"
    r"|com\.huawei\.(?:android\.launcher|systemmanager|hwid|contacts|securitymgr)"
    r"|com\.hihonor\.(?:android\.launcher|systemmanager|id|contacts)"
    r"|com\.(?:oppo|android|oneplus|realme)\.launcher|com\.coloros\.(?:safecenter|phonemanager)"
    r"|com\.bbk\.launcher2|com\.vivo\.(?:launcher|permissionmanager|upslide)|com\.iqoo\.secure"
    r"|com\.sec\.android\.app\.launcher|com\.samsung\.android\.(?:dialer|messaging|honeyboard"
    r"|permissioncontroller|lool|app\.telephonyui)|com\.meizu\.flyme\.launcher"
)
ROLE: Final = re.compile(
    r"^(home|dialer|sms|keyboard)=([A-Za-z]\w*(?:\.\w+)+)(?:/|$)", re.MULTILINE
)
DENIED: Final = re.compile(r"does not have permission to access user|INTERACT_ACROSS_USERS")
DUMP_LIMIT: Final = 96  # KiB

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class AppLook:
    """What one round trip told; `why_not` speaks of the user alone."""

    seen: AppSeen
    sdk: int | None
    roles: Mapping[str, str] | None  # role -> package; None: not told
    admins: tuple[str, ...]
    owner: str | None
    why_not: str | None

    def needed(self) -> str | None:
        """Say why the app must stay able to run, None where the phone can do without."""
        if NEEDED.fullmatch(self.seen.package) or self.seen.package in (self.roles or {}).values():
            return "needed"
        is_told = self.roles is not None and "home" in self.roles
        could_tell = self.sdk is None or self.sdk >= ANDROID_7
        return (
            "roles_unknown"
            if self.seen.system is not False and could_tell and not is_told
            else None
        )

    def guarded(self) -> str | None:
        """Say who holds on to the app."""
        if self.owner == self.seen.package:
            return "managed"
        return "admin_active" if self.seen.package in self.admins else None


def state_parts(package: str, user: int, *, signer: bool) -> tuple[Part[Any], ...]:
    """Ask how the app stands, and where it matters whose it is."""
    dump = f"t dumpsys package {package}|sed -n -e '/^Packages:/,/^Queries/p' -e '/^Unable/p'"
    parts = (
        question("app", dump, kilobytes=DUMP_LIMIT),
        question("listed", f"t pm list packages --user {user}", seconds=20, kilobytes=128),
    )
    if not signer:
        return parts
    ask = signing.ASK if user == 0 else signing.ASK.replace("pm path", f"pm path --user {user}")
    command = f"for a in {package};do {ask};done"
    return (*parts, question("signer", command, signing.parse, seconds=30, kilobytes=512))


def about_parts(user: int) -> tuple[Part[Any], ...]:
    """Ask what decides whether an app may be touched at all."""
    resolve = f"t cmd package resolve-activity --brief --user {user}"
    setting = f"t settings get --user {user} secure"
    roles = (
        f"echo home=$({resolve} -a android.intent.action.MAIN -c android.intent.category.HOME"
        "|sed -n '$p');"
        f"echo dialer=$({resolve} -a android.intent.action.DIAL|sed -n '$p');"
        f"echo sms=$({setting} sms_default_application);"
        f"echo keyboard=$({setting} default_input_method)"
    )
    return (
        question("sdk", "getprop ro.build.version.sdk", whole),
        question("roles", roles, _roles, seconds=20),
        USERS,
        DEVICE_POLICY,
    )


def read_state(
    package: str, user: int, told: Answers, raw: Sequence[RawPart]
) -> tuple[AppSeen, str | None]:
    """Read how the app stands, and why that cannot be told of this user."""
    listed = next((one.recorded.text for one in raw if one.name == "listed"), "")
    if DENIED.search(listed):
        return AppSeen(package=package, user=user), "user_closed"
    return seen_of(package, user, told.get("app"), told.get("listed"), told.get("signer")), None


def seen_of(
    package: str,
    user: int,
    dump: str | None,
    listed: str | None,
    signers: Mapping[str, str] | None = None,
) -> AppSeen:
    """Lay two witnesses side by side: where they contradict each other, nothing is known."""
    app = next((one for one in packages.parse(dump or "") or () if one.package == package), None)
    names = packages.names(listed) if listed else None
    is_listed = package in names if names else None
    if app is None:
        gone = dump is not None and is_listed is False
        return AppSeen(package=package, user=user, installed=False if gone else None)
    installed = _agreed(is_listed, _installed(app, user))
    setting = packages.setting_of(dump or "", package, user)
    return AppSeen(
        package=package,
        user=user,
        installed=installed,
        enabled=None if setting is None else setting < packages.DISABLED_SINCE,
        setting=setting,
        version_code=app.version_code,
        version_name=app.version_name,
        certificate=(signers or {}).get(package),
        installer=app.installer,
        system=app.system,
        users=app.users,
    )


def _installed(app: App, user: int) -> bool | None:
    state = next((one for one in app.states if one.user == user), None)
    return state.installed if state else None


def _agreed(*told: bool | None) -> bool | None:
    known = {one for one in told if one is not None}
    return known.pop() if len(known) == 1 else None


def _roles(text: str) -> Mapping[str, str] | None:
    return dict(ROLE.findall(text)) or None


def read_about(seen: AppSeen, told: Answers, why_not: str | None) -> AppLook:
    policy: Policy | None = told.get("device_policy")
    return AppLook(
        seen=seen,
        sdk=told.get("sdk"),
        roles=told.get("roles"),
        admins=policy.admins if policy else (),
        owner=policy.device_owner if policy else None,
        why_not=_of_user(seen.user, told.get("users")) or why_not,
    )


def _of_user(user: int, users: Sequence[User] | None) -> str | None:
    """Say why nothing can be done for this user of the phone."""
    found = next((one for one in users or () if one.id == user), None)
    if user == 0:
        return None
    if found is None:
        return "no_such_user" if users else "unclear"
    return "user_stopped" if found.running is False else None
