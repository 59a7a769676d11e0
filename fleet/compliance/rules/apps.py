"""The other apps: which may not be there, which may, and how old one may be.

An app that is switched off for every user that has it is as good as gone.
"""

from collections.abc import Iterable
from typing import Final

from fleet.compliance.rules.rule import OFF, Declared, Phone, Verdict, broken, met
from fleet.compliance.rules.work_apps import OWNER, older_than
from fleet.contracts.compliance import Ruling
from fleet.contracts.facts import App
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.words import _
from fleet.contracts.work_apps import WECHAT, WECOM

NAMED: Final = 10  # so many are named in a finding; the number tells of the others


def _app_forbidden(phone: Phone) -> Verdict:
    if not phone.terms.forbidden:
        return OFF
    there = (package for package in phone.terms.forbidden if package in phone.apps)
    return _none_of(package for package in there if _can_be_used(phone.apps[package]))


def _app_not_in_catalogue(phone: Phone) -> Verdict:
    if phone.terms.catalogue is None:
        return OFF
    fitting = {*phone.terms.catalogue, *phone.terms.required, *phone.terms.trusted}
    added = (app.package for app in phone.facts.apps if app.system is False and _can_be_used(app))
    return _none_of(package for package in added if package not in fitting)


def _can_be_used(app: App) -> bool:
    """Tell whether a user of the phone can start it; what is not known counts as if."""
    told = {state.user: state.enabled for state in app.states}
    owner = {OWNER: app.enabled}
    return any({**owner, **told}.get(user) is not False for user in app.users or (OWNER,))


def _none_of(packages: Iterable[str]) -> Verdict:
    found = sorted(set(packages))
    if not found:
        return met(count=0)
    return broken(count=len(found), packages=", ".join(found[:NAMED]))


def _app_old(phone: Phone) -> Verdict:
    least = {
        name: version
        for name, version in phone.terms.least_versions.items()
        if name in phone.apps and name not in OF_THEIR_OWN
    }
    if not least:
        return OFF
    said = {name: older_than(phone.apps[name], version) for name, version in least.items()}
    return _none_of(name for name, one in said.items() if one.outcome is Ruling.BROKEN)


OF_THEIR_OWN: Final = {WECHAT, WECOM}  # they have rules of their own

RULES: Final = (
    Declared(
        id=Rule.APP_FORBIDDEN,
        title=_("forbidden app"),
        clauses=("C1",),
        severity=Severity.HIGH,
        found=_("{count} forbidden apps are on {tag}: {packages}"),
        remedy=_("Have its holder remove them; ask what they were for."),
        check=_app_forbidden,
        terms=("forbidden",),
        needs=("apps",),
        actions=(RemedyAction.DISABLE_APP, RemedyAction.REMOVE_APP),
    ),
    Declared(
        id=Rule.APP_NOT_IN_CATALOGUE,
        title=_("app not in the catalogue"),
        clauses=("C1",),
        severity=Severity.LOW,
        found=_("{count} apps on {tag} are not in the catalogue: {packages}"),
        remedy=_("Have its holder remove them, or add them to the catalogue of the terms."),
        check=_app_not_in_catalogue,
        terms=("catalogue",),
        needs=("apps",),
        actions=(RemedyAction.DISABLE_APP, RemedyAction.REMOVE_APP),
    ),
    Declared(
        id=Rule.APP_OLD,
        title=_("app too old"),
        clauses=("A9",),
        severity=Severity.LOW,
        found=_("{count} apps on {tag} are older than the terms ask: {packages}"),
        remedy=_("Update them from the shop of its maker."),
        check=_app_old,
        terms=("least_versions",),
        needs=("apps",),
        actions=(RemedyAction.UPDATE_APP,),
    ),
)
