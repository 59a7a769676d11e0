"""WeCom's settings on a virtual phone: the number it is bound to, and where else it is signed in.

The texts of the labels are from guides; nobody has published a dump of the present pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agents.handset.framework.messenger import FIELD, Messenger, Row
from agents.handset.framework.screen import Node, Page

WECOM: Final = "com.tencent.wework"
UI: Final = f"{WECOM}.setting.controller."
ROWS: Final[Mapping[str, tuple[Row, ...]]] = {
    "tabs": (Row("消息"), Row("通讯录"), Row("工作台"), Row("客户王总"), Row("我", to="settings")),
    "settings": (Row("设置"), Row("账号与安全", to="security"), Row("通用"), Row("退出登录")),
    "security": (
        Row("账号与安全"),
        Row("手机号", to="number"),
        Row("微信"),
        Row("登录设备管理", to="devices"),
    ),
    "devices": (Row("登录设备管理"), Row("本机")),
    "number": (Row("手机号"), Row("更换手机号", to="code")),
    "code": (Row("填写验证码"), Row("短信验证码", field="code", secret=False)),
}
BACK_TO: Final = {"devices": "security", "number": "security", "code": "number"}


@dataclass
class Wecom(Messenger):
    """`number` receives the codes; `elsewhere` are the other devices that are signed in."""

    number: str = ""
    elsewhere: list[str] = field(default_factory=list)

    @property
    def rows(self) -> tuple[Row, ...]:
        here = ROWS[self.page]
        if self.page == "devices":
            return (*here, *map(Row, self.elsewhere))
        return (*here, Row(self.masked)) if self.page == "number" else here

    @property
    def masked(self) -> str:
        return f"+86 {self.number[:3]}****{self.number[-4:]}"

    def word(self, text: str) -> str:
        return text

    def shown(self) -> Page:
        nodes = [
            Node(
                row.text, FIELD if row.field else "android.widget.TextView", clickable=bool(row.to)
            )
            for row in self.rows
        ]
        return Page(WECOM, f"{UI}SettingActivity", tuple(nodes))

    def back(self) -> None:
        self.open(BACK_TO.get(self.page, "tabs"))

    def bind(self, number: str) -> None:
        """Change the number, with the code that came by SMS."""
        self.number = number
        self.open("number")

    def remove_others(self) -> None:
        self.elsewhere.clear()
