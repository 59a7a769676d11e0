"""Change requests; a value travels in `hand_over` alone."""

from api.client.transport import Transport
from fleet.contracts.requests import (
    AppointIn,
    DelegateIn,
    DelegationOut,
    DelegationQuery,
    HandedOverOut,
    HandOverIn,
    RequestIn,
    RequestOut,
    RequestQuery,
    RequestsTodayOut,
    VerdictIn,
)
from fleet.contracts.wire import Page


class Requests(Transport):
    def requests(self, query: RequestQuery | None = None) -> Page[RequestOut]:
        return self._get(Page[RequestOut], "requests", query=query)

    def request(self, number: str) -> RequestOut:
        return self._get(RequestOut, "requests", number)

    def requests_today(self) -> RequestsTodayOut:
        return self._get(RequestsTodayOut, "requests", "today")

    def ask_for_change(self, body: RequestIn) -> RequestOut:
        return self._post(RequestOut, "requests", body=body)

    def approve_request(self, number: str, body: VerdictIn) -> RequestOut:
        return self._post(RequestOut, "requests", number, "approve", body=body)

    def refuse_request(self, number: str, body: VerdictIn) -> RequestOut:
        return self._post(RequestOut, "requests", number, "refuse", body=body)

    def withdraw_request(self, number: str, body: VerdictIn) -> RequestOut:
        return self._post(RequestOut, "requests", number, "withdraw", body=body)

    def appoint_request(self, number: str, body: AppointIn) -> RequestOut:
        return self._post(RequestOut, "requests", number, "appoint", body=body)

    def hand_over(self, number: str, body: HandOverIn) -> HandedOverOut:
        return self._post(HandedOverOut, "requests", number, "hand-over", body=body)

    def delegations(self, query: DelegationQuery | None = None) -> Page[DelegationOut]:
        return self._get(Page[DelegationOut], "delegations", query=query)

    def delegate(self, body: DelegateIn) -> DelegationOut:
        return self._post(DelegationOut, "delegations", body=body)

    def end_delegation(self, reference: str) -> DelegationOut:
        return self._post(DelegationOut, "delegations", reference, "end")
