"""What a caller of the server has to expect besides an answer."""

from dataclasses import dataclass, field
from typing import Any, Final

from fleet.contracts.wire import ProblemOut
from fleet.contracts.words import _
from fleet.errors import Invalid, Unavailable

KINDS: Final = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    429: "unavailable",
    503: "unavailable",
}


@dataclass(eq=False)
class Refused(Exception):
    """The server said no; the sentences came from it, in the language that was asked for.

    `kind` is the code of one of the kinds of fleet.errors, or "refused" for the server's own
    mistakes; `code` is the stable name of the refusal.
    """

    kind: str
    code: str
    message: str
    advice: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    status: int = 0

    def __post_init__(self) -> None:
        self.args = (self.kind, self.code, self.message, self.advice, self.details, self.status)

    @classmethod
    def of(cls, status: int, problem: ProblemOut) -> "Refused":
        fallback = "invalid" if 400 <= status < 500 else "refused"
        return cls(
            kind=KINDS.get(status, fallback),
            code=problem.code,
            message=problem.message,
            advice=problem.advice,
            details=problem.details,
            status=status,
        )

    def sentence(self) -> str:
        return self.message

    def next_step(self) -> str:
        return self.advice

    def __str__(self) -> str:
        return " ".join(filter(None, (self.message, self.advice)))


@dataclass(eq=False)
class ServerUnreachable(Unavailable):
    server: str
    reason: str
    code = "server_unreachable"
    message = _("The server {server} does not answer ({reason}).")
    advice = _("Check that it runs (`workfleet server serve`) and that the address is right.")


@dataclass(eq=False)
class AnswerUnreadable(Unavailable):
    server: str
    status: int
    code = "answer_unreadable"
    message = _("What answers at {server} does not speak like a workfleet server ({status}).")
    advice = _("Check the address, and that the server is not older than this program.")


@dataclass(eq=False)
class ServerAddressWrong(Invalid):
    server: str
    code = "server_address_wrong"
    message = _("{server} is not the address of a server.")
    advice = _("Write it like https://fleet.example.com or http://127.0.0.1:8640.")


@dataclass(eq=False)
class PlainHttpRefused(Invalid):
    server: str
    code = "plain_http_refused"
    message = _("{server} is not encrypted: whoever is in between reads passwords and tokens.")
    advice = _("Use https://…; where you know the network, say --insecure.")


@dataclass(eq=False)
class CertificateNotTrusted(Unavailable):
    server: str
    code = "certificate_not_trusted"
    message = _("Nobody that this machine trusts vouches for {server}.")
    advice = _("Give the authority's certificate with --ca, or its digest with --fingerprint.")


@dataclass(eq=False)
class CertificateExpired(Unavailable):
    server: str
    code = "certificate_expired"
    message = _("The certificate of {server} has ended, or this machine's clock is wrong.")
    advice = _("On the server: workfleet server certificate --name HOST")


@dataclass(eq=False)
class CertificateOfAnother(Unavailable):
    server: str
    code = "certificate_of_another"
    message = _("What answers at {server} has a certificate for another name.")
    advice = _("Check the address; on the server: workfleet server certificate --name HOST")


class AuthorityUnreadable(Invalid):
    code = "authority_unreadable"
    message = _("The authority's certificate cannot be read.")
    advice = _("Give the file authority.pem of the server, with --ca.")


@dataclass(eq=False)
class FingerprintWrong(Unavailable):
    server: str
    code = "fingerprint_wrong"
    message = _("The authority of {server} has another fingerprint: somebody may be in between.")
    advice = _("Compare it with what `workfleet server certificate` showed, letter by letter.")
