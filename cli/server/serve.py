"""`workfleet server serve`: the server itself, until it is told to end."""

from pathlib import Path

import click

from cli.context import App, pass_app
from cli.output import text_of
from cli.server.certificate import SOON, ends_at
from cli.server.founding import PlainRefused
from cli.server.place import HOME, home_of, take_over_keys
from cli.server.tables import refuse_old_tables
from cli.speaking import command, option
from fleet.contracts.addresses import is_loopback
from fleet.contracts.clock import now
from fleet.contracts.words import _, say
from fleet.settings import load


@command(_("Run the server until Ctrl-C."))
@HOME
@option("--host", default="127.0.0.1", show_default=True, help=_("Address to listen at."))
@option("--port", type=int, default=8640, show_default=True, help=_("Port to listen at."))
@option("--processes", type=int, default=1, show_default=True, help=_("Processes that serve."))
@option("--certificate", type=click.Path(path_type=Path, exists=True), help=_("For TLS, PEM."))
@option("--key", type=click.Path(path_type=Path, exists=True), help=_("Its key, PKCS#8."))
@option("--no-tls", is_flag=True, help=_("Without TLS, although there is a certificate."))
@option("--insecure", is_flag=True, help=_("Without TLS where others can listen."))
@pass_app
def serve(
    app: App,
    home: Path | None,
    host: str,
    port: int,
    processes: int,
    certificate: Path | None,
    key: Path | None,
    *,
    no_tls: bool,
    insecure: bool,
) -> None:
    from api.serve import Serving
    from api.serve import serve as run

    if (certificate is None) != (key is None):
        raise click.UsageError(say("--certificate and --key belong together."))
    place = home_of(home)
    settings = load(place)
    own = settings.tls
    if certificate is None and not no_tls and (own / "server.pem").is_file():
        certificate, key = own / "server.pem", own / "server.key"
    serving = Serving(place, host, port, processes, certificate=certificate, key=key)
    if certificate is None and not insecure and not is_loopback(host):
        raise PlainRefused(host=host)
    if certificate and ends_at(certificate) < now() + SOON:
        text = _("The certificate ends {day}: workfleet server certificate")
        app.warn(text, day=text_of(ends_at(certificate)))
    refuse_old_tables(settings)
    take_over_keys(settings)
    app.say(_("Serving {home} at {url}; Ctrl-C ends it."), home=place, url=serving.url)
    run(serving)
    app.say(_("The server has ended."))
