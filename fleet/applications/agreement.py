"""What whoever is given something agrees to, and the digest by which it is known what he read."""

import hashlib
import json
from typing import Final

from fleet.applications.models import Application
from fleet.contracts.words import LANGUAGES, _, say, speaking

# Where no policy has a text of its own.
STANDARD: Final = _(
    "1. What is handed over belongs to the company and is for work; I lend it to nobody.\n"
    "2. I keep to the rules of the company for business phones and work accounts.\n"
    "3. I change no PIN and no password by myself: I ask for it, and it is changed at a station.\n"
    "4. Whatever is lost, stolen or abnormal I report to IT at once.\n"
    "5. What is on the phone for work is backed up; everybody's privacy is respected.\n"
    "6. When I leave, change my post or am asked to, I hand everything back with its accessories."
)


def text_of(policy: str | None) -> str:
    return policy or say(STANDARD)


def digest_of(application: Application, text: str) -> str:
    """Return what tells this text, for these things, from any other: a SHA-256."""
    told = {
        "number": application.number,
        "holder": application.holder.number,
        "things": sorted(one.name for one in application.set_aside),
        "accessories": sorted(application.wanted.accessories),
        "until": application.until.isoformat() if application.until else None,
        "text": text,
    }
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_as(application: Application, policy: str | None, digest: str) -> str | None:
    """Return the text that somebody read, in whichever language; None where it was another."""
    for language in LANGUAGES:
        with speaking(language):
            text = text_of(policy)
        if digest_of(application, text) == digest:
            return text
    return None
