"""Stock-takes: what is to be found, counting it, and what becomes of what differs."""

from collections import Counter
from typing import Any, Final

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from api.console import listing
from api.console.blueprint import bp
from api.console.forms import (
    CountForm,
    DifferenceForm,
    NothingForm,
    ReasonForm,
    StocktakeForm,
    answered,
    parsed,
)
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.custody import Thing
from fleet.contracts.labels import label
from fleet.contracts.permissions import Permission
from fleet.contracts.stocktakes import (
    CountIn,
    CountOut,
    DifferenceIn,
    DifferenceQuery,
    FoundHow,
    Result,
    StocktakeCancelIn,
    StocktakeIn,
    StocktakeItemOut,
    StocktakeItemQuery,
    StocktakeOut,
    StocktakeQuery,
    StocktakeScope,
    StocktakeState,
)
from fleet.contracts.words import _, say
from fleet.stocktakes import counting, differences, queries, services

LEFT: Final = 200  # things of which a page says that they are still to find


def _rows(query: StocktakeQuery) -> listing.Rows:
    return queries.stocktakes(current_session(), query, actor=current_actor())


def _address(one: StocktakeOut) -> str:
    return url_for("console.stocktake", number=one.number)


listing.add(
    Listing(
        name="stocktakes",
        title=_("Stock-takes"),
        search=_("Number or note"),
        query=StocktakeQuery,
        permission=Permission.STOCKTAKES_READ,
        rows=_rows,
        sort="-number",
        to=_address,
        new=("console.new_stocktake", _("Begin a stock-take")),
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("State"), lambda one: one.state, badge=True),
            Column(_("To be found"), lambda one: one.counts.expected),
            Column(_("Found so far"), lambda one: one.counts.found),
            Column(_("Missing"), lambda one: one.counts.missing or None),
            Column(_("Unexpected"), lambda one: one.counts.unexpected or None),
            Column(_("Open differences"), lambda one: one.counts.differences or None),
            Column(_("Begun"), lambda one: one.began_at),
            Column(_("Closed"), lambda one: one.closed_at, sort="closed_at"),
            Column(_("Signed by"), lambda one: one.signed_by),
            Column(_("Note"), lambda one: one.note, wrap=True),
        ),
        filters=(Filter("state", _("State"), listing.among(StocktakeState)),),
    )
)


def _differing(query: DifferenceQuery) -> listing.Rows:
    return queries.differences(current_session(), query, actor=current_actor())


def _to_its_stocktake(one: StocktakeItemOut) -> str:
    return url_for("console.stocktake", number=one.stocktake)


