"""TLS as a phone speaks it with adb: version 1.3, and certificates that nobody has signed."""

from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL

from fleet.contracts.clock import now

Known = Callable[[int], bool]  # whether the phone trusts who holds the key with this modulus


def server_context(known: Known) -> SSL.Context:
    """Return what a phone's side of TLS needs; `known` decides about the other side's key."""
    key, certificate = _self_signed()
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.use_privatekey(key)
    context.use_certificate(certificate)
    context.set_verify(
        SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT,
        lambda _connection, theirs, *_rest: known(_modulus(theirs.to_cryptography())),
    )
    return context


def _modulus(certificate: x509.Certificate) -> int:
    key = certificate.public_key()
    return key.public_numbers().n if isinstance(key, rsa.RSAPublicKey) else 0


def _self_signed() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Adb")])
    begins = now() - timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
    )
    return key, builder.sign(key, SHA256())
