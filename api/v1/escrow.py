"""Escrow keys: to whom backups are sealed, confirmed by two, and shown to be still there."""

from base64 import b64encode

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
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
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.escrow import queries, services
from fleet.escrow.models import EscrowKey

bp = APIBlueprint("escrow", __name__, url_prefix="/api/v1", tag="Escrow")


@bp.get("/escrow-keys")
@asks(Permission.ESCROW_READ)
@bp.input(EscrowQuery, location="query", arg_name="query")
@bp.output(Page[EscrowKeyOut])
def list_escrow_keys(query: EscrowQuery) -> Page[EscrowKeyOut]:
    """List escrow keys."""
    settings = tools().settings
    rows, mark = queries.keys(current_session(), query, settings, actor=current_actor())
    return Page(items=[queries.shown(row, settings) for row in rows], next=mark)


@bp.get("/escrow-keys/<name>")
@asks(Permission.ESCROW_READ)
@bp.output(EscrowKeyOut)
def show_escrow_key(name: str) -> EscrowKeyOut:
    """Show an escrow key."""
    return _shown(_named(name))


@bp.post("/escrow-keys")
@asks(Permission.ESCROW_WRITE)
@bp.input(EscrowKeyIn, arg_name="body")
@bp.output(EscrowKeyOut, status_code=201)
def add_escrow_key(body: EscrowKeyIn) -> EscrowKeyOut:
    """Ask for a key that will open every backup; another person confirms it."""
    key = services.add_key(current_session(), tools().settings, body, actor=current_actor())
    return _shown(key)


@bp.post("/escrow-keys/<name>/confirm")
@asks(Permission.ESCROW_CONFIRM)
@bp.input(EscrowConfirmIn, arg_name="body")
@bp.output(EscrowKeyOut)
def confirm_escrow_key(name: str, body: EscrowConfirmIn) -> EscrowKeyOut:
    """Let a key take effect that somebody else asked for, by the fingerprint on its paper."""
    key = _named(name)
    services.confirm_key(
        current_session(),
        key,
        fingerprint=body.fingerprint,
        note=body.note,
        actor=current_actor(),
    )
    return _shown(key)


@bp.post("/escrow-keys/<name>/deny")
@asks(Permission.ESCROW_CONFIRM)
@bp.input(DecisionIn, arg_name="body")
@bp.output(EscrowKeyOut)
def deny_escrow_key(name: str, body: DecisionIn) -> EscrowKeyOut:
    """Deny a key that somebody else asked for."""
    key = _named(name)
    services.deny_key(current_session(), key, note=body.note, actor=current_actor())
    return _shown(key)


@bp.post("/escrow-keys/<name>/retire")
@asks(Permission.ESCROW_WRITE)
@bp.input(EscrowRetireIn, arg_name="body")
@bp.output(EscrowKeyOut)
def retire_escrow_key(name: str, body: EscrowRetireIn) -> EscrowKeyOut:
    """Seal nothing new to a key."""
    key, settings = _named(name), tools().settings
    services.retire_key(current_session(), settings, key, reason=body.reason, actor=current_actor())
    return _shown(key)


@bp.post("/escrow-keys/<name>/challenge")
@asks(Permission.ESCROW_WRITE)
@bp.output(ChallengeOut)
def challenge_escrow_key(name: str) -> ChallengeOut:
    """Give random bytes, sealed to a key."""
    key = _named(name)
    sealed = services.challenge_key(current_session(), key, actor=current_actor())
    return ChallengeOut(sealed=b64encode(sealed).decode(), until=key.challenge_until)


@bp.post("/escrow-keys/<name>/prove")
@asks(Permission.ESCROW_WRITE)
@bp.input(ProofIn, arg_name="body")
@bp.output(EscrowKeyOut)
def prove_escrow_key(name: str, body: ProofIn) -> EscrowKeyOut:
    """Take the digest of what was sealed as proof that the identity is still there."""
    key = _named(name)
    services.prove_key(current_session(), key, answer=body.answer, actor=current_actor())
    return _shown(key)


def _named(name: str) -> EscrowKey:
    return queries.escrow_key(current_session(), name)


def _shown(key: EscrowKey) -> EscrowKeyOut:
    return queries.shown(key, tools().settings)
