"""Cases: leaving, transfer, swap, loss, joining and reassignment, and what waits for whom."""

from apiflask import APIBlueprint

from api.house import tools
from api.identity import asks, current_actor
from api.transaction import current_session
from api.v1.streams import pieces
from fleet.cases import asked, bulk, capacity, ladders, queries, services, tasks
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
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.people.queries import employee
from fleet.registers import leavers

bp = APIBlueprint("cases", __name__, url_prefix="/api/v1", tag="Cases")


@bp.get("/cases")
@asks(Permission.CASES_READ, scoped=True)
@bp.input(CaseQuery, location="query", arg_name="query")
@bp.output(Page[CaseOut])
def list_cases(query: CaseQuery) -> Page[CaseOut]:
    """List cases, the newest first."""
    shown, mark = queries.cases(current_session(), query, actor=current_actor())
    return Page(items=shown, next=mark)


@bp.get("/cases/<number>")
@asks(Permission.CASES_READ, scoped=True)
@bp.output(CaseOut)
def show_case(number: str) -> CaseOut:
    """Show a case: what is held, what is done, what is left to do."""
    return _shown(number)


@bp.get("/cases/<number>/history")
@asks(Permission.CASES_READ, scoped=True)
@bp.output(Page[CaseEventOut])
def case_history(number: str) -> Page[CaseEventOut]:
    """Show what has happened to a case, the first first."""
    return Page(items=queries.history(current_session(), number, actor=current_actor()))


@bp.post("/cases/leaving")
@asks(Permission.CASES_OPEN)
@bp.input(LeavingIn, arg_name="body")
@bp.output(CaseOut, status_code=201)
def open_leaving_case(body: LeavingIn) -> CaseOut:
    """Begin the return of everything a person holds; with `plan_only` show what that would be."""
    return _begun(body)


@bp.post("/cases/leavers")
@asks(Permission.CASES_OPEN)
@bp.input(LeaversIn, arg_name="body")
@bp.output(LeaversOut)
def open_leaving_cases(body: LeaversIn) -> LeaversOut:
    """Open the leaving of many: all or none, or each that can be; with `plan_only` show it."""
    return bulk.leavers(current_session(), tools(), body, actor=current_actor())


@bp.post("/cases/leavers/read")
@asks(Permission.CASES_OPEN)
@bp.output(LeaversReadOut)
def read_leavers() -> LeaversReadOut:
    """Read a spreadsheet of those who leave, sent as the body; nothing is opened by that."""
    return leavers.read(pieces(), tools().settings)


@bp.post("/cases/transfer")
@asks(Permission.CASES_OPEN)
@bp.input(TransferIn, arg_name="body")
@bp.output(CaseOut, status_code=201)
def open_transfer_case(body: TransferIn) -> CaseOut:
    """Move a person to another department by a day, with what he holds or without."""
    return _begun(body)


@bp.post("/cases/swap")
@asks(Permission.CASES_OPEN)
@bp.input(SwapIn, arg_name="body")
@bp.output(CaseOut, status_code=201)
def open_swap_case(body: SwapIn) -> CaseOut:
    """Have another phone take the place of one, for repair or for good."""
    return _begun(body)


@bp.post("/cases/loss")
@asks(Permission.CASES_OPEN)
@bp.input(LossIn, arg_name="body")
@bp.output(CaseOut, status_code=201)
def open_loss_case(body: LossIn) -> CaseOut:
    """Open the case of an incident that was reported before there were such cases."""
    return _begun(body)


@bp.post("/cases/joining")
@asks(Permission.CASES_OPEN)
@bp.input(JoiningIn, arg_name="body")
@bp.output(CaseOut, status_code=201)
def open_joining_case(body: JoiningIn) -> CaseOut:
    """Have a person handed what he needs by his first day."""
    return _begun(body)


@bp.post("/cases/reassignment")
@asks(Permission.CASES_OPEN)
@bp.input(HandingOnIn, arg_name="body")
@bp.output(CaseOut, status_code=201)
def open_reassignment_case(body: HandingOnIn) -> CaseOut:
    """Have an account handed on by three: who gives, who takes over, and a witness."""
    return _begun(body)


@bp.post("/cases/<number>/steps/<int:step>/do")
@asks(Permission.CASES_DO, scoped=True)
@bp.input(StepIn, arg_name="body")
@bp.output(CaseOut)
def do_step(number: str, step: int, body: StepIn) -> CaseOut:
    """Say that a step is done that no proof can show: level `declared`."""
    session = current_session()
    case = services.do(session, number, step, note=body.note, actor=current_actor())
    return queries.shown_case(session, case)


