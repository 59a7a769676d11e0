import pytest

from agents.phone.parts.getprop import Props
from agents.phone.parts.huawei import is_container
from agents.phone.parts.skin import skin_of

CASES = {
    "HyperOS over its MIUI": (
        "hyperos 2.0.14.0",
        {
            "ro.mi.os.version.name": "OS2.0",
            "ro.mi.os.version.incremental": "OS2.0.14.0.VOCCNXM",
            "ro.miui.ui.version.name": "V816",
        },
    ),
    "the first HyperOS, called V816": (
        "hyperos 1.0.5.0",
        {
            "ro.miui.ui.version.name": "V816",
            "ro.build.version.incremental": "V816.0.5.0.UNACNXM",
        },
    ),
    "MIUI 14": (
        "miui 14.0.8.0",
        {
            "ro.miui.ui.version.name": "V140",
            "ro.build.version.incremental": "V14.0.8.0.TKBCNXM",
        },
    ),
    "MIUI that names no build": ("miui 12.5", {"ro.miui.ui.version.name": "V125"}),
    "MIUI on somebody else's phone": (
        "miui 9.6.1.0",
        {
            "ro.product.manufacturer": "HUAWEI",
            "ro.miui.ui.version.name": "V9",
            "ro.build.version.incremental": "V9.6.1.0.MHOCNFD",
            "ro.build.version.emui": "EmotionUI_3.0",
        },
    ),
    "realme UI over ColorOS": (
        "realmeui 5.0",
        {"ro.build.version.realmeui": "V5.0", "ro.build.version.oplusrom": "V14.0.0"},
    ),
    "realme before realme UI": (
        "coloros 6.0.1",
        {"ro.product.brand": "realme", "ro.build.version.opporom": "V6.0.1"},
    ),
    "ColorOS as Settings shows it": (
        "coloros 13.1",
        {"ro.build.version.oplusrom.display": "13.1", "ro.build.version.oplusrom": "V13.1.0"},
    ),
    "OnePlus sold in China": (
        "coloros 14.0.0",
        {
            "ro.product.brand": "OnePlus",
            "ro.build.version.oplusrom": "V14.0.0",
            "ro.vendor.oplus.regionmark": "CN",
        },
    ),
    "OnePlus sold abroad": (
        "oxygenos 14.0.0",
        {
            "ro.product.brand": "OnePlus",
            "ro.build.version.oplusrom": "V14.0.0",
            "ro.build.display.id": "CPH2449_14.0.0.580(EX01)",
        },
    ),
    "OxygenOS of old": (
        "oxygenos 9.0.4",
        {"ro.product.brand": "OnePlus", "ro.oxygen.version": "9.0.4"},
    ),
    "Hydrogen OS": (
        "oxygenos 3.5",
        {"ro.product.brand": "OnePlus", "ro.rom.version": "H2OS V3.5"},
    ),
    "OriginOS over Funtouch": (
        "originos 4",
        {
            "ro.vivo.os.build.display.id": "OriginOS 4",
            "ro.vivo.os.name": "Funtouch",
            "ro.vivo.os.version": "14.0",
        },
    ),
    "Funtouch": (
        "funtouch 10.5",
        {"ro.vivo.os.build.display.id": "Funtouch OS_10.5", "ro.vivo.os.version": "10.0"},
    ),
    "Funtouch that shows nothing": ("funtouch 2.5", {"ro.vivo.rom.version": "rom_2.5"}),
    "HarmonyOS 2 that shows apps EMUI 9": (
        "harmonyos 2.0.0",
        {
            "hw_sc.build.platform.version": "2.0.0",
            "ro.build.display.id": "MHA-AL00 9.1.0.228(C00E226R1P14)",
            "ro.huawei.build.display.id": "MHA-AL00 2.0.0.150(C00E150R1P3)",
            "ro.build.version.emui": "EmotionUI_9.1.0",
        },
    ),
    "HarmonyOS 4.3 without a platform": (
        "harmonyos 4.3.0",
        {
            "ro.build.display.id": "CLS-AL00 4.3.0.126(SP7C00E126R4P4)",
            "ro.build.version.emui": "EmotionUI_14.2.0",
        },
    ),
    "HarmonyOS 3 on an Honor of Huawei's time": (
        "harmonyos 3.0.0",
        {
            "ro.product.brand": "HONOR",
            "ro.build.version.magic": "3.1.1",
            "hw_sc.build.platform.version": "3.0.0",
            "ro.build.display.id": "OXF-AN10 3.0.0.165(C00E160R5P3)",
            "ro.build.version.emui": "EmotionUI_13.0.0",
        },
    ),
    "EMUI 11 that says HarmonyOS 2": (
        "emui 11.0.0",
        {
            "hw_sc.build.platform.version": "2.0.0",
            "ro.build.display.id": "ANG-AN00 11.0.0.155(C00E137R9P2)",
            "ro.build.version.emui": "EmotionUI_11.0.0",
        },
    ),
    "EMUI 12 abroad": (
        "emui 12.0.0",
        {
            "hw_sc.build.platform.version": "2.0.0",
            "ro.build.display.id": "ELE-L29 12.0.0.145(C432E8R5P1)",
            "ro.build.version.emui": "EmotionUI_12.0.0",
        },
    ),
    "EMUI 8": (
        "emui 8.0.0",
        {
            "ro.build.display.id": "BLA-AL00 8.0.0.172(C00)",
            "ro.build.version.emui": "EmotionUI_8.0.0",
        },
    ),
    "Magic UI 4 over EMUI 11": (
        "magicui 4.0.0",
        {
            "ro.build.version.magic": "4.0.0",
            "hw_sc.build.platform.version": "2.0.0",
            "ro.build.display.id": "YOK-AN10 4.0.0.170(C00E165R5P1)",
            "ro.build.version.emui": "EmotionUI_11.0.1",
        },
    ),
    "Magic UI 6 in EMUI's place": (
        "magicui 6.1.0",
        {
            "ro.build.version.emui": "MagicUI_6.1.0",
            "ro.build.display.id": "VNE-AN00 6.1.0.152(C00E145R1P4)",
        },
    ),
    "MagicOS 7": ("magicos 7.1", {"msc.config.magic.version": "7.1"}),
    "MagicOS by its build": (
        "magicos 8.0.0",
        {"ro.honor.build.display.id": "ANY-AN00 8.0.0.225(C00E225R1P4)"},
    ),
    "One UI": ("oneui 6.1.1", {"ro.build.version.oneui": "60101"}),
    "One UI 7": ("oneui 7.0", {"ro.build.version.oneui": "70000"}),
    "One UI before it named itself": ("oneui 2.5", {"ro.build.version.sep": "110500"}),
    "Samsung before One UI": ("unknown None", {"ro.build.version.sep": "90000"}),
    "Flyme": ("flyme 11.2.1.0", {"ro.build.display.id": "Flyme 11.2.1.0A"}),
    "Flyme whose id is Android's": (
        "flyme 12.1.0.0",
        {"ro.flyme.version.id": "AQ3A.250129.001_", "ro.build.display.id": "Flyme 12.1.0.0A"},
    ),
    "Flyme OS of old": ("flyme 5.1.3.0", {"ro.build.display.id": "Flyme OS 5.1.3.0A"}),
    "Smartisan": ("smartisan 7.1.0", {"ro.smartisan.version": "7.1.0-202001081452-user-ob"}),
    "EUI": ("eui 6.0.030", {"ro.letv.release.version": "6.0.030S"}),
    "LineageOS on a Xiaomi": (
        "lineageos 22.2",
        {"ro.lineage.build.version": "22.2", "ro.product.brand": "Xiaomi"},
    ),
    "plain Android": (
        "aosp 16",
        {"ro.product.brand": "google", "ro.build.version.release": "16"},
    ),
    "a maker we have no word for": ("unknown None", {"ro.product.brand": "ZTE"}),
}


@pytest.mark.parametrize(("expected", "values"), CASES.values(), ids=CASES)
def test_a_system_is_named_by_its_own_word(expected, values):
    named = skin_of(Props(values))

    assert f"{named.skin} {named.version}" == expected


def test_an_android_inside_harmonyos_names_the_system_around_it():
    props = Props(
        {
            "hw_sc.anco.enable": "true",
            "hw_sc.build.platform.version": "4.0.0",
            "ro.build.version.emui": "EmotionUI_14.0.0",
            "ro.sys.anco.product.software.version": "ADL-AL00U 5.1.0.150(SP10C00E128R2P1)",
        }
    )

    assert is_container(props)
    assert (skin_of(props).skin, skin_of(props).version) == ("harmonyos", "5.1.0.150")
