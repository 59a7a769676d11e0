"""`workfleet escrow reseal`: object by object, so that a stop in the middle loses nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from agents.station.backup.errors import IdentityDoesNotOpen
from agents.station.backup.opening import PackDamaged, keep, read_identities
from agents.station.backup.packs import parse_recipients
from agents.station.backup.resealing import Sealed, seal_anew
from agents.station.backup.restoring.origins import known_refusals
from cli.amounts import amount
from cli.bars import progress
from cli.context import App
from cli.exits import NOT_SO
from fleet.contracts.escrow import sealed_to
from fleet.contracts.openings import (
    ResealedOut,
    ResealQuery,
    SealedKind,
    ToResealOut,
    ToResealQuery,
    UnsealedOut,
)
from fleet.contracts.proof import Level
from fleet.contracts.wire import Shown
from fleet.contracts.words import _, say


class ResealedAllOut(Shown):
    """What became of it: `troubles` by the digest of the object."""

    opening: str
    resealed: list[ResealedOut]
    troubles: dict[str, str]


def reseal_all(app: App, identity: Path, *, yes: bool, dry_run: bool) -> int:
    """Seal anew what is not sealed to the active keys; return the exit code."""
    identities = read_identities(identity)
    first = app.client.to_reseal()
    text = _(
        "{count} packs and indexes are not sealed to exactly the {keys} active keys;"
        " {opening} is open."
    )
    told = {"count": first.left, "keys": len(first.recipients), "opening": first.opening}
    if dry_run or not (first.left or first.half_done):
        app.answer(first, text, **told)
        _tell_waiting(app, first)
        return 0
    app.confirm(text, yes=yes, **told)
    work = _Work(app, identity, identities, first)
    work.settle(first.half_done)
    work.go_through()
    return work.tell()


@dataclass
class _Work:
    app: App
    identity: Path
    identities: Sequence[Any]
    first: ToResealOut
    done: list[ResealedOut] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)

    def settle(self, half_done: Sequence[str]) -> None:
        """Remove what an earlier run had replaced already when it was stopped."""
        self.done += [self.app.client.settle_resealed(digest) for digest in half_done]

    def go_through(self) -> None:
        recipients = parse_recipients(self.first.recipients)
        with self._progress() as shown:
            bar = shown.add_task(say("packs and indexes"), total=self.first.left)
            for one in self._objects():
                self._one(one, recipients)
                shown.advance(bar)

    def _objects(self) -> Iterator[UnsealedOut]:
        page = self.first
        while True:
            yield from page.objects
            if not page.more:
                return
            page = self.app.client.to_reseal(ToResealQuery(after=page.objects[-1].digest))

    def _one(self, one: UnsealedOut, recipients: Sequence[Any]) -> None:
        """What cannot be fetched or opened is named, and the others are done."""
        try:
            done, size = self._replaced(one, recipients)
        except (PackDamaged, IdentityDoesNotOpen) as trouble:
            reason = trouble.code if isinstance(trouble, IdentityDoesNotOpen) else str(trouble)
            self.troubles[one.digest] = reason
            self.app.say(
                _("✗ {backup}, {part}: {reason}"),
                backup=one.backup,
                part=_part(one),
                reason=reason,
            )
        else:
            self._say(one, done, size)

    def _replaced(self, one: UnsealedOut, recipients: Sequence[Any]) -> tuple[ResealedOut, int]:
        client = self.app.client
        with TemporaryDirectory(prefix="workfleet-reseal-") as folder:
            old, new = Path(folder) / "old", Path(folder) / "new"
            with known_refusals(), client.object_to_reseal(one.digest) as chunks:
                keep(chunks, old, one.digest)
            made = seal_anew(old, new, self.identities, recipients, self.identity)
            with new.open("rb") as content:
                client.put_resealed(one.digest, content, self._said(made))
        return client.settle_resealed(one.digest), made.size

    def _said(self, made: Sealed) -> ResealQuery:
        return ResealQuery(
            digest=made.digest,
            size=made.size,
            plain=made.plain,
            sealed_to=sealed_to(self.first.recipients),
            opened_again=made.opened_again,
        )

    def _say(self, one: UnsealedOut, done: ResealedOut, size: int) -> None:
        self.done.append(done)
        text = _("✓ {backup}, {part} ({size}): sealed anew, {level}")
        opened = done.level is Level.VERIFIED
        level = say("opened again and equal") if opened else say("not opened again: not your key")
        self.app.say(text, backup=one.backup, part=_part(one), size=amount(size), level=level)

    def tell(self) -> int:
        out = ResealedAllOut(opening=self.first.opening, resealed=self.done, troubles=self.troubles)
        left = len(self.troubles)
        text = _("{done} packs and indexes are sealed to the active keys, {left} are not.")
        self.app.answer(out, text, done=len(self.done), left=left)
        _tell_waiting(self.app, self.first)
        if not left:
            self.app.client.close_opening(self.first.opening)
            self.app.say(_("The opening {number} is closed."), number=self.first.opening)
        return NOT_SO if left else 0

    def _progress(self) -> Progress:
        return progress(self.app, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _tell_waiting(app: App, first: ToResealOut) -> None:
    if first.waiting:
        text = _("{count} more are of damaged backups: seal them anew once these are whole.")
        app.say(text, count=first.waiting)


def _part(one: UnsealedOut) -> str:
    if one.kind is SealedKind.INDEX:
        return say("index")
    return say("pack {number}", number=one.number)
