"""Applications, kits and loans."""

from api.client.transport import Transport
from fleet.contracts.applications import (
    AgreementOut,
    ApplicationIn,
    ApplicationIssuedOut,
    ApplicationOut,
    ApplicationPolicyIn,
    ApplicationPolicyOut,
    ApplicationPolicyQuery,
    ApplicationQuery,
    ApplicationsTodayOut,
    ApplicationTermsOut,
    ApplicationTermsQuery,
    DecisionIn,
    IssueApplicationIn,
    KitIn,
    KitQuery,
    NamedKitOut,
    PreparationOut,
    ReserveIn,
    SignIn,
    WaiveIn,
)
from fleet.contracts.loans import ExtendIn, LoanOut, LoanQuery
from fleet.contracts.wire import Page


class Applications(Transport):
    def applications(self, query: ApplicationQuery | None = None) -> Page[ApplicationOut]:
        return self._get(Page[ApplicationOut], "applications", query=query)

    def application(self, number: str) -> ApplicationOut:
        return self._get(ApplicationOut, "applications", number)

    def applications_today(self) -> ApplicationsTodayOut:
        return self._get(ApplicationsTodayOut, "applications", "today")

    def make_application(self, body: ApplicationIn, *, dry_run: bool = False) -> ApplicationOut:
        """Apply; with `dry_run` nothing is stored, and what would be set aside is shown."""
        return self._try(ApplicationOut, "applications", body=body, dry_run=dry_run)

    def approve_application(self, number: str, body: DecisionIn) -> ApplicationOut:
        return self._post(ApplicationOut, "applications", number, "approve", body=body)

    def refuse_application(self, number: str, body: DecisionIn) -> ApplicationOut:
        return self._post(ApplicationOut, "applications", number, "refuse", body=body)

    def withdraw_application(self, number: str, body: DecisionIn) -> ApplicationOut:
        return self._post(ApplicationOut, "applications", number, "withdraw", body=body)

    def reserve(self, number: str, body: ReserveIn | None = None) -> ApplicationOut:
        """Set aside the best in stock, or what is named."""
        return self._post(ApplicationOut, "applications", number, "reserve", body=body)

    def preparation(self, number: str) -> PreparationOut:
        return self._get(PreparationOut, "applications", number, "preparation")

    def prepare(self, number: str) -> PreparationOut:
        """Have stations do what is open before it is handed out."""
        return self._post(PreparationOut, "applications", number, "prepare")

    def waive_preparation(self, number: str, body: WaiveIn) -> PreparationOut:
        parts = "applications", number, "preparation", "waive"
        return self._post(PreparationOut, *parts, body=body)

    def agreement(self, number: str) -> AgreementOut:
        return self._get(AgreementOut, "applications", number, "agreement")

    def sign_application(self, number: str, body: SignIn) -> ApplicationOut:
        return self._post(ApplicationOut, "applications", number, "sign", body=body)

    def issue_application(
        self, number: str, body: IssueApplicationIn | None = None
    ) -> ApplicationIssuedOut:
        return self._post(
            ApplicationIssuedOut,
            "applications",
            number,
            "issue",
            body=body,
        )

    def application_policies(
        self, query: ApplicationPolicyQuery | None = None
    ) -> Page[ApplicationPolicyOut]:
        return self._get(Page[ApplicationPolicyOut], "application-policies", query=query)

    def application_terms(self, query: ApplicationTermsQuery | None = None) -> ApplicationTermsOut:
        return self._get(ApplicationTermsOut, "application-policies", "in-force", query=query)

    def set_application_policy(self, body: ApplicationPolicyIn) -> ApplicationPolicyOut:
        return self._post(ApplicationPolicyOut, "application-policies", body=body)

    def kits(self, query: KitQuery | None = None) -> Page[NamedKitOut]:
        return self._get(Page[NamedKitOut], "kits", query=query)

    def kit(self, name: str) -> NamedKitOut:
        return self._get(NamedKitOut, "kits", name)

    def set_kit(self, name: str, body: KitIn) -> NamedKitOut:
        return self._post(NamedKitOut, "kits", name, body=body)

    def remove_kit(self, name: str) -> NamedKitOut:
        return self._post(NamedKitOut, "kits", name, "remove")

    def loans(self, query: LoanQuery | None = None) -> Page[LoanOut]:
        return self._get(Page[LoanOut], "loans", query=query)

    def loan(self, reference: str) -> LoanOut:
        return self._get(LoanOut, "loans", reference)

    def extend_loan(self, reference: str, body: ExtendIn) -> LoanOut:
        return self._post(LoanOut, "loans", reference, "extend", body=body)
