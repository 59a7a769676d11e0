"""Tells the systems of Huawei and Honor apart, which all keep the properties of EMUI."""

import re

from agents.phone.parts.getprop import Props
from agents.phone.parts.naming import Named, major, version_in
from fleet.contracts.facts import Skin

HUAWEI_BUILDS = (  # where a build number like "NOH-AN00 2.0.0.165(C00E160R6P2)" stands
    # Some phones show old apps an old number in the usual place, and the true one here.
    "ro.huawei.build.display.id",
    "ro.comp.hl.product_base_version",
    "persist.sys.hiview.base_version",
    "persist.mygote.build.id",
    "persist.ark.build.id",
    "ro.build.display.id",
)
HARMONY_SIGNS = ("ro.build.ohos.devicetype", "persist.sys.ohos.osd.cloud.switch")
EMUI_OF_HARMONYOS_2 = 12
MAGICOS_SINCE = 7
CONTAINER_BUILDS = ("ro.sys.anco.product.software.version", "sys.anco.hwpatch.display.version")


def is_container(props: Props) -> bool:
    """Say whether this is the Android that HarmonyOS NEXT keeps for old apps."""
    return (
        props.get("hw_sc.anco.enable") == "true"
        or any(key in props for key in CONTAINER_BUILDS)
        or (props.get("ro.build.display.id") or "").startswith("System 10")
    )


def container(props: Props) -> Named | None:
    if not is_container(props):
        return None
    build = props.first(*CONTAINER_BUILDS) or ""
    found = re.search(r"(?<![\w.])\d+(?:\.\d+){1,4}", build)
    return Named(Skin.HARMONYOS, found[0] if found else None)


def harmonyos(props: Props) -> Named | None:
    """Tell HarmonyOS 2 to 4 from EMUI and Magic UI by how it numbers its builds."""
    build, platform = _huawei_build(props), props.get("hw_sc.build.platform.version")
    emui_series = major(props.get("ro.build.version.emui"))
    if build is None:
        newer = emui_series is None or emui_series >= EMUI_OF_HARMONYOS_2
        return Named(Skin.HARMONYOS, version_in(platform)) if platform and newer else None
    series = major(build)
    if series == emui_series:
        return None  # numbered like the EMUI it says it is
    signed = any(key in props for key in HARMONY_SIGNS) and series != major(_magic(props))
    follows = emui_series is not None and emui_series >= EMUI_OF_HARMONYOS_2
    if signed or follows or (platform and major(platform) == series):
        return Named(Skin.HARMONYOS, build)
    return None


def _huawei_build(props: Props) -> str | None:
    for key in HUAWEI_BUILDS:
        found = re.search(r"(?<![\w.])(\d{1,2}\.\d+\.\d+)(?:\.\d+)", props.get(key) or "")
        if found:
            return found[1]
    return None


def _magic(props: Props) -> str | None:
    emui = props.get("ro.build.version.emui") or ""
    said = props.first("msc.config.magic.version", "ro.build.version.magic")
    return said or (emui if emui.lower().startswith("magic") else None)


def honor(props: Props) -> Named | None:
    said = _magic(props) or _honor_build(props)
    if said is None:
        return None
    named = props.get("ro.build.version.magic") or said
    modern = "magicos" in named.lower() or (major(said) or 0) >= MAGICOS_SINCE
    return Named(Skin.MAGICOS if modern else Skin.MAGICUI, version_in(said))


def _honor_build(props: Props) -> str | None:
    shown = props.get("ro.honor.build.display.id") or ""
    found = re.search(r"(?<![\w.])\d{1,2}\.\d+\.\d+", shown)
    return found[0] if found else None


def emui(props: Props) -> Named | None:
    emui = props.get("ro.build.version.emui") or ""
    return Named(Skin.EMUI, version_in(emui)) if "emotionui" in emui.lower() else None
