"""What a bare word means: a phone's tag, an account's handle, or a SIM's number."""

import re
from typing import TYPE_CHECKING, Final

from cli.refusals import SubjectNotFound

if TYPE_CHECKING:
    from api.client import Client

SIM_NUMBER: Final = re.compile(r"\+?[0-9]{7,20}")  # a phone number or an ICCID


def is_sim(word: str) -> bool:
    return SIM_NUMBER.fullmatch(word) is not None


def is_device(client: "Client", word: str) -> bool:
    """Tell whether `word` is a phone's tag; otherwise it is an account's handle, or refused."""
    from api.client import Refused

    try:
        client.device(word)
    except Refused as refusal:
        if refusal.kind != "not_found":
            raise
    else:
        return True
    return _is_account(client, word)


def _is_account(client: "Client", word: str) -> bool:
    from api.client import Refused

    try:
        client.account(word)
    except Refused as refusal:
        if refusal.kind != "not_found":
            raise
        raise SubjectNotFound(given=word) from None
    return False
