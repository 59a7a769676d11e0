"""How accounts are named: rules by department and day, and what deviates from them."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.clock import now
from fleet.contracts.naming import (
    AgreeIn,
    DeviationOut,
    DeviationQuery,
    NamedIn,
    NamingCheckOut,
    NamingCheckQuery,
    NamingRuleIn,
    NamingRuleOut,
    NamingRuleQuery,
    NamingSetOut,
    NamingShowQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.naming import queries, services

bp = APIBlueprint("naming", __name__, url_prefix="/api/v1/naming", tag="Naming")


@bp.get("/rules")
@asks(Permission.POLICY_READ)
@bp.input(NamingRuleQuery, location="query", arg_name="query")
@bp.output(Page[NamingRuleOut])
def list_naming_rules(query: NamingRuleQuery) -> Page[NamingRuleOut]:
    """List the versions in force at a moment, or every one."""
    rows, mark = queries.rules(current_session(), query, actor=current_actor())
    moment = query.at or now()
    return Page(items=[queries.shown_rule(row, moment) for row in rows], next=mark)


@bp.get("/rules/in-force")
@asks(Permission.POLICY_READ)
@bp.input(NamingShowQuery, location="query", arg_name="query")
@bp.output(NamingRuleOut)
def show_naming_rule(query: NamingShowQuery) -> NamingRuleOut:
    """Show how accounts of a kind are named in a department at a moment."""
    found = queries.rule_in_force(current_session(), query, actor=current_actor())
    return queries.shown_rule(found, query.at or now())


@bp.post("/rules")
@asks(Permission.POLICY_WRITE)
@bp.input(NamingRuleIn, arg_name="body")
@bp.output(NamingSetOut, status_code=201)
def set_naming_rule(body: NamingRuleIn) -> NamingSetOut:
    """Add a version; with `dry_run`, say how many accounts would deviate."""
    verb = services.foreseen if body.dry_run else services.set_rule
    version, accounts, deviating = verb(current_session(), body, actor=current_actor())
    rule = queries.shown_rule(version, now())
    return NamingSetOut(rule=rule, accounts=accounts, deviating=deviating, dry_run=body.dry_run)


@bp.get("/check")
@asks(Permission.ACCOUNTS_READ, scoped=True)
@bp.input(NamingCheckQuery, location="query", arg_name="query")
@bp.output(NamingCheckOut)
def check_name(query: NamingCheckQuery) -> NamingCheckOut:
    """Say whether an account is named as its rule says, and propose a nickname if not."""
    return queries.check(current_session(), query, actor=current_actor())


@bp.get("/deviations")
@asks(Permission.ACCOUNTS_READ, scoped=True)
@bp.input(DeviationQuery, location="query", arg_name="query")
@bp.output(Page[DeviationOut])
def list_deviations(query: DeviationQuery) -> Page[DeviationOut]:
    """List accounts that are named otherwise than their rules say."""
    rows, mark = queries.deviations(current_session(), query, actor=current_actor())
    return Page(items=rows, next=mark)


@bp.get("/deviations/<number>")
@asks(Permission.ACCOUNTS_READ, scoped=True)
@bp.output(DeviationOut)
def show_deviation(number: str) -> DeviationOut:
    """Show a deviation."""
    return _shown(number)


@bp.post("/deviations/<number>/accept")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(AgreeIn, arg_name="body")
@bp.output(DeviationOut)
def agree_on_name(number: str, body: AgreeIn) -> DeviationOut:
    """Settle what an account is to be called: what is proposed, or another nickname that fits."""
    session, actor = current_session(), current_actor()
    found = queries.deviation(session, number, actor=actor)
    services.agree(session, found, body.nickname, actor=actor)
    return _shown(number)


@bp.post("/deviations/<number>/done")
@asks(Permission.ACCOUNTS_WRITE)
@bp.input(NamedIn, arg_name="body")
@bp.output(DeviationOut)
def note_name_set(number: str, body: NamedIn) -> DeviationOut:
    """Note that the nickname was set in the app: observed with a picture, declared without."""
    session, actor = current_session(), current_actor()
    found = queries.deviation(session, number, actor=actor)
    services.note_set(session, found, picture=body.picture, actor=actor)
    return _shown(number)


def _shown(number: str) -> DeviationOut:
    session = current_session()
    found = queries.deviation(session, number, actor=current_actor())
    [shown] = queries.shown(session, [found])
    return shown
