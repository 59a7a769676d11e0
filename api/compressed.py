"""Bodies that stations send compressed: unpacked once it is known who sends them, and no further.

What phones said of themselves shrinks to a tenth, and stations are often behind thin lines. That a
body may be compressed is said in the answers, as RFC 7694 has it: a client that was not told so
sends it as it is.
"""

from io import BytesIO
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from zstandard import ZstdDecompressor, ZstdError

ENCODING: Final = "zstd"
MAY_BE_COMPRESSED: Final = frozenset({"station.sync"})
WINDOW_BYTES: Final = 8 * 1024 * 1024  # of memory that a body may make us hold


def register(app: Flask) -> None:
    """Call it when identity is asked for already."""
    app.before_request(_unpack)
    app.after_request(_say_so)


def _unpack() -> None:
    if request.endpoint in MAY_BE_COMPRESSED and request.content_encoding == ENCODING:
        plain = _bounded(request.max_content_length or 0)
        request.environ["wsgi.input"] = BytesIO(plain)
        request.environ["CONTENT_LENGTH"] = str(len(plain))
        del request.stream  # it was made of the body as it came


def _bounded(most: int) -> bytes:
    """Return what the body unpacks to; a small one that is made to fill memory is refused."""
    unpacking = ZstdDecompressor(max_window_size=WINDOW_BYTES)
    try:
        with unpacking.stream_reader(request.stream) as reader:
            plain: bytes = reader.read(most + 1)
    except ZstdError:
        raise BadRequest from None
    if len(plain) > most:
        raise RequestEntityTooLarge
    return plain


def _say_so(response: Response) -> Response:
    if request.endpoint in MAY_BE_COMPRESSED:
        response.headers["Accept-Encoding"] = ENCODING
    return response
