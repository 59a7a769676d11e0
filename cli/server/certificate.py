"""`workfleet server certificate`: an authority of the company's own, and a certificate by it."""

import ipaddress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cli.context import DRY_RUN, YES, App, pass_app
from cli.private import PRIVATE_FOLDER, write_private
from cli.server.place import HOME, home_of
from cli.speaking import command, option
from fleet.contracts.clock import now
from fleet.contracts.words import _
from fleet.settings import load

AUTHORITY_YEARS: Final = 10
DAYS: Final = 397  # what browsers accept at most
SOON: Final = timedelta(days=30)
# Clocks of stations run apart: a certificate is valid from a little before it was made.
BEFORE: Final = timedelta(hours=1)


@command(_("Make the server's TLS certificate, and the authority that vouches for it."))
@HOME
@option("--name", "names", multiple=True, required=True, help=_("Host name or address; repeat it."))
@option("--days", type=int, default=DAYS, show_default=True, help=_("How long it is valid."))
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def certificate(
    app: App, home: Path | None, names: tuple[str, ...], days: int, *, dry_run: bool, yes: bool
) -> None:
    folder = load(home_of(home)).tls
    fresh = not (folder / "authority.pem").is_file()
    if dry_run:
        _say_plan(app, folder, names, fresh=fresh)
        return
    if (folder / "server.pem").is_file():
        text = _("The certificate in {folder} is replaced; the authority stays.")
        app.confirm(text, yes=yes, folder=folder)
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    if fresh:
        make_authority(folder)
    make_certificate(folder, names, days=days)
    _tell(app, folder)


def _say_plan(app: App, folder: Path, names: tuple[str, ...], *, fresh: bool) -> None:
    if fresh:
        app.say(_("An authority would be made in {folder}."), folder=folder)
    app.say(_("A certificate for {names} would be signed."), names=", ".join(names))


def _tell(app: App, folder: Path) -> None:
    app.say(_("The certificate is in {folder}; `workfleet server serve` uses it."), folder=folder)
    app.say(_("Fingerprint of the authority, to be given to stations and colleagues:"))
    app.line(fingerprint(folder / "authority.pem"))
    app.say(_("They log in with --fingerprint, or with --ca and a copy of authority.pem."))


def make_authority(folder: Path) -> None:
    """Make the key and the certificate of an authority that vouches for servers and no other."""
    key, moment = ec.generate_private_key(ec.SECP256R1()), now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "workfleet authority")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _begun(name, name, key.public_key(), moment, timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "authority.key", _key_text(key))
    write_private(folder / "authority.pem", _text(made))


def make_certificate(folder: Path, names: tuple[str, ...], *, days: int) -> None:
    """Make a key and a certificate for these names, signed by the authority in the folder."""
    authority = x509.load_pem_x509_certificate((folder / "authority.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "authority.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 — it is our own file
    key, moment = ec.generate_private_key(ec.SECP256R1()), now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    made = (
        _begun(name, authority.subject, key.public_key(), moment, timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(map(_named, names)), critical=False)
        .add_extension(use, critical=False)
        .add_extension(issuer, critical=False)
        .sign(signer, hashes.SHA256())
    )
    write_private(folder / "server.key", _key_text(key))
    write_private(folder / "server.pem", _text(made) + _text(authority))


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    moment: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - BEFORE)
        .not_valid_after(moment + lasts)
    )


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _text(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a certificate as people compare it: AB:CD:…"""
    made = x509.load_pem_x509_certificate(path.read_bytes())
    return made.fingerprint(hashes.SHA256()).hex(":").upper()


def ends_at(path: Path) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
