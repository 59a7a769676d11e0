"""The ways by which a computer, or an app from anywhere, comes into a phone."""

from typing import Final

from fleet.compliance.rules.rule import IN_USE, MET, Declared, Phone, Verdict, broken, met
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.words import _


def _unknown_sources(phone: Phone) -> Verdict:
    return broken() if phone.facts.debugging.unknown_sources else MET


def _installs_unverified(phone: Phone) -> Verdict:
    return MET if phone.facts.debugging.verify_installs else broken()


def _wireless_debugging(phone: Phone) -> Verdict:
    return broken() if phone.facts.debugging.wireless else MET


def _hosts_trusted(phone: Phone) -> Verdict:
    hosts, most = phone.facts.debugging.trusted_hosts or 0, phone.terms.trusted_hosts
    return broken(hosts=hosts, most=most) if hosts > most else met(hosts=hosts)


def _developer_options(phone: Phone) -> Verdict:
    away = not phone.ledger.present
    return broken() if away and phone.facts.debugging.developer_options else MET


RULES: Final = (
    Declared(
        id=Rule.UNKNOWN_SOURCES,
        title=_("apps from anywhere allowed"),
        clauses=("A9", "C11"),
        severity=Severity.MEDIUM,
        found=_("{tag} lets apps from anywhere be installed."),
        remedy=_("Switch it off in the settings: Security, Unknown sources."),
        check=_unknown_sources,
        needs=("debugging.unknown_sources",),
    ),
    Declared(
        id=Rule.INSTALLS_UNVERIFIED,
        title=_("apps from a computer not checked"),
        clauses=("A9",),
        severity=Severity.LOW,
        found=_("{tag} does not check apps that a computer installs."),
        remedy=_("Switch it on in the developer options: Verify apps over USB."),
        check=_installs_unverified,
        needs=("debugging.verify_installs",),
    ),
    Declared(
        id=Rule.WIRELESS_DEBUGGING,
        title=_("wireless debugging open"),
        clauses=("A9", "C11"),
        severity=Severity.HIGH,
        found=_("A computer in the same network may command {tag}: wireless debugging is on."),
        remedy=_("Switch it off in the developer options: Wireless debugging."),
        check=_wireless_debugging,
        needs=("debugging.wireless",),
        actions=(RemedyAction.CLOSE_WIRELESS,),
    ),
    Declared(
        id=Rule.HOSTS_TRUSTED,
        title=_("other computers trusted"),
        clauses=("A9", "C11"),
        severity=Severity.HIGH,
        found=_("{tag} obeys {hosts} computers, and not {most} at most."),
        remedy=_(
            "In the developer options: Revoke USB debugging authorisations; then plug it in at "
            "the station and allow that one."
        ),
        check=_hosts_trusted,
        terms=("trusted_hosts",),
        needs=("debugging.trusted_hosts",),
    ),
    Declared(
        id=Rule.DEVELOPER_OPTIONS,
        title=_("developer options on, away from a station"),
        clauses=("A9",),
        severity=Severity.LOW,
        found=_("{tag} left its station with developer options on."),
        remedy=_("Switch them off before it leaves; switch them on again for the next visit."),
        check=_developer_options,
        needs=("debugging.developer_options",),
        states=IN_USE,
        quick=True,
    ),
)
