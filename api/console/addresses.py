"""Addresses within the console: where somebody goes on, and the same list otherwise sorted."""

from urllib.parse import urlencode

from flask import request

HOME = "/"


def own(address: str | None) -> str:
    """Return an address if it is one of this server's own, and the first page otherwise.

    Browsers read a backslash as a slash, and leave out tabs and line ends: none of them is taken.
    """
    if not address or not address.startswith("/") or address.startswith("//"):
        return HOME
    odd = any(letter <= " " or letter == "\\" for letter in address)
    return HOME if odd else address


def asked_for() -> str:
    """Return the address of this request."""
    return own(request.full_path.removesuffix("?"))


def here(**changes: str | None) -> str:
    """Return the address of this list with something else asked of it."""
    asked = {**request.args.to_dict(), **changes}
    kept = {name: value for name, value in asked.items() if value}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def sorted_by(name: str, default: str) -> str:
    """Return the address of this list sorted by a column: falling, if it is rising now."""
    now = request.args.get("sort") or default
    return here(sort=f"-{name}" if now == name else name, after=None)


def sorting(name: str, default: str) -> str | None:
    """Say, in the words of a screen reader, how this list is sorted by a column."""
    now = request.args.get("sort") or default
    return {name: "ascending", f"-{name}": "descending"}.get(now)
