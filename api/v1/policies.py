"""Password policies: what is demanded of values, by kind and department, from which day on."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.contracts.clock import now
from fleet.contracts.permissions import Permission
from fleet.contracts.policies import (
    FallsDueOut,
    PolicyIn,
    PolicyOut,
    PolicyQuery,
    PolicySetOut,
    PolicyShowQuery,
)
from fleet.contracts.wire import Page
from fleet.policies import queries, services
from fleet.policies.shown import shown

bp = APIBlueprint("password_policies", __name__, url_prefix="/api/v1", tag="Password policies")


@bp.get("/password-policies")
@asks(Permission.POLICY_READ)
@bp.input(PolicyQuery, location="query", arg_name="query")
@bp.output(Page[PolicyOut])
def list_policies(query: PolicyQuery) -> Page[PolicyOut]:
    """List the versions in force at a moment, or every one."""
    rows, mark = queries.versions(current_session(), query, actor=current_actor())
    moment = query.at or now()
    return Page(items=[shown(row.rules, row, at=moment) for row in rows], next=mark)


@bp.get("/password-policies/in-force")
@asks(Permission.POLICY_READ)
@bp.input(PolicyShowQuery, location="query", arg_name="query")
@bp.output(PolicyOut)
def show_policy(query: PolicyShowQuery) -> PolicyOut:
    """Show what is demanded of a kind in a department at a moment, and who says so."""
    rules, version = queries.in_force(
        current_session(), tools().settings, query, actor=current_actor()
    )
    return shown(rules, version, at=query.at or now())


@bp.post("/password-policies")
@asks(Permission.POLICY_WRITE)
@bp.input(PolicyIn, arg_name="body")
@bp.output(PolicySetOut, status_code=201)
def set_policy(body: PolicyIn) -> PolicySetOut:
    """Add a version; with `dry_run`, say how many credentials would be due when."""
    verb = services.foreseen if body.dry_run else services.set_policy
    version, effect = verb(current_session(), tools().settings, body, actor=current_actor())
    falls_due = [
        FallsDueOut(days=days, now=effect.before[days], then=effect.after[days])
        for days in services.HORIZONS
    ]
    return PolicySetOut(
        policy=shown(version.rules, version, at=now()),
        credentials=effect.credentials,
        falls_due=falls_due,
        dry_run=body.dry_run,
    )
