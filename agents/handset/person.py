"""What a person does by hand with the phone: screens, PIN, SIM, accounts, reset."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from agents.handset.framework.lock import Kind
from agents.handset.framework.messenger import WECHAT, Messenger
from agents.handset.framework.screen import HOME, SETUP_WIZARD, Page, page
from agents.handset.framework.state import PhoneState, Sim
from agents.handset.framework.telephony import sim_props
from agents.handset.framework.wecom import WECOM, Wecom

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


class Person:
    """The one who holds the phone; no shell sees any of this being done."""

    def __init__(self, state: PhoneState) -> None:
        self._state = state

    @property
    def wechat_password(self) -> str:
        """Return what opens the account now, as WeChat's own server knows it."""
        return self._state.messenger.password

    @wechat_password.setter
    def wechat_password(self, password: str) -> None:
        self._state.messenger.password = password

    def has_wechat(self, version: str, *, english: bool = False) -> None:
        """Install a version of WeChat, in a language."""
        state = self._state
        with state.mutex:
            state.packages[WECHAT].version_name = version
            language = "en-US" if english else "zh-CN"
            state.props |= {"persist.sys.locale": language, "ro.product.locale": language}
            state.messenger = Messenger(version, english=english, password=self.wechat_password)

    def has_wecom(self, number: str, *, elsewhere: tuple[str, ...] = ()) -> Wecom:
        """Use WeCom in WeChat's place, bound to a number and signed in on other devices too."""
        with self._state.mutex:
            app = Wecom(self._state.messenger.version, number=number, elsewhere=list(elsewhere))
            self._state.messenger = app
            self._state.show_app()
        return app

    def open_screen(self, name: str) -> None:
        """Show one of the known screens (see SCREENS)."""
        self.show(SCREENS[name])

    def show(self, what: Page) -> None:
        """Show any page."""
        with self._state.mutex:
            self._state.show(what)

    def open_wechat(self, page: str | None = None) -> None:
        """Bring WeChat to the front, as it was left or at a page."""
        with self._state.mutex:
            if page:
                self._state.messenger.open(page)
            self._state.show_app()

    def tap(self, *texts: str) -> None:
        """Touch rows of WeChat by their texts, one after the other; a field by its hint."""
        for text in texts:
            self._does(lambda app, text=text: app.tap(app.place(text)))  # type: ignore[misc]

    def type(self, text: str) -> None:
        """Type on the phone's own keyboard, into the field that has the focus."""
        self._does(lambda app: app.type(text))

    def empty_fields(self) -> None:
        self._does(Messenger.clear)

    def back(self) -> None:
        self._does(Messenger.back)

    def _does(self, what: Callable[[Messenger], None]) -> None:
        with self._state.mutex:
            self._state.app_hears(what)

    def change_wechat_password(self, new: str) -> None:
        """Walk to the page of the password, type the old and the new one, and confirm."""
        app, old = self._state.messenger, self.wechat_password
        self.open_wechat("security")
        self.tap(app.word("微信密码"))
        if app.page != "twice":
            asked = "填写原密码" if app.newer else "请输入原密码"
            self.tap(app.word(asked))
            self.type(old)
        if app.page == "ask":
            self.tap(app.word("确定"))
        for field in ("填写新密码", "再次填写确认"):
            self.tap(app.word(field))
            self.type(new)
        self.tap(app.word("完成"))

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

    def let_computers_type(self) -> None:
        """Flip the maker's switch: USB debugging (security settings)."""
        with self._state.mutex:
            self._state.habits = replace(self._state.habits, input_allowed=True)
            if "ro.miui.ui.version.name" in self._state.props:
                self._state.props["persist.security.adbinput"] = "1"

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
            self._state.show(SETUP_WIZARD)
