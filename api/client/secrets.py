"""Credentials and their rotations; a value travels in `disclose_…` alone."""

from api.client.transport import Transport
from fleet.contracts.credentials import (
    AdoptIn,
    CredentialOut,
    CredentialQuery,
    DecisionIn,
    DisclosedOut,
    DiscloseIn,
    DisclosureOut,
    DisclosureQuery,
)
from fleet.contracts.rotation import ConfirmIn, RotateIn, RotationOut, RotationQuery
from fleet.contracts.wire import Page


class Secrets(Transport):
    def credentials(self, query: CredentialQuery | None = None) -> Page[CredentialOut]:
        return self._get(Page[CredentialOut], "credentials", query=query)

    def adopt_device_pin(self, tag: str, body: AdoptIn) -> CredentialOut:
        return self._post(CredentialOut, "devices", tag, "credential", body=body)

    def adopt_account_password(self, handle: str, body: AdoptIn) -> CredentialOut:
        return self._post(CredentialOut, "accounts", handle, "credential", body=body)

    def disclose_device_pin(self, tag: str, body: DiscloseIn) -> DisclosedOut:
        return self._post(DisclosedOut, "devices", tag, "disclose", body=body)

    def disclose_account_password(self, handle: str, body: DiscloseIn) -> DisclosedOut:
        return self._post(DisclosedOut, "accounts", handle, "disclose", body=body)

    def disclosures(self, query: DisclosureQuery | None = None) -> Page[DisclosureOut]:
        return self._get(Page[DisclosureOut], "disclosure-requests", query=query)

    def request_device_pin(self, tag: str, body: DiscloseIn) -> DisclosureOut:
        return self._post(DisclosureOut, "devices", tag, "disclosure-requests", body=body)

    def request_account_password(self, handle: str, body: DiscloseIn) -> DisclosureOut:
        return self._post(DisclosureOut, "accounts", handle, "disclosure-requests", body=body)

    def approve_disclosure(self, reference: str, body: DecisionIn) -> DisclosureOut:
        return self._post(DisclosureOut, "disclosure-requests", reference, "approve", body=body)

    def deny_disclosure(self, reference: str, body: DecisionIn) -> DisclosureOut:
        return self._post(DisclosureOut, "disclosure-requests", reference, "deny", body=body)

    def withdraw_disclosure(self, reference: str) -> DisclosureOut:
        return self._post(DisclosureOut, "disclosure-requests", reference, "withdraw")

    def view_disclosure(self, reference: str) -> DisclosedOut:
        return self._post(DisclosedOut, "disclosure-requests", reference, "view")

    def rotate_device_pin(self, tag: str, body: RotateIn) -> RotationOut:
        return self._post(RotationOut, "devices", tag, "rotate", body=body)

    def rotate_account_password(self, handle: str, body: RotateIn) -> RotationOut:
        return self._post(RotationOut, "accounts", handle, "rotate", body=body)

    def rotations(self, query: RotationQuery | None = None) -> Page[RotationOut]:
        return self._get(Page[RotationOut], "rotations", query=query)

    def rotation(self, reference: str) -> RotationOut:
        return self._get(RotationOut, "rotations", reference)

    def confirm_rotation(self, reference: str, body: ConfirmIn) -> RotationOut:
        return self._post(RotationOut, "rotations", reference, "confirm", body=body)

    def rotate_due(self) -> Page[RotationOut]:
        """Plan a rotation of everything that is due."""
        return self._post(Page[RotationOut], "rotations", "due")
