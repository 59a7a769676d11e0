"""A restore drill: the packs that the server drew are restored, compared, and thrown away again.

What is told of it has no name of a file in it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agents.station.backup.errors import IdentityDoesNotOpen
from agents.station.backup.opening import read_identities
from agents.station.backup.reading_index import Wanted, opened
from agents.station.backup.restoring.folder import FolderTarget
from agents.station.backup.restoring.origins import Origin
from agents.station.backup.restoring.report import OTHER_KEYS, Report
from agents.station.backup.restoring.work import Restoring
from fleet.contracts.keeping import DrillResultIn, PackTried


def rehearse(
    origin: Origin, identity_file: Path, drawn: Mapping[int, str], *, beside: Path | None = None
) -> DrillResultIn:
    """Restore the packs `drawn` (number, digest) one by one; a wrong identity is refused.

    What was restored lies in a folder of its own in `beside`, and is gone when this returns.
    """
    identities = read_identities(identity_file)
    with ExitStack() as stack:
        with origin.index() as chunks:
            opening = opened(chunks, identities, identity_file, origin.digest)
            wanted = stack.enter_context(opening)
        drill = _Drill(origin, identities, identity_file, wanted, beside)
        return DrillResultIn(packs=[drill.tried(*one) for one in drawn.items()])


@dataclass(frozen=True)
class _Drill:
    origin: Origin
    identities: Sequence[Any] = field(repr=False)
    identity_file: Path
    wanted: Wanted
    beside: Path | None

    def tried(self, number: int, digest: str) -> PackTried:
        report = self._restored(number)
        damage = report.damaged_packs.get(number)
        if damage == OTHER_KEYS:  # it may well be whole
            raise IdentityDoesNotOpen(path=str(self.identity_file))
        problems = {} if damage else Counter(problem.reason for problem in report.problems)
        return PackTried(
            number=number,
            digest=digest,
            files=report.files,
            bytes=report.size,
            problems=dict(problems),
            damage=damage,
        )

    def _restored(self, number: int) -> Report:
        self.wanted.choose_packs({number})
        with (
            TemporaryDirectory(dir=self.beside, prefix="workfleet-drill-") as folder,
            closing(FolderTarget.of(Path(folder) / "restored", self.wanted)) as target,
        ):
            return Restoring(
                self.origin, self.identities, self.identity_file, self.wanted, target
            ).run()
