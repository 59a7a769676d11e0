"""One HTTP connection pool, and the translation of its troubles into refusals."""

import hashlib
import hmac
import json
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from api.client.refusals import (
    AnswerUnreadable,
    AuthorityUnreadable,
    CertificateExpired,
    CertificateNotTrusted,
    CertificateOfAnother,
    FingerprintWrong,
    PlainHttpRefused,
    Refused,
    ServerAddressWrong,
    ServerUnreachable,
)
from api.client.software import software
from fleet.contracts.addresses import is_loopback
from fleet.contracts.wire import Given, LookQuery, ProblemOut
from fleet.contracts.words import language
from fleet.errors import FleetError

Answer = TypeVar("Answer", bound=BaseModel)
Content = BinaryIO | Iterable[bytes]

PREFIX: Final = "/api/v1"
# After the last byte of an upload the server still moves it to its place and stores the fact.
AFTER_UPLOAD_SECONDS: Final = 300.0
# OpenSSL's numbers (x509_vfy.h): X509_V_ERR_CERT_HAS_EXPIRED, …_HOSTNAME_MISMATCH, …_IP_…
_EXPIRED: Final = 10
_OTHER_HOST: Final = (62, 64)
_OF_A_PROXY: Final = frozenset({502, 503, 504})


class Transport:
    """Speaks to one server as one bearer of a token; safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        language: str | None = None,
        timeout: float = 30.0,
        authority: str | None = None,
        insecure: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Speak to `base_url`; `authority` is a certificate (PEM) to be trusted for it.

        Plain HTTP goes to this machine alone, unless `insecure` says that others may listen. No
        redirection is followed, so that a token is shown to no other server.
        """
        self.server = base_url.rstrip("/")
        self._timeout = timeout
        if transport is None and not insecure:
            _refuse_plain(_checked(self.server))
        self._http = httpx.Client(
            base_url=_checked(self.server),
            headers=_headers(token, language),
            timeout=timeout,
            transport=transport,
            verify=_trust(self.server, authority),
            # A proxy of the environment is for the world outside, never for this machine itself.
            trust_env=not is_loopback(httpx.URL(self.server).host),
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _get(
        self,
        answer: type[Answer],
        *parts: object,
        query: Given | None = None,
        patience: float | None = None,
    ) -> Answer:
        """Ask, and wait `patience` seconds for the answer where it takes longer than others."""
        asked = {"params": _params(query), "timeout": self._waiting(patience)}
        return self._read(answer, self._ask("GET", address(*parts), **asked))

    def _post(
        self,
        answer: type[Answer],
        *parts: object,
        body: BaseModel | None = None,
        query: Given | None = None,
        patience: float | None = None,
        partial: bool = False,
    ) -> Answer:
        """Send `body`; `partial`: those of its fields alone that were given."""
        content = body_of(body, partial=partial) if body is not None else b"{}"
        headers = {"Content-Type": "application/json"}
        asked = {"content": content, "headers": headers, "timeout": self._waiting(patience)}
        return self._read(
            answer, self._ask("POST", address(*parts), params=_params(query), **asked)
        )

    def _correct(
        self, answer: type[Answer], *parts: object, body: BaseModel, dry_run: bool
    ) -> Answer:
        """Send what is corrected of an entry; with `dry_run` the answer is what it would be."""
        return self._try(answer, *parts, "correct", body=body, dry_run=dry_run, partial=True)

    def _try(
        self,
        answer: type[Answer],
        *parts: object,
        body: BaseModel,
        dry_run: bool,
        partial: bool = False,
    ) -> Answer:
        """Send `body`; with `dry_run` the answer is what it would be, and what is refused is."""
        look = LookQuery(dry_run=True) if dry_run else None
        return self._post(answer, *parts, body=body, query=look, partial=partial)

    def _waiting(self, patience: float | None) -> httpx.Timeout:
        return httpx.Timeout(self._timeout, read=patience or self._timeout)

    def _put(
        self,
        answer: type[Answer],
        *parts: object,
        content: Content,
        size: int,
        query: Given,
        method: str = "PUT",
    ) -> Answer:
        """Send `size` bytes as they come, without holding them in memory."""
        response = self._ask(
            method,
            address(*parts),
            params=_params(query),
            content=content,
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
            timeout=self._waiting(AFTER_UPLOAD_SECONDS),
        )
        return self._read(answer, response)

    @contextmanager
    def _download(
        self, *parts: object, start: int = 0, query: Given | None = None
    ) -> Iterator[Iterator[bytes]]:
        """Give the bytes from `start` on, as they come."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        with (
            self._troubles(),
            self._http.stream(
                "GET", address(*parts), headers=headers, params=_params(query)
            ) as response,
        ):
            if response.is_error:
                response.read()
                raise self._refusal(response)
            yield response.iter_bytes()

    def _ask(self, method: str, url: str, **asked: Any) -> httpx.Response:
        with self._troubles():
            response = self._http.request(method, url, **asked)
        if response.is_error:
            raise self._refusal(response)
        return response

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise _trouble(self.server, error) from None

    def _read(self, answer: type[Answer], response: httpx.Response) -> Answer:
        try:
            return answer.model_validate_json(response.content)
        except ValidationError:
            # The error repeats the answer, and that may hold a secret.
            raise AnswerUnreadable(server=self.server, status=response.status_code) from None

    def _refusal(self, response: httpx.Response) -> Exception:
        try:
            problem = ProblemOut.model_validate_json(response.content)
        except ValidationError:
            status = response.status_code
            if status in _OF_A_PROXY:
                return ServerUnreachable(server=self.server, reason=f"HTTP {status}")
            return AnswerUnreadable(server=self.server, status=status)
        return Refused.of(response.status_code, problem)


def address(*parts: object) -> str:
    """Return the path of a route; whatever is in a handle or a number stays one part of it."""
    return "/".join([PREFIX, *(quote(str(part), safe="") for part in parts)])


def _params(query: Given | None) -> dict[str, Any] | None:
    return query.model_dump(mode="json", exclude_none=True) if query else None


def body_of(message: BaseModel, *, partial: bool = False) -> bytes:
    """Return `message` as JSON with its secrets in clear: this is where they are meant to go."""
    secrets = {
        name: value.get_secret_value() for name, value in message if isinstance(value, SecretStr)
    }
    plain = message.model_dump(mode="json", exclude_unset=partial)
    return json.dumps({**plain, **secrets}).encode()


def _headers(token: str | None, wanted: str | None) -> dict[str, str]:
    spoken = (wanted or language()).replace("_", "-")
    headers = {"Accept-Language": spoken, "User-Agent": software()}
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def fetched_authority(server: str, fingerprint: str) -> str:
    """Return the certificate of the server's authority, if it has the digest that people compared.

    It is fetched from whoever answers, and believed for its digest (SHA-256) alone.
    """
    address_of_it = f"{_checked(server.rstrip('/'))}/api/authority.pem"
    try:
        answer = httpx.get(address_of_it, verify=False, timeout=30.0)  # noqa: S501 — see above
        certificate = ssl.PEM_cert_to_DER_cert(answer.raise_for_status().text)
    except (httpx.HTTPError, ValueError) as error:
        raise ServerUnreachable(server=server, reason=type(error).__name__) from None
    wanted = "".join(letter for letter in fingerprint.lower() if letter.isalnum())
    if not hmac.compare_digest(hashlib.sha256(certificate).hexdigest(), wanted):
        raise FingerprintWrong(server=server)
    return answer.text


def _refuse_plain(server: str) -> None:
    url = httpx.URL(server)
    if url.scheme == "http" and not is_loopback(url.host):
        raise PlainHttpRefused(server=server)


def _trust(server: str, authority: str | None) -> ssl.SSLContext:
    """Trust the company's own authority where one is given, and else what this machine trusts."""
    if httpx.URL(server).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is made at once
    try:
        context = ssl.create_default_context(cadata=authority)
    except ssl.SSLError:
        raise AuthorityUnreadable from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _trouble(server: str, error: httpx.TransportError) -> FleetError:
    """Name what is wrong with a certificate apart from a server that does not answer."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return ServerUnreachable(server=server, reason=str(error) or type(error).__name__)
    kinds = {_EXPIRED: CertificateExpired, **dict.fromkeys(_OTHER_HOST, CertificateOfAnother)}
    return kinds.get(cause.verify_code, CertificateNotTrusted)(server=server)


def _checked(server: str) -> str:
    try:
        parts = urlsplit(server)
        httpx.URL(server)
    except (ValueError, httpx.InvalidURL):
        raise ServerAddressWrong(server=server) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ServerAddressWrong(server=server)
    return server
