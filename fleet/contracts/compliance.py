"""Compliance on the wire: what the company demands of its phones, and how far they keep to it."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from fleet.contracts.findings import Rule, Severity
from fleet.contracts.playbooks import Package, Version
from fleet.contracts.remedies import RemedyAction
from fleet.contracts.remedying import RemedyProofOut
from fleet.contracts.wire import Day, Digest, Given, ListQuery, Moment, Reason, Short, Shown
from fleet.contracts.work_apps import WECHAT


class Ruling(StrEnum):
    """What a rule says of a phone."""

    BROKEN = "broken"
    MET = "met"
    NOT_KNOWN = "not_known"
    OFF = "off"  # by the terms, or no rule for such a phone


Days = Annotated[int, Field(ge=1, le=3650)]
Percent = Annotated[int, Field(ge=1, le=100)]
Packages = Annotated[list[Package], Field(max_length=2000)]


class RuleTerms(Given):
    on: bool = True
    severity: Severity | None = None  # the rule's own


_DUE_DAYS: Final = {
    Severity.LOW: 30,
    Severity.MEDIUM: 14,
    Severity.HIGH: 3,
    Severity.CRITICAL: 1,
}
_OFF: Final = {Rule.DEVELOPER_OPTIONS: RuleTerms(on=False)}  # no phone can be asked without them


class Terms(Given):
    """What is demanded in a department; what its document leaves out is as it is above.

    Tables are filled up entry by entry, lists are taken whole. `trusted` packages may own the
    phone, type, listen and carry its traffic, as the apps of its maker may.
    """

    rules: dict[Rule, RuleTerms] = _OFF
    due_days: dict[Severity, Days] = _DUE_DAYS
    patch_days: Days = 180
    least_sdk: int = Field(26, ge=1, le=100)
    silent_days: Days = 7
    backup_days: Days = 35
    return_days: Days = 14
    screen_seconds: int = Field(600, ge=15, le=86_400)
    clock_seconds: int = Field(300, ge=1, le=86_400)
    trusted_hosts: int = Field(1, ge=1, le=100)
    storage_percent: Percent = 10  # that is free, at least
    battery_percent: Percent = 70  # of the capacity when it was new, at least
    battery_degrees: int = Field(50, ge=20, le=100)
    required: Packages = [WECHAT]
    least_versions: dict[Package, Version] = {}
    signers: dict[Package, Annotated[list[Digest], Field(max_length=20)]] = {}
    forbidden: Packages = []
    catalogue: Packages | None = None  # beside the apps of the maker; None: any app may be there
    trusted: Packages = []

    @property
    def given(self) -> dict[str, Any]:
        """Return what the document itself says, as it is stored."""
        return self.model_dump(mode="json", exclude_unset=True)

    def is_on(self, rule: Rule) -> bool:
        found = self.rules.get(rule)
        return found is None or found.on


def _sound(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as it is kept: every field is one of `Terms`, and of its kind."""
    return Terms.model_validate(document).given


Document = Annotated[dict[str, Any], AfterValidator(_sound)]


class CompliancePolicyIn(Given):
    """A new version: what its document leaves out is as it is above the department."""

    department: Short | None = None  # the whole company where none is named
    effective_from: Moment | None = None  # at once
    reason: Reason
    document: Document
    dry_run: bool = False


class CompliancePolicyOut(Shown):
    id: str
    department: str | None
    effective_from: Moment
    in_force: bool
    set_at: Moment
    set_by: str
    reason: str
    document: dict[str, Any]


class CompliancePolicyQuery(ListQuery):
    department: str | None = None
    history: bool = Field(default=False, description="Every version, not those in force alone.")


class ComplianceTermsQuery(Given):
    department: str | None = None
    at: Moment | None = None


class ComplianceTermsOut(Shown):
    """What is demanded in a department, and the versions that say so, the company's first."""

    department: str | None
    terms: Terms
    versions: list[CompliancePolicyOut]


class RuleEffectOut(Shown):
    """How many findings of a rule a change opens and closes; some of the phones are named."""

    rule: Rule
    title: str
    opens: int
    closes: int
    opening: list[str]
    closing: list[str]


class CompliancePolicySetOut(Shown):
    policy: CompliancePolicyOut
    phones: int  # that were judged by both
    effects: list[RuleEffectOut]
    dry_run: bool


class ComplianceQuery(Given):
    department: str | None = None


class DepartmentStandingOut(Shown):
    """`score`: the percentage of phones with nothing open that is medium or worse, nor waived.

    `department` is None for the phones that nobody has.
    """

    department: str | None
    name: str | None
    phones: int
    findings: dict[Severity, int]
    overdue: int
    waived: int
    score: int


class ComplianceStatusOut(Shown):
    at: Moment
    company: DepartmentStandingOut
    departments: list[DepartmentStandingOut]


class RuleOut(Shown):
    """A rule as a department has it; `needs` are facts without which nothing is said."""

    rule: Rule
    title: str
    clauses: list[str]
    severity: Severity
    on: bool
    needs: list[str]
    terms: dict[str, Any]
    remedy: str
    actions: list[RemedyAction] = []  # what a station can do against it
    of_the_pin: bool  # found by asking the phone, and not by looking at what it says


class RulesOut(Shown):
    department: str | None
    rules: list[RuleOut]


class RuleOnPhoneOut(Shown):
    """What a rule says of a phone now; `missing` are the facts that would have to be known.

    `actions` are what a station can do against it, `done` what stations did of late.
    """

    rule: Rule
    title: str
    clauses: list[str]
    severity: Severity
    outcome: Ruling
    sentence: str | None  # where it is broken
    seen: dict[str, str | int]
    missing: list[str]
    terms: dict[str, Any]
    remedy: str
    actions: list[RemedyAction] = []
    done: list[RemedyProofOut] = []
    finding: str | None
    due_at: Moment | None
    waived_until: Moment | None


class PhoneComplianceOut(Shown):
    """`set_by` are the versions of the terms that hold for the phone, the company's first."""

    device: str
    department: str | None
    seen_at: Moment | None
    digest: str | None
    set_by: list[str]
    rules: list[RuleOnPhoneOut]


class TrendQuery(Given):
    days: int = Field(30, ge=1, le=366)
    department: str | None = None


class TrendDayOut(Shown):
    """Findings of a day by the server's clock; `open` at its end, waived ones included."""

    day: Day
    opened: int
    closed: int
    open: int


class TrendOut(Shown):
    days: list[TrendDayOut]


class Met(StrEnum):
    """How a clause of the company's rules is met."""

    ENFORCED = "enforced"  # the system makes it so
    EVIDENCED = "evidenced"  # it collects proof that people did it
    REGISTERED = "registered"  # it keeps the record and reminds
    TEXT = "text"  # it is for people to know
    OPEN = "not_yet"


class ClauseOut(Shown):
    """`where`: parts of the software that meet it; `rules`: those that find who does not."""

    clause: str
    demand: str
    met: Met
    where: list[str]
    rules: list[Rule]


class CoverageOut(Shown):
    clauses: list[ClauseOut]
