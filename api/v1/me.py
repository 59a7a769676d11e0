"""One's own password, second factor, sessions and tokens: open to everybody who is known."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import current_actor
from api.shown import shown_session, shown_token
from api.transaction import current_session
from fleet.access import second_factor, services, tokens
from fleet.access.actor import ActorKind
from fleet.access.errors import NotSignedIn
from fleet.access.models import User
from fleet.access.signing_in import done_first
from fleet.contracts.access import (
    CodeIn,
    DoneOut,
    MadeTokenOut,
    PasswordIn,
    ProgramTokenIn,
    ProgramTokenOut,
    RecoveryCodesOut,
    SecondFactorOut,
    SessionOut,
)
from fleet.contracts.wire import Page

bp = APIBlueprint("me", __name__, url_prefix="/api/v1/me", tag="Me")


def _me() -> User:
    actor = current_actor()
    if actor.kind is not ActorKind.USER:
        raise NotSignedIn
    return current_session().get_one(User, actor.id)


def _myself() -> User:
    """Return who is asking, if it is the person himself and not a program of his."""
    services.require_signed_in(current_actor())
    return _me()


@bp.post("/password")
@bp.input(PasswordIn, arg_name="body")
@bp.output(DoneOut)
def change_password(body: PasswordIn) -> DoneOut:
    """Change one's own password; one's other sessions end."""
    session, user, actor = current_session(), _myself(), current_actor()
    services.change_password(
        session,
        user,
        present=body.present.get_secret_value(),
        password=body.password.get_secret_value(),
        actor=actor,
    )
    return DoneOut(first=done_first(session, user, actor=actor))


@bp.post("/second-factor")
@bp.output(SecondFactorOut)
def begin_second_factor() -> SecondFactorOut:
    """Give a secret to be put into an app; it counts from its first code on."""
    return second_factor.begin(current_session(), tools().keyring, _myself())


@bp.post("/second-factor/confirm")
@bp.input(CodeIn, arg_name="body")
@bp.output(RecoveryCodesOut)
def confirm_second_factor(body: CodeIn) -> RecoveryCodesOut:
    """Have the second factor count, and give the recovery codes."""
    session, user, actor = current_session(), _myself(), current_actor()
    code = body.code.get_secret_value()
    codes = second_factor.confirm(session, tools().keyring, user, code, actor=actor)
    return RecoveryCodesOut(codes=codes, first=done_first(session, user, actor=actor))


@bp.post("/second-factor/remove")
@bp.input(CodeIn, arg_name="body")
@bp.output(DoneOut)
def remove_second_factor(body: CodeIn) -> DoneOut:
    """Remove one's own second factor, as one shows a code of it."""
    session, user = current_session(), _myself()
    second_factor.check(session, tools().keyring, user, body.code.get_secret_value())
    second_factor.remove(session, user, actor=current_actor(), reason="by himself")
    return DoneOut()


@bp.post("/recovery-codes")
@bp.input(CodeIn, arg_name="body")
@bp.output(RecoveryCodesOut)
def new_recovery_codes(body: CodeIn) -> RecoveryCodesOut:
    """Give new recovery codes, as one shows a code; those of before end."""
    session, user = current_session(), _myself()
    second_factor.check(session, tools().keyring, user, body.code.get_secret_value())
    made = second_factor.new_recovery_codes(session, user, actor=current_actor())
    return RecoveryCodesOut(codes=made)


@bp.get("/sessions")
@bp.output(Page[SessionOut])
def show_my_sessions() -> Page[SessionOut]:
    """List one's own sessions; they are few, so this is always one page."""
    actor = current_actor()
    found = tokens.tokens_of(current_session(), _me(), sessions=True, actor=actor)
    return Page(items=[shown_session(token, actor) for token in found])


@bp.post("/sessions/<token_id>/revoke")
@bp.output(DoneOut)
def revoke_my_session(token_id: str) -> DoneOut:
    """End one of one's own sessions."""
    session = current_session()
    found = tokens.token_named(session, token_id)
    tokens.revoke_token(session, found, actor=current_actor())
    return DoneOut()


@bp.get("/tokens")
@bp.output(Page[ProgramTokenOut])
def show_my_tokens() -> Page[ProgramTokenOut]:
    """List one's own tokens; they are few, so this is always one page."""
    found = tokens.tokens_of(current_session(), _me(), sessions=False, actor=current_actor())
    return Page(items=[shown_token(token) for token in found])


@bp.post("/tokens")
@bp.input(ProgramTokenIn, arg_name="body")
@bp.output(MadeTokenOut, status_code=201)
def make_my_token(body: ProgramTokenIn) -> MadeTokenOut:
    """Make a token for a program that works as oneself, or does a part of it."""
    text, made = tokens.make_token(
        current_session(),
        user=_myself(),
        label=body.label,
        only=body.only,
        expires_at=body.expires_at,
        actor=current_actor(),
    )
    return MadeTokenOut(token=text, about=shown_token(made))


@bp.post("/tokens/<token_id>/revoke")
@bp.output(DoneOut)
def revoke_my_token(token_id: str) -> DoneOut:
    """End one of one's own tokens."""
    session = current_session()
    found = tokens.token_named(session, token_id)
    tokens.revoke_token(session, found, actor=current_actor())
    return DoneOut()