@bp.post("/cases/<number>/steps/<int:step>/waive")
@asks(Permission.CASES_DO, scoped=True)
@bp.input(WaiveIn, arg_name="body")
@bp.output(CaseOut)
def waive_step(number: str, step: int, body: WaiveIn) -> CaseOut:
    """Let a step be, for a reason; with `ask` ask those who may."""
    session, actor = current_session(), current_actor()
    case = services.waive(session, number, step, reason=body.reason, ask=body.ask, actor=actor)
    return queries.shown_case(session, case)


@bp.post("/cases/<number>/cancel")
@asks(Permission.CASES_OPEN)
@bp.input(CaseReasonIn, arg_name="body")
@bp.output(CancelOut)
def cancel_case(number: str, body: CaseReasonIn) -> CancelOut:
    """End a case that is not to be: what it began is taken back, or named."""
    session, actor = current_session(), current_actor()
    if body.dry_run:
        undone, left = services.foreseen_cancel(session, number, actor=actor)
        return CancelOut(case=_shown(number), undone=undone, left=left)
    case, undone, left = services.cancel(session, tools(), number, reason=body.reason, actor=actor)
    return CancelOut(case=queries.shown_case(session, case), undone=undone, left=left)


@bp.post("/cases/<number>/reopen")
@asks(Permission.CASES_OPEN)
@bp.input(ReopenIn, arg_name="body")
@bp.output(CaseOut)
def reopen_case(number: str, body: ReopenIn) -> CaseOut:
    """Begin a cancelled case again, or have steps of one done once more."""
    session, actor = current_session(), current_actor()
    case = services.reopen(
        session, tools(), number, reason=body.reason, steps=body.steps, actor=actor
    )
    return queries.shown_case(session, case)


@bp.post("/cases/<number>/successor")
@asks(Permission.CASES_OPEN)
@bp.input(SuccessorIn, arg_name="body")
@bp.output(CaseOut)
def name_successor(number: str, body: SuccessorIn) -> CaseOut:
    """Name somebody else who takes over."""
    session = current_session()
    successor = employee(session, body.successor)
    case = services.name_successor(session, number, successor, actor=current_actor())
    return queries.shown_case(session, case)


@bp.get("/case-capacity")
@asks(Permission.CASES_READ, scoped=True)
@bp.input(CapacityQuery, location="query", arg_name="query")
@bp.output(Page[CapacityOut])
def case_capacity(query: CapacityQuery) -> Page[CapacityOut]:
    """Show how many minutes cases need of stations, by day, and whether that fits."""
    found = capacity.capacity(current_session(), tools().settings, query, actor=current_actor())
    return Page(items=found)


@bp.get("/case-blocks")
@asks(Permission.CASES_READ, scoped=True)
@bp.output(Page[BlockOut])
def case_blocks() -> Page[BlockOut]:
    """Show for whom cases wait."""
    return Page(items=capacity.blocks(current_session(), actor=current_actor()))


@bp.get("/tasks")
@bp.input(TaskQuery, location="query", arg_name="query")
@bp.output(Page[TaskOut])
def list_tasks(query: TaskQuery) -> Page[TaskOut]:
    """List what waits for whoever asks: steps, waivers, and what he is to decide about."""
    found, mark = tasks.tasks(current_session(), query, actor=current_actor())
    return Page(items=found, next=mark)


@bp.get("/tasks/today")
@bp.output(TasksTodayOut)
def tasks_today() -> TasksTodayOut:
    """Count the steps and waivers that wait for whoever asks."""
    return tasks.today(current_session(), actor=current_actor())


@bp.get("/case-ladders")
@asks(Permission.POLICY_READ)
@bp.input(LadderQuery, location="query", arg_name="query")
@bp.output(Page[LadderOut])
def list_ladders(query: LadderQuery) -> Page[LadderOut]:
    """List what happens if nothing is done: versions in force at a moment, or every one."""
    rows, mark = ladders.ladder_versions(current_session(), query, actor=current_actor())
    return Page(items=[ladders.shown_version(row) for row in rows], next=mark)


@bp.post("/case-ladders")
@asks(Permission.POLICY_WRITE)
@bp.input(LadderIn, arg_name="body")
@bp.output(LadderOut, status_code=201)
def set_ladder(body: LadderIn) -> LadderOut:
    """Say what happens if nothing is done; with `dry_run` show the version only."""
    version = ladders.set_ladder(current_session(), body, actor=current_actor())
    return ladders.shown_version(version)


def _begun(body: asked.Asked) -> CaseOut:
    session = current_session()
    case = asked.begun(session, tools(), body, actor=current_actor())
    return queries.shown_case(session, case)


def _shown(number: str) -> CaseOut:
    session = current_session()
    return queries.shown_case(session, queries.case_within(session, number, actor=current_actor()))
