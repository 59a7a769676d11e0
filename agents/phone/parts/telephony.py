"""Which networks the phone is on, from `dumpsys telephony.registry`."""

import re

from agents.phone.parts.text import blocks_of, said

SLOT = re.compile(r"Phone Id=(\d{1,2})")
# Old: "mServiceState=0 0 voice home data home 中国移动 中国移动 46000 …"; 0 is in service.
OLD = re.compile(r"mServiceState=0 \d+ (?:voice \w+ data \w+ )(.+?) [\s\S]{0,40}?\b(\d{5,6})\b")
NEW = re.compile(r"mOperatorAlphaLong=(.*?), mOperatorAlphaShort")


def parse(text: str) -> dict[int, str | None] | None:
    """Give the network's name by slot, `None` for a slot without service."""
    return {int(slot[1]): _network(block) for slot, block in blocks_of(SLOT, text)} or None


def _network(block: str) -> str | None:
    line = next((line for line in block.split("\n") if "mServiceState=" in line), "")
    found = NEW.search(line) or OLD.search(line)
    return said(found[1]) if found else None
