"""A photograph as a phone takes it, as far as its first bytes tell, and what is said of it."""

from hashlib import sha256
from typing import Any

from fleet.contracts.photos import PhotoIn

JPEG = b"\xff\xd8\xff\xe0" + b"a scratch over the camera"


def said_of(content: bytes = JPEG, **more: Any) -> PhotoIn:
    return PhotoIn(digest=sha256(content).hexdigest(), size=len(content), **more)
