"""Keeping backups: terms, preservations, deletions, checks and drills."""

from api.client.transport import AFTER_UPLOAD_SECONDS, Transport
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
from fleet.contracts.wire import Page


class Keeping(Transport):
    def retention_policies(self, query: RetentionQuery | None = None) -> Page[RetentionOut]:
        return self._get(Page[RetentionOut], "retention-policies", query=query)

    def retention(self, query: TermsQuery | None = None) -> Page[RetentionOut]:
        """Show for how long backups of each purpose are kept in a department."""
        return self._get(Page[RetentionOut], "retention-policies", "in-force", query=query)

    def set_retention(self, body: RetentionIn) -> RetentionSetOut:
        return self._post(RetentionSetOut, "retention-policies", body=body)

    def preservations(self, query: PreservationQuery | None = None) -> Page[PreservationOut]:
        return self._get(Page[PreservationOut], "preservations", query=query)

    def preservation(self, number: str) -> PreservationOut:
        return self._get(PreservationOut, "preservations", number)

    def place_preservation(self, body: PreservationIn) -> PreservationPlacedOut:
        return self._post(PreservationPlacedOut, "preservations", body=body)

    def lift_preservation(self, number: str, body: LiftIn) -> PreservationOut:
        return self._post(PreservationOut, "preservations", number, "lift", body=body)

    def expire_backups(self, body: ExpiryIn) -> ExpiryOut:
        return self._post(ExpiryOut, "backups", "expiry", body=body)

    def delete_backup(self, reference: str, body: DeletionIn) -> DeletionOut:
        return self._post(DeletionOut, "backups", reference, "deletion", body=body)

    def backup_deletions(self, query: DeletionQuery | None = None) -> Page[DeletionOut]:
        return self._get(Page[DeletionOut], "backup-deletions", query=query)

    def carry_out_deletions(self) -> CarriedOut:
        """Have what is marked deleted, for some seconds, and learn how much is left."""
        route = ("backup-deletions", "carry-out")
        return self._post(CarriedOut, *route, patience=AFTER_UPLOAD_SECONDS)

    def begin_check(self, body: StorageCheckIn) -> StorageCheckOut:
        return self._post(StorageCheckOut, "storage-checks", body=body)

    def storage_checks(self, query: StorageCheckQuery | None = None) -> Page[StorageCheckOut]:
        return self._get(Page[StorageCheckOut], "storage-checks", query=query)

    def storage_check(self, number: str) -> StorageCheckOut:
        return self._get(StorageCheckOut, "storage-checks", number)

    def go_on_checking(self, number: str) -> StorageCheckOut:
        """Have the server look on for some seconds, and learn how far it is."""
        route = ("storage-checks", number, "go-on")
        return self._post(StorageCheckOut, *route, patience=AFTER_UPLOAD_SECONDS)

    def storage_faults(self, query: FaultQuery | None = None) -> Page[FaultOut]:
        return self._get(Page[FaultOut], "storage-faults", query=query)

    def remove_orphans(self, body: OrphansIn) -> OrphansOut:
        return self._post(OrphansOut, "storage-faults", "orphans", "removal", body=body)

    def restore_drills(self, query: DrillQuery | None = None) -> Page[DrillOut]:
        return self._get(Page[DrillOut], "restore-drills", query=query)

    def restore_drill(self, number: str) -> DrillOut:
        return self._get(DrillOut, "restore-drills", number)

    def plan_drill(self, body: DrillIn) -> DrillOut:
        return self._post(DrillOut, "restore-drills", body=body)

    def end_drill(self, number: str, body: DrillResultIn) -> DrillOut:
        return self._post(DrillOut, "restore-drills", number, "result", body=body)
