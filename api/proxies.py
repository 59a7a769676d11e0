"""Where a request came from: what a proxy says is believed from the company's own proxies alone."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import Any

Environ = dict[str, Any]
App = Callable[..., Iterable[bytes]]


class BehindProxies:
    """Put the address of the client in the place of a trusted proxy's, and its scheme as well."""

    def __init__(self, app: App, trusted: Iterable[str]) -> None:
        self._app = app
        self._trusted = [ip_network(each) for each in trusted]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._trusted and self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._believe(environ)
        return self._app(environ, start_response)

    def _believe(self, environ: Environ) -> None:
        named = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        hops = [hop.strip() for hop in named if hop.strip()]
        # From the right: each trusted proxy names who asked it; the first stranger is the client.
        client = next((hop for hop in reversed(hops) if not self._is_trusted(hop)), None)
        if client is not None and _is_address(client):
            environ["REMOTE_ADDR"] = client
        if environ.get("HTTP_X_FORWARDED_PROTO") in {"http", "https"}:
            environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]

    def _is_trusted(self, text: str) -> bool:
        return _is_address(text) and any(ip_address(text) in net for net in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
