"""The cookie of the console: what says who is there, signed with a key that all servers share.

It holds the token of a session and nothing that the database does not decide anew at each request.
"""

from hashlib import sha256
from typing import Final

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from api.doors import by_a_program, from_elsewhere
from api.house import house

PURPOSE: Final = "console cookie"
# A browser takes a cookie of this name only over TLS, from this very host, for all of it.
OVER_TLS: Final = "__Host-workfleet"
ON_THIS_MACHINE: Final = "workfleet"  # plain HTTP: see signing_in.refuse_plain_http


def signing_keys() -> list[bytes]:
    """Return the keys that sign cookies and forms, the present one last; older ones still verify.

    They come from the vault's keys, which every process and every server on one database has.
    """
    return house().keys.keyring().derived(PURPOSE)


class ConsoleCookie(SecureCookieSessionInterface):
    """Flask's session in a signed cookie, for the pages alone: the API has no session at all."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if by_a_program() else super().open_session(app, request)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Set none where one that exists was not sent along: it would take its place."""
        return not from_elsewhere() and super().should_set_cookie(app, session)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:  # noqa: ARG002
        return URLSafeTimedSerializer(
            signing_keys(),
            salt=PURPOSE,
            serializer=self.serializer,
            signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
        )

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002
        return OVER_TLS if request.is_secure else ON_THIS_MACHINE

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return request.is_secure

    def get_cookie_httponly(self, app: Flask) -> bool:  # noqa: ARG002
        return True

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002
        return "Strict"
