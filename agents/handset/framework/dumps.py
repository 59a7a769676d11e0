"""`dumpsys`: the services a phone is asked about."""

from collections.abc import Callable, Mapping
from typing import Final

from agents.handset.framework import packages, telephony
from agents.handset.framework.lock import Kind
from agents.handset.framework.reply import Reply, out
from agents.handset.framework.state import Admin, PhoneState


def dumpsys(state: PhoneState, words: list[str]) -> Reply:
    words = [word for word in words if word not in ("-t", "60", "--proto")]
    if words[:1] == ["-l"]:
        names = "\n".join(f"  {name}" for name in sorted({*DUMPS, *state.dumps}))
        return out(f"Currently running services:\n{names}")
    if not words:
        return out("\n".join(_one(state, name, []) for name in sorted(DUMPS)))
    return out(_one(state, words[0], words[1:]))


def _one(state: PhoneState, name: str, words: list[str]) -> str:
    if name in state.dumps:
        return state.dumps[name]
    if name in DUMPS:
        return DUMPS[name](state, words)
    return f"Can't find service: {name}"


def battery(state: PhoneState, words: list[str]) -> str:
    del words
    return "\n".join(state.battery)


def lock_settings(state: PhoneState, words: list[str]) -> str:
    del words
    lock = state.lock
    sid = f"{(lock.generation + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}" if lock.secure else "0"
    if state.sdk < 30:
        return _lock_settings_before_11(sid)
    lines = [
        "Current lock settings service state:",
        "",
        "User State:",
        "  User 0",
        f"    SP Handle: {sid[:16]}",
        "    Last changed: 2026-03-02 09:41:07 (previous: 0)",
        f"    SID: {sid}",
    ]
    lines.append("    Quality: 0" if state.sdk >= 33 else _quality(lock.kind))
    lines.append(f"    CredentialType: {credential_type(state)}")
    lines.append("    SeparateChallenge: true")
    lines += ["", "Keys in namespace:", "", "Storage:", "  User 0:", ""]
    return "\n".join(lines)


def _lock_settings_before_11(sid: str) -> str:
    """Return the older form, which does not say what kind of lock is set."""
    return (
        "Current lock settings service state:\nSP Enabled = true\n    User 0\n"
        f"        SP Handle = {sid}\n        SID = {sid}\n"
    )


def _quality(kind: Kind) -> str:
    return "    Quality: 0" if kind is Kind.NONE else "    Quality: 196608"


def credential_type(state: PhoneState) -> str:
    """Return the word for the kind of lock, as spelt by this version."""
    name = str(state.lock.kind)
    if name == "pin":
        return "PIN" if state.sdk >= 33 else "Pin"
    if name == "none":
        return "NONE" if state.sdk >= 33 else "None"
    return name.upper() if state.sdk >= 33 else name.capitalize()


def trust(state: PhoneState, words: list[str]) -> str:
    del words
    locked = int(state.lock.locked)
    more = f", trustState=UNTRUSTED, deviceLocked={locked}, isActiveUnlockRunning=0"
    tail = more if state.sdk >= 33 else f", deviceLocked={locked}"
    strong = "0x1" if state.bootreason != "reboot" and state.lock.locked else "0x0"
    return (
        "Trust manager state:\n"
        f' User "机主" (id=0, flags=0x4c13) (current): trusted=0, trustManaged=0{tail}, '
        f"strongAuthRequired={strong}\n   Enabled agents:\n   Events:"
    )


def window(state: PhoneState, words: list[str]) -> str:
    if words[:1] in (["policy"], ["p"]):
        return _window_policy(state)
    focus = state.screen.focus
    return (
        "WINDOW MANAGER DISPLAY CONTENTS (dumpsys window displays)\n"
        f"  Display: mDisplayId=0\n    init={state.screen.width}x{state.screen.height} 480dpi\n"
        f"  mCurrentFocus=Window{{7c1f0a4 u0 {focus}}}\n"
        f"  mFocusedApp=ActivityRecord{{4f2b1d9 u0 {focus} t12}}"
    )


def _window_policy(state: PhoneState) -> str:
    showing = str(state.lock.locked and state.screen.on).lower()
    return (
        "WINDOW MANAGER POLICY STATE (dumpsys window policy)\n"
        f"    mSafeMode=false mSystemReady=true\n    screenState=SCREEN_STATE_"
        f"{'ON' if state.screen.on else 'OFF'}\n"
        "    KeyguardServiceDelegate\n"
        f"      showing={showing}\n      inputRestricted={showing}\n      occluded=false\n"
        f"      secure={str(state.lock.secure).lower()}\n      dreaming=false\n"
        f"      systemIsReady=true\n      KeyguardStateMonitor\n        mIsShowing={showing}"
    )


def device_policy(state: PhoneState, words: list[str]) -> str:
    del words
    owners = [admin for admin in state.admins if admin.owner]
    lines = ["Current Device Policy Manager state:", "  Immutable state:"]
    for owner in owners:
        lines += [
            f"  Device Owner: \n    admin=ComponentInfo{{{owner.component}}}",
            "    User ID: 0",
        ]
    if not owners and state.sdk >= 31:
        lines.append("  Device Owner Type: -1")
    lines.append("  Enabled Device Admins (User 0, provisioningState: 0):")
    for admin in state.admins:
        lines += _admin(admin)
    return "\n".join([*lines, "    mPasswordOwner=-1", "  Encryption Status: per-user"])


