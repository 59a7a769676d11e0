"""Telling the server of a restore that was done."""

from api.client.transport import Transport
from fleet.contracts.restores import RestoreIn, RestoreOut


class Restores(Transport):
    def record_restore(self, reference: str, body: RestoreIn) -> RestoreOut:
        """`reference` is the backup's id or its number (BK-2026-0001)."""
        return self._post(RestoreOut, "backups", reference, "restores", body=body)
