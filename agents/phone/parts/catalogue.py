"""All questions of a visit, in the order they are asked: quick ones first, slow ones apart.

The whole script has to fit into the 4096 bytes that an Android 6 takes as one command, so the
commands are terse. Nothing here changes the phone. Names of accounts and numbers of callers are
cut away on the phone, before anything leaves it.
"""

from typing import Any

from agents.phone.parts import (
    accounts,
    battery,
    boot,
    device_policy,
    doors,
    getprop,
    imei,
    locks,
    network,
    settings,
    sims,
    storage,
    telephony,
    users,
)
from agents.phone.parts.app_questions import (
    INSTALLING,
    PACKAGES,
    PACKAGES_DISABLED,
    PACKAGES_THIRD_PARTY,
    RUNNING,
    SHELL_PERMISSIONS,
    WECHAT,
    WECOM,
)
from agents.phone.parts.part import Part
from agents.phone.parts.slow import SLOW

BOOT = Part(
    "boot",
    "read u</proc/uptime;read b</proc/sys/kernel/random/boot_id;"
    "echo epoch=$(date +%s);echo uptime=$u;echo id=$(id);echo boot_id=$b;"
    "echo toybox=$(toybox --version);echo selinux=$(getenforce);echo su=$(command -v su)",
    boot.parse,
    file="boot|device|extras?|identity",
    look=r"^epoch=\d",
    asked=r"/proc/uptime",
    kilobytes=4,
)
GETPROP = Part(
    "getprop",
    "t getprop",
    getprop.parse,
    file=r"\w*get_?props?\w*|properties|props?|build_?prop|system_properties",
    look=r"\[(?:ro|persist|sys|gsm|init|dalvik)\.[\w.\-]+\]:\s*\[|^ro\.[\w.\-]+=",
    asked=r"getprop\s*$",
    kilobytes=384,
)
BATTERY = Part(
    "battery",
    # Some kernels count the cycles that Android does not tell of.
    "echo kernel cycle: $(cat /sys/class/power_supply/b*/cycle_count);t dumpsys battery",
    battery.parse,
    file=r"\w*batter[yi]\w*|bateria|电池",
    look=r"Battery Service state|^\s*(?:AC|USB) powered:",
    asked=r"dumpsys\s+battery\b",
    kilobytes=16,
)
LOCK_SETTINGS = Part(
    "lock_settings",
    "t dumpsys lock_settings",
    locks.lock_type,
    file=r"\w*lock_?settings?\w*|lock|lock_?screen|credential_?type",
    look=r"[Ll]ock settings service state|^\s*CredentialType\s*[:=]",
    asked=r"dumpsys\s+lock_settings",
)
TRUST = Part(
    "trust",
    "t dumpsys trust",
    locks.device_locked,
    file=r"\w*trust\w*",
    look=r"Trust manager state|deviceLocked=",
    asked=r"dumpsys\s+trust",
    kilobytes=64,
)
DEVICE_POLICY = Part(
    "device_policy",
    "t dumpsys device_policy",
    device_policy.parse,
    file=r"\w*device_?polic\w*|dpm\w*|owners?|device_?owner|device_?admins?",
    look=r"Device Policy Manager state|Enabled Device Admins|^\s*Device Owner:",
    asked=r"dumpsys\s+device_policy|dpm\s+list-owners",
    kilobytes=128,
)
USERS = Part(
    "users",
    "t pm list users",
    users.parse,
    file=r"\w*users\w*|profiles",
    look=r"UserInfo\{\d+:",
    asked=r"(?:pm|package)\s+list\s+users|dumpsys\s+user\b",
    kilobytes=16,
)
SETTINGS_GLOBAL = Part(
    "settings_global",
    "t settings list global|grep -E '^(adb_|airplane_mode_on|auto_time|boot_count"
    "|default_device|development_set|device_provisioned=|http_proxy=|private_dns_mode|verifier_ver)'",
    settings.parse,
    file=r"\w*global(?:_settings)?",
    look=r"^\s*(?:device_provisioned|adb_enabled|airplane_mode_on)=",
    asked=r"settings\s+list\s+global",
)
SETTINGS_SECURE = Part(
    "settings_secure",
    "t settings list secure|grep -E '^(always_on_vpn_app|default_input|enabled_(acc|not)|acc"
    "essibility_en|install_non|user_setup)'",
    settings.parse,
    file=r"\w*secure(?:_settings)?",
    look=r"^\s*(?:user_setup_complete|default_input_method|android_id)=",
    asked=r"settings\s+list\s+secure",
)
SETTINGS_SYSTEM = Part(
    "settings_system",
    "t settings list system|grep ^screen_off",
    settings.parse,
    file=r"\w*settings?_?system|system(?:_settings)?",
    look=r"^\s*(?:screen_off_timeout|screen_brightness)=",
    asked=r"settings\s+list\s+system",
)
DF = Part(
    "df",
    "t df /data",
    storage.space,
    file=r"(?:\w*_)?df(?:_\w+)?|disk_?(?:free|space)|storage",
    look=r"^\s*Filesystem\s",
    asked=r"\bdf\b",
    kilobytes=16,
)
ISUB = Part(
    "isub",
    "t dumpsys isub",
    sims.of_subscriptions,
    file=r"\w*isub\w*|subscriptions?|sims?|sim_?cards?",
    look=r"simSlotIndex=|SubInfoList",
    asked=r"dumpsys\s+isub",
    kilobytes=64,
)
IMEI = Part(
    "imei",
    "for a in 1 '3 i32 1';do t service call iphonesubinfo $a s16 com.android.shell;done",
    imei.parse,
    file=r"\w*imei\w*|iphonesubinfo|\w*phone_?sub_?info",
    look=r"Result: Parcel\(|Phone Subscriber Info",
    asked=r"iphonesubinfo",
    kilobytes=8,
)
WINDOW_POLICY = Part(
    "window_policy",
    "t dumpsys window policy",
    locks.keyguard,
    file=r"\w*window\w*|keyguard",
    look=r"KeyguardServiceDelegate|WINDOW MANAGER POLICY STATE|mShowingLockscreen=",
    asked=r"dumpsys\s+window",
    kilobytes=64,
)
MOUNT = Part(
    "mount",
    "t dumpsys mount",
    storage.volumes,
    file=r"\w*mounts?|volumes?",
    look=r"^\s*VolumeInfo\{|Local unlocked users",
    asked=r"dumpsys\s+mount",
    kilobytes=64,
)
TELEPHONY = Part(
    "telephony",
    "t dumpsys telephony.registry|sed /Number/d",
    telephony.parse,
    file=r"\w*telephony\w*|radio|phone_state",
    look=r"^\s*mServiceState=",
    asked=r"telephony\.registry",
    kilobytes=64,
)
NETWORK = Part(
    "network",
    r"t dumpsys connectivity|sed -n -e 's/.*NetworkAgentInfo.*\(Transports: [A-Z_|&]*\).*/\1/p'"
    " -e '/^ *Active def/p'",
    network.transports,
    file=r"\w*connectivity\w*|networks?",
    look=r"^\s*Active default network:|NetworkAgentInfo[ {]",
    asked=r"dumpsys\s+connectivity",
    kilobytes=8,
)
ACCOUNTS = Part(
    "accounts",
    r"t dumpsys account|sed -n -e 's/.*Account {name=.*, \(type=.*\)}.*/\1/p' -e '/ Accounts: /p'",
    accounts.parse,
    file=r"\w*accounts?",
    look=r"Account \{name=|^\s*Accounts: \d",
    asked=r"dumpsys\s+account",
    kilobytes=16,
)
ADB = Part(
    "adb",
    "t dumpsys adb",
    doors.trusted_hosts,
    file=r"(?:\w*_)?adb(?:_keys|_service)?",
    look=r"ADB MANAGER STATE|debugging_manager",
    asked=r"dumpsys\s+adb",
    kilobytes=64,
)
ACCESSIBILITY = Part(
    "accessibility",
    "t dumpsys accessibility|grep nabled.services",
    doors.accessibility,
    file=r"\w*accessibility\w*|a11y",
    look=r"ACCESSIBILITY MANAGER|[Ee]nabled services:\s*\{",
    asked=r"dumpsys\s+accessibility",
    kilobytes=16,
)
PARTS: tuple[Part[Any], ...] = (
    BOOT,
    GETPROP,
    BATTERY,
    LOCK_SETTINGS,
    TRUST,
    DEVICE_POLICY,
    USERS,
    SETTINGS_GLOBAL,
    SETTINGS_SECURE,
    SETTINGS_SYSTEM,
    DF,
    ISUB,
    IMEI,
    WINDOW_POLICY,
    MOUNT,
    TELEPHONY,
    NETWORK,
    ACCOUNTS,
    ADB,
    ACCESSIBILITY,
    SHELL_PERMISSIONS,
    WECHAT,
    WECOM,
    RUNNING,
    INSTALLING,
    PACKAGES_DISABLED,
    PACKAGES_THIRD_PARTY,
    PACKAGES,
)
EVERY_PART: tuple[Part[Any], ...] = (*PARTS, *SLOW)
