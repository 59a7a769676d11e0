"""What belongs to the return gate: waivers, certificates, and the words for accessories."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.accessories import (
    AccessoryWordIn,
    AccessoryWordOut,
    AccessoryWordQuery,
    HandedOut,
    HandedQuery,
)
from fleet.contracts.custody import CertificateOut, CertificateQuery
from fleet.contracts.permissions import Permission
from fleet.contracts.waivers import WaiverIn, WaiverOut, WaiverQuery, WaiverVerdictIn
from fleet.contracts.wire import Page
from fleet.custody import accessory_words, certificates, waivers
from fleet.custody.handed import handed_out
from fleet.devices.queries import device

bp = APIBlueprint("gates", __name__, url_prefix="/api/v1", tag="Return gate")


@bp.get("/waivers")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(WaiverQuery, location="query", arg_name="query")
@bp.output(Page[WaiverOut])
def list_waivers(query: WaiverQuery) -> Page[WaiverOut]:
    """List waivers of the return gate, the newest first."""
    rows, mark = waivers.waivers(current_session(), query, actor=current_actor())
    return Page(items=[waivers.shown_waiver(row) for row in rows], next=mark)


@bp.post("/devices/<tag>/waivers")
@asks(Permission.CUSTODY_DECLARE)
@bp.input(WaiverIn, arg_name="body")
@bp.output(WaiverOut, status_code=201)
def ask_waiver(tag: str, body: WaiverIn) -> WaiverOut:
    """Ask that a check of a phone's gate may be let pass until a day; another person decides."""
    session = current_session()
    asked = waivers.ask_waiver(session, device(session, tag), body, actor=current_actor())
    return waivers.shown_waiver(asked)


@bp.get("/waivers/<number>")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(WaiverOut)
def show_waiver(number: str) -> WaiverOut:
    """Show a waiver."""
    found = waivers.waiver_within(current_session(), number, actor=current_actor())
    return waivers.shown_waiver(found)


@bp.post("/waivers/<number>/grant")
@asks(Permission.CUSTODY_WAIVE)
@bp.input(WaiverVerdictIn, arg_name="body")
@bp.output(WaiverOut)
def grant_waiver(number: str, body: WaiverVerdictIn) -> WaiverOut:
    """Grant a waiver that somebody else asked for."""
    return _decided(number, body, grant=True)


@bp.post("/waivers/<number>/refuse")
@asks(Permission.CUSTODY_WAIVE)
@bp.input(WaiverVerdictIn, arg_name="body")
@bp.output(WaiverOut)
def refuse_waiver(number: str, body: WaiverVerdictIn) -> WaiverOut:
    """Refuse a waiver that somebody else asked for."""
    return _decided(number, body, grant=False)


def _decided(number: str, body: WaiverVerdictIn, *, grant: bool) -> WaiverOut:
    decided = waivers.decide_waiver(
        current_session(), number, grant=grant, note=body.note, actor=current_actor()
    )
    return waivers.shown_waiver(decided)


@bp.post("/waivers/<number>/withdraw")
@asks(Permission.CUSTODY_DECLARE)
@bp.input(WaiverVerdictIn, arg_name="body")
@bp.output(WaiverOut)
def withdraw_waiver(number: str, body: WaiverVerdictIn) -> WaiverOut:
    """Take back a waiver of one's own, or, where one may grant them, one in force."""
    session = current_session()
    taken = waivers.withdraw_waiver(session, number, note=body.note, actor=current_actor())
    return waivers.shown_waiver(taken)


@bp.get("/certificates")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(CertificateQuery, location="query", arg_name="query")
@bp.output(Page[CertificateOut])
def list_certificates(query: CertificateQuery) -> Page[CertificateOut]:
    """List the papers of phones that came back, the newest first."""
    rows, mark = certificates.certificates(current_session(), query, actor=current_actor())
    return Page(items=[certificates.shown_certificate(row) for row in rows], next=mark)


@bp.get("/certificates/<number>")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.output(CertificateOut)
def show_certificate(number: str) -> CertificateOut:
    """Show the paper of a phone's coming back, with its checks as they stood."""
    paper = certificates.certificate(current_session(), number, actor=current_actor())
    return certificates.shown_certificate(paper)


@bp.get("/accessories")
@asks(Permission.CUSTODY_READ, scoped=True)
@bp.input(HandedQuery, location="query", arg_name="query")
@bp.output(Page[HandedOut])
def list_accessories(query: HandedQuery) -> Page[HandedOut]:
    """List what went out beside phones, and where it is."""
    shown, mark = handed_out(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.get("/accessory-words")
@asks(Permission.DEVICES_READ, scoped=True)
@bp.input(AccessoryWordQuery, location="query", arg_name="query")
@bp.output(Page[AccessoryWordOut])
def list_accessory_words(query: AccessoryWordQuery) -> Page[AccessoryWordOut]:
    """List what the company hands out beside phones."""
    shown, mark = accessory_words.accessory_words(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/accessory-words")
@asks(Permission.DEVICES_WRITE)
@bp.input(AccessoryWordIn, arg_name="body")
@bp.output(AccessoryWordOut)
def set_accessory_word(body: AccessoryWordIn) -> AccessoryWordOut:
    """Add a word for an accessory, or give one other names."""
    return accessory_words.set_word(current_session(), body, actor=current_actor())


@bp.post("/accessory-words/<word>/retire")
@asks(Permission.DEVICES_WRITE)
@bp.output(AccessoryWordOut)
def retire_accessory_word(word: str) -> AccessoryWordOut:
    """Have nothing of the kind handed out any more."""
    return accessory_words.retire_word(current_session(), word, actor=current_actor())
