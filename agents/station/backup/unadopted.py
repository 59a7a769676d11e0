"""The server, to a backup that it does not know yet: it is away until it has adopted it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agents.station.backup.sending import Store
from api.client import ServerUnreachable


@dataclass(frozen=True)
class Unadopted:
    """Calls `server` once `is_adopted`; before that nothing of the backup leaves this station."""

    server: Store
    is_adopted: Callable[[], bool]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._called, name)

    def _called(self, name: str, *given: Any, **named: Any) -> Any:
        if not self.is_adopted():
            raise ServerUnreachable(server="", reason="not adopted yet")
        return getattr(self.server, name)(*given, **named)
