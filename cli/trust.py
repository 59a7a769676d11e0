"""Whom to trust: a certificate from a file, or by its digest; and plain HTTP only when told so."""

from pathlib import Path

import click

from cli.context import App
from cli.speaking import option
from fleet.contracts.words import _

CA = option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("Certificate of the company's own authority; a copy of it is kept."),
)
FINGERPRINT = option(
    "--fingerprint",
    metavar="AB:CD:…",
    help=_("Digest of that certificate: it is fetched from the server and compared."),
)
INSECURE = option("--insecure", is_flag=True, help=_("Plain HTTP, although others can listen."))


def authority_of(server: str, ca: Path | None, fingerprint: str | None) -> str | None:
    """Return the certificate to trust, from the file or fetched and compared."""
    from api.client import fetched_authority

    if ca is not None:
        return ca.read_text("utf-8")
    return fetched_authority(server, fingerprint) if fingerprint else None


def warn_if_plain(app: App, server: str, *, insecure: bool) -> None:
    if insecure and server.startswith("http://"):
        text = _("{server} is not encrypted: whoever is in between reads everything.")
        app.warn(text, server=server)
