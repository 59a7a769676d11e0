"""What time a server says it is, whoever answers: a wrong clock makes certificates look wrong."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from api.client.refusals import ServerUnreachable
from fleet.contracts.addresses import is_loopback


def told_time(server: str, *, seconds: float = 10.0) -> datetime | None:
    """Return the Date that the server sends; None where it sends none.

    Nobody vouches for it, so it is good for a hint alone; no token is shown for it.
    """
    trust_env = not is_loopback(httpx.URL(server).host)
    try:
        answer = httpx.get(
            f"{server.rstrip('/')}/api/ready",
            verify=False,  # noqa: S501 — see above
            timeout=seconds,
            trust_env=trust_env,
        )
    except httpx.HTTPError as error:
        raise ServerUnreachable(server=server, reason=type(error).__name__) from None
    return _moment(answer.headers.get("Date", ""))


def _moment(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
