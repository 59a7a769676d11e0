"""Papers on pages: made, read, printed, signed, void; and the page that their QR codes lead to."""

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from flask import flash, make_response, redirect, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import (
    Form,
    FormNotRight,
    PaperForm,
    ReasonForm,
    ScanForm,
    SignForm,
    answered,
    mark,
    parsed,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.headers import OF_PAGES
from api.house import tools
from api.identity import asks, current_actor, may_ask
from api.transaction import current_session
from fleet.contracts import paper_pages
from fleet.contracts.paper_pages import Printing
from fleet.contracts.papers import (
    PAD_HEIGHT,
    PAD_WIDTH,
    AttestIn,
    Drawing,
    PaperIn,
    PaperKind,
    PaperLineOut,
    PaperOut,
    PaperQuery,
    PaperState,
    ScanQuery,
    SignIn,
    VoidIn,
    grouped,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _, language, say
from fleet.papers import queries, scans, services, signing
from fleet.papers.models import Paper

# Of a page to print everything is in the page itself, and its one style is known by its hash.
OF_A_PRINT: Final = (
    "default-src 'none'; style-src {style}; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)


def _rows(query: PaperQuery) -> listing.Rows:
    return queries.papers(current_session(), query, actor=current_actor())


def _address(one: PaperLineOut) -> str:
    return url_for("console.paper", number=one.number)


listing.add(
    Listing(
        name="papers",
        title=_("Papers"),
        search=_("Number, subject or digest"),
        query=PaperQuery,
        permission=Permission.PAPERS_READ,
        scoped=True,
        rows=_rows,
        sort="-made_at",
        to=_address,
        new=("console.new_paper", _("Make a paper")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("Kind"), lambda one: one.kind, sort="kind"),
            Column(_("Of"), lambda one: one.subject, sort="subject"),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("Signatures"), lambda one: f"{one.signed}/{one.parties}"),
            Column(_("Made by"), lambda one: one.made_by),
            Column(_("Made"), lambda one: one.made_at, sort="made_at"),
        ),
        filters=(
            Filter("kind", _("Kind"), listing.among(PaperKind)),
            Filter("state", _("State"), listing.among(PaperState)),
            Filter(
                "signed",
                _("Signatures"),
                [("all", _("all")), ("some", _("some")), ("none", _("none"))],
            ),
        ),
    )
)


@bp.get("/papers/new")
@asks(Permission.PAPERS_WRITE)
def new_paper() -> str:
    return page("paper_new.html", form=PaperForm(request.args))


@bp.post("/papers/new")
@asks(Permission.PAPERS_WRITE)
def make_paper() -> Response:
    """Make a paper of the facts as they are now."""
    form = PaperForm()

    def do() -> Response:
        given = parsed(PaperIn, form)
        made = services.make_paper(current_session(), given, actor=current_actor())
        flash(say(_("{number} is made."), number=made.number))
        return _to(made.number)

    return answered("paper_new.html", form, do)


@bp.get("/papers/<number>")
@asks(Permission.PAPERS_READ, scoped=True)
def paper(number: str) -> str:
    """Show a paper, who has signed it, and what can be done with it."""
    return page("paper.html", **_about(number), form=ReasonForm(), scan=ScanForm())


@bp.get("/papers/<number>/print")
@asks(Permission.PAPERS_READ, scoped=True)
def print_paper(number: str) -> Response:
    """Show a sheet of a paper as it is printed: A4, in the reader's language."""
    shown = queries.shown(_found(number))
    copy = request.args.get("copy", 1, type=int)
    copy = min(max(copy, 1), max(len(shown.content.copies), 1))
    printing = Printing(shown, request.host_url, language(), copy)
    response = make_response(paper_pages.page(printing))
    policy = OF_A_PRINT.format(style=paper_pages.style_hash(shown))
    response.headers["Content-Security-Policy"] = policy
    return response


@bp.post("/papers/<number>/void")
@asks(Permission.PAPERS_WRITE)
def void_paper(number: str) -> Response:
    form = ReasonForm()

    def do() -> Response:
        reason = parsed(VoidIn, form).reason
        services.void_paper(current_session(), _found(number), reason=reason, actor=current_actor())
        flash(say(_("It is void.")))
        return _to(number)

    return answered("paper.html", form, do, **_about(number), scan=ScanForm(formdata=None))


@bp.post("/papers/<number>/scans")
@asks(Permission.PAPERS_WRITE)
def attach_scan(number: str) -> Response:
    """Attach a scan and say who signed on it."""
    form = ScanForm()

    def do() -> Response:
        content = form.file.data.read() if form.file.data else b""
        given = _scan_of(form, content)
        found, actor = _found(number), current_actor()
        told: list[str] = []
        scans.attach(current_session(), tools(), found, [content], given, actor=actor, told=told)
        flash(" ".join([say(_("The scan is attached.")), *told]))
        return _to(number)

    return answered("paper.html", ReasonForm(formdata=None), do, **_about(number), scan=form)


@bp.get("/papers/<number>/scans/<int:scan>")
@asks(Permission.PAPERS_READ, scoped=True)
def fetch_scan(number: str, scan: int) -> Response:
    found = _found(number)
    one = scans.scan_of(found, scan)
    response = make_response(scans.opened(tools(), found, one))
    response.mimetype = one.kind
    ending = one.kind.rpartition("/")[2]
    name = f'attachment; filename="{found.number}-{scan}.{ending}"'
    response.headers["Content-Disposition"] = name
    return response


@bp.get("/sign/<number>")
@asks(Permission.PAPERS_SIGN, scoped=True)
def sign(number: str) -> Response:
    """Show all that a paper says, and the field to sign in."""
    return _with_its_script(lambda nonce: page("sign.html", **_to_sign(number, nonce)))


@bp.post("/sign/<number>")
@asks(Permission.PAPERS_SIGN, scoped=True)
def sign_paper(number: str) -> Response:
    """Sign as oneself."""

    def do(given: SignForm, told: list[str]) -> None:
        db, actor = current_session(), current_actor()
        found = queries.paper_to_sign(db, number, actor=actor)
        typed = parsed(SignIn, given, drawing=_drawing(given))
        signing.sign(db, found, typed, actor=actor, told=told)

    return _signed(number, do)


@bp.post("/sign/<number>/attest")
@asks(Permission.PAPERS_WRITE)
def attest_paper(number: str) -> Response:
    """Let somebody sign before the operator, who says how he knows him."""

    def do(given: SignForm, told: list[str]) -> None:
        db, actor = current_session(), current_actor()
        typed = parsed(AttestIn, given, drawing=_drawing(given))
        signing.attest(db, _found(number), typed, actor=actor, told=told)

    return _signed(number, do)


@bp.get("/check/<check>")
def check_paper(check: str) -> Response:
    """Say to whoever holds a print whether it counts: nothing personal, and nothing to try out."""
    found = queries.paper_by_check(current_session(), check)
    if found is None:
        return make_response(page("check.html", paper=None), 404)
    typed = "".join(request.args.get("digest", "").split()).lower()
    same = bool(typed) and len(typed) >= 16 and found.digest.startswith(typed)
    return make_response(
        page(
            "check.html",
            paper=found,
            digest=grouped(found.digest),
            whole=found.is_whole,
            typed=typed,
            same=same,
        )
    )


def _found(number: str) -> Paper:
    return queries.paper(current_session(), number, actor=current_actor())


def _about(number: str) -> dict[str, Any]:
    shown = queries.shown(_found(number))
    return {
        "paper": shown,
        "digest": grouped(shown.digest),
        "tongue": "zh" if language() == "zh_CN" else "en",
        "signs": shown.state is PaperState.VALID and shown.signed < shown.parties,
    }


def _scan_of(form: ScanForm, content: bytes) -> ScanQuery:
    if not content:
        mark(form, "file", say(_("Choose a file.")))
        raise FormNotRight
    return parsed(
        ScanQuery,
        form,
        digest=sha256(content).hexdigest(),
        size=len(content),
        roles=",".join(form.roles.data or ()),
    )


def _to_sign(number: str, nonce: str, form: Form | None = None) -> dict[str, Any]:
    """Return what the page to sign on shows: the roles that are open, and which are mine."""
    db, actor = current_session(), current_actor()
    found = queries.paper_to_sign(db, number, actor=actor)
    unsigned = [one for one in found.parties if found.signature(one.role) is None]
    shown: PaperOut = queries.shown(found)
    fresh = SignForm(formdata=None, data={"digest": shown.digest})
    return {
        "paper": shown,
        "digest": grouped(shown.digest),
        "tongue": "zh" if language() == "zh_CN" else "en",
        "mine": [one.role for one in unsigned if signing.may_sign(one, actor)],
        "unsigned": [one.role for one in unsigned],
        "attests": may_ask("console.attest_paper"),
        "form": form or fresh,
        "nonce": nonce,
        "width": PAD_WIDTH,
        "height": PAD_HEIGHT,
    }


def _with_its_script(shown: Callable[[str], str | Response]) -> Response:
    """Answer with the one page that has a script; nothing but that file may run on it."""
    nonce = secrets.token_urlsafe(16)
    response = make_response(shown(nonce))
    policy = f"{OF_PAGES}; script-src 'nonce-{nonce}'"
    response.headers["Content-Security-Policy"] = policy
    return response


def _signed(number: str, do: Callable[[SignForm, list[str]], None]) -> Response:
    form = SignForm()

    def sign_it() -> Response:
        told: list[str] = []
        do(form, told)
        flash(" ".join([say(_("It is signed.")), *told]))
        return _to(number)

    def answer(nonce: str) -> Response:
        shown = _to_sign(number, nonce, form)
        del shown["form"]
        return answered("sign.html", form, sign_it, **shown)

    return _with_its_script(answer)


def _drawing(form: SignForm) -> Drawing | None:
    """Return what was drawn; a browser without the script sends nothing."""
    if not form.drawn.data:
        return None
    try:
        return Drawing.model_validate_json(form.drawn.data)
    except ValidationError:
        mark(form, "drawn", say(_("This is no signature; clear the field and sign again.")))
        raise FormNotRight from None


def _to(number: str) -> Response:
    return redirect(url_for("console.paper", number=number), code=303)
