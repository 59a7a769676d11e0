"""The honesty sheet of a backup, as a page to print and sign."""

from api.console.blueprint import bp
from api.console.surroundings import page
from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.backups import queries, sheets
from fleet.contracts.permissions import Permission


@bp.get("/backups/<reference>/sheet")
@asks(Permission.BACKUPS_READ)
def honesty_sheet(reference: str) -> str:
    session = current_session()
    backup = queries.backup_of(session, reference)
    shown = sheets.sheet(session, tools().settings, backup, actor=current_actor())
    return page("sheet.html", sheet=shown)
