"""How people say what a column holds: a model names its columns so in `__search__`."""

from enum import StrEnum


class Said(StrEnum):
    """HANDLE: a tag, a serial or case number; said whole, by its beginning, or by its end.

    NAME: of a person or a department; as written, in pinyin, or by initials.
    WORDS: a model or a carrier; said whole, or from any of its words on.
    CARD: an IMEI or ICCID; said whole, or by its last six digits.
    NUMBER: a phone number; said whole, or by its last six or four digits.
    """

    HANDLE = "handle"
    NAME = "name"
    WORDS = "words"
    CARD = "card"
    NUMBER = "number"
