"""A restore drill: the packs that the server drew are restored, compared, and thrown away again.

What is told of it has no name of a file in it.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType

from agents.station.backup import opening
from agents.station.backup.restore import OpenPack, restore
from agents.station.backup.restoring.report import Report
from fleet.contracts.keeping import DrillResultIn, PackTried

OpenManifest = Callable[[], AbstractContextManager[Iterable[bytes]]]


def rehearse(
    packs: OpenPack,
    manifest: OpenManifest,
    identity_file: Path,
    drawn: Mapping[int, str],
    *,
    digest: str | None = None,
    resealed: Mapping[str, str] = MappingProxyType({}),
    beside: Path | None = None,
) -> DrillResultIn:
    """Restore the packs `drawn` (number, digest) one by one; a wrong identity is refused at once.

    `resealed`: packs that were sealed anew, by what the index calls them.
    What was restored lies in a folder of its own in `beside`, and is gone when this returns.
    """
    opening.read_identities(identity_file)
    tried = []
    for number, expected in drawn.items():
        with tempfile.TemporaryDirectory(dir=beside, prefix="workfleet-drill-") as folder:
            to = Path(folder) / "restored"
            with manifest() as lines:
                report = restore(
                    packs, lines, identity_file, to, digest=digest, only={number}, resealed=resealed
                )
        tried.append(_tried(number, expected, report))
    return DrillResultIn(packs=tried)


def _tried(number: int, digest: str, report: Report) -> PackTried:
    damage = report.damaged_packs.get(number)
    problems = {} if damage else Counter(problem.reason for problem in report.problems)
    return PackTried(
        number=number,
        digest=digest,
        files=report.files,
        bytes=report.size,
        problems=dict(problems),
        damage=damage,
    )
