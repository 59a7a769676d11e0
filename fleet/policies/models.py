"""Password policies (clauses A8 and A13): a row per version, added and never changed."""

from sqlalchemy import JSON, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from fleet.contracts.credentials import CredentialKind
from fleet.contracts.policies import Characters, Pattern, Trigger
from fleet.database import Base, stored_as_values
from fleet.people.in_force import Version
from fleet.vault.rules import Rules


class PasswordPolicy(Version, Base):
    """What is demanded of a kind of credential in a department and beneath it, from a moment on.

    The quiet hours are minutes of the day by the server's clock.
    """

    __tablename__ = "password_policy"
    __trail__ = (
        "kind",
        "department_id",
        "effective_from",
        "reason",
        "inherits",
        "max_age_days",
        "warning_days",
        "length",
        "classes",
        "history",
        "patterns",
        "events",
        "quiet_from",
        "quiet_until",
        "disclosure_hours",
    )
    __untold__ = {"told by the event": ("set_at", "set_by")}
    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_both_or_none"),
        CheckConstraint("department_id IS NOT NULL OR NOT inherits", name="company_has_its_own"),
        Index(None, "kind", "effective_from"),
    )

    kind: Mapped[CredentialKind] = mapped_column(stored_as_values(CredentialKind))
    max_age_days: Mapped[int]
    warning_days: Mapped[int]
    length: Mapped[int]
    classes: Mapped[list[str]] = mapped_column(JSON)
    history: Mapped[int]
    patterns: Mapped[list[str]] = mapped_column(JSON)
    events: Mapped[list[str]] = mapped_column(JSON)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    disclosure_hours: Mapped[int]

    @property
    def rules(self) -> Rules:
        return Rules(
            kind=self.kind,
            max_age_days=self.max_age_days,
            warning_days=self.warning_days,
            length=self.length,
            classes=frozenset(map(Characters, self.classes)),
            history=self.history,
            patterns=frozenset(map(Pattern, self.patterns)),
            events=frozenset(map(Trigger, self.events)),
            disclosure_hours=self.disclosure_hours,
            quiet_from=self.quiet_from,
            quiet_until=self.quiet_until,
        )
