"""On which kinds of network the phone is. Names of networks are cut away on the phone."""

import re

TRANSPORTS = re.compile(r"Transports: ?([A-Z_|&]{2,80})")
ACTIVE = re.compile(r"^[ \t]*Active default network:", re.MULTILINE)
CERTIFICATE = re.compile(r"[0-9a-f]{8}\.\d{1,3}")


def transports(text: str) -> frozenset[str] | None:
    """Read the networks there are in `dumpsys connectivity`, lower case; none is an answer too."""
    agents = [line for line in text.split("\n") if "NetworkAgentInfo" in line]
    # In a whole dump, what apps wish for has transports too.
    lines = agents or text.split("\n")
    found = [one for line in lines for one in TRANSPORTS.findall(line)[-1:]]
    if not found and not ACTIVE.search(text):
        return None
    return frozenset(kind.lower() for one in found for kind in re.split(r"[|&]", one) if kind)


def certificates(text: str) -> int | None:
    """Count a person's own authorities; Android makes their folder with the first of them."""
    if "No such file" in text:
        return 0
    found = CERTIFICATE.findall(text)
    return len(found) if found or not text.strip() else None
