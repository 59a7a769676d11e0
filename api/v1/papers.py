"""Papers: made of the facts of a moment, signed, and void when they should not have been made."""

from apiflask import APIBlueprint
from flask import Response

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from api.v1.streams import whole
from fleet.contracts.papers import (
    AttestIn,
    PaperIn,
    PaperLineOut,
    PaperOut,
    PaperPlanOut,
    PaperQuery,
    PaperSignedOut,
    PaperTextIn,
    PaperTextOut,
    ScanQuery,
    SignIn,
    VoidIn,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.papers import queries, scans, services, signing, texts

bp = APIBlueprint("papers", __name__, url_prefix="/api/v1", tag="Papers")


@bp.get("/papers")
@asks(Permission.PAPERS_READ, scoped=True)
@bp.input(PaperQuery, location="query", arg_name="query")
@bp.output(Page[PaperLineOut])
def list_papers(query: PaperQuery) -> Page[PaperLineOut]:
    """List papers, the newest first."""
    rows, mark = queries.papers(current_session(), query, actor=current_actor())
    return Page(items=rows, next=mark)


@bp.post("/papers")
@asks(Permission.PAPERS_WRITE)
@bp.input(PaperIn, arg_name="body")
@bp.output(PaperPlanOut)
def make_paper(body: PaperIn) -> PaperPlanOut:
    """Make a paper of the facts as they are now; with `dry_run` show what it would say."""
    session, actor = current_session(), current_actor()
    seen = services.plan_paper(session, body, actor=actor)
    paper = None if body.dry_run else services.make_paper(session, body, actor=actor)
    return PaperPlanOut(
        content=seen.draft.content,
        roles=[one.role for one in seen.draft.signers],
        paper=queries.shown(paper) if paper else None,
        replaces=seen.before.number if seen.before and not seen.unchanged else None,
        unchanged=seen.unchanged,
    )


@bp.get("/papers/<number>")
@asks(Permission.PAPERS_READ, scoped=True)
@bp.output(PaperOut)
def show_paper(number: str) -> PaperOut:
    """Show a paper with all that it says, who signs it and who has."""
    return queries.shown(queries.paper(current_session(), number, actor=current_actor()))


@bp.post("/papers/<number>/sign")
@asks(Permission.PAPERS_SIGN, scoped=True)
@bp.input(SignIn, arg_name="body")
@bp.output(PaperSignedOut)
def sign_paper(number: str, body: SignIn) -> PaperSignedOut:
    """Sign a paper as oneself, by one's own sign-in."""
    session, actor = current_session(), current_actor()
    told: list[str] = []
    paper = queries.paper_to_sign(session, number, actor=actor)
    signing.sign(session, paper, body, actor=actor, told=told)
    return queries.shown_signed(paper, told)


@bp.post("/papers/<number>/attest")
@asks(Permission.PAPERS_WRITE)
@bp.input(AttestIn, arg_name="body")
@bp.output(PaperSignedOut)
def attest_paper(number: str, body: AttestIn) -> PaperSignedOut:
    """Let somebody sign at the desk, and say how one knows that it is he."""
    session, actor = current_session(), current_actor()
    told: list[str] = []
    paper = queries.paper(session, number, actor=actor)
    signing.attest(session, paper, body, actor=actor, told=told)
    return queries.shown_signed(paper, told)


@bp.post("/papers/<number>/void")
@asks(Permission.PAPERS_WRITE)
@bp.input(VoidIn, arg_name="body")
@bp.output(PaperOut)
def void_paper(number: str, body: VoidIn) -> PaperOut:
    """Declare a paper void; it stays, and says so wherever it is shown."""
    session, actor = current_session(), current_actor()
    paper = queries.paper(session, number, actor=actor)
    services.void_paper(session, paper, reason=body.reason, actor=actor)
    return queries.shown(paper)


@bp.put("/papers/<number>/scans")
@asks(Permission.PAPERS_WRITE)
@bp.input(ScanQuery, location="query", arg_name="query")
@bp.output(PaperSignedOut)
def attach_scan(number: str, query: ScanQuery) -> PaperSignedOut:
    """Attach a scan (PDF, JPEG, PNG), sent as the body, and say who signed on it."""
    session, actor = current_session(), current_actor()
    told: list[str] = []
    scans.require_may_attach(actor=actor)
    paper = queries.paper(session, number, actor=actor)
    scans.attach(session, tools(), paper, [bytes(whole())], query, actor=actor, told=told)
    return queries.shown_signed(paper, told)


@bp.get("/papers/<number>/scans/<int:scan>")
@asks(Permission.PAPERS_READ, scoped=True)
def fetch_scan(number: str, scan: int) -> Response:
    """Give a scan as it was sent."""
    paper = queries.paper(current_session(), number, actor=current_actor())
    found = scans.scan_of(paper, scan)
    response = Response(scans.opened(tools(), paper, found), mimetype=found.kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{paper.number}-{scan}"'
    return response


@bp.get("/paper-texts/<name>")
@asks(Permission.POLICY_READ)
@bp.output(PaperTextOut)
def show_text(name: str) -> PaperTextOut:
    """Show a text that papers carry, as it is now."""
    return texts.shown_text(texts.text(current_session(), name, actor=current_actor()))


@bp.post("/paper-texts/<name>")
@asks(Permission.POLICY_WRITE)
@bp.input(PaperTextIn, arg_name="body")
@bp.output(PaperTextOut)
def edit_text(name: str, body: PaperTextIn) -> PaperTextOut:
    """Give a text a new version; papers that are made already keep theirs."""
    session, actor = current_session(), current_actor()
    return texts.shown_text(texts.edit_text(session, name, body, actor=actor))
