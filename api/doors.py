"""Two doors to one house: programs come to /api with a bearer, people to pages with a cookie."""

from typing import Final

from flask import request

PROGRAMS: Final = "/api/"


def by_a_program() -> bool:
    return request.path.startswith(PROGRAMS)


def from_elsewhere() -> bool:
    """Tell whether another site made the browser ask this; browsers say it by themselves."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"
