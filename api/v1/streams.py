"""Bytes in and out of the storage without holding them in memory."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flask import Response, request
from werkzeug.datastructures import ContentRange
from werkzeug.exceptions import RequestedRangeNotSatisfiable

PIECE: Final = 1024 * 1024
# Gives the stored bytes from a position up to, and without, another one.
Read = Callable[[int, int], Iterable[bytes]]


def pieces() -> Iterator[bytes]:
    """Give the body of this request as it arrives: it may be longer than any memory."""
    request.max_content_length = sys.maxsize
    yield from _arriving()


def whole() -> bytearray:
    """Give the body of this request, which is bounded, at once."""
    body = bytearray()
    for piece in _arriving():
        body += piece
    return body


def _arriving() -> Iterator[bytes]:
    while piece := request.stream.read(PIECE):
        yield piece


def stored_bytes(read: Read, *, size: int, digest: str) -> Response:
    """Answer with stored bytes, or with the one part of them that is asked for."""
    start, stop = _part(size)
    response = Response(read(start, stop), mimetype="application/octet-stream")
    response.content_length = stop - start
    response.accept_ranges = "bytes"
    response.set_etag(digest)
    if (start, stop) != (0, size):
        response.status_code = 206
        response.content_range = ContentRange("bytes", start, stop, size)
    return response


def _part(size: int) -> tuple[int, int]:
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 0, size
    part = wanted.range_for_length(size)
    if part is None:
        raise RequestedRangeNotSatisfiable(size)
    return part
