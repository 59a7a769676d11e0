"""Who is asking, and who may."""

from api.client.transport import Transport
from fleet.contracts.access import LoginIn, ReadyOut, TokenOut, UserIn, WhoOut
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
