"""`dumpsys`: the services a phone is asked about."""

from collections.abc import Callable, Mapping
from typing import Final

from agents.handset.framework import lock_dumps, packages, telephony
from agents.handset.framework.reply import Reply, out
from agents.handset.framework.state import Admin, Package, PhoneState

ANDROID_8: Final = 26
ANDROID_10: Final = 29


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
    used = [one for one in state.packages.values() if one.last_used]
    lines = []
    for user in state.users:
        own = [one for one in used if user.number in one.users]
        lines += [f"user={user.number} ", *_usage_events(own)]
        for interval, spent in USAGE_INTERVALS:
            lines += [
                f"  In-memory {interval} stats",
                '    timeRange="11/21/2026, 12:00 AM – 6:22 PM"',
            ]
            lines += ["    packages", *(_usage_row(state, one, spent) for one in own)]
    return "\n".join(lines)


USAGE_INTERVALS: Final = (
    ("daily", "41:07"),
    ("weekly", "4:12:55"),
    ("monthly", "17:20:31"),
    ("yearly", "201:03:12"),
)


def _usage_events(own: list[Package]) -> list[str]:
    """Return what apps were opened when; nobody's business, and in every dump."""
    head = '  Last 24 hour events (timeRange="11/20/2026, 6:22 PM – 11/21/2026, 6:22 PM" )'
    rows = (
        f'    time="{one.last_used}" type=ACTIVITY_RESUMED package={one.name} '
        f"class={one.name}.ui.LauncherUI flags=0x0"
        for one in own
    )
    return [head, *rows]


def _usage_row(state: PhoneState, one: Package, spent: str) -> str:
    if state.sdk < ANDROID_10:
        return f'      package={one.name} totalTime="{spent}" lastTime="{one.last_used}"'
    return (
        f'      package={one.name} totalTimeUsed="{spent}" lastTimeUsed="{one.last_used}" '
        f'totalTimeVisible="{spent}" lastTimeVisible="{one.last_used}" '
        f'totalTimeFS="00:00" lastTimeFS="1970-01-01 08:00:00" appLaunchCount=12'
    )


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
    del words
    said = (
        "Latency: 0ms [512B Data Write]\nRecent Disk Write Speed (kB/s) = 71231\n"
        "Data-Free: 391024512K / 489321472K total = 79% free\n"
        "Cache-Free: 391024512K / 489321472K total = 79% free\n"
        "System-Free: 0K / 4718592K total = 0% free\nFile-based Encryption: true"
    )
    return said if state.sdk < ANDROID_8 else f"{said}\n{_sizes(state)}"


def _sizes(state: PhoneState) -> str:
    """Return how much room apps take, in lists side by side."""
    own = [one for one in state.packages.values() if not one.system]
    names = ",".join(f'"{one.name}"' for one in own)
    code, data, cache = (
        ",".join(str(one.uid * each) for one in own) for each in (24_571, 410_003, 3_001)
    )
    return (
        f"App Size: 2664341504\nApp Data Size: 1880899072\nApp Cache Size: 961830912\n"
        f"Photos Size: 129970176\nPackage Names: [{names}]\nApp Sizes: [{code}]\n"
        f"App Data Sizes: [{data}]\nCache Sizes: [{cache}]"
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


def connectivity(state: PhoneState, words: list[str]) -> str:
    del words
    flying = state.setting("global", "airplane_mode_on") == "1"
    wifi = state.setting("global", "wifi_on") == "1"
    mobile = state.setting("global", "mobile_data") == "1" and bool(state.sims) and not flying
    agents = [(100, "WIFI", "WIFI")] * wifi + [(101, "MOBILE[LTE]", "CELLULAR")] * mobile
    active = str(agents[0][0]) if agents else "none"
    rows = [_agent(state, *agent) for agent in agents]
    wishes = "  NetworkRequest [ REQUEST id=3, [ Transports: BLUETOOTH Capabilities: INTERNET ] ]"
    return "\n".join(
        [f"Active default network: {active}", "", "Current Networks:", *rows, "", wishes]
    )


def _agent(state: PhoneState, number: int, kind: str, transport: str) -> str:
    """Return one network; its name is in the dump of a real phone too."""
    able = f"nc{{[ Transports: {transport} Capabilities: NOT_METERED&INTERNET&VALIDATED"
    if state.sdk < ANDROID_10:
        return (
            f"  NetworkAgentInfo [{kind} () - {number}] {{ ni{{[type: {kind}[], state: "
            f'CONNECTED/CONNECTED, extra: "Office-5F", failover: false]}}  {able} ]}} }}'
        )
    return (
        f"  NetworkAgentInfo{{network{{{number}}}  handle{{{number * 4096}}}  ni{{{kind} CONNECTED "
        f'extra: }} lp{{{{InterfaceName: wlan0}}}}  {able} SSID: "Office-5F"]}} }}'
    )


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
    "connectivity": connectivity,
    "device_policy": device_policy,
    "diskstats": diskstats,
    "iphonesubinfo": telephony.dump_iphonesubinfo,
    "isub": telephony.dump_isub,
    "lock_settings": lock_dumps.lock_settings,
    "mount": mount,
    "notification": notification,
    "package": package,
    "power": power,
    "telephony.registry": telephony.dump_registry,
    "trust": lock_dumps.trust,
    "usagestats": usagestats,
    "user": user,
    "window": lock_dumps.window,
}
