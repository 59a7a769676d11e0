"""The settings that matter to a company, from `settings list`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.phone.parts.text import said, whole, yes_or_no

LINE = re.compile(r"^[ \t]*([\w#.\-:]+)=(.*)$", re.MULTILINE)
# Only these are asked of a phone; a recording by another tool may hold them all.
GLOBAL = (
    "adb_enabled",
    "adb_wifi_enabled",
    "adb_allowed_connection_time",
    "airplane_mode_on",
    "auto_time",
    "boot_count",
    "default_device_name",
    "development_settings_enabled",
    "device_provisioned",
    "http_proxy",
    "private_dns_mode",
    "verifier_verify_adb_installs",
)
SECURE = (
    "accessibility_enabled",
    "always_on_vpn_app",
    "default_input_method",
    "enabled_accessibility_services",
    "enabled_notification_listeners",
    "install_non_market_apps",
    "user_setup_complete",
)
SYSTEM = ("screen_off_timeout",)


@dataclass(frozen=True)
class Values:
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        return said(self.values.get(key))

    def flag(self, key: str) -> bool | None:
        return yes_or_no(self.values.get(key))

    def whole(self, key: str) -> int | None:
        return whole(self.values.get(key))

    def components(self, key: str) -> tuple[str, ...]:
        """Split a list of components as Android keeps it: package/class, colons between."""
        listed = self.text(key) or ""
        return tuple(dict.fromkeys(part for part in listed.split(":") if "/" in part))


def parse(text: str) -> Values | None:
    found: dict[str, str] = {}
    for key, value in LINE.findall(text):
        found.setdefault(key, value.strip())
    return Values(found) if found else None
