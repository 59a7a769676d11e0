"""WeChat and WeCom: there, usable, new enough, the maker's own, once, and with our account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fleet.compliance.rules.rule import (
    IN_USE,
    MET,
    NOT_KNOWN,
    OFF,
    Declared,
    Phone,
    Verdict,
    broken,
    met,
)
from fleet.contracts.accounts import AccountKind
from fleet.contracts.compliance import Terms
from fleet.contracts.facts import App
from fleet.contracts.findings import Rule, Severity
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.words import _
from fleet.contracts.work_apps import WECHAT, WECOM

OWNER: Final = 0  # of the users of a phone
# Second users beside the owner may be a work profile of the company's; clones never are.
CLONES: Final = {10, 95, 96, 97, 98, 99, 128, 888, 999} | set(range(950, 960))


@dataclass(frozen=True)
class WorkApp:
    package: str
    kind: AccountKind
    name: str

    def rule(self, fault: str) -> Rule:
        return Rule(f"{self.kind}_{fault}")

    def of(self, phone: Phone) -> App | None:
        app = phone.apps.get(self.package)
        is_owners = app is not None and (not app.users or OWNER in app.users)
        return app if is_owners else None

    def is_required(self, phone: Phone) -> bool:
        return self.package in phone.terms.required or bool(phone.ledger.accounts.get(self.kind))

    def _is_told(self, phone: Phone) -> bool:
        """Say whether the phone answered the question about this app alone, named as its kind."""
        return phone.facts.missing(self.kind.value) is None

    def missing(self, phone: Phone) -> Verdict:
        if not self.is_required(phone):
            return OFF
        if self.of(phone):
            return MET
        return NOT_KNOWN if phone.facts.missing("packages") else broken()

    def off(self, phone: Phone) -> Verdict:
        app = self.of(phone)
        if app is None:
            return OFF
        ways = {
            "disabled": app.enabled is False,
            "suspended": app.suspended is True,
            "hidden": app.hidden is True,
        }
        how = [way for way, is_so in ways.items() if is_so]
        if how:
            return broken(how=", ".join(how))
        return MET if app.enabled is not None and self._is_told(phone) else NOT_KNOWN

    def old(self, phone: Phone) -> Verdict:
        least, app = phone.terms.least_versions.get(self.package), self.of(phone)
        return OFF if least is None or app is None else older_than(app, least)

    def resigned(self, phone: Phone) -> Verdict:
        app = phone.apps.get(self.package)
        if app is None:
            return OFF
        allowed = allowed_signers(self.package, phone.terms, phone.ledger.signers)
        if app.certificate is None or not allowed:
            return NOT_KNOWN
        is_allowed = app.certificate in allowed
        return met(signer=app.certificate) if is_allowed else broken(signer=app.certificate)

    def cloned(self, phone: Phone) -> Verdict:
        app = phone.apps.get(self.package)
        if app is None:
            return OFF
        if not app.users:
            return NOT_KNOWN
        kinds = {user.id: user.kind for user in phone.facts.users}
        clones = [one for one in app.users if one in CLONES and kinds.get(one) != "work"]
        clones += [one for one in app.users if kinds.get(one) == "clone" and one not in clones]
        if clones:
            return broken(users=", ".join(map(str, clones)))
        return MET if self._is_told(phone) else NOT_KNOWN

    def unregistered(self, phone: Phone) -> Verdict:
        signed_in = sum(
            one.count for one in phone.facts.accounts if belongs(one.type, self.package)
        )
        ours = phone.ledger.accounts.get(self.kind, 0)
        told = {"seen": signed_in, "registered": ours}
        return broken(**told) if signed_in > ours else met(**told)


def allowed_signers(package: str, terms: Terms, usual: Mapping[str, str]) -> list[str]:
    """Return whose certificates an app may have: as the terms say, else as most phones have it."""
    found = usual.get(package)
    return terms.signers.get(package) or ([found] if found else [])


def belongs(account_type: str, package: str) -> bool:
    return account_type == package or account_type.startswith(f"{package}.")


def older_than(app: App, least: str) -> Verdict:
    """Compare versions number by number; one that is no list of numbers is not known."""
    told = app.version_name or ""
    seen = numbers_of(told)
    if not seen:
        return NOT_KNOWN
    is_old = seen < numbers_of(least)
    return broken(version=told, least=least) if is_old else met(version=told)


def numbers_of(version: str) -> tuple[int, ...]:
    """Return (8, 0, 54) for "8.0.54" and "8.0.54_beta1"."""
    found: list[int] = []
    for part in version.split("."):
        digits = _leading_digits(part)
        if not digits:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)


def _leading_digits(part: str) -> str:
    end = next((at for at, sign in enumerate(part) if sign not in "0123456789"), len(part))
    return part[:end][:9]


def rules_of(app: WorkApp) -> tuple[Declared, ...]:
    blanks = {"app": app.name}
    return (
        Declared(
            id=app.rule("missing"),
            title=_("{app} missing"),
            clauses=("A1",),
            severity=Severity.MEDIUM,
            found=_("{app} is not on {tag}."),
            remedy=_("Install {app} on {tag} from the shop of its maker."),
            check=app.missing,
            terms=("required",),
            needs=("apps",),
            states=IN_USE,
            blanks=blanks,
        ),
        Declared(
            id=app.rule("off"),
            title=_("{app} switched off"),
            clauses=("A1",),
            severity=Severity.MEDIUM,
            found=_("{app} on {tag} cannot be used: {how}."),
            remedy=_("Switch {app} on again in the settings: Apps."),
            check=app.off,
            needs=("apps",),
            states=IN_USE,
            blanks=blanks,
            actions=(RemedyAction.RESTORE_APP,),
            package=app.package,
        ),
        Declared(
            id=app.rule("old"),
            title=_("{app} too old"),
            clauses=("A9",),
            severity=Severity.LOW,
            found=_("{app} on {tag} is {version}; the terms ask for {least}."),
            remedy=_("Update {app} on {tag} from the shop of its maker."),
            check=app.old,
            terms=("least_versions",),
            needs=("apps",),
            states=IN_USE,
            blanks=blanks,
            actions=(RemedyAction.UPDATE_APP,),
            package=app.package,
        ),
        Declared(
            id=app.rule("resigned"),
            title=_("{app} signed by somebody else"),
            clauses=("A9", "C11"),
            severity=Severity.CRITICAL,
            found=_("{app} on {tag} is signed by somebody else than elsewhere ({signer})."),
            remedy=_(
                "Take what was typed into it as known to others: rotate the password of its "
                "account, remove it, and install {app} from the shop of the maker."
            ),
            check=app.resigned,
            terms=("signers",),
            needs=("apps",),
            states=IN_USE,
            blanks=blanks,
        ),
        Declared(
            id=app.rule("cloned"),
            title=_("{app} cloned"),
            clauses=("A1", "A2"),
            severity=Severity.HIGH,
            found=_("{tag} has a second {app}, for the users {users} of the phone."),
            remedy=_("Have its holder remove the clone in the settings; ask whose account it is."),
            check=app.cloned,
            needs=("apps",),
            states=IN_USE,
            blanks=blanks,
            actions=(RemedyAction.REMOVE_APP,),
            package=app.package,
        ),
        Declared(
            id=app.rule("unregistered"),
            title=_("{app} account not in the register"),
            clauses=("A1", "A2"),
            severity=Severity.HIGH,
            found=_("{app} on {tag} has {seen} accounts signed in; {registered} are registered."),
            remedy=_("Register the account, or have its holder sign out of it."),
            check=app.unregistered,
            needs=("accounts",),
            states=IN_USE,
            blanks=blanks,
        ),
    )


RULES: Final = tuple(
    rule
    for app in (
        WorkApp(WECHAT, AccountKind.WECHAT, _("WeChat")),
        WorkApp(WECOM, AccountKind.WECOM, _("WeCom")),
    )
    for rule in rules_of(app)
)
