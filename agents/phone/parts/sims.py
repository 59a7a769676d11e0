"""The SIMs as far as a computer may see them: properties, and `dumpsys isub`."""

import re

from agents.phone.parts.getprop import Props
from agents.phone.parts.text import said
from fleet.contracts.facts import Sim

RECORD = re.compile(r"(?<!\w)id=\d+[, ]+iccId=[^\n]*")
ACTIVE = re.compile(r"Active\w*SubInfo\w*|Active subscriptions|activeSubInfoList", re.IGNORECASE)
ALL = re.compile(r"All\w*SubInfo\w*|All subscriptions", re.IGNORECASE)
MASK = "*"


def of_properties(props: Props) -> tuple[Sim, ...]:
    """Read one SIM per slot from the lists the radio layer keeps, "ABSENT,LOADED"."""
    states = props.get("gsm.sim.state")
    if states is None:
        return ()
    carriers = (props.get("gsm.sim.operator.alpha") or "").split(",")
    return tuple(
        Sim(
            slot=slot,
            state=state.strip().lower() or None,
            carrier=said(carriers[slot]) if slot < len(carriers) else None,
        )
        for slot, state in enumerate(states.split(",")[:4])
    )


def of_subscriptions(text: str) -> tuple[Sim, ...] | None:
    """Read `dumpsys isub`; its list of all subscriptions also holds cards taken out long ago."""
    active, everything = ACTIVE.search(text), ALL.search(text)
    body = text
    if active:
        later = everything and everything.start() > active.start()
        body = text[active.start() : everything.start() if everything and later else len(text)]
    records = [_record(line) for line in RECORD.findall(body)]
    found = {sim.slot: sim for sim in reversed(records) if sim}
    return tuple(found[slot] for slot in sorted(found)) if found or active else None


def merged(slots: tuple[Sim, ...], subscriptions: tuple[Sim, ...]) -> tuple[Sim, ...]:
    found = {sim.slot: sim for sim in slots}
    for sim in subscriptions:
        before = found.get(sim.slot, Sim(slot=sim.slot))
        told = {key: value for key, value in sim if value is not None}
        found[sim.slot] = before.model_copy(update=told)
    return tuple(found[slot] for slot in sorted(found))


def _record(line: str) -> Sim | None:
    slot = re.search(r"simSlotIndex\s*=\s*(-?\d{1,3})", line)
    if slot is None or int(slot[1]) < 0:
        return None
    return Sim(
        slot=int(slot[1]),
        iccid=_iccid(line),
        number=_number(line),
        carrier=_field(line, "carrierName") or _field(line, "displayName"),
    )


def _field(line: str, name: str) -> str | None:
    found = re.search(rf"(?<!\w){name}=(.*?)(?=,? {{1,8}}\w+[= ]|,|\}}|$)", line)
    return said(found[1]) if found else None


def _iccid(line: str) -> str | None:
    """Give a whole card number; newer phones print the first digits and stars."""
    found = re.search(r"iccId=([0-9A-Fa-f]{18,20})(?![0-9A-Za-z\[*])", line)
    return found[1].upper() if found else None


def _number(line: str) -> str | None:
    found = re.search(r"(?<!\w)number=(\+?\d{5,15})(?![\d*\[])", line)
    return found[1] if found else None
