"""For how long backups are kept, what stops that, and what was found of what is stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.backups.models import Backup
from fleet.contracts.backups import BackupState
from fleet.contracts.keeping import DeletionCause, Depth, DrillState, FaultKind, Purpose
from fleet.database import Base, stored_as_values
from fleet.devices.models import Device
from fleet.people.in_force import Version
from fleet.people.models import Employee


class RetentionPolicy(Version, Base):
    """For how long backups of a purpose are kept in a department and beneath it."""

    __tablename__ = "retention_policy"
    __trail__ = (
        "purpose",
        "department_id",
        "effective_from",
        "reason",
        "inherits",
        "keep_days",
        "drill_days",
    )
    __untold__ = {"told by the event": ("set_at", "set_by")}
    __table_args__ = (
        CheckConstraint("department_id IS NOT NULL OR NOT inherits", name="company_has_its_own"),
        Index(None, "purpose", "effective_from"),
    )

    purpose: Mapped[Purpose] = mapped_column(stored_as_values(Purpose))
    keep_days: Mapped[int]
    drill_days: Mapped[int]


class Preservation(Base):
    """What is stored of a phone, of a person or of one backup is not deleted until it is lifted."""

    __tablename__ = "preservation"
    __trail__ = (
        "number",
        "device_id",
        "employee_id",
        "backup_id",
        "reason",
        "placed_by",
        "lifted_by",
        "lifted_because",
    )
    __untold__ = {"told by the event": ("placed_at", "lifted_at")}
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN device_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN employee_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN backup_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="of_one_thing",
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)  # PR-2026-001
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("employee.id"), index=True)
    backup_id: Mapped[UUID | None] = mapped_column(ForeignKey("backup.id"), index=True)
    reason: Mapped[str]
    placed_at: Mapped[datetime]
    placed_by: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
    lifted_because: Mapped[str | None]

    device: Mapped[Device | None] = relationship()
    employee: Mapped[Employee | None] = relationship()
    backup: Mapped[Backup | None] = relationship()


class BackupDeletion(Base):
    """A backup that is to go: marked first, ended when the store has said that all of it is gone.

    `begun_at` stands before the first object goes: from then on nobody believes the backup again.
    `objects` and `bytes` are those that are gone, `shared` those that other backups still name.
    """

    __tablename__ = "backup_deletion"
    __trail__ = ("backup_id", "cause", "reason", "state_before", "begun_at", "objects", "shared")
    __untold__ = {"told by the event": ("marked_at", "marked_by", "bytes", "ended_at")}

    backup_id: Mapped[UUID] = mapped_column(ForeignKey("backup.id"), unique=True)
    cause: Mapped[DeletionCause] = mapped_column(stored_as_values(DeletionCause))
    reason: Mapped[str]
    marked_at: Mapped[datetime] = mapped_column(index=True)
    marked_by: Mapped[str]
    state_before: Mapped[BackupState] = mapped_column(stored_as_values(BackupState))
    begun_at: Mapped[datetime | None]
    objects: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    shared: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]

    backup: Mapped[Backup] = relationship()


class StorageCheck(Base):
    """One look over everything that is stored; `cursor` is the name of what was looked at last."""

    __tablename__ = "storage_check"
    __trail__ = ("number", "depth", "asked_by", "ended_at", "found", "healed", "orphans")
    __untold__ = {
        "progress, and not a decision": (
            "started_at",
            "cursor",
            "busy_until",
            "objects",
            "bytes",
            "orphan_bytes",
        )
    }
    __table_args__ = (
        Index(
            "uq_storage_check_open",
            "depth",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)  # SC-2026-001
    depth: Mapped[Depth] = mapped_column(stored_as_values(Depth))
    asked_by: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    cursor: Mapped[str] = mapped_column(default="")
    busy_until: Mapped[datetime | None]  # somebody is at it, and is taken for dead afterwards
    objects: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    found: Mapped[int] = mapped_column(default=0)
    healed: Mapped[int] = mapped_column(default=0)
    orphans: Mapped[int] = mapped_column(default=0)
    orphan_bytes: Mapped[int] = mapped_column(BigInteger, default=0)


class StorageFault(Base):
    """An object with which something is wrong; it ends by itself when the object is good again.

    `removal_by` has asked that an orphan be deleted.
    """

    __tablename__ = "storage_fault"
    __trail__ = ("object", "kind", "expected", "seen", "found_by", "ended_because", "removal_by")
    __untold__ = {
        "told by the event": ("size", "found_at", "ended_at"),
        "progress, and not a decision": ("looked_at",),
    }
    __table_args__ = (
        Index(
            "uq_storage_fault_open",
            "object",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    object: Mapped[str]  # its name in the store
    kind: Mapped[FaultKind] = mapped_column(stored_as_values(FaultKind))
    expected: Mapped[str | None]
    seen: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    found_at: Mapped[datetime] = mapped_column(index=True)
    found_by: Mapped[str]
    looked_at: Mapped[datetime | None]  # when a later look asked for it again
    removal_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]

    @property
    def digest(self) -> str:
        return self.object.rpartition("/")[2]


class RestoreDrill(Base):
    """A sample of a backup, drawn by a seed that was written down first, and what came of it."""

    __tablename__ = "restore_drill"
    __trail__ = (
        "number",
        "backup_id",
        "seed",
        "packs",
        "reason",
        "state",
        "by",
        "files",
        "problems",
        "damaged",
    )
    __untold__ = {"told by the event": ("planned_at", "due_at", "ended_at", "bytes")}
    __table_args__ = (
        Index(
            "uq_restore_drill_planned",
            "backup_id",
            unique=True,
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
        Index(None, "state", "due_at"),
    )

    number: Mapped[str] = mapped_column(unique=True)  # RD-2026-001
    backup_id: Mapped[UUID] = mapped_column(ForeignKey("backup.id"), index=True)
    seed: Mapped[str]
    packs: Mapped[list[int]] = mapped_column(JSON)
    reason: Mapped[str]
    state: Mapped[DrillState] = mapped_column(
        stored_as_values(DrillState), default=DrillState.PLANNED
    )
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    by: Mapped[str | None]
    files: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    problems: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    damaged: Mapped[list[int]] = mapped_column(JSON, default=list)

    backup: Mapped[Backup] = relationship()
