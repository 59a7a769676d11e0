"""One HTTP connection pool, and the translation of its troubles into refusals."""

import json
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from api.client.refusals import AnswerUnreadable, Refused, ServerAddressWrong, ServerUnreachable
from fleet.contracts.wire import ListQuery, ProblemOut
from fleet.contracts.words import language

Answer = TypeVar("Answer", bound=BaseModel)
Content = BinaryIO | Iterable[bytes]

PREFIX: Final = "/api/v1"
# After the last byte of an upload the server still moves it to its place and stores the fact.
AFTER_UPLOAD_SECONDS: Final = 300.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
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
        ca: Path | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.server = base_url.rstrip("/")
        self._timeout = timeout
        self._http = httpx.Client(
            base_url=_checked(self.server),
            headers=_headers(token, language),
            timeout=timeout,
            transport=transport,
            verify=_trust(self.server, ca),
            # A proxy of the environment is for the world outside, never for this machine itself.
            trust_env=httpx.URL(self.server).host not in _LOOPBACK,
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _get(self, answer: type[Answer], *parts: object, query: ListQuery | None = None) -> Answer:
        return self._read(answer, self._ask("GET", address(*parts), params=_params(query)))

    def _post(self, answer: type[Answer], *parts: object, body: BaseModel | None = None) -> Answer:
        content = body_of(body) if body is not None else b"{}"
        asked = {"content": content, "headers": {"Content-Type": "application/json"}}
        return self._read(answer, self._ask("POST", address(*parts), **asked))

    def _put(
        self, answer: type[Answer], *parts: object, content: Content, size: int, digest: str
    ) -> Answer:
        """Send `size` bytes as they come, without holding them in memory."""
        response = self._ask(
            "PUT",
            address(*parts),
            params={"digest": digest, "size": size},
            content=content,
            headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"},
            timeout=httpx.Timeout(self._timeout, read=AFTER_UPLOAD_SECONDS),
        )
        return self._read(answer, response)

    @contextmanager
    def _download(
        self, *parts: object, start: int = 0, query: ListQuery | None = None
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
            reason = str(error) or type(error).__name__
            raise ServerUnreachable(server=self.server, reason=reason) from None

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


def _params(query: ListQuery | None) -> dict[str, Any] | None:
    return query.model_dump(mode="json", exclude_none=True) if query else None


def body_of(message: BaseModel) -> bytes:
    """Return `message` as JSON with its secrets in clear: this is where they are meant to go."""
    secrets = {
        name: value.get_secret_value() for name, value in message if isinstance(value, SecretStr)
    }
    return json.dumps({**message.model_dump(mode="json"), **secrets}).encode()


def _headers(token: str | None, wanted: str | None) -> dict[str, str]:
    headers = {"Accept-Language": (wanted or language()).replace("_", "-")}
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def _trust(server: str, ca: Path | None) -> ssl.SSLContext:
    """Trust what this machine trusts, and the company's own authority where one is given."""
    if httpx.URL(server).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is made at once
    context = ssl.create_default_context()
    if ca:
        context.load_verify_locations(ca)
    return context


def _checked(server: str) -> str:
    try:
        parts = urlsplit(server)
        httpx.URL(server)
    except (ValueError, httpx.InvalidURL):
        raise ServerAddressWrong(server=server) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ServerAddressWrong(server=server)
    return server
