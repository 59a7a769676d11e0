"""WeChat's settings on a virtual phone: pages as data, and the account's password behind them.

Two versions, each in Chinese and English. The older one asks for the old password in a dialog and
then for the new one twice; the newer one asks for all three on one page. The texts of the labels
are from guides and old decompiled versions; nobody has published a dump of the present pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agents.handset.framework.screen import Node, Page

WECHAT: Final = "com.tencent.mm"
UI: Final = "com.tencent.mm.plugin.setting.ui.setting."
FIELD: Final = "android.widget.EditText"
NEWER: Final = (8, 0, 40)  # from this version on there is one page for all three values


@dataclass(frozen=True)
class Row:
    """A line of a page. A tap opens the page `to`, or does what `does` names; `field` is typed."""

    text: str
    to: str = ""
    does: str = ""
    field: str = ""
    secret: bool = True


@dataclass(frozen=True)
class Layout:
    activity: str
    rows: tuple[Row, ...]


TABS: Final = ("微信", "通讯录", "发现")

# In Chinese as the newer version writes it; `OLDER` and `ENGLISH` say what others write instead.
PAGES: Final[Mapping[str, Layout]] = {
    "tabs": Layout(
        "com.tencent.mm.ui.LauncherUI", (*map(Row, TABS), Row("我", to="me"), Row("客户王总"))
    ),
    "me": Layout(
        "com.tencent.mm.ui.LauncherUI",
        (Row("我"), Row("服务"), Row("收藏"), Row("朋友圈"), Row("设置", to="settings")),
    ),
    "settings": Layout(
        f"{UI}SettingsUI",
        (
            Row("设置"),
            Row("账号与安全", to="security"),
            Row("青少年模式"),
            Row("通用"),
            Row("退出登录", does="sign_out"),
        ),
    ),
    "security": Layout(
        f"{UI}SettingsAccountInfoUI",
        (
            Row("账号与安全"),
            Row("微信号"),
            Row("手机号"),
            Row("微信密码", does="password"),
            Row("声音锁"),
            Row("登录设备管理"),
        ),
    ),
    "ask": Layout(
        f"{UI}SettingsAccountInfoUI",
        (
            Row("验证原密码"),
            Row("请输入原密码", field="old"),
            Row("取消", does="back"),
            Row("确定", does="ask"),
        ),
    ),
    "twice": Layout(
        "com.tencent.mm.ui.account.RegByMobileSetPwdUI",
        (
            Row("设置微信密码"),
            Row("填写新密码", field="new"),
            Row("再次填写确认", field="again"),
            Row("完成", does="change"),
        ),
    ),
    "page": Layout(
        "com.tencent.mm.ui.account.SettingsModifyPwdUI",
        (
            Row("修改微信密码"),
            Row("填写原密码", field="old"),
            Row("填写新密码", field="new"),
            Row("再次填写确认", field="again"),
            Row("完成", does="change"),
        ),
    ),
    "sms": Layout(
        f"{UI}SmsVerifyUI",
        (
            Row("填写验证码"),
            Row("短信验证码", field="code", secret=False),
            Row("下一步", does="sms"),
        ),
    ),
    "changed": Layout(f"{UI}SettingsAccountInfoUI", (Row("修改成功"),)),
    "sign_in": Layout(
        "com.tencent.mm.plugin.account.ui.LoginPasswordUI",
        (Row("用密码登录"), Row("请填写密码", field="password"), Row("登录", does="sign_in")),
    ),
}
OLDER: Final = {"账号与安全": "帐号与安全"}
ENGLISH: Final = {
    "微信": "WeChat",
    "通讯录": "Contacts",
    "发现": "Discover",
    "我": "Me",
    "客户王总": "Mr Wang",
    "服务": "Services",
    "收藏": "Favorites",
    "朋友圈": "Moments",
    "设置": "Settings",
    "账号与安全": "Account Security",
    "青少年模式": "Teen Mode",
    "通用": "General",
    "退出登录": "Log Out",
    "微信号": "WeChat ID",
    "手机号": "Mobile",
    "微信密码": "WeChat Password",
    "声音锁": "Voiceprint",
    "登录设备管理": "Login Devices",
    "验证原密码": "Verify Old Password",
    "请输入原密码": "Enter old password",
    "取消": "Cancel",
    "确定": "OK",
    "设置微信密码": "Set WeChat Password",
    "填写新密码": "Enter new password",
    "再次填写确认": "Enter again to confirm",
    "完成": "Done",
    "修改微信密码": "Change WeChat Password",
    "填写原密码": "Enter old password",
    "填写验证码": "Enter Verification Code",
    "短信验证码": "SMS code",
    "下一步": "Next",
    "修改成功": "Password changed",
    "用密码登录": "Log In with Password",
    "请填写密码": "Enter password",
    "登录": "Log In",
    "原密码错误": "Wrong old password",
    "两次填写的密码不一致": "Passwords do not match",
    "帐号或密码错误": "Incorrect account or password",
}
WRONG_OLD, MISMATCH, WRONG = "原密码错误", "两次填写的密码不一致", "帐号或密码错误"
BACK_TO: Final = {"me": "tabs", "settings": "me", "security": "settings", "changed": "security"}
DRAWER: Final = ("设置", "通用")  # waits beside the display


@dataclass
class Messenger:
    """The app: the page it shows, what was typed there, and the password that the server knows."""

    version: str
    english: bool = False
    password: str = field(default="", repr=False)
    asks_sms: bool = False
    secure_keyboard: bool = False  # what a computer types does not arrive in password fields
    drawer: bool = False
    page: str = "tabs"
    focus: str = ""
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    error: str = ""
    error_stays: bool = False  # a refusal goes on showing while the next value is typed
    attempts: int = 0  # old passwords that were tried
    held: str = field(default="", repr=False)  # a new password that waits for the code

    @property
    def newer(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")) >= NEWER

    def word(self, text: str) -> str:
        if self.english:
            return ENGLISH[text]
        return text if self.newer else OLDER.get(text, text)

    def open(self, page: str) -> None:
        self.page, self.focus, self.typed, self.error = page, "", {}, ""

    @property
    def rows(self) -> tuple[Row, ...]:
        return PAGES[self.page].rows

    def shown(self) -> Page:
        nodes = [self._node(row) for row in self.rows]
        nodes += [Node(self.word(self.error))] if self.error else []
        aside = tuple(Node(self.word(text), aside=True) for text in DRAWER if self.drawer)
        return Page(WECHAT, PAGES[self.page].activity, (*nodes, *aside))

    def _node(self, row: Row) -> Node:
        if not row.field:
            return Node(self.word(row.text), clickable=bool(row.to or row.does))
        typed = self.typed.get(row.field, "")
        return Node(
            typed or self.word(row.text),
            FIELD,
            password=row.secret,
            clickable=True,
            focused=self.focus == row.field,
            empty=not typed,
        )

    def tap(self, at: int) -> None:
        """Touch the row at a place, counted from the top; beside the rows nothing happens."""
        if not 0 <= at < len(self.rows):
            return
        row = self.rows[at]
        if row.field:
            self.focus = row.field
        elif row.to:
            self.open(row.to)
        elif row.does:
            DEEDS[row.does](self)

    def place(self, text: str) -> int:
        """Return where the row with a text is."""
        return next(at for at, row in enumerate(self.rows) if self.word(row.text) == text)

    def type(self, text: str, *, by_computer: bool = False) -> None:
        row = next((row for row in self.rows if row.field == self.focus and row.field), None)
        if row is None or (by_computer and row.secret and self.secure_keyboard):
            return
        self.typed[row.field] = self.typed.get(row.field, "") + text
        self.error = self.error if self.error_stays else ""

    def delete(self) -> None:
        self.typed[self.focus] = self.typed.get(self.focus, "")[:-1]

    def clear(self) -> None:
        """Empty all fields of the page."""
        self.typed = {}

    def back(self) -> None:
        self.open(BACK_TO.get(self.page, "security" if self.page != "tabs" else "tabs"))

    def choose_password(self) -> None:
        if self.newer:
            self.open("page")
        else:
            self.open("ask" if self.password else "twice")

    def verify_old(self) -> None:
        if self._is_old():
            self.open("twice")

    def change(self) -> None:
        if "old" in {row.field for row in self.rows} and not self._is_old():
            return
        if self.typed.get("new") != self.typed.get("again") or not self.typed.get("new"):
            self.error = MISMATCH
            return
        self.held = self.typed["new"]
        if self.asks_sms:
            self.open("sms")
        else:
            self.finish()

    def finish(self) -> None:
        self.password, self.held = self.held, ""
        self.open("changed")

    def sign_in(self) -> None:
        self.attempts += 1
        if self.typed.get("password") == self.password:
            self.open("tabs")
        else:
            self.error = WRONG

    def _is_old(self) -> bool:
        self.attempts += 1
        right = self.typed.get("old", "") == self.password
        self.error = "" if right else WRONG_OLD
        return right


DEEDS: Final = {
    "ask": Messenger.verify_old,
    "back": Messenger.back,
    "change": Messenger.change,
    "password": Messenger.choose_password,
    "sign_in": Messenger.sign_in,
    "sign_out": lambda app: app.open("sign_in"),
    "sms": Messenger.finish,
}
