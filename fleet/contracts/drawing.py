"""Random samples that anybody can draw again: by a seed that was written down before."""

from collections.abc import Iterable
from hashlib import sha256


def drawn(seed: str, names: Iterable[str], many: int) -> list[str]:
    """Draw so many of these names: the lowest by the digest of the seed and the name."""
    return sorted(names, key=lambda name: sha256(f"{seed}:{name}".encode()).hexdigest())[:many]
