"""Whether two transports lead to one phone: asked of the phone, no number is unique enough."""

import secrets
from contextlib import suppress

from agents.phone.errors import NoAnswer
from agents.phone.phone import Phone

FOLDER = "/data/local/tmp"


def same_phone(one: Phone, other: Phone) -> bool:
    """Leave a mark over one way, look for it over the other, and take it away again."""
    mark = f"{FOLDER}/.workfleet-{secrets.token_hex(12)}"
    try:
        one.script(f": > {mark}")
        return other.script(f"[ -e {mark} ]").status == 0 and _is_gone_after_removal(
            one, other, mark
        )
    except NoAnswer:
        return False
    finally:
        _remove(one, mark)


def _is_gone_after_removal(one: Phone, other: Phone, mark: str) -> bool:
    # A phone whose shell says yes to everything is not believed.
    one.script(f"rm -f {mark}")
    return other.script(f"[ -e {mark} ] || echo gone").stdout.strip() == b"gone"


def _remove(phone: Phone, mark: str) -> None:
    with suppress(NoAnswer):
        phone.script(f"rm -f {mark}")
