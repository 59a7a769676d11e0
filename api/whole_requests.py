"""A request that is answered before it was read in full, and the connection it came on.

The server underneath closes a connection whose request was left unread, and where the request is
still held by something (an exception and its frames) the answer does not even say so: the client's
next question on it would meet a closed door, and look like a server that is down. So what is short
is read to its end, and the end of the connection is always told where it is not.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from api.proxies import App, Environ

KIBIBYTE: Final = 1024
# More than any refused question holds; packs and manifests that are refused are not waited for.
HEARD_OUT_BYTES: Final = 64 * KIBIBYTE


class WholeRequests:
    """Read the rest of a short request, or tell the client that its connection ends."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if _is_told_the_end(environ) and _has_body(environ) and not _heard_out(environ):
                headers = [*headers, ("Connection", "close")]
            return start_response(status, headers, *more)

        return self._app(environ, start)


def _is_told_the_end(environ: Environ) -> bool:
    """Tell whether reading ends with the request, and does not wait for the next one."""
    return bool(environ.get("wsgi.input_terminated"))


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ


def _heard_out(environ: Environ) -> bool:
    """Read what is left, and tell whether that was all of it."""
    left = HEARD_OUT_BYTES
    while left > 0 and (piece := environ["wsgi.input"].read(left)):
        left -= len(piece)
    return left > 0