listing.add(
    Listing(
        name="stocktake_differences",
        title=_("Differences of stock-takes"),
        search=_("Tag, number or person"),
        query=DifferenceQuery,
        permission=Permission.STOCKTAKES_READ,
        rows=_differing,
        sort="due_on",
        to=_to_its_stocktake,
        columns=(
            Column(_("Thing"), lambda one: one.name, sort="name"),
            Column(_("Result"), lambda one: one.result, badge=True),
            Column(_("Holder"), lambda one: one.holder and one.holder.name),
            Column(_("Due"), lambda one: one.due_on, sort="due_on"),
            Column(_("What became of it"), lambda one: one.resolution, badge=True),
            Column(_("By"), lambda one: one.resolved_by),
            Column(_("Stock-take"), lambda one: one.stocktake),
        ),
        filters=(
            Filter("waiting", _("Waiting"), listing.FLAG),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/stocktakes/new")
@asks(Permission.STOCKTAKES_RUN)
def new_stocktake() -> str:
    return page("stocktake_new.html", form=StocktakeForm())


@bp.post("/stocktakes/new")
@asks(Permission.STOCKTAKES_RUN)
def begin_stocktake() -> Response:
    """Say how much it is of, and begin once that was read."""
    form = StocktakeForm()

    def do() -> Response | str:
        given = parsed(StocktakeIn, form, scope=_scope(form), sample=form.sample.data or None)
        session, actor = current_session(), current_actor()
        if not form.sure.data:
            foreseen = services.foreseen(session, given, actor=actor)
            return page("stocktake_new.html", form=form, foreseen=foreseen)
        made = services.plan(session, given, actor=actor)
        services.begin(session, made.number, actor=actor)
        return _to(made.number)

    return answered("stocktake_new.html", form, do)


def _scope(form: StocktakeForm) -> StocktakeScope:
    things = [Thing.DEVICE, Thing.SIM] if form.sims.data else [Thing.DEVICE]
    return StocktakeScope(
        things=things,
        departments=(form.departments.data or "").split(),
        stations=(form.stations.data or "").split(),
        states=[form.state.data] if form.state.data else [],
    )


@bp.get("/stocktakes/<number>")
@asks(Permission.STOCKTAKES_READ)
def stocktake(number: str) -> str:
    return page("stocktake.html", **_about(number))


@bp.post("/stocktakes/<number>/count")
@asks(Permission.STOCKTAKES_RUN)
def count_stocktake(number: str) -> Response:
    """Note what a person found: one tag a line, as a scanner types them."""
    form = CountForm()

    def do() -> Response:
        how = FoundHow.SCAN if form.scanned.data else FoundHow.TYPED
        given = parsed(CountIn, form, names=(form.names.data or "").split(), how=how)
        done = counting.count(current_session(), number, given, actor=current_actor())
        flash(_said(done))
        return _to(number)

    return answered("stocktake.html", form, do, **_about(number), at="count")


def _said(done: CountOut) -> str:
    answers = Counter(line.answer for line in done.lines)
    odd = [line.given for line in done.lines if line.answer.value.startswith(("un", "not_"))]
    told = [f"{label(answer)} {many}" for answer, many in answers.items()]
    return " · ".join([*told, *odd])


@bp.get("/stocktakes/<number>/close")
@asks(Permission.STOCKTAKES_RUN)
def ask_close_stocktake(number: str) -> str:
    return page("confirm.html", form=NothingForm(), **_of_closing(number))


@bp.post("/stocktakes/<number>/close")
@asks(Permission.STOCKTAKES_RUN)
def close_stocktake(number: str) -> Response:
    def do() -> Response:
        services.close(current_session(), number, actor=current_actor())
        return _to(number)

    return answered("confirm.html", NothingForm(), do, **_of_closing(number))


@bp.post("/stocktakes/<number>/sign")
@asks(Permission.STOCKTAKES_SIGN)
def sign_stocktake(number: str) -> Response:
    """Put one's name to a result that another has closed."""

    def do() -> Response:
        services.sign(current_session(), number, actor=current_actor())
        return _to(number)

    return answered("stocktake.html", NothingForm(), do, **_about(number))


@bp.get("/stocktakes/<number>/cancel")
@asks(Permission.STOCKTAKES_RUN)
def ask_cancel_stocktake(number: str) -> str:
    return page("confirm.html", form=ReasonForm(), **_of_cancelling(number))


@bp.post("/stocktakes/<number>/cancel")
@asks(Permission.STOCKTAKES_RUN)
def cancel_stocktake(number: str) -> Response:
    form = ReasonForm()

    def do() -> Response:
        given = parsed(StocktakeCancelIn, form)
        services.cancel(current_session(), number, reason=given.reason, actor=current_actor())
        return _to(number)

    return answered("confirm.html", form, do, **_of_cancelling(number))


@bp.post("/stocktakes/<number>/resolve")
@asks(Permission.STOCKTAKES_RUN)
def resolve_difference(number: str) -> Response:
    """Say what became of something that was missing or unexpected."""
    form = DifferenceForm()

    def do() -> Response:
        given = parsed(DifferenceIn, form)
        differences.resolve(current_session(), number, given, actor=current_actor())
        return _to(number)

    return answered("stocktake.html", form, do, **_about(number), at="became")


def _about(number: str) -> dict[str, Any]:
    """Return what the page shows: what differs once it is closed, what is to find until then."""
    session, actor = current_session(), current_actor()
    found = queries.shown(session, queries.stocktake(session, number, actor=actor))
    wanted = DifferenceQuery(stocktake=number, limit=LEFT)
    differing, _mark = queries.differences(session, wanted, actor=actor)
    left, _mark = queries.items(
        session, number, StocktakeItemQuery(result=Result.TO_FIND, limit=LEFT), actor=actor
    )
    return {
        "stocktake": found,
        "differing": differing,
        "left": left,
        "count": CountForm(formdata=None),
        "became": DifferenceForm(formdata=None),
    }


def _of_closing(number: str) -> dict[str, Any]:
    session = current_session()
    one = queries.shown(session, queries.stocktake(session, number, actor=current_actor()))
    text = _("{found} of {expected} were found; {missing} will be missing, each a task for a week.")
    told = {"found": one.counts.found, "expected": one.counts.expected}
    return {
        "title": say(_("Close {number}?"), number=number),
        "tells": [say(text, missing=one.counts.to_find, **told)],
        "button": say(_("Close it")),
        "back": url_for("console.stocktake", number=number),
    }


def _of_cancelling(number: str) -> dict[str, Any]:
    queries.stocktake(current_session(), number, actor=current_actor())
    text = _("{number} is given up; what was counted counts no more.")
    return {
        "title": say(_("Give {number} up?"), number=number),
        "tells": [say(text, number=number)],
        "button": say(_("Give it up")),
        "back": url_for("console.stocktake", number=number),
    }


def _to(number: str) -> Response:
    return redirect(url_for("console.stocktake", number=number), code=303)
