"""What every answer tells a browser: nothing may be framed, guessed, kept or loaded from elsewhere.

Nothing runs out of an answer: JSON and files need no script, and the console has one on one page,
which says so itself (`console.papers`).
"""

from collections.abc import Mapping
from typing import Final

from flask import Flask, Response, request

from api.doors import by_a_program

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A page loads the console's own styles and pictures (Bootstrap draws its marks as data: pictures),
# and its forms go nowhere else.
OF_PAGES: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# The same for everybody, and no secret: a browser may keep them for a day.
KEPT: Final = frozenset({"bootstrap.static", "console.static"})
# A year, as browsers ask before they take a host for one that always speaks TLS.
HSTS: Final = "max-age=31536000"


def register(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    if not by_a_program():
        response.headers.setdefault("Content-Security-Policy", OF_PAGES)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Answers are about people and may hold a secret: no proxy and no browser keeps one.
    kept = request.endpoint in KEPT and response.status_code in {200, 304}
    response.headers["Cache-Control"] = "public, max-age=86400" if kept else "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response
