"""The other apps: which may not be there, which may, and how old one may be.

An app that is switched off for every user that has it is as good as gone.
"""

from collections.abc import Iterable
from typing import Final

from fleet.compliance.rules.rule import NOT_KNOWN, OFF, Declared, Phone, Verdict, broken, met
from fleet.compliance.rules.work_apps import OWNER, older_than
from fleet.contracts.compliance import Ruling
from fleet.contracts.facts import App
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.words import _
from fleet.contracts.work_apps import WECHAT, WECOM

NAMED: Final = 10  # so many are named in a finding; the number tells of the others
LISTED: Final = ("packages", "packages_third_party")  # the questions that tell which are there
DETAILS: Final = "work_apps"  # the question that tells for which users an app of work is enabled


def _app_forbidden(phone: Phone) -> Verdict:
    if not phone.terms.forbidden:
        return OFF
    there = (phone.apps[name] for name in phone.terms.forbidden if name in phone.apps)
    return _none_usable(phone, there)


def _app_not_in_catalogue(phone: Phone) -> Verdict:
    if phone.terms.catalogue is None:
        return OFF
    fitting = {*phone.terms.catalogue, *phone.terms.required, *phone.terms.trusted}
    added = (app for app in phone.facts.apps if app.system is False)
    return _none_usable(phone, (app for app in added if app.package not in fitting))


def _none_usable(phone: Phone, apps: Iterable[App]) -> Verdict:
    """Say that nobody can start any of these; what is not known counts as if, once all is told."""
    told = {app.package: _enabled(app) for app in apps}
    usable = {package: enabled for package, enabled in told.items() if enabled != {False}}
    is_all = not phone.facts.awaits(DETAILS)
    sure = [package for package, enabled in usable.items() if is_all or True in enabled]
    if not sure and (usable or any(map(phone.facts.missing, LISTED))):
        return NOT_KNOWN
    return _none_of(sure)


def _enabled(app: App) -> set[bool | None]:
    """Return how an app stands for those that have it; {False} where nobody can start it."""
    told = {state.user: state.enabled for state in app.states}
    owner = {OWNER: app.enabled}
    return {{**owner, **told}.get(user) for user in app.users or (OWNER,)}


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
    old = [name for name, one in said.items() if one.outcome is Ruling.BROKEN]
    return NOT_KNOWN if not old and NOT_KNOWN in said.values() else _none_of(old)


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
