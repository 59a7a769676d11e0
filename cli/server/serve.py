"""`workfleet server serve`: the server itself, until it is told to end."""

from pathlib import Path

import click

from cli.context import App, pass_app
from cli.server.place import HOME, home_of
from cli.server.tables import refuse_old_tables
from cli.speaking import command, option
from fleet.contracts.words import _, say
from fleet.settings import load


@command(_("Run the server until Ctrl-C."))
@HOME
@option("--host", default="127.0.0.1", show_default=True, help=_("Address to listen at."))
@option("--port", type=int, default=8640, show_default=True, help=_("Port to listen at."))
@option("--processes", type=int, default=1, show_default=True, help=_("Processes that serve."))
@option("--certificate", type=click.Path(path_type=Path, exists=True), help=_("For TLS, PEM."))
@option("--key", type=click.Path(path_type=Path, exists=True), help=_("Its key, PKCS#8."))
@pass_app
def serve(
    app: App,
    home: Path | None,
    host: str,
    port: int,
    processes: int,
    certificate: Path | None,
    key: Path | None,
) -> None:
    from api.serve import Serving
    from api.serve import serve as run

    if (certificate is None) != (key is None):
        raise click.UsageError(say("--certificate and --key belong together."))
    place = home_of(home)
    serving = Serving(place, host, port, processes, certificate=certificate, key=key)
    refuse_old_tables(load(place))
    app.say(_("Serving {home} at {url}; Ctrl-C ends it."), home=place, url=serving.url)
    run(serving)
    app.say(_("The server has ended."))
