"""The apps that people work in: these are looked at closely, the others only counted."""

import re
from collections.abc import Iterable
from typing import Final

WECHAT: Final = "com.tencent.mm"
WECOM: Final = "com.tencent.wework"
QQ: Final = "com.tencent.mobileqq"
DINGTALK: Final = "com.alibaba.android.rimet"
FEISHU: Final = "com.ss.android.lark"
WORK_APPS: Final = (WECHAT, WECOM, QQ, DINGTALK, FEISHU)
MOST_WORK_APPS: Final = 16  # the questions about all of them fit into one command of an old phone

# These names become words of a phone's shell.
PACKAGE: Final = re.compile(r"[A-Za-z]\w{0,40}(?:\.[A-Za-z]\w{0,40}){1,8}", re.ASCII)


def catalogue(added: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the work apps with those a company added; what is no package name is left out."""
    named = (name for name in added if PACKAGE.fullmatch(name))
    return tuple(dict.fromkeys((*WORK_APPS, *named)))[:MOST_WORK_APPS]
