"""Numbers as people write them, and as they are kept: one rule for files, pages and programs.

Each function returns the number without what stands between its digits, or raises a ValueError
whose type is a key of `fields.SENTENCES`.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_PHONE: Final = re.compile(r"\+?\d{3,20}", re.ASCII)
# ITU-T E.118 has 19 digits at the most; cards of 20 are common, and China's have letters in them.
_CARD: Final = re.compile(r"[0-9A-Z]{18,22}")
_IMEI: Final = re.compile(r"\d{15}", re.ASCII)


def phone_number(text: str) -> str:
    number = re.sub(r"[\s()-]", "", text)
    if not _PHONE.fullmatch(number):
        raise PydanticCustomError("phone_number", "no phone number")
    return number


def card_number(text: str) -> str:
    """Return an ICCID."""
    number = re.sub(r"[\s-]", "", text).upper()
    if not _CARD.fullmatch(number):
        raise PydanticCustomError("card_number", "no card number")
    return number


def imei(text: str) -> str:
    number = re.sub(r"[\s/-]", "", text)
    if not _IMEI.fullmatch(number):
        raise PydanticCustomError("imei", "no IMEI")
    if not _checks(number):
        raise PydanticCustomError("imei_digit", "a wrong check digit")
    return number


def _checks(number: str) -> bool:
    """Tell whether the last digit of an IMEI fits the others (Luhn)."""
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(number))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


PhoneNumber = Annotated[str, AfterValidator(phone_number)]
CardNumber = Annotated[str, AfterValidator(card_number)]
Imei = Annotated[str, AfterValidator(imei)]
