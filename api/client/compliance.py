"""Compliance: rules, terms, and how phones and departments stand."""

from api.client.transport import Transport
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
from fleet.contracts.wire import Page


class Compliance(Transport):
    def compliance_status(self, query: ComplianceQuery | None = None) -> ComplianceStatusOut:
        return self._get(ComplianceStatusOut, "compliance", "status", query=query)

    def compliance_rules(self, query: ComplianceQuery | None = None) -> RulesOut:
        return self._get(RulesOut, "compliance", "rules", query=query)

    def compliance_trend(self, query: TrendQuery | None = None) -> TrendOut:
        return self._get(TrendOut, "compliance", "trend", query=query)

    def coverage(self) -> CoverageOut:
        """Return how each clause of companies' rules is met."""
        return self._get(CoverageOut, "compliance", "coverage")

    def phone_compliance(self, tag: str) -> PhoneComplianceOut:
        """Return what every rule says of a phone, and why."""
        return self._get(PhoneComplianceOut, "devices", tag, "compliance")

    def compliance_policies(
        self, query: CompliancePolicyQuery | None = None
    ) -> Page[CompliancePolicyOut]:
        return self._get(Page[CompliancePolicyOut], "compliance-policies", query=query)

    def compliance_terms(self, query: ComplianceTermsQuery) -> ComplianceTermsOut:
        """Return what is demanded in a department, and who says so."""
        return self._get(ComplianceTermsOut, "compliance-policies", "in-force", query=query)

    def set_compliance_policy(self, body: CompliancePolicyIn) -> CompliancePolicySetOut:
        """Add a version of terms; with `dry_run` nothing is stored."""
        return self._post(CompliancePolicySetOut, "compliance-policies", body=body)
