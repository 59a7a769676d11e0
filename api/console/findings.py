"""Findings: what phones showed that they should not. They close by what the phones show later."""

from flask import url_for

from api.console import links, listing
from api.console.blueprint import bp
from api.console.listing import Column, Filter, Listing
from api.console.surroundings import page
from api.identity import asks, current_actor
from api.transaction import current_session
from fleet.compliance import queries
from fleet.compliance.rules.catalogue import CATALOGUE
from fleet.contracts.findings import FindingOut, FindingQuery, FindingState, Rule, Severity
from fleet.contracts.permissions import Permission
from fleet.contracts.remedying import RemedyOut, RemedyQuery
from fleet.contracts.words import _
from fleet.remedies import queries as remedies


def _rows(query: FindingQuery) -> listing.Rows:
    rows, mark = queries.findings(current_session(), query, actor=current_actor())
    return queries.shown_each(current_session(), rows), mark


def _title(rule: str) -> str:
    return CATALOGUE[Rule(rule)].said_title


def _address(one: FindingOut) -> str:
    return url_for("console.finding", number=one.number)


listing.add(
    Listing(
        name="findings",
        title=_("Findings"),
        search=_("Number or tag"),
        query=FindingQuery,
        permission=Permission.FINDINGS_READ,
        rows=_rows,
        sort="-opened_at",
        scoped=True,
        to=_address,
        columns=(
            Column(_("Number"), lambda one: one.number, sort="number"),
            Column(_("What"), lambda one: one.title),
            Column(_("Phone"), lambda one: one.device, to=lambda one: links.phone(one.device)),
            Column(_("Severity"), lambda one: one.severity, badge=True),
            Column(_("State"), lambda one: "overdue" if one.overdue else one.state, badge=True),
            Column(_("What was seen"), lambda one: one.sentence, wrap=True),
            Column(_("Since"), lambda one: one.opened_at, sort="opened_at"),
            Column(_("Due"), lambda one: one.due_at, sort="due_at"),
            Column(_("Department"), lambda one: one.department),
            Column(_("Closed"), lambda one: one.closed_at, sort="closed_at"),
        ),
        filters=(
            Filter("rule", _("What"), listing.among(Rule), spoken=_title),
            Filter("severity", _("Severity"), listing.among(Severity)),
            Filter("state", _("State"), listing.among(FindingState)),
            Filter("overdue", _("Overdue"), listing.FLAG),
        ),
    )
)


@bp.get("/findings/<number>")
@asks(Permission.FINDINGS_READ, scoped=True)
def finding(number: str) -> str:
    session, actor = current_session(), current_actor()
    found = queries.finding(session, number, actor=actor)
    return page("finding.html", finding=queries.shown(session, found), done=_done(number))


def _done(number: str) -> list[RemedyOut]:
    """Return what stations did against a finding, for those who may know."""
    session, actor = current_session(), current_actor()
    if not actor.may(Permission.REMEDIES_READ):
        return []
    rows, _mark = remedies.remedies(session, RemedyQuery(finding=number), actor=actor)
    return remedies.shown_each(session, rows)
