"""Escrow keys, openings of backups, and sealing anew."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from api.client.transport import AFTER_UPLOAD_SECONDS, Content, Transport
from fleet.contracts.credentials import DecisionIn
from fleet.contracts.escrow import (
    ChallengeOut,
    EscrowConfirmIn,
    EscrowKeyIn,
    EscrowKeyOut,
    EscrowQuery,
    EscrowRetireIn,
    ProofIn,
)
from fleet.contracts.openings import (
    OpeningIn,
    OpeningOut,
    OpeningQuery,
    ResealedOut,
    ResealQuery,
    ToResealOut,
    ToResealQuery,
)
from fleet.contracts.wire import Page


class Escrow(Transport):
    def escrow_keys(self, query: EscrowQuery | None = None) -> Page[EscrowKeyOut]:
        return self._get(Page[EscrowKeyOut], "escrow-keys", query=query)

    def escrow_key(self, name: str) -> EscrowKeyOut:
        return self._get(EscrowKeyOut, "escrow-keys", name)

    def add_escrow_key(self, body: EscrowKeyIn) -> EscrowKeyOut:
        return self._post(EscrowKeyOut, "escrow-keys", body=body)

    def confirm_escrow_key(self, name: str, body: EscrowConfirmIn) -> EscrowKeyOut:
        return self._post(EscrowKeyOut, "escrow-keys", name, "confirm", body=body)

    def deny_escrow_key(self, name: str, body: DecisionIn) -> EscrowKeyOut:
        return self._post(EscrowKeyOut, "escrow-keys", name, "deny", body=body)

    def retire_escrow_key(self, name: str, body: EscrowRetireIn) -> EscrowKeyOut:
        return self._post(EscrowKeyOut, "escrow-keys", name, "retire", body=body)

    def challenge_escrow_key(self, name: str) -> ChallengeOut:
        return self._post(ChallengeOut, "escrow-keys", name, "challenge")

    def prove_escrow_key(self, name: str, body: ProofIn) -> EscrowKeyOut:
        return self._post(EscrowKeyOut, "escrow-keys", name, "prove", body=body)

    def openings(self, query: OpeningQuery | None = None) -> Page[OpeningOut]:
        return self._get(Page[OpeningOut], "openings", query=query)

    def opening(self, number: str) -> OpeningOut:
        return self._get(OpeningOut, "openings", number)

    def ask_opening(self, body: OpeningIn) -> OpeningOut:
        return self._post(OpeningOut, "openings", body=body)

    def approve_opening(self, number: str, body: DecisionIn) -> OpeningOut:
        return self._post(OpeningOut, "openings", number, "approve", body=body)

    def deny_opening(self, number: str, body: DecisionIn) -> OpeningOut:
        return self._post(OpeningOut, "openings", number, "deny", body=body)

    def withdraw_opening(self, number: str) -> OpeningOut:
        return self._post(OpeningOut, "openings", number, "withdraw")

    def close_opening(self, number: str) -> OpeningOut:
        return self._post(OpeningOut, "openings", number, "close")

    def revoke_opening(self, number: str) -> OpeningOut:
        return self._post(OpeningOut, "openings", number, "revoke")

    def to_reseal(self, query: ToResealQuery | None = None) -> ToResealOut:
        return self._get(ToResealOut, "resealing", query=query)

    def object_to_reseal(self, digest: str) -> AbstractContextManager[Iterator[bytes]]:
        return self._download("resealing", digest)

    def put_resealed(self, before: str, content: Content, query: ResealQuery) -> ResealedOut:
        """Let an object take the place of `before`; sent again it has the effect of one."""
        route = ("resealing", before)
        return self._put(ResealedOut, *route, content=content, size=query.size, query=query)

    def settle_resealed(self, before: str) -> ResealedOut:
        route = ("resealing", before, "settle")
        return self._post(ResealedOut, *route, patience=AFTER_UPLOAD_SECONDS)
