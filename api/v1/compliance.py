"""Compliance: how phones and departments stand, by which rules, and the terms behind them."""

from apiflask import APIBlueprint

from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.compliance import clauses, documents, standings
from fleet.contracts.clock import now
from fleet.contracts.compliance import (
    CompliancePolicyIn,
    CompliancePolicyOut,
    CompliancePolicyQuery,
    CompliancePolicySetOut,
    ComplianceQuery,
    ComplianceStatusOut,
    ComplianceTermsOut,
    ComplianceTermsQuery,
    CoverageOut,
    PhoneComplianceOut,
    RulesOut,
    TrendOut,
    TrendQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.devices.queries import device
from fleet.remedies.queries import with_proofs

bp = APIBlueprint("compliance", __name__, url_prefix="/api/v1", tag="Compliance")


@bp.get("/compliance/status")
@asks(Permission.FINDINGS_READ, scoped=True)
@bp.input(ComplianceQuery, location="query", arg_name="query")
@bp.output(ComplianceStatusOut)
def show_status(query: ComplianceQuery) -> ComplianceStatusOut:
    """Show how departments stand: what is open by severity, overdue, waived, and a score."""
    return standings.status(current_session(), query, actor=current_actor())


@bp.get("/compliance/rules")
@asks(Permission.FINDINGS_READ)
@bp.input(ComplianceQuery, location="query", arg_name="query")
@bp.output(RulesOut)
def show_rules(query: ComplianceQuery) -> RulesOut:
    """Show every rule, as a department has it."""
    return standings.rules(current_session(), query, actor=current_actor())


@bp.get("/compliance/trend")
@asks(Permission.FINDINGS_READ, scoped=True)
@bp.input(TrendQuery, location="query", arg_name="query")
@bp.output(TrendOut)
def show_trend(query: TrendQuery) -> TrendOut:
    """Show how many findings were opened and closed each day."""
    return standings.trend(current_session(), query, actor=current_actor())


@bp.get("/compliance/coverage")
@asks(Permission.POLICY_READ)
@bp.output(CoverageOut)
def show_coverage() -> CoverageOut:
    """Show the clauses of companies' rules, and what of the software meets each."""
    return clauses.coverage(actor=current_actor())


@bp.get("/devices/<tag>/compliance")
@asks(Permission.FINDINGS_READ, scoped=True)
@bp.output(PhoneComplianceOut)
def show_phone_compliance(tag: str) -> PhoneComplianceOut:
    """Show what every rule says of a phone, and why."""
    session = current_session()
    phone = device(session, tag)
    said = standings.on_phone(session, phone, actor=current_actor())
    return with_proofs(session, phone, said)


@bp.get("/compliance-policies")
@asks(Permission.POLICY_READ)
@bp.input(CompliancePolicyQuery, location="query", arg_name="query")
@bp.output(Page[CompliancePolicyOut])
def list_compliance_policies(query: CompliancePolicyQuery) -> Page[CompliancePolicyOut]:
    """List the versions of terms in force, or every one."""
    rows, mark = documents.versions(current_session(), query, actor=current_actor())
    return Page(items=[documents.shown(row, at=now()) for row in rows], next=mark)


@bp.get("/compliance-policies/in-force")
@asks(Permission.POLICY_READ)
@bp.input(ComplianceTermsQuery, location="query", arg_name="query")
@bp.output(ComplianceTermsOut)
def show_compliance_terms(query: ComplianceTermsQuery) -> ComplianceTermsOut:
    """Show what is demanded in a department at a moment, and who says so."""
    return documents.in_force(current_session(), query, actor=current_actor())


@bp.post("/compliance-policies")
@asks(Permission.POLICY_WRITE)
@bp.input(CompliancePolicyIn, arg_name="body")
@bp.output(CompliancePolicySetOut, status_code=201)
def set_compliance_policy(body: CompliancePolicyIn) -> CompliancePolicySetOut:
    """Add a version of terms; with `dry_run`, say what it would open and close."""
    verb = documents.foreseen if body.dry_run else documents.set_policy
    version, effect = verb(current_session(), body, actor=current_actor())
    return CompliancePolicySetOut(
        policy=documents.shown(version, at=now()),
        phones=effect.phones,
        effects=effect.rules,
        dry_run=body.dry_run,
    )
