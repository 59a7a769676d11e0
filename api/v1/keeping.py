"""Keeping backups: for how long, what is preserved, what goes, and whether the rest is good."""

from apiflask import APIBlueprint

from api.house import house, tools
from api.identity import asks, current_actor
from api.transaction import current_session, short_look
from fleet.backups.queries import backup_of
from fleet.contracts.clock import now
from fleet.contracts.keeping import (
    CarriedOut,
    DeletionIn,
    DeletionOut,
    DeletionQuery,
    DrillIn,
    DrillOut,
    DrillQuery,
    DrillResultIn,
    ExpiryIn,
    ExpiryOut,
    FaultOut,
    FaultQuery,
    LiftIn,
    OrphansIn,
    OrphansOut,
    PreservationIn,
    PreservationOut,
    PreservationPlacedOut,
    PreservationQuery,
    RetentionIn,
    RetentionOut,
    RetentionQuery,
    RetentionSetOut,
    StorageCheckIn,
    StorageCheckOut,
    StorageCheckQuery,
    TermsQuery,
)
from fleet.contracts.permissions import Permission
from fleet.contracts.wire import Page
from fleet.keeping import (
    checking,
    deleting,
    drills,
    expiring,
    faults,
    preserving,
    retention,
    terms,
)

bp = APIBlueprint("keeping", __name__, url_prefix="/api/v1", tag="Keeping backups")
PATIENCE_SECONDS = 10.0  # after which whoever asked is told how much is left


@bp.get("/retention-policies")
@asks(Permission.POLICY_READ)
@bp.input(RetentionQuery, location="query", arg_name="query")
@bp.output(Page[RetentionOut])
def list_retention_policies(query: RetentionQuery) -> Page[RetentionOut]:
    """List the versions in force at a moment, or every one."""
    rows, mark = retention.versions(current_session(), query, actor=current_actor())
    moment = query.at or now()
    return Page(items=[retention.shown(row, at=moment) for row in rows], next=mark)


@bp.get("/retention-policies/in-force")
@asks(Permission.POLICY_READ)
@bp.input(TermsQuery, location="query", arg_name="query")
@bp.output(Page[RetentionOut])
def show_retention(query: TermsQuery) -> Page[RetentionOut]:
    """Show for how long backups of each purpose are kept in a department, and who says so."""
    return Page(items=retention.in_force(current_session(), query, actor=current_actor()))


@bp.post("/retention-policies")
@asks(Permission.POLICY_WRITE)
@bp.input(RetentionIn, arg_name="body")
@bp.output(RetentionSetOut, status_code=201)
def set_retention(body: RetentionIn) -> RetentionSetOut:
    """Add a version; with `dry_run`, say how many backups would be over their time."""
    verb = terms.foreseen if body.dry_run else terms.set_terms
    effect = verb(current_session(), body, actor=current_actor())
    return RetentionSetOut(
        policy=retention.shown(effect.version, at=now()),
        due_before=effect.due_before,
        due=effect.due,
        dry_run=body.dry_run,
    )


@bp.get("/preservations")
@asks(Permission.BACKUPS_READ)
@bp.input(PreservationQuery, location="query", arg_name="query")
@bp.output(Page[PreservationOut])
def list_preservations(query: PreservationQuery) -> Page[PreservationOut]:
    """List the preservations in force, or all, the newest first."""
    rows, mark = preserving.preservations(current_session(), query, actor=current_actor())
    return Page(items=[preserving.shown(row) for row in rows], next=mark)


@bp.get("/preservations/<number>")
@asks(Permission.BACKUPS_READ)
@bp.output(PreservationOut)
def show_preservation(number: str) -> PreservationOut:
    """Show a preservation."""
    return preserving.shown(
        preserving.preservation(current_session(), number, actor=current_actor())
    )


@bp.post("/preservations")
@asks(Permission.BACKUPS_PRESERVE)
@bp.input(PreservationIn, arg_name="body")
@bp.output(PreservationPlacedOut, status_code=201)
def place_preservation(body: PreservationIn) -> PreservationPlacedOut:
    """Keep everything that is stored of a phone or a person, or one backup, until it is lifted."""
    session = current_session()
    placed = preserving.place(session, body, actor=current_actor())
    return PreservationPlacedOut(
        preservation=preserving.shown(placed.preservation),
        backups=sum(1 for _one in preserving.covered(session, placed.preservation)),
        kept=placed.kept,
        too_late=placed.too_late,
    )


@bp.post("/preservations/<number>/lift")
@asks(Permission.BACKUPS_PRESERVE)
@bp.input(LiftIn, arg_name="body")
@bp.output(PreservationOut)
def lift_preservation(number: str, body: LiftIn) -> PreservationOut:
    """Let terms run again for what a preservation kept."""
    return preserving.shown(
        preserving.lift(current_session(), number, reason=body.reason, actor=current_actor())
    )


@bp.post("/backups/expiry")
@asks(Permission.BACKUPS_DELETE)
@bp.input(ExpiryIn, arg_name="body")
@bp.output(ExpiryOut)
def expire_backups(body: ExpiryIn) -> ExpiryOut:
    """Mark what is over its time to be deleted; with `dry_run` say what that would be."""
    verb = expiring.expiry if body.dry_run else deleting.expire
    found = verb(current_session(), actor=current_actor())
    return expiring.shown_expiry(found, dry_run=body.dry_run)


@bp.post("/backups/<reference>/deletion")
@asks(Permission.BACKUPS_DELETE)
@bp.input(DeletionIn, arg_name="body")
@bp.output(DeletionOut, status_code=201)
def delete_backup(reference: str, body: DeletionIn) -> DeletionOut:
    """Mark a backup to be deleted, whatever its age; with `dry_run` say what that would be."""
    session, actor = current_session(), current_actor()
    backup = backup_of(session, reference)
    if body.dry_run:
        deleting.require_deletable(session, backup)
        return deleting.would_be(backup, body.reason)
    return deleting.shown(deleting.delete_backup(session, backup, reason=body.reason, actor=actor))


