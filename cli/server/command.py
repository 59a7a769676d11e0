"""`workfleet server …`: the noun; each verb has a file of its own."""

from cli.server.backup import backup
from cli.server.break_glass import break_glass
from cli.server.certificate import certificate
from cli.server.doctor import doctor
from cli.server.init import init
from cli.server.passwords import set_password
from cli.server.restore import restore
from cli.server.search import search
from cli.server.serve import serve
from cli.server.tables import upgrade
from cli.speaking import group
from fleet.contracts.words import _


@group(_("Make, run and mend the server itself."))
def server() -> None:
    pass


for verb in (
    init,
    serve,
    upgrade,
    set_password,
    break_glass,
    certificate,
    doctor,
    backup,
    restore,
    search,
):
    server.add_command(verb)
