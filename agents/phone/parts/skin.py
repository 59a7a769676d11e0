"""Tells the maker's system by what it says of itself, the most particular evidence first.

Ports and relatives keep their parents' properties: HyperOS says MIUI, realme UI says ColorOS,
OriginOS says Funtouch, Honor's systems say EMUI, and EMUI 11 says HarmonyOS.
"""

import re

from agents.phone.parts import huawei
from agents.phone.parts.getprop import Props
from agents.phone.parts.naming import Finder, Named, version_in
from agents.phone.parts.text import whole
from fleet.contracts.facts import Skin

OPLUS_REGIONS = (
    "ro.vendor.oplus.regionmark",
    "ro.oplus.pipeline.region",
    "persist.sys.oplus.region",
)
EUI_SIGNS = ("ro.letv.release.version", "ro.letv.release.version_date", "ro.product.letv_name")
ONEUI_BEFORE = 90000  # Samsung's platform number is that of One UI plus this


def skin_of(props: Props) -> Named:
    """Name the system; unknown is an answer, a guess from the brand is not."""
    return next((named for find in FINDERS if (named := find(props))), Named(Skin.UNKNOWN))


def _lineageos(props: Props) -> Named | None:
    version = props.first("ro.lineage.build.version", "ro.lineage.version")
    if version is None and "lineage" in (props.get("ro.modversion") or "").lower():
        version = props.get("ro.modversion")
    return Named(Skin.LINEAGEOS, version_in(version)) if version else None


def _hyperos(props: Props) -> Named | None:
    keys = ("ro.mi.os.version.incremental", "ro.mi.os.version.name", "ro.mi.os.version.code")
    named = props.first(*keys)
    if named:
        return Named(Skin.HYPEROS, version_in(named))
    if props.get("ro.miui.ui.version.name") != "V816":
        return None
    # The first HyperOS builds called themselves V816.0.x: what follows is the version.
    build = version_in(props.get("ro.build.version.incremental")) or ""
    return Named(Skin.HYPEROS, build.replace("816.", "1.", 1) if build[:4] == "816." else "1.0")


def _miui(props: Props) -> Named | None:
    name = props.first("ro.miui.ui.version.name", "ro.miui.ui.version.code")
    if name is None:
        return None
    build = props.get("ro.build.version.incremental") or ""
    numbered = re.match(r"V?\d+\.\d+\.\d+", build)
    return Named(Skin.MIUI, version_in(build) if numbered else _miui_name(name))


def _miui_name(name: str) -> str | None:
    """Read "V125" as 12.5 and "V14" as 14; three digits are a version with its dot left out."""
    digits = version_in(name)
    if digits and re.fullmatch(r"\d{3}", digits):
        return f"{digits[:2]}.{digits[2]}" if digits[2] != "0" else digits[:2]
    return digits


def _realmeui(props: Props) -> Named | None:
    version = props.get("ro.build.version.realmeui")
    return Named(Skin.REALMEUI, version_in(version)) if version else None


def _coloros(props: Props) -> Named | None:
    version = props.first(
        "ro.build.version.oplusrom.display",
        "ro.build.version.oplusrom",
        "ro.build.version.oplusrom.confidential",
        "ro.build.version.opporom",
    )
    if version is None:
        return None
    skin = Skin.OXYGENOS if _is_oneplus_abroad(props) else Skin.COLOROS
    return Named(skin, version_in(version))


def _is_oneplus_abroad(props: Props) -> bool:
    """Tell OxygenOS 12 and later, which is ColorOS under another name, by where it is sold."""
    if not _is_oneplus(props):
        return False
    region = props.first(*OPLUS_REGIONS)
    if region:
        return region.upper() != "CN"
    if "ro.oxygen.version" in props:
        return True
    abroad = re.search(r"\((?!CN)[A-Z]{2}\d", props.get("ro.build.display.id") or "")
    return bool(abroad) or (props.get("ro.product.model") or "").startswith("CPH")


def _is_oneplus(props: Props) -> bool:
    return "oneplus" in (props.first("ro.product.brand", "ro.product.manufacturer") or "").lower()


def _oxygenos(props: Props) -> Named | None:
    """Find OxygenOS up to 11, and Hydrogen OS, its twin for China, for which there is no word."""
    version = props.get("ro.oxygen.version")
    if version is None and _is_oneplus(props):
        version = props.get("ro.rom.version")
    if version is None:
        return None
    return Named(Skin.OXYGENOS, version_in(re.sub(r"(?i)h2os", "", version)))


def _vivo(props: Props) -> Named | None:
    shown = props.get("ro.vivo.os.build.display.id") or ""
    name = (shown or props.get("ro.vivo.os.name") or "").lower()
    if "origin" in name:
        return Named(Skin.ORIGINOS, version_in(shown))
    version = props.first("ro.vivo.os.version", "ro.vivo.rom.version", "ro.vivo.rom")
    if "funtouch" in name or version:
        return Named(Skin.FUNTOUCH, version_in(shown) or version_in(version))
    return None


def _oneui(props: Props) -> Named | None:
    code = whole(props.get("ro.build.version.oneui"))
    if code is None:
        code = (whole(props.get("ro.build.version.sep")) or 0) - ONEUI_BEFORE
    if code < 10000:
        return None
    major, minor, patch = code // 10000, code // 100 % 100, code % 100
    return Named(Skin.ONEUI, f"{major}.{minor}" + (f".{patch}" if patch else ""))


def _flyme(props: Props) -> Named | None:
    candidates = map(props.get, ("ro.flyme.version.id", "ro.build.display.id"))
    shown = next((text for text in candidates if text and "flyme" in text.lower()), None)
    version = shown or props.get("ro.build.flyme.version")
    if version is None and "ro.flyme.published" not in props:
        return None
    return Named(Skin.FLYME, version_in(version))


def _smartisan(props: Props) -> Named | None:
    version = props.first("ro.smartisan.version", "ro.smartisan.sa")
    if version is None:
        return None
    return Named(Skin.SMARTISAN, version_in(props.get("ro.smartisan.version")))


def _eui(props: Props) -> Named | None:
    if props.first(*EUI_SIGNS) is None:
        return None
    return Named(Skin.EUI, version_in(props.get("ro.letv.release.version")))


def _aosp(props: Props) -> Named | None:
    brand = (props.get("ro.product.brand") or "").lower()
    names = " ".join(filter(None, map(props.get, ("ro.product.name", "ro.build.flavor"))))
    plain = brand in {"google", "android", "aosp", "generic"}
    if plain or re.search(r"\b(?:aosp|sdk_g?phone|gsi)", names.lower()):
        return Named(Skin.AOSP, props.get("ro.build.version.release"))
    return None


FINDERS: tuple[Finder, ...] = (
    huawei.container,
    _lineageos,
    _hyperos,
    _miui,
    _realmeui,
    _coloros,
    _oxygenos,
    _vivo,
    huawei.harmonyos,
    huawei.honor,
    huawei.emui,
    _oneui,
    _flyme,
    _smartisan,
    _eui,
    _aosp,
)