@bp.get("/backup-deletions")
@asks(Permission.BACKUPS_READ)
@bp.input(DeletionQuery, location="query", arg_name="query")
@bp.output(Page[DeletionOut])
def list_backup_deletions(query: DeletionQuery) -> Page[DeletionOut]:
    """List what was, or is to be, deleted, the newest first."""
    rows, mark = deleting.deletions(current_session(), query, actor=current_actor())
    return Page(items=[deleting.shown(row) for row in rows], next=mark)


@bp.post("/backup-deletions/carry-out")
@asks(Permission.BACKUPS_DELETE)
@bp.output(CarriedOut)
def carry_out_deletions() -> CarriedOut:
    """Delete what is marked, for some seconds, and say how much is left.

    Each step is a transaction of its own, as when the server does it by itself.
    """
    ended = deleting.carry_out(house().sessions, tools().settings, seconds=PATIENCE_SECONDS)
    checking.remove_orphans(house().sessions, tools().settings)
    with short_look() as session:
        return CarriedOut(ended=ended, left=deleting.left(session))


@bp.post("/storage-checks")
@asks(Permission.BACKUPS_CHECK)
@bp.input(StorageCheckIn, arg_name="body")
@bp.output(StorageCheckOut, status_code=201)
def begin_check(body: StorageCheckIn) -> StorageCheckOut:
    """Begin a look at all that is stored, or follow the one of its kind that is under way."""
    return checking.shown(checking.begin(current_session(), body.depth, actor=current_actor()))


@bp.get("/storage-checks")
@asks(Permission.BACKUPS_READ)
@bp.input(StorageCheckQuery, location="query", arg_name="query")
@bp.output(Page[StorageCheckOut])
def list_storage_checks(query: StorageCheckQuery) -> Page[StorageCheckOut]:
    """List the looks at what is stored, the newest first."""
    rows, mark = checking.checks(current_session(), query, actor=current_actor())
    return Page(items=[checking.shown(row) for row in rows], next=mark)


@bp.get("/storage-checks/<number>")
@asks(Permission.BACKUPS_READ)
@bp.output(StorageCheckOut)
def show_check(number: str) -> StorageCheckOut:
    """Show a look at what is stored, and how far it is."""
    return checking.shown(checking.check_of(current_session(), number, actor=current_actor()))


@bp.post("/storage-checks/<number>/go-on")
@asks(Permission.BACKUPS_CHECK)
@bp.output(StorageCheckOut)
def go_on_checking(number: str) -> StorageCheckOut:
    """Look on for some seconds where nobody else is at it, and say how far it is."""
    with short_look() as session:
        key = checking.check_of(session, number, actor=current_actor()).id
    checking.go_on(house().sessions, tools().settings, key, seconds=PATIENCE_SECONDS)
    with short_look() as session:
        return checking.shown(checking.check_of(session, number, actor=current_actor()))


@bp.get("/storage-faults")
@asks(Permission.BACKUPS_READ)
@bp.input(FaultQuery, location="query", arg_name="query")
@bp.output(Page[FaultOut])
def list_storage_faults(query: FaultQuery) -> Page[FaultOut]:
    """List the objects with which something is wrong, and the backups that name them."""
    items, mark = faults.faults(current_session(), query, actor=current_actor())
    return Page(items=items, next=mark)


@bp.post("/storage-faults/orphans/removal")
@asks(Permission.BACKUPS_DELETE)
@bp.input(OrphansIn, arg_name="body")
@bp.output(OrphansOut)
def remove_orphans(body: OrphansIn) -> OrphansOut:
    """Have the objects deleted that no backup names; with `dry_run` say how many they are."""
    return checking.ask_removal(current_session(), dry_run=body.dry_run, actor=current_actor())


@bp.get("/restore-drills")
@asks(Permission.BACKUPS_READ)
@bp.input(DrillQuery, location="query", arg_name="query")
@bp.output(Page[DrillOut])
def list_restore_drills(query: DrillQuery) -> Page[DrillOut]:
    """List drills: those that wait for somebody with an identity, and what came of the others."""
    rows, mark = drills.drills(current_session(), query, actor=current_actor())
    return Page(items=[drills.shown(row) for row in rows], next=mark)


@bp.get("/restore-drills/<number>")
@asks(Permission.BACKUPS_READ)
@bp.output(DrillOut)
def show_drill(number: str) -> DrillOut:
    """Show a drill: the seed, the packs that were drawn, and what came of it."""
    return drills.shown(drills.drill_of(current_session(), number, actor=current_actor()))


@bp.post("/restore-drills")
@asks(Permission.BACKUPS_CHECK)
@bp.input(DrillIn, arg_name="body")
@bp.output(DrillOut, status_code=201)
def plan_drill(body: DrillIn) -> DrillOut:
    """Draw a sample of a backup that is to be restored."""
    session = current_session()
    backup = backup_of(session, body.backup)
    return drills.shown(
        drills.plan_drill(session, backup, reason=body.reason, actor=current_actor())
    )


@bp.post("/restore-drills/<number>/result")
@asks(Permission.BACKUPS_OPEN)
@bp.input(DrillResultIn, arg_name="body")
@bp.output(DrillOut)
def end_drill(number: str, body: DrillResultIn) -> DrillOut:
    """Take in what the restored sample has shown."""
    return drills.shown(drills.end_drill(current_session(), number, body, actor=current_actor()))
