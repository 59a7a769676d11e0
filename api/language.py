"""The caller's language, from Accept-Language, for as long as his request runs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from fleet.contracts.words import LANGUAGES, closest, speaking

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OURS = {language.partition("_")[0] for language in LANGUAGES}


class InTheirLanguage:
    """A WSGI application around `inner` whose sentences are in the language that is asked for."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        with speaking(language_of(environ.get("HTTP_ACCEPT_LANGUAGE", ""))):
            return self._inner(environ, start)


def language_of(header: str) -> str:
    """Return the first language of `header` that we have, English where there is none."""
    accepted = parse_accept_header(header, LanguageAccept).values()
    tags = (tag.replace("-", "_").partition("_")[0].lower() for tag in accepted)
    return closest(next((tag for tag in tags if tag in _OURS), "en"))
