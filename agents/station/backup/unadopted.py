"""The server, to a backup that was begun without it: it is away for as long as it knows it not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agents.station.backup.sending import UNKNOWN, Store
from api.client import Refused, ServerUnreachable


@dataclass(frozen=True)
class Unadopted:
    """Calls `server` once `is_adopted`; before that nothing of the backup leaves this station.

    One that was put back from an older copy adopts it once more.
    """

    server: Store
    is_adopted: Callable[[], bool]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._called, name)

    def _called(self, name: str, *given: Any, **named: Any) -> Any:
        if not self.is_adopted():
            raise ServerUnreachable(server="", reason="not adopted yet")
        try:
            return getattr(self.server, name)(*given, **named)
        except Refused as refusal:
            if refusal.code != UNKNOWN:
                raise
            raise ServerUnreachable(server="", reason=refusal.message) from None
