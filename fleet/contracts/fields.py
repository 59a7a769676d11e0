"""What is wrong with the fields of a message, in the reader's language; never what was given."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from fleet.contracts.words import _, translated

# What pydantic says by type of error; a type that is not here is shown in pydantic's own English.
SENTENCES: Final[Mapping[str, str]] = {
    "missing": _("This is needed."),
    "extra_forbidden": _("Nothing is known by this name."),
    "string_type": _("This has to be text."),
    "string_too_short": _("This is too short: at least {min_length} characters."),
    "string_too_long": _("This is too long: at most {max_length} characters."),
    "string_pattern_mismatch": _("This does not have the form {pattern}."),
    "phone_number": _("This is no phone number."),
    "card_number": _("This is no card number: those have 19 or 20 digits."),
    "imei": _("This is no IMEI: those have 15 digits."),
    "imei_digit": _("A digit of this IMEI is wrong: its check digit does not fit."),
    "odd_character": _("This has a character in it that no text has."),
    "int_type": _("This has to be a whole number."),
    "int_parsing": _("This has to be a whole number."),
    "float_parsing": _("This has to be a number."),
    "bool_parsing": _("This has to be true or false."),
    "enum": _("This has to be one of {expected}."),
    "literal_error": _("This has to be one of {expected}."),
    "greater_than_equal": _("This has to be at least {ge}."),
    "less_than_equal": _("This has to be at most {le}."),
    "too_long": _("These are too many: at most {max_length}."),
    "timezone_aware": _("This moment has to name its time zone."),
    "moment_impossible": _("This moment lies outside of the calendar."),
    "date_from_datetime_parsing": _("This has to be a date, such as 2026-12-31."),
    "date_parsing": _("This has to be a date, such as 2026-12-31."),
}


def fields_of(error: ValidationError) -> dict[str, list[str]]:
    """Return what is wrong, by the field's path, without the values that were given."""
    found: dict[str, list[str]] = defaultdict(list)
    for item in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in item["loc"]) or "body"
        found[name].append(_sentence(item["type"], item["msg"], item.get("ctx", {})))
    return dict(found)


def _sentence(kind: str, message: str, blanks: dict[str, Any]) -> str:
    known = SENTENCES.get(kind)
    return translated(known).format(**blanks) if known else message