def _admin(admin: Admin) -> list[str]:
    return [
        f"    {admin.component}:",
        "      uid=10231",
        "      testOnlyAdmin=false",
        "      policies:",
        "        limit-password" if admin.maximum_failures else "        force-lock",
        "      passwordQuality=0x0",
        f"      maximumFailedPasswordsForWipe={admin.maximum_failures}",
    ]


def user(state: PhoneState, words: list[str]) -> str:
    del words
    rows = (
        f"  UserInfo{{{one.number}:{one.name}:{one.flags:x}}} serialNo={one.number} isPrimary="
        f"{str(one.number == 0).lower()}\n    Type: android.os.usertype.full."
        f"{'SYSTEM' if one.number == 0 else 'SECONDARY'}\n    State: RUNNING_UNLOCKED"
        for one in state.users
    )
    return "Current user: 0\nUsers:\n" + "\n".join(rows)


def account(state: PhoneState, words: list[str]) -> str:
    del words
    rows = (f"    Account {{name={one.name}, type={one.type}}}" for one in state.accounts)
    return (
        f"User UserInfo{{0:机主:4c13}}:\n  Accounts: {len(state.accounts)}\n" + "\n".join(rows)
    ).rstrip() + "\n\n  AccountId, Action_Type, timestamp, UID, TableName, Key\n"


def usagestats(state: PhoneState, words: list[str]) -> str:
    del words
    rows = (
        f'      package={one.name} totalTimeUsed="41:07" lastTimeUsed="{one.last_used}" '
        f'totalTimeVisible="43:19" appLaunchCount=12'
        for one in state.packages.values()
        if one.last_used
    )
    head = "user=0\n  In-memory daily stats\n    packages"
    return "\n".join([head, *rows, "  In-memory weekly stats", "    packages"])


def mount(state: PhoneState, words: list[str]) -> str:
    del words
    unlocked = "[0]" if state.boot_count >= 0 else "[]"
    return (
        "Disks:\n\nVolumes:\n  VolumeInfo{private}:\n    type=PRIVATE diskId=null state=MOUNTED\n"
        "    path=/data\n  VolumeInfo{emulated;0}:\n    type=EMULATED diskId=null state=MOUNTED\n"
        "    mountUserId=0 path=/storage/emulated internalPath=/data/media\n\n"
        f"Primary storage UUID: null\nLocal unlocked users: {unlocked}\n"
        f"System unlocked users: {unlocked}"
    )


def diskstats(state: PhoneState, words: list[str]) -> str:
    del state, words
    return (
        "Latency: 0ms [512B Data Write]\nRecent Disk Write Speed (kB/s) = 71231\n"
        "Data-Free: 391024512K / 489321472K total = 79% free\n"
        "Cache-Free: 391024512K / 489321472K total = 79% free\n"
        "System-Free: 0K / 4718592K total = 0% free\nFile-based Encryption: true"
    )


def adb(state: PhoneState, words: list[str]) -> str:
    del words
    connected = "true" if state.setting("global", "adb_enabled") == "1" else "false"
    return (
        "ADB MANAGER STATE (dumpsys adb):\n{\n  debugging_manager={\n"
        f"    connected_to_adb={connected}\n"
        "    user_keys=QAAAAJ+xKx0 station@office\n"
        '    keystore=<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        '<keyStore version="1">\n'
        '  <adbKey key="QAAAAJ+xKx0 station@office" lastConnection="1763769600000" />\n'
        "</keyStore>\n  }\n}"
    )


def package(state: PhoneState, words: list[str]) -> str:
    return packages.dump_package(state, words[0] if words else "")


def notification(state: PhoneState, words: list[str]) -> str:
    del state, words
    return "Current Notification Manager state:\n  Notification List:\n"


def accessibility(state: PhoneState, words: list[str]) -> str:
    del words
    enabled = state.setting("secure", "enabled_accessibility_services")
    return (
        "ACCESSIBILITY MANAGER (dumpsys accessibility)\n\n"
        "currentUserId=0\nUser state[\n     attributes:{id=0, touchExplorationEnabled=false}\n"
        f"     Enabled services:{{{enabled}}}\n     installed services: {{}}]"
    )


def power(state: PhoneState, words: list[str]) -> str:
    del words
    awake = "Awake" if state.screen.on else "Asleep"
    return f"POWER MANAGER (dumpsys power)\n\nPower Manager State:\n  mWakefulness={awake}"


DUMPS: Final[Mapping[str, Callable[[PhoneState, list[str]], str]]] = {
    "accessibility": accessibility,
    "account": account,
    "adb": adb,
    "battery": battery,
    "device_policy": device_policy,
    "diskstats": diskstats,
    "iphonesubinfo": telephony.dump_iphonesubinfo,
    "isub": telephony.dump_isub,
    "lock_settings": lock_settings,
    "mount": mount,
    "notification": notification,
    "package": package,
    "power": power,
    "telephony.registry": telephony.dump_registry,
    "trust": trust,
    "usagestats": usagestats,
    "user": user,
    "window": window,
}
