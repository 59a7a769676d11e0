"""Enrolling: a one-time code becomes a station with a key and a token of its own."""

from pathlib import Path

from agents.station.home import Home, key_in_making, make_home, refuse_enrolled
from api.client import Client
from api.client.software import software
from fleet.contracts.seals import public_of
from fleet.contracts.stations import EnrolIn


def enrol(
    server: str,
    code: str,
    home: Path,
    *,
    authority: str | None = None,
    insecure: bool = False,
) -> Home:
    """Enrol this machine as the station `code` was made for.

    The key is on disk before the code is used up: a crash in between costs a new code, no secret.
    """
    refuse_enrolled(home)
    key = key_in_making(home)
    with Client(server, authority=authority, insecure=insecure) as client:
        given = EnrolIn(
            code=code,
            public_key=key.public,
            signing_key=public_of(key.signer),
            software=software(),
        )
        answer = client.enrol(given)
    return make_home(
        home,
        server=server,
        station=answer.station,
        token=answer.token,
        authority=authority,
        insecure=insecure,
    )
