"""`workfleet server search …`: by what things are found."""

from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn

from cli.bars import progress
from cli.context import App, pass_app
from cli.server.place import HOME, home_of, sessions_on
from cli.server.tables import refuse_old_tables
from cli.speaking import group, option
from fleet.contracts.words import _, say
from fleet.search.filling import begin_anew, count_things, fill
from fleet.settings import load


@group(_("By what things are found."))
def search() -> None:
    pass


@search.command(
    help=_(
        "Note anew by what everything is found, while the server runs; stopped, it goes on there."
        " Lists look by themselves meanwhile. The server does it too, when it is updated."
    )
)
@HOME
@option("--go-on", is_flag=True, help=_("Only what is not noted yet."))
@pass_app
def rebuild(app: App, home: Path | None, *, go_on: bool) -> None:
    settings = load(home_of(home))
    refuse_old_tables(settings)
    with sessions_on(settings) as sessions:
        if not go_on:
            begin_anew(sessions)
        with sessions() as session:
            total = count_things(session)
        told: dict[str, int] = {}
        with progress(app, BarColumn(), MofNCompleteColumn()) as bar:
            task = bar.add_task(say("Things"), total=total)
            for step in fill(sessions):
                told[step.kind] = step.things
                bar.update(task, completed=sum(told.values()))
    app.say(_("{count} things can be found by what people say."), count=sum(told.values()))
