"""Plans, honesty sheets, and what people say of the chats."""

from api.client.transport import Transport
from fleet.contracts.plans import (
    PlanEditedOut,
    PlanIn,
    PlanOut,
    PlanQuery,
    PlanShowQuery,
    TakenOut,
)
from fleet.contracts.sheets import AttestIn, ChatHistoryOut, SheetOut
from fleet.contracts.wire import Page


class Plans(Transport):
    def plans(self, query: PlanQuery | None = None) -> Page[PlanOut]:
        return self._get(Page[PlanOut], "plans", query=query)

    def plan(self, name: str, query: PlanShowQuery | None = None) -> PlanOut:
        return self._get(PlanOut, "plans", name, query=query)

    def edit_plan(self, name: str, body: PlanIn) -> PlanEditedOut:
        return self._post(PlanEditedOut, "plans", name, body=body)

    def taken_of(self, tag: str) -> TakenOut:
        return self._get(TakenOut, "devices", tag, "plan")

    def sheet(self, reference: str) -> SheetOut:
        return self._get(SheetOut, "backups", reference, "sheet")

    def chat_history(self, tag: str) -> ChatHistoryOut:
        return self._get(ChatHistoryOut, "devices", tag, "chat-history")

    def declare_chats(self, tag: str, body: AttestIn) -> ChatHistoryOut:
        return self._post(ChatHistoryOut, "devices", tag, "chat-history", body=body)

    def witness_chats(self, tag: str) -> ChatHistoryOut:
        return self._post(ChatHistoryOut, "devices", tag, "chat-history", "witness")
