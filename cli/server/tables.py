"""`workfleet server upgrade`, and the refusal to run on tables of another revision."""

from pathlib import Path

from cli.context import App, pass_app
from cli.server.founding import TablesOld
from cli.server.place import HOME, home_of
from cli.speaking import command
from fleet.contracts.words import _
from fleet.settings import Settings, load


@command(_("Bring the database to the revision this software needs."))
@HOME
@pass_app
def upgrade(app: App, home: Path | None) -> None:
    from migrations import current, newest
    from migrations import upgrade as bring

    settings = load(home_of(home))
    before = current(settings.database)
    bring(settings.database)
    if before == newest():
        app.say(_("The database is at the newest revision already ({revision})."), revision=before)
    else:
        app.say(_("The database went from {old} to {new}."), old=before, new=newest())


def refuse_old_tables(settings: Settings) -> None:
    from migrations import current, newest

    found, needed = current(settings.database), newest()
    if found != needed:
        raise TablesOld(found=str(found), needed=str(needed))
