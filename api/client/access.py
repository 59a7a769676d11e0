"""Who is asking, and who may."""

from api.client.transport import Transport
from fleet.contracts.access import (
    AccessPolicyIn,
    AccessPolicyOut,
    CodeIn,
    DoneOut,
    GrantIn,
    GrantOut,
    LoginIn,
    MadeTokenOut,
    NewPasswordIn,
    PasswordIn,
    ProgramTokenIn,
    ProgramTokenOut,
    ReadyOut,
    RecoveryCodesOut,
    RevokeIn,
    SecondFactorOut,
    SessionOut,
    TokenOut,
    UserIn,
    UserQuery,
    WhoOut,
)
from fleet.contracts.wire import Page


class Access(Transport):
    def ready(self) -> ReadyOut:
        return self._read(ReadyOut, self._ask("GET", "/api/ready"))

    def login(self, body: LoginIn) -> TokenOut:
        return self._post(TokenOut, "login", body=body)

    def logout(self) -> DoneOut:
        return self._post(DoneOut, "logout")

    def whoami(self) -> WhoOut:
        return self._get(WhoOut, "whoami")

    def change_password(self, body: PasswordIn) -> DoneOut:
        return self._post(DoneOut, "me", "password", body=body)

    def begin_second_factor(self) -> SecondFactorOut:
        return self._post(SecondFactorOut, "me", "second-factor")

    def confirm_second_factor(self, body: CodeIn) -> RecoveryCodesOut:
        return self._post(RecoveryCodesOut, "me", "second-factor", "confirm", body=body)

    def remove_second_factor(self, body: CodeIn) -> DoneOut:
        return self._post(DoneOut, "me", "second-factor", "remove", body=body)

    def new_recovery_codes(self, body: CodeIn) -> RecoveryCodesOut:
        return self._post(RecoveryCodesOut, "me", "recovery-codes", body=body)

    def my_sessions(self) -> Page[SessionOut]:
        return self._get(Page[SessionOut], "me", "sessions")

    def revoke_my_session(self, token_id: str) -> DoneOut:
        return self._post(DoneOut, "me", "sessions", token_id, "revoke")

    def my_tokens(self) -> Page[ProgramTokenOut]:
        return self._get(Page[ProgramTokenOut], "me", "tokens")

    def make_my_token(self, body: ProgramTokenIn) -> MadeTokenOut:
        return self._post(MadeTokenOut, "me", "tokens", body=body)

    def revoke_my_token(self, token_id: str) -> DoneOut:
        return self._post(DoneOut, "me", "tokens", token_id, "revoke")

    def users(self, query: UserQuery | None = None) -> Page[WhoOut]:
        return self._get(Page[WhoOut], "users", query=query)

    def add_user(self, body: UserIn) -> WhoOut:
        return self._post(WhoOut, "users", body=body)

    def user(self, username: str) -> WhoOut:
        return self._get(WhoOut, "users", username)

    def shut_out(self, username: str, body: RevokeIn) -> WhoOut:
        return self._post(WhoOut, "users", username, "shut-out", body=body)

    def let_in_again(self, username: str, body: RevokeIn) -> WhoOut:
        return self._post(WhoOut, "users", username, "let-in", body=body)

    def unlock(self, username: str) -> WhoOut:
        return self._post(WhoOut, "users", username, "unlock")

    def set_password(self, username: str, body: NewPasswordIn) -> WhoOut:
        return self._post(WhoOut, "users", username, "password", body=body)

    def take_second_factor(self, username: str, body: RevokeIn) -> WhoOut:
        return self._post(WhoOut, "users", username, "second-factor", "remove", body=body)

    def acknowledge(self, username: str, body: RevokeIn) -> WhoOut:
        return self._post(WhoOut, "users", username, "acknowledge", body=body)

    def sessions(self, username: str) -> Page[SessionOut]:
        return self._get(Page[SessionOut], "users", username, "sessions")

    def revoke_session(self, token_id: str) -> DoneOut:
        return self._post(DoneOut, "sessions", token_id, "revoke")

    def tokens(self, username: str) -> Page[ProgramTokenOut]:
        return self._get(Page[ProgramTokenOut], "users", username, "tokens")

    def make_token(self, username: str, body: ProgramTokenIn) -> MadeTokenOut:
        return self._post(MadeTokenOut, "users", username, "tokens", body=body)

    def revoke_token(self, token_id: str) -> DoneOut:
        return self._post(DoneOut, "tokens", token_id, "revoke")

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
