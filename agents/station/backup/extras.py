"""What is in a backup and never was a file of the phone: kept in memory until it is packed.

People's messages are in it, which must not lie readable on the station's disk.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agents.phone.phone import Phone
from agents.phone.probe import probe
from agents.station.backup import content
from agents.station.backup.progress import Item
from fleet.contracts.clock import now
from fleet.contracts.plans import Source, SourceKind, SourceLine, SourceState
from fleet.contracts.spelling import BESIDE, OF_PROVIDERS

READ = 1024 * 1024
NOT_COMPARABLE = "not comparable"  # of the hash that the phone cannot have


@dataclass(frozen=True)
class Extra:
    item: Item
    text: bytes = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        return (self.text[at : at + READ] for at in range(0, len(self.text), READ))


@dataclass(frozen=True)
class Extras:
    """By its written path, and what became of each source."""

    found: dict[bytes, Extra]
    said: list[SourceLine]


def taken(phone: Phone, asked: Iterable[Source]) -> Extras:
    extras = Extras({}, [])
    for source in asked:
        if source.kind is SourceKind.CONTENT:
            _of_provider(phone, source, extras)
        elif source.kind is SourceKind.FACTS:
            facts = probe(phone).facts.model_dump_json(indent=1)
            _keep(source, facts.encode(), "json", extras)
    return extras


def _of_provider(phone: Phone, source: Source, extras: Extras) -> None:
    try:
        lines = content.taken(phone, source)
    except content.NotTaken as refusal:
        state, reason = SourceState.UNREACHABLE, str(refusal)
        extras.said.append(SourceLine(source=source.id, state=state, reason=reason))
        return
    if lines:
        _keep(source, lines, "jsonl", extras)
    else:
        extras.said.append(SourceLine(source=source.id, state=SourceState.EMPTY))


def _keep(source: Source, text: bytes, kind: str, extras: Extras) -> None:
    path = b"/".join((BESIDE, OF_PROVIDERS, f"{source.id}.{kind}".encode()))
    # As old as the question: it is never taken for what an earlier backup has.
    item = Item(path, len(text), round(now().timestamp(), 3))
    extras.found[path] = Extra(item, text)
    extras.said.append(SourceLine(source=source.id, state=SourceState.TAKEN))
