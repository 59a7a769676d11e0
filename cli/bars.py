"""A bar for each job that moves bytes: how far, how fast of late, and how long still.

The numbers are the station's own. Where it has not said how fast it is, nothing is shown for it.
"""

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from cli.amounts import amount, span
from cli.context import App
from cli.labels import label
from fleet.contracts.stations import JobOut, JobState
from fleet.contracts.words import say

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID


BESIDE: Final = ("bytes", "files", "rate", "left")


def described(job: JobOut) -> str:
    """Say what a job is at, and where; of a guided change, what the station sees of it."""
    if job.state == JobState.WAITING:
        return say("{tag}: waiting for a station that has it", tag=job.device)
    step = label((job.step or job.kind).rpartition(":")[2])
    return f"{job.device} · {job.station or ''} · {step}"


def moved(job: JobOut) -> dict[str, Any]:
    """Return the words beside a bar."""
    known = job.done is not None and job.total is not None
    files = job.files is not None and job.files_total is not None
    return {
        "bytes": f"{amount(job.done or 0)}/{amount(job.total or 0)}" if known else "",
        "files": say("{done}/{all} files", done=job.files, all=job.files_total) if files else "",
        "rate": f"{amount(job.rate)}/s" if job.rate is not None else "",
        "left": span(job.seconds_left),
    }


@dataclass
class Bars:
    """Bars on a terminal; nothing where a program reads, or no terminal is there."""

    app: App
    progress: "Progress" = field(init=False)
    _tasks: "dict[str, TaskID]" = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.progress = _bars(self.app)
        self.progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.progress.stop()

    def show(self, job: JobOut) -> None:
        if job.id not in self._tasks:
            self._tasks[job.id] = self.progress.add_task(described(job), total=None, **moved(job))
        self.progress.update(
            self._tasks[job.id],
            description=described(job),
            completed=job.done or 0,
            total=job.total,
            **moved(job),
        )

    def keep(self, jobs: set[str]) -> set[str]:
        """Take away the bars of all other jobs, and return those."""
        gone = self._tasks.keys() - jobs
        for job in gone:
            self.progress.remove_task(self._tasks.pop(job))
        return gone


def _bars(app: App) -> "Progress":
    from rich.progress import BarColumn, TextColumn

    return progress(app, BarColumn(), *(TextColumn(f"{{task.fields[{name}]}}") for name in BESIDE))


def progress(app: App, *columns: "ProgressColumn") -> "Progress":
    """Return what shows how far something is, beside its description; nobody's screen shows none.

    What is said meanwhile stands above it; a line of output that is read elsewhere goes there.
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *columns,
        console=Console(stderr=True),
        disable=not sys.stderr.isatty() or not app.for_people,
        redirect_stdout=sys.stdout.isatty(),
        transient=True,
    )
