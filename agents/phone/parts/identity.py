"""Who the phone says it is, and the numbers that survive a change of its name."""

import re

from agents.phone.parts.getprop import Props
from agents.phone.parts.text import said
from fleet.contracts.facts import Identity

PARTITIONS = ("", "odm.", "vendor.", "product.", "system.", "system_ext.", "bootimage.")
MARKET_NAMES = (
    *(f"ro.product.{partition}marketname" for partition in PARTITIONS),
    "ro.vendor.oplus.market.enname",
    "ro.vendor.oplus.market.name",
    "ro.oppo.market.name",
    "ro.vivo.market.name",
    "ro.vivo.internet.name",
    "ro.config.marketing_name",
    "ro.vendor.product.ztename",
    "ro.zuk.product.market",
    "ro.product.display",
    "ro.product.letv_name",
    "ro.vendor.asus.product.mkt_name",
    "ro.qiku.product.devicename",
    "ro.display.series",
)
IMEI = re.compile(r"(?<!\d)\d{15}(?!\d)")
MEID = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{14})(?![0-9A-Za-z])")
# Numbers that a maker of cheap phones burns into all of them, and what an unset one reads as.
NOT_A_SERIAL = re.compile(r"0+|1234567890.*|unknown|android|default", re.IGNORECASE)


def identity_of(props: Props) -> Identity:
    return Identity(
        serial=serial_of(props),
        brand=_product(props, "brand"),
        manufacturer=_product(props, "manufacturer"),
        model=_product(props, "model"),
        market_name=props.first(*MARKET_NAMES),
        device=_product(props, "device"),
        imei=imeis_of(props),
        meid=_meids_of(props),
    )


def serial_of(props: Props) -> str | None:
    candidates = (props.get("ro.serialno"), props.get("ro.boot.serialno"))
    return next((text for text in candidates if text and not NOT_A_SERIAL.fullmatch(text)), None)


def imeis_of(props: Props) -> tuple[str, ...]:
    """Collect IMEIs from whatever property a maker keeps them in, the first slot first."""
    keys = sorted((key for key in props.values if "imei" in key.lower()), key=_slot)
    return real_imeis(" ".join(props.values[key] for key in keys))


def real_imeis(text: str) -> tuple[str, ...]:
    """Keep numbers whose last digit checks, each once, in the order they stand."""
    return tuple(dict.fromkeys(found for found in IMEI.findall(text) if is_imei(found)))


def is_imei(digits: str) -> bool:
    """Check the Luhn digit; a row of one digit is what a phone without an IMEI shows."""
    if len(set(digits)) < 3:
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _slot(key: str) -> tuple[int, str]:
    number = re.search(r"\d+$", key)
    return (int(number[0]) if number else -1, key)


def _meids_of(props: Props) -> tuple[str, ...]:
    keys = sorted(key for key in props.values if "meid" in key.lower())
    found = (MEID.findall(props.values[key]) for key in keys)
    return tuple(
        dict.fromkeys(meid.upper() for meids in found for meid in meids if meid.strip("0"))
    )


def _product(props: Props, what: str) -> str | None:
    return said(props.first(*(f"ro.product.{partition}{what}" for partition in PARTITIONS)))
