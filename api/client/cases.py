"""Cases, and what waits for whom."""

from typing import Final

from api.client.transport import Content, Transport
from fleet.contracts.cases import (
    BlockOut,
    CancelOut,
    CapacityOut,
    CapacityQuery,
    CaseEventOut,
    CaseOut,
    CaseQuery,
    CaseReasonIn,
    HandingOnIn,
    JoiningIn,
    LadderIn,
    LadderOut,
    LadderQuery,
    LeaversIn,
    LeaversOut,
    LeaversReadOut,
    LeavingIn,
    LossIn,
    ReopenIn,
    StepIn,
    SuccessorIn,
    SwapIn,
    TaskOut,
    TaskQuery,
    TasksTodayOut,
    TransferIn,
    WaiveIn,
)
from fleet.contracts.wire import Given, Page

FOR_MANY_SECONDS: Final = 600.0  # hundreds of cases are opened in one go


class Cases(Transport):
    """With `plan_only` nothing is stored."""

    def cases(self, query: CaseQuery | None = None) -> Page[CaseOut]:
        return self._get(Page[CaseOut], "cases", query=query)

    def case(self, number: str) -> CaseOut:
        return self._get(CaseOut, "cases", number)

    def case_history(self, number: str) -> Page[CaseEventOut]:
        return self._get(Page[CaseEventOut], "cases", number, "history")

    def open_leaving_case(self, body: LeavingIn) -> CaseOut:
        return self._post(CaseOut, "cases", "leaving", body=body)

    def read_leavers(self, content: Content, size: int) -> LeaversReadOut:
        """Have a spreadsheet of those who leave read; nothing is opened by that."""
        parts, query = ("cases", "leavers", "read"), Given()
        return self._put(
            LeaversReadOut, *parts, content=content, size=size, query=query, method="POST"
        )

    def open_leaving_cases(self, body: LeaversIn) -> LeaversOut:
        return self._post(LeaversOut, "cases", "leavers", body=body, patience=FOR_MANY_SECONDS)

    def open_transfer_case(self, body: TransferIn) -> CaseOut:
        return self._post(CaseOut, "cases", "transfer", body=body)

    def open_swap_case(self, body: SwapIn) -> CaseOut:
        return self._post(CaseOut, "cases", "swap", body=body)

    def open_loss_case(self, body: LossIn) -> CaseOut:
        return self._post(CaseOut, "cases", "loss", body=body)

    def open_joining_case(self, body: JoiningIn) -> CaseOut:
        return self._post(CaseOut, "cases", "joining", body=body)

    def open_reassignment_case(self, body: HandingOnIn) -> CaseOut:
        return self._post(CaseOut, "cases", "reassignment", body=body)

    def do_step(self, number: str, step: int, body: StepIn) -> CaseOut:
        return self._post(CaseOut, "cases", number, "steps", step, "do", body=body)

    def waive_step(self, number: str, step: int, body: WaiveIn) -> CaseOut:
        return self._post(CaseOut, "cases", number, "steps", step, "waive", body=body)

    def cancel_case(self, number: str, body: CaseReasonIn) -> CancelOut:
        return self._post(CancelOut, "cases", number, "cancel", body=body)

    def reopen_case(self, number: str, body: ReopenIn) -> CaseOut:
        return self._post(CaseOut, "cases", number, "reopen", body=body)

    def name_successor(self, number: str, body: SuccessorIn) -> CaseOut:
        return self._post(CaseOut, "cases", number, "successor", body=body)

    def case_capacity(self, query: CapacityQuery | None = None) -> Page[CapacityOut]:
        return self._get(Page[CapacityOut], "case-capacity", query=query)

    def case_blocks(self) -> Page[BlockOut]:
        return self._get(Page[BlockOut], "case-blocks")

    def tasks(self, query: TaskQuery | None = None) -> Page[TaskOut]:
        return self._get(Page[TaskOut], "tasks", query=query)

    def tasks_today(self) -> TasksTodayOut:
        return self._get(TasksTodayOut, "tasks", "today")

    def case_ladders(self, query: LadderQuery | None = None) -> Page[LadderOut]:
        return self._get(Page[LadderOut], "case-ladders", query=query)

    def set_ladder(self, body: LadderIn) -> LadderOut:
        return self._post(LadderOut, "case-ladders", body=body)
