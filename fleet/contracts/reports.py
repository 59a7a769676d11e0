"""Numbers over the whole fleet, on the wire."""

from fleet.contracts.applications import ApplicationsTodayOut
from fleet.contracts.cases import TasksTodayOut
from fleet.contracts.escrow import EscrowToday
from fleet.contracts.requests import RequestsTodayOut
from fleet.contracts.wire import Moment, Shown


class SummaryOut(Shown):
    """What `today` shows. Due means within seven days, or overdue."""

    at: Moment
    phones: int
    phones_by_state: dict[str, int]
    phones_present: int  # plugged in at a station now
    phones_silent: int  # out, and not seen for more than seven days
    pins_by_level: dict[str, int]  # of the phones that are not retired
    pins_unproven: int  # a change ended in doubt: two values are kept
    pins_due: int
    passwords_due: int
    phones_without_backup: int  # out, and never backed up completely
    sims_by_state: dict[str, int]
    accounts_by_state: dict[str, int]
    cases_open: int
    cases_by_kind: dict[str, int] = {}
    cases_overdue: int = 0  # open past their day
    clearances_blocked: int = 0
    incidents_open: int = 0
    measures_overdue: int = 0
    findings_open: int = 0
    findings_overdue: int = 0
    stored_wrong: int = 0  # objects of backups that are lost or altered
    backups_damaged: int = 0
    drills_waiting: int = 0  # samples of backups that somebody is to restore
    drills_failed: int = 0
    jobs_live: int
    stations: int
    alarms: list[str] = []  # accounts of the safe that were used, until it is acknowledged
    escrow: EscrowToday = EscrowToday()
    tasks: TasksTodayOut | None = None  # steps and waivers that wait for whoever asks
    applications: ApplicationsTodayOut | None = None
    requests: RequestsTodayOut | None = None  # what waits for whoever asks
