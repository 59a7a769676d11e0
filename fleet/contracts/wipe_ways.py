"""Which ways there are to erase a phone, by maker and version: what is known, and what is told.

Where a phone's own menus stand differs from version to version; none of it was tried by us on
every phone, so a person follows it and says what he saw. Facts: the product's notes on Android.
"""

from dataclasses import dataclass
from typing import Final, Literal

from fleet.contracts.facts import PhoneFacts, Skin
from fleet.contracts.proof import Level
from fleet.contracts.words import _

FIRST_SDK_WITH_TEST_HARNESS: Final = 29  # Android 10

WayName = Literal["testharness", "settings", "recovery"]

# What a reset leaves, by word.
LEAVES: Final = {
    "memory_card": _("A memory card keeps everything: take it out."),
    "activation_lock": _(
        "The maker's activation lock stays where his account is signed in: sign it out first."
    ),
    "frp": _("A Google account that is signed in is asked for afterwards: sign it out first."),
    "esim": _("An eSIM profile may stay: delete it in the settings first."),
    "trust": _(
        "The phone still trusts this station. Before it leaves the company it is reset once more "
        "by hand."
    ),
    "debugging": _(
        "USB debugging is off afterwards: set the phone up without accounts, switch debugging on "
        "and let a station look, or let somebody entitled to it put it into stock."
    ),
}
NEVER: Final = (
    _(
        "The broadcast MASTER_CLEAR: a shell may not send it, and a phone that takes it says "
        "nothing of what it did. It is not used."
    ),
    _("`fastboot -w`: it needs an unlocked bootloader, which no phone of a company has."),
    _("The maker's cloud (find my phone): it leaves the activation lock on."),
)


WAYS: Final = {
    "testharness": _("by cable, by a station"),
    "settings": _("by hand, in the settings"),
    "recovery": _("by hand, by the keys"),
}


@dataclass(frozen=True)
class Way:
    """`level` is how well it can be shown; `steps` are for the person who does it."""

    name: WayName
    by: Literal["station", "person"]
    level: Level
    leaves: tuple[str, ...]
    steps: tuple[str, ...]
    possible: bool | None = None
    why_not: str = ""


_SETTINGS: Final = {
    "xiaomi": _("设置 → 我的设备 → 恢复出厂设置 → 清除所有数据"),
    "huawei": _("设置 → 系统和更新 → 重置 → 恢复出厂设置"),
    "oppo": _("设置 → 系统与更新 (older: 其他设置) → 备份与重置 → 恢复出厂设置"),
    "vivo": _("设置 → 系统管理 → 备份与重置 → 恢复出厂设置 → 清除所有数据"),
    "samsung": _("设置 → 常规管理 → 重置 → 恢复出厂设定"),
    "meizu": _("设置 → 关于手机 (older: 存储与备份) → 恢复出厂设置"),
    "other": _("Settings → System → Reset options → Erase all data"),
}
_KEYS: Final = {
    "xiaomi": _("Power off; hold power and volume up → Wipe Data → Wipe All Data"),
    "huawei": _("Power off, cable out; hold power and volume up → 恢复出厂设置"),
    "oppo": _("Power off; hold power and volume down → choose the language → 格式化数据分区"),
    "vivo": _("Power off; hold power and volume up → Recovery → 清除数据 → 清除所有数据"),
    "samsung": _("Power off, cable in; hold power and volume up → Wipe data/factory reset"),
    "meizu": _("Power off; hold power and volume up → 清除数据 → 开始"),
    "other": _("Power off; hold power and volume down → Recovery → Wipe data/factory reset"),
}
_MAKER: Final = {
    Skin.HYPEROS: "xiaomi",
    Skin.MIUI: "xiaomi",
    Skin.HARMONYOS: "huawei",
    Skin.EMUI: "huawei",
    Skin.MAGICOS: "huawei",
    Skin.MAGICUI: "huawei",
    Skin.COLOROS: "oppo",
    Skin.REALMEUI: "oppo",
    Skin.OXYGENOS: "oppo",
    Skin.ORIGINOS: "vivo",
    Skin.FUNTOUCH: "vivo",
    Skin.ONEUI: "samsung",
    Skin.FLYME: "meizu",
}


def ways_of(facts: PhoneFacts | None) -> tuple[Way, ...]:
    """Return the ways for a phone, the best first; what is not known of it rules nothing out."""
    maker = _MAKER.get(facts.os.skin, "other") if facts else "other"
    return _test_harness(facts), _by_hand("settings", maker), _by_hand("recovery", maker)


def _test_harness(facts: PhoneFacts | None) -> Way:
    sdk = facts.os.sdk if facts else None
    contained = facts is not None and facts.os.container
    too_old = sdk is not None and sdk < FIRST_SDK_WITH_TEST_HARNESS
    why_not = ""
    if too_old:
        why_not = _("It is there from Android 10 on.")
    elif contained:
        why_not = _("What answers by cable is a system inside another one: it cannot erase that.")
    return Way(
        name="testharness",
        by="station",
        level=Level.VERIFIED,
        leaves=("memory_card", "activation_lock", "esim", "trust"),
        steps=(_("The station takes the lock off, erases the phone and looks for what it left."),),
        possible=False if why_not else None,
        why_not=why_not,
    )


def _by_hand(name: Literal["settings", "recovery"], maker: str) -> Way:
    locks = ("activation_lock", "frp") if name == "recovery" else ("activation_lock",)
    steps = _SETTINGS if name == "settings" else _KEYS
    return Way(
        name=name,
        by="person",
        level=Level.DECLARED,
        leaves=("memory_card", *locks, "esim", "debugging"),
        steps=(
            _("Sign out of the maker's account and of Google; take the SIM and memory card out."),
            steps[maker],
            _("Wait for the first screen of a new phone: a lock that asks for an account is a no."),
        ),
        possible=True,
    )
