"""How far the erasing of a phone is, what keeps it from that, and what to do next."""

from typing import Final

from sqlalchemy.orm import Session

from fleet.contracts.custody import CheckName, WipeOut, WipeWayOut, WipingOut
from fleet.contracts.wipe_ways import LEAVES, NEVER, Way, ways_of
from fleet.contracts.words import _, say
from fleet.custody.emptiness import newest_wipe
from fleet.custody.erasing import in_doubt
from fleet.custody.gate import gate
from fleet.custody.holds import holds_on
from fleet.custody.models import Wipe
from fleet.custody.quarantine import UNDOABLE, newest_certificate
from fleet.devices.emptiness import LEFT, NOT_KNOWN, UNKNOWN
from fleet.devices.lifecycle import State
from fleet.devices.models import Device

NEXT: Final = {
    State.IN_STOCK: _(
        "It is in stock. Where it is not empty, it comes back by its gate: "
        "`workfleet device unstock {tag} --reason TEXT`."
    ),
    State.ISSUED: _("It is with its holder: begin with `workfleet return {tag}`."),
    State.RETURNING: _("Its gate is open: see `workfleet gate {tag}`, then `workfleet accept`."),
    State.QUARANTINED: _(
        "It is kept as it is. A mistake is taken back with `workfleet device undo-accept {tag}`."
    ),
    State.ACCEPTED: _(
        "Keep it at a station, which erases it where it can; else erase it by hand and say so: "
        "`workfleet device wiped {tag} --way settings --note TEXT`."
    ),
    State.WIPED: _(
        "Let a station look at it: `workfleet device probe {tag}`. Where it is not empty, erase it "
        "again: `workfleet device wipe {tag}`. Where no station can look, somebody entitled to it "
        "says so: `workfleet device restock {tag}`."
    ),
}


LOOK_FIRST: Final = _(
    "A station was let erase it, and how that ended is not known. Plug it in at a station, which "
    "looks before it does anything; where no wipe waits: `workfleet device wipe {tag}`."
)


def wiping(session: Session, device: Device) -> WipingOut:
    paper = newest_certificate(session, device)
    out = device.state in {State.ISSUED, State.RETURNING}
    waits_for: list[CheckName] = gate(session, device).open if out else []
    wipe = newest_wipe(session, device)
    kept = device.state is State.QUARANTINED and paper is not None
    begun = in_doubt(session, device) if device.state in UNDOABLE else None
    return WipingOut(
        tag=device.tag,
        state=device.state.value,
        quarantine_until=paper.quarantine_until if kept and paper else None,
        kept_by=[one.number for one in holds_on(session, device)],
        waits_for=waits_for,
        ways=[_shown(way) for way in ways_of(device.known_facts)],
        never=[say(text) for text in NEVER],
        wipe=shown_wipe(wipe) if wipe else None,
        erasing_since=begun.at if begun else None,
        advice=_advice(device, unsure=begun is not None),
    )


def _advice(device: Device, *, unsure: bool) -> str:
    text = LOOK_FIRST if unsure else NEXT.get(device.state)
    return say(text, tag=device.tag) if text else ""


def _shown(way: Way) -> WipeWayOut:
    return WipeWayOut(
        way=way.name,
        possible=way.possible,
        why_not=say(way.why_not) if way.why_not else "",
        by=way.by,
        level=way.level,
        steps=[say(text) for text in way.steps],
        leaves=[say(LEAVES[word]) for word in way.leaves],
    )


def shown_wipe(wipe: Wipe) -> WipeOut:
    return WipeOut(
        way=wipe.way,
        level=wipe.level,
        at=wipe.at,
        by=wipe.by,
        station=wipe.station.name if wipe.station else None,
        note=wipe.note,
        digest=wipe.digest,
        looked_at=wipe.looked_at,
        empty=wipe.empty_at is not None,
        left=[left_in_words(word) for word in wipe.left],
    )


def left_in_words(word: str) -> str:
    known = NOT_KNOWN if word.startswith(UNKNOWN) else LEFT
    text = known.get(word.removeprefix(UNKNOWN))
    return say(text) if text else word
