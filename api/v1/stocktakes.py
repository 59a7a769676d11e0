"""Stock-takes: planned, counted, closed, signed, and what becomes of what differs."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.permissions import Permission
from fleet.contracts.stocktakes import (
    CountIn,
    CountOut,
    DifferenceIn,
    DifferenceQuery,
    StocktakeCancelIn,
    StocktakeCloseIn,
    StocktakeForeseen,
    StocktakeIn,
    StocktakeItemOut,
    StocktakeItemQuery,
    StocktakeOut,
    StocktakeQuery,
    StocktakeVerifiedOut,
)
from fleet.contracts.wire import Page
from fleet.stocktakes import counting, differences, queries, services

bp = APIBlueprint("stocktakes", __name__, url_prefix="/api/v1", tag="Stock-takes")


@bp.get("/stocktakes")
@asks(Permission.STOCKTAKES_READ)
@bp.input(StocktakeQuery, location="query", arg_name="query")
@bp.output(Page[StocktakeOut])
def list_stocktakes(query: StocktakeQuery) -> Page[StocktakeOut]:
    """List stock-takes, the newest first."""
    shown, mark = queries.stocktakes(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/stocktakes/foreseen")
@asks(Permission.STOCKTAKES_RUN)
@bp.input(StocktakeIn, arg_name="body")
@bp.output(StocktakeForeseen)
def foresee_stocktake(body: StocktakeIn) -> StocktakeForeseen:
    """Say how much a stock-take would be of, without planning one."""
    return services.foreseen(current_session(), body, actor=current_actor())


@bp.post("/stocktakes")
@asks(Permission.STOCKTAKES_RUN)
@bp.input(StocktakeIn, arg_name="body")
@bp.output(StocktakeOut, status_code=201)
def plan_stocktake(body: StocktakeIn) -> StocktakeOut:
    """Write down scope and seed; with `begin`, draw what is to be found at once."""
    session, actor = current_session(), current_actor()
    made = services.plan(session, body, actor=actor)
    if body.begin:
        made = services.begin(session, made.number, actor=actor)
    return queries.shown(session, made)


@bp.get("/stocktakes/<number>")
@asks(Permission.STOCKTAKES_READ)
@bp.output(StocktakeOut)
def show_stocktake(number: str) -> StocktakeOut:
    """Show a stock-take: its scope, its seed, how much was found."""
    session = current_session()
    return queries.shown(session, queries.stocktake(session, number, actor=current_actor()))


@bp.get("/stocktakes/<number>/items")
@asks(Permission.STOCKTAKES_READ)
@bp.input(StocktakeItemQuery, location="query", arg_name="query")
@bp.output(Page[StocktakeItemOut])
def items_of_stocktake(number: str, query: StocktakeItemQuery) -> Page[StocktakeItemOut]:
    """List what is to be found in a stock-take, and what was."""
    shown, mark = queries.items(current_session(), number, query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.post("/stocktakes/<number>/begin")
@asks(Permission.STOCKTAKES_RUN)
@bp.output(StocktakeOut)
def begin_stocktake(number: str) -> StocktakeOut:
    """Draw what is to be found from what is in the scope now."""
    session = current_session()
    return queries.shown(session, services.begin(session, number, actor=current_actor()))


@bp.post("/stocktakes/<number>/count")
@asks(Permission.STOCKTAKES_RUN)
@bp.input(CountIn, arg_name="body")
@bp.output(CountOut)
def count_stocktake(number: str, body: CountIn) -> CountOut:
    """Note what a person found: tags, serial numbers, IMEIs, numbers, or scanned labels."""
    return counting.count(current_session(), number, body, actor=current_actor())


@bp.post("/stocktakes/<number>/close")
@asks(Permission.STOCKTAKES_RUN)
@bp.input(StocktakeCloseIn, arg_name="body")
@bp.output(StocktakeOut)
def close_stocktake(number: str, body: StocktakeCloseIn) -> StocktakeOut:
    """End the counting: what was not found is missing, each difference somebody's task."""
    session = current_session()
    closed = services.close(session, number, found=body.found, actor=current_actor())
    return queries.shown(session, closed)


@bp.post("/stocktakes/<number>/sign")
@asks(Permission.STOCKTAKES_SIGN)
@bp.output(StocktakeOut)
def sign_stocktake(number: str) -> StocktakeOut:
    """Put one's name to the result, as another person than the one who closed it."""
    session = current_session()
    return queries.shown(session, services.sign(session, number, actor=current_actor()))


@bp.post("/stocktakes/<number>/cancel")
@asks(Permission.STOCKTAKES_RUN)
@bp.input(StocktakeCancelIn, arg_name="body")
@bp.output(StocktakeOut)
def cancel_stocktake(number: str, body: StocktakeCancelIn) -> StocktakeOut:
    """Give a stock-take up; it stays on record with its seed."""
    session = current_session()
    ended = services.cancel(session, number, reason=body.reason, actor=current_actor())
    return queries.shown(session, ended)


@bp.get("/stocktakes/<number>/verify")
@asks(Permission.STOCKTAKES_READ)
@bp.output(StocktakeVerifiedOut)
def verify_stocktake(number: str) -> StocktakeVerifiedOut:
    """Draw the sample again by its seed, and work the digest of the result out again."""
    return services.verify(current_session(), number, actor=current_actor())


@bp.post("/stocktakes/<number>/resolve")
@asks(Permission.STOCKTAKES_RUN)
@bp.input(DifferenceIn, arg_name="body")
@bp.output(StocktakeItemOut)
def resolve_difference(number: str, body: DifferenceIn) -> StocktakeItemOut:
    """Say what became of something that was missing or unexpected."""
    session = current_session()
    item = differences.resolve(session, number, body, actor=current_actor())
    return queries.shown_items(session, [item])[0]


@bp.get("/stocktake-differences")
@asks(Permission.STOCKTAKES_READ)
@bp.input(DifferenceQuery, location="query", arg_name="query")
@bp.output(Page[StocktakeItemOut])
def list_stocktake_differences(query: DifferenceQuery) -> Page[StocktakeItemOut]:
    """List what was missing or unexpected, what is due first."""
    shown, mark = queries.differences(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)
