"""What a person does by hand with the phone: screens, PIN, SIM, accounts, reset."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from agents.handset.framework.lock import Kind
from agents.handset.framework.screen import HOME, SETUP_WIZARD, Node, Page, page
from agents.handset.framework.state import PhoneState, Sim
from agents.handset.framework.telephony import sim_props

WECHAT: Final = "com.tencent.mm"
WECOM: Final = "com.tencent.wework"
SETTINGS_UI: Final = "com.tencent.mm.plugin.setting.ui.setting."

SCREENS: Final[Mapping[str, Page]] = {
    "home": HOME,
    "wechat": page(WECHAT, ".ui.LauncherUI", ("微信", "通讯录", "发现", "我")),
    "wechat-me": page(WECHAT, ".ui.LauncherUI", ("我", "服务", "收藏", "朋友圈", "设置")),
    "wechat-settings": page(
        WECHAT, f"{SETTINGS_UI}SettingsUI", ("设置", "账号与安全", "青少年模式", "关怀模式", "通用")
    ),
    "wechat-security": page(
        WECHAT,
        f"{SETTINGS_UI}SettingsAccountInfoUI",
        ("账号与安全", "微信号", "手机号", "微信密码", "声音锁", "登录设备管理"),
    ),
    "wechat-password-changed": page(WECHAT, f"{SETTINGS_UI}SettingsAccountInfoUI", ("修改成功",)),
    "wecom-security": page(WECOM, ".setting.SettingSafeActivity", ("账号与安全", "修改密码")),
    "wecom-password-changed": page(WECOM, ".setting.SettingSafeActivity", ("密码设置成功",)),
    "setup-wizard": SETUP_WIZARD,
}

FIELD: Final = "android.widget.EditText"


def password_page(typed: str) -> Page:
    """Return WeChat's page for a new password; what is typed shows as dots only."""
    rows = (Node(typed, FIELD, password=True), Node(typed, FIELD, password=True))
    return Page(
        WECHAT,
        "com.tencent.mm.ui.account.RegByMobileSetPwdUI",
        (Node("设置微信密码"), Node("填写新密码"), *rows, Node("完成", clickable=True)),
    )


class Person:
    """The one who holds the phone; no shell sees any of this being done."""

    def __init__(self, state: PhoneState) -> None:
        self._state = state
        self.wechat_password = ""

    def open_screen(self, name: str) -> None:
        """Show one of the known screens (see SCREENS)."""
        with self._state.mutex:
            self._state.screen.show(SCREENS[name])

    def show(self, what: Page) -> None:
        """Show any page."""
        with self._state.mutex:
            self._state.screen.show(what)

    def change_wechat_password(self, new: str) -> None:
        """Walk 我 → 设置 → 账号与安全 → 微信密码 and leave the screen that says it worked."""
        for name in ("wechat-me", "wechat-settings", "wechat-security"):
            self.open_screen(name)
        self.show(password_page(new))
        self.wechat_password = new
        self.open_screen("wechat-password-changed")

    def change_pin(self, new: str) -> None:
        """Set another PIN in the phone's own settings; an empty one takes the lock away."""
        with self._state.mutex:
            self._state.lock.change(Kind.PIN if new else Kind.NONE, new)

    def change_lock(self, kind: Kind, secret: str) -> None:
        """Set a lock of another kind in the phone's own settings."""
        with self._state.mutex:
            self._state.lock.change(kind, secret)

    def lock_screen(self) -> None:
        with self._state.mutex:
            self._state.lock.locked = self._state.lock.secure

    def unlock_screen(self) -> None:
        with self._state.mutex:
            self._state.lock.locked = False

    def swap_sim(self, slot: int, sim: Sim | None) -> None:
        """Take the card out of a slot and put another in, or none."""
        with self._state.mutex:
            kept = [other for other in self._state.sims if other.slot != slot]
            put_in = [replace(sim, slot=slot)] if sim else []
            self._state.sims = sorted([*kept, *put_in], key=lambda one: one.slot)
            self._state.props |= sim_props(self._state.sims)

    def sign_out_vendor_account(self) -> None:
        """Sign out of the maker's account, which holds the activation lock."""
        with self._state.mutex:
            self._state.accounts.clear()

    def factory_reset(self) -> None:
        """Erase everything in the phone's settings; debugging is off afterwards."""
        with self._state.mutex:
            self._state.reset_to_factory()
            self._state.settings["global"] |= {
                "adb_enabled": "0",
                "development_settings_enabled": "0",
            }
            self._state.screen.show(SETUP_WIZARD)
