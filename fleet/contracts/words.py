"""The language a sentence is shown in: English in the code, other languages in one catalogue."""

import gettext
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"
DOMAIN = "workfleet"
LANGUAGES = ("en", "zh_CN")

_language: ContextVar[str | None] = ContextVar("language", default=None)


def _(text: str) -> str:
    """Mark `text` for the catalogue; it is translated when shown, by `translated`."""
    return text


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, CATALOGUES, [language], fallback=True)


@cache
def language_of_this_machine() -> str:
    """Return the user's language from the environment, or English."""
    wanted = next(
        (value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))),
        locale.getlocale()[0] or "",
    )
    return closest(wanted)


def closest(wanted: str) -> str:
    """Return the language we have that is closest to `wanted` ("zh-Hans-CN", "zh_CN.UTF-8", …)."""
    return "zh_CN" if wanted.lower().startswith(("zh", "chinese")) else "en"


def language() -> str:
    return _language.get() or language_of_this_machine()


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Show sentences in `wanted` inside the block."""
    before = _language.set(closest(wanted))
    try:
        yield
    finally:
        _language.reset(before)


def translated(text: str) -> str:
    """Return `text` in the current language; an untranslated text stays English."""
    return _catalogue(language()).gettext(text) if text else text


def say(text: str, /, **blanks: object) -> str:
    """Return the sentence `text` in the current language with its blanks filled."""
    return translated(text).format(**blanks)
