"""How a pack goes to the server: piece by piece, on from wherever it was cut."""

from typing import Final

from pydantic import Field

from fleet.contracts.wire import Digest, Given, Shown

# More than a station sends at once; a piece is held in memory until it has been compared.
LARGEST_PIECE: Final = 8 * 1024 * 1024
MARKED_BYTES: Final = 4096


class StoreQuery(Given):
    """What the sender says of the bytes that follow; both are checked while they arrive."""

    digest: Digest
    size: int = Field(ge=0)


class UploadQuery(Given):
    """`mark` names an upload: the digest of the pack's first `MARKED_BYTES`.

    They hold age's header, which is new in every pack. `digest` once the pack is whole: it may be
    stored already.
    """

    mark: Digest
    digest: Digest | None = None


class PieceQuery(Given):
    """A piece and its place: `before` is the digest of all that lies before it, `digest` with it.

    After the `last` one, `digest` is the pack's.
    """

    mark: Digest
    offset: int = Field(ge=0, lt=2**63)
    before: Digest
    digest: Digest
    last: bool = False


class UploadOut(Shown):
    """How much of the pack this server has, and whether it is in the storage as a whole."""

    offset: int
    stored: bool = False
