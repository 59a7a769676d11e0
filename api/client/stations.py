"""Stations, their jobs, and what a station itself says to the server."""

from typing import Final

from api.client.refusals import Refused
from api.client.transport import Transport, address
from fleet.contracts.ports import PortOut, PortQuery, TrayIn
from fleet.contracts.stations import (
    EnrolIn,
    EnrolmentCodeIn,
    EnrolmentCodeOut,
    EnrolOut,
    JobOut,
    JobQuery,
    StationLimitIn,
    StationOut,
    StationQuery,
    SyncIn,
    SyncOut,
    WipeStepIn,
    WipeUnderWayOut,
)
from fleet.contracts.wire import Page

ENCODING: Final = "zstd"
UNREADABLE: Final = "body_unreadable"


class Stations(Transport):
    _may_pack = False  # whether the server said that it unpacks what it is sent

    def invite_station(self, body: EnrolmentCodeIn) -> EnrolmentCodeOut:
        return self._post(EnrolmentCodeOut, "stations", "codes", body=body)

    def stations(self, query: StationQuery | None = None) -> Page[StationOut]:
        return self._get(Page[StationOut], "stations", query=query)

    def station(self, name: str) -> StationOut:
        return self._get(StationOut, "stations", name)

    def revoke_station(self, name: str) -> StationOut:
        return self._post(StationOut, "stations", name, "revoke")

    def limit_station(self, name: str, body: StationLimitIn) -> StationOut:
        """Bound how fast the backups of a station go."""
        return self._post(StationOut, "stations", name, "limit", body=body)

    def ports(self, query: PortQuery | None = None) -> Page[PortOut]:
        """List what is at the ports of the stations."""
        return self._get(Page[PortOut], "stations", "ports", query=query)

    def name_tray(self, station: str, body: TrayIn) -> PortOut:
        """Name the tray at a port, or take its name away."""
        return self._post(PortOut, "stations", station, "trays", body=body)

    def probe(self, tag: str) -> JobOut:
        """Have a phone looked at again."""
        return self._post(JobOut, "devices", tag, "probe")

    def jobs(self, query: JobQuery | None = None) -> Page[JobOut]:
        return self._get(Page[JobOut], "jobs", query=query)

    def cancel_job(self, job: str) -> JobOut:
        return self._post(JobOut, "jobs", job, "cancel")

    def enrol(self, body: EnrolIn) -> EnrolOut:
        return self._post(EnrolOut, "station", "enrol", body=body)

    def sync(self, body: SyncIn) -> SyncOut:
        """Hand over reports and take jobs; the same reports sent again have the effect of one."""
        message = body.model_dump_json(exclude_none=True).encode()
        packed = self._may_pack
        try:
            return self._exchanged(message, packed=packed)
        except Refused as refusal:
            if not packed or refusal.code != UNREADABLE:
                raise
            return self._exchanged(message, packed=False)  # another server by now

    def wipe_under_way(self, job: str) -> WipeUnderWayOut:
        """Return the marks that an earlier visit left before it erased the phone, if it did."""
        return self._get(WipeUnderWayOut, "station", "wipes", job)

    def wipe_step(self, job: str, body: WipeStepIn) -> WipeUnderWayOut:
        """Ask whether a phone may be changed now, to be erased; refused where it may not."""
        return self._post(WipeUnderWayOut, "station", "wipes", job, "steps", body=body)

    def _exchanged(self, message: bytes, *, packed: bool) -> SyncOut:
        headers = {"Content-Type": "application/json"}
        if packed:
            message, headers["Content-Encoding"] = _packed(message), ENCODING
        self._may_pack = False
        response = self._ask("POST", address("station", "sync"), content=message, headers=headers)
        self._may_pack = ENCODING in response.headers.get("Accept-Encoding", "")
        return self._read(SyncOut, response)


def _packed(message: bytes) -> bytes:
    from zstandard import ZstdCompressor  # noqa: PLC0415 — no command of a person needs it

    return ZstdCompressor().compress(message)
