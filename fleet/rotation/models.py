"""One change of a PIN or a password, from its plan to its proof."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.playbooks import Playbook
from fleet.contracts.proof import Level
from fleet.contracts.rotation import RotationState
from fleet.database import Base, stored_as_values
from fleet.stations.models import Job
from fleet.vault.models import Credential, CredentialVersion


class Rotation(Base):
    """`version` is the value to be set; `former` what was active when it was planned.

    `settling`: earlier visits may have set either of the two, so the phone is asked which opens it.
    `even_untrusted`: a person asked for it although the lock tool of the build was found to lie.
    `visits` counts the jobs that were planned for it, `round` the rotations that led to this one.
    """

    __tablename__ = "rotation"
    __trail__ = (
        "kind",
        "credential_id",
        "version_id",
        "former_id",
        "asked",
        "settling",
        "even_untrusted",
        "state",
        "level",
        "reason",
    )
    __untold__ = {
        "the proof, kept on its row": ("sentence", "steps", "wrong_attempts", "build"),
        "a copy of its version, which is in the trail": ("guided_by",),
        "derived": ("job_id", "visits", "round", "planned_at", "ended_at"),
    }
    __table_args__ = (
        Index(None, "state", "planned_at"),
        Index(
            "ix_rotation_live",
            "credential_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    kind: Mapped[CredentialKind] = mapped_column(stored_as_values(CredentialKind))
    credential_id: Mapped[UUID] = mapped_column(ForeignKey("credential.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("credential_version.id"))
    former_id: Mapped[UUID | None] = mapped_column(ForeignKey("credential_version.id"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"))
    asked: Mapped[str]  # why it was planned: due, leaving, …
    settling: Mapped[bool] = mapped_column(default=False)
    even_untrusted: Mapped[bool] = mapped_column(default=False)
    visits: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[RotationState] = mapped_column(
        stored_as_values(RotationState), default=RotationState.PLANNED
    )
    level: Mapped[Level] = mapped_column(stored_as_values(Level), default=Level.NONE)
    reason: Mapped[str | None]  # why it ended as it did: a stable code
    sentence: Mapped[str] = mapped_column(default="")
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    wrong_attempts: Mapped[int] = mapped_column(default=0)
    build: Mapped[str | None]
    # The playbook as it was when the change began: a later version is for later changes.
    guided_by: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    planned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)

    credential: Mapped[Credential] = relationship()
    version: Mapped[CredentialVersion] = relationship(foreign_keys=version_id)
    former: Mapped[CredentialVersion | None] = relationship(foreign_keys=former_id)
    job: Mapped[Job | None] = relationship()
    declarations: Mapped[list["RotationDeclaration"]] = relationship(
        back_populates="rotation", order_by="RotationDeclaration.said_at"
    )

    @property
    def playbook(self) -> Playbook | None:
        return Playbook.model_validate(self.guided_by["book"]) if self.guided_by else None

    @property
    def is_binding(self) -> bool:
        return self.kind is CredentialKind.ACCOUNT_BINDING

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def may_have_begun(self) -> bool:
        """Tell whether an earlier visit can have set the new value: the next one asks first.

        A binding is seen or it is not: a visit that saw nothing leaves nothing open.
        """
        if self.is_binding:
            return False
        return self.settling or self.visits > 1 or (self.job is not None and self.job.unsure > 0)


class RotationDeclaration(Base):
    """What a person said he did about a change; another one who saw it confirms."""

    __tablename__ = "rotation_declaration"
    __trail__ = ("rotation_id", "what", "note", "said_by", "witnessed_by")
    __untold__ = {"told by the event": ("said_by_id", "said_at", "witnessed_by_id", "witnessed_at")}
    __table_args__ = (UniqueConstraint("rotation_id", "what"),)

    rotation_id: Mapped[UUID] = mapped_column(ForeignKey("rotation.id"))
    what: Mapped[str]
    note: Mapped[str]
    said_by: Mapped[str]
    said_by_id: Mapped[UUID]
    said_at: Mapped[datetime]
    witnessed_by: Mapped[str | None]
    witnessed_by_id: Mapped[UUID | None]
    witnessed_at: Mapped[datetime | None]

    rotation: Mapped[Rotation] = relationship(back_populates="declarations")
