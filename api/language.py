"""The caller's language for as long as his request runs: what he chose, or what he accepts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header, parse_cookie

from api.doors import PROGRAMS
from fleet.contracts.words import LANGUAGES, closest, speaking

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LANGUAGE_COOKIE: Final = "workfleet-language"
_OURS = {language.partition("_")[0] for language in LANGUAGES}


class InTheirLanguage:
    """A WSGI application around `inner` whose sentences are in the language that is asked for."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        with speaking(_chosen(environ) or language_of(environ.get("HTTP_ACCEPT_LANGUAGE", ""))):
            return self._inner(environ, start)


def _chosen(environ: "WSGIEnvironment") -> str | None:
    """Return the language that somebody chose on a page; programs say theirs in the header."""
    if environ["PATH_INFO"].startswith(PROGRAMS):
        return None
    chosen = parse_cookie(environ.get("HTTP_COOKIE")).get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else None


def language_of(header: str) -> str:
    """Return the first language of `header` that we have, English where there is none."""
    accepted = parse_accept_header(header, LanguageAccept).values()
    tags = (tag.replace("-", "_").partition("_")[0].lower() for tag in accepted)
    return closest(next((tag for tag in tags if tag in _OURS), "en"))
