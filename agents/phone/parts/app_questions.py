"""The questions about apps: what is installed and runs, WeChat and WeCom, the shell's rights."""

import re

from agents.phone.parts import doors, packages, running
from agents.phone.parts.part import Part
from fleet.contracts.work_apps import WORK_APPS

# Of a dump, what is said of the package itself.
PACKAGE_SECTION = "sed -n '/^Packages:/,/^Queries/p'"


def first_package(package: str) -> str:
    """Match a dump of one app; in a dump of all of them it hardly comes first."""
    return rf"\A(?:(?!Package \[)[\s\S])*+Package \[{re.escape(package)}\]"


SHELL_PERMISSIONS = Part(
    "shell_permissions",
    "t dumpsys package com.android.shell|grep granted=true",
    doors.permissions,
    file=r"\w*shell_perm\w*|\w*com_android_shell\w*|permissions",
    look=first_package("com.android.shell")
    + r"|\A(?![\s\S]*?Package \[)[\s\S]*?\.permission\.\w+: granted=true",
    asked=r"dumpsys\s+package\s+com\.android\.shell",
)
WECHAT = Part(
    "wechat",
    f"t dumpsys package com.tencent.mm|{PACKAGE_SECTION}",
    packages.parse,
    file=r"\w*wechat\w*|weixin|\w*com_tencent_mm|微信",
    look=first_package("com.tencent.mm"),
    asked=r"dumpsys\s+package\s+com\.tencent\.mm",
    kilobytes=96,
)
WECOM = Part(
    "wecom",
    f"t dumpsys package com.tencent.wework|{PACKAGE_SECTION}",
    packages.parse,
    file=r"\w*wecom\w*|wework|\w*com_tencent_wework|企业微信",
    look=first_package("com.tencent.wework"),
    asked=r"dumpsys\s+package\s+com\.tencent\.wework",
    kilobytes=96,
)
INSTALLING = Part(
    "installing_apps",
    "t appops query-op REQUEST_INSTALL_PACKAGES allow",
    packages.installing,
    file=r"\w*(?:installing_apps|request_install_packages)",
    look=r"(?!)",
    asked=r"query-op\s+(?:android:)?REQUEST_INSTALL_PACKAGES",
    kilobytes=8,
)
RUNNING = Part(
    "running",
    f"for a in {' '.join(WORK_APPS)};do echo $a=$(pidof $a);done",
    running.parse,
    file=r"running(?:_apps)?",
    look=r"^com\.tencent\.mm=[\d ]*$",
    asked=r"\bpidof\b",
    kilobytes=4,
)
PACKAGES_DISABLED = Part(
    "packages_disabled",
    "t pm list packages -d",
    packages.names,
    file=r"\w*packages?_?(?:disabled|d)|disabled(?:_packages|_apps)?",
    look=r"(?!)",
    asked=r"list\s+packages?\s+-d\b",
    seconds=20,
)
PACKAGES_THIRD_PARTY = Part(
    "packages_third_party",
    "t pm list packages -3",
    packages.names,
    file=r"\w*packages?_?(?:third_?party|3|user\d*|usuario)|third_?party\w*|user_(?:apps|packages)",
    look=r"(?!)",
    asked=r"list\s+packages?\s+-3\b",
    seconds=20,
)
PACKAGES = Part(
    "packages",
    "t pm list packages -f -U -i --show-versioncode||t pm list packages -f -i",
    packages.parse,
    file=r"\w*packages?(?:_\w+)?|\w*pm_?list\w*|apps?(?:_list)?|applications",
    look=r"^\s*package:\S|^\s*Package \[[\w.]+\] \(",
    asked=r"list\s+packages?|dumpsys\s+package\b",
    seconds=20,
    kilobytes=256,
)
