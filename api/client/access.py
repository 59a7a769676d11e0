"""Who is asking, and who may."""

from api.client.transport import Transport
from fleet.contracts.access import (
    AccessPolicyIn,
    AccessPolicyOut,
    GrantIn,
    GrantOut,
    LoginIn,
    ReadyOut,
    RevokeIn,
    TokenOut,
    UserIn,
    WhoOut,
)
from fleet.contracts.wire import Page


class Access(Transport):
    def ready(self) -> ReadyOut:
        return self._read(ReadyOut, self._ask("GET", "/api/ready"))

    def login(self, body: LoginIn) -> TokenOut:
        return self._post(TokenOut, "login", body=body)

    def whoami(self) -> WhoOut:
        return self._get(WhoOut, "whoami")

    def users(self) -> Page[WhoOut]:
        return self._get(Page[WhoOut], "users")

    def add_user(self, body: UserIn) -> WhoOut:
        return self._post(WhoOut, "users", body=body)

    def user(self, username: str) -> WhoOut:
        return self._get(WhoOut, "users", username)

    def grants(self, username: str) -> Page[GrantOut]:
        return self._get(Page[GrantOut], "users", username, "grants")

    def grant(self, username: str, body: GrantIn) -> GrantOut:
        return self._post(GrantOut, "users", username, "grants", body=body)

    def withdraw(self, grant_id: str, body: RevokeIn) -> GrantOut:
        return self._post(GrantOut, "grants", grant_id, "withdraw", body=body)

    def access_policy(self) -> AccessPolicyOut:
        return self._get(AccessPolicyOut, "access-policy")

    def change_access_policy(self, body: AccessPolicyIn) -> AccessPolicyOut:
        return self._post(AccessPolicyOut, "access-policy", body=body)
