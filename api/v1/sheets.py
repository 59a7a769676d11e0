"""The honesty sheet of a backup, and what people say of the chats."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.backups import attesting, chats, queries, sheets
from fleet.contracts.permissions import Permission
from fleet.contracts.sheets import AttestIn, ChatHistoryOut, SheetOut
from fleet.devices.queries import device

bp = APIBlueprint("sheets", __name__, url_prefix="/api/v1", tag="Honesty sheets")


@bp.get("/backups/<reference>/sheet")
@asks(Permission.BACKUPS_READ)
@bp.output(SheetOut)
def show_sheet(reference: str) -> SheetOut:
    """Say of each source what is safe and what is not."""
    session = current_session()
    backup = queries.backup_of(session, reference)
    return sheets.sheet(session, tools().settings, backup, actor=current_actor())


@bp.get("/devices/<tag>/chat-history")
@asks(Permission.BACKUPS_READ)
@bp.output(ChatHistoryOut)
def show_chat_history(tag: str) -> ChatHistoryOut:
    """Say how well it is known that the chats of a phone are safe."""
    session = current_session()
    return chats.chat_history(session, device(session, tag))


@bp.post("/devices/<tag>/chat-history")
@asks(Permission.BACKUPS_ATTEST)
@bp.input(AttestIn, arg_name="body")
@bp.output(ChatHistoryOut, status_code=201)
def declare_chats(tag: str, body: AttestIn) -> ChatHistoryOut:
    """Say that the chats were put into an archive, or that one was restored for a test."""
    session = current_session()
    phone = device(session, tag)
    attesting.declare_chats(
        session, phone, what=body.what, how=body.how, note=body.note, actor=current_actor()
    )
    return chats.chat_history(session, phone)


@bp.post("/devices/<tag>/chat-history/witness")
@asks(Permission.BACKUPS_ATTEST)
@bp.output(ChatHistoryOut)
def witness_chats(tag: str) -> ChatHistoryOut:
    """Confirm, as another person, what was declared last."""
    session = current_session()
    phone = device(session, tag)
    attesting.witness_chats(session, phone, actor=current_actor())
    return chats.chat_history(session, phone)
