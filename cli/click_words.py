"""click's own words (Usage, Options, Missing option, …) in the language of all the others.

click asks gettext's current domain, in the language that the environment names.
"""

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fleet.contracts.words import CATALOGUES, DOMAIN, _, closest

# What click can show of itself here: marked, so that the catalogue has it.
WORDS: Final = (
    _("Usage:"),
    _("Options"),
    _("Commands"),
    _("Show this message and exit."),
    _("Try '{command} {option}' for help."),
    _("Error: {message}"),
    _("Missing argument"),
    _("Missing option"),
    _("Missing parameter"),
    _("Missing command."),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Did you mean {possibility}?"),
    _("Option {name!r} requires an argument."),
    _("Option {name!r} does not take a value."),
    _("{value!r} is not {choice}."),
    _("{value!r} is not a valid {number_type}."),
    _("{value!r} does not match the format {format}."),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is not readable."),
    _("Could not open file {filename!r}: {message}"),
    _("default: {default}"),
    _("env var: {var}"),
    _("Repeat for confirmation"),
    _("Error: The two entered values do not match."),
    _("Aborted!"),
)


@contextmanager
def click_speaking(wanted: str) -> Iterator[None]:
    """Let click speak `wanted` inside the block."""
    gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
    gettext.textdomain(DOMAIN)
    before = os.environ.get("LANGUAGE")
    os.environ["LANGUAGE"] = closest(wanted)
    try:
        yield
    finally:
        os.environ.pop("LANGUAGE")
        if before is not None:
            os.environ["LANGUAGE"] = before
