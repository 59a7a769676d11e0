"""Puts the rooms together: which of them knows what to do with which kind of job, and who listens.

Whoever starts the domain (the server, a test) imports this module once.
"""

from datetime import timedelta

from fleet.access import guard, tokens
from fleet.accounts import services as accounts
from fleet.accounts.queries import handles_bound_to
from fleet.applications import releasing
from fleet.applications import services as applications
from fleet.backups.adopting import HELD_BY_OTHERS, OFFLINE_BACKUPS
from fleet.backups.kits import DUE
from fleet.backups.kits import HOLDERS as HOLDERS_OF_PHONES
from fleet.backups.outcomes import BACKUP
from fleet.backups.services import PURPOSES
from fleet.bin import services as bin_services
from fleet.cases import carrying as cases
from fleet.cases.drafting import NAMES
from fleet.cases.ladders import escalate as escalate_cases
from fleet.cases.services import note_loss as note_loss_case
from fleet.cases.signed import SIGNED_BEFORE
from fleet.cases.tasks import OWN, SOURCES
from fleet.chores.services import AT_A_TIME, CHORES, ERRANDS, Chore, Errand
from fleet.compliance import checks, drift, findings, judging, ledger
from fleet.compliance.due import backups_due
from fleet.conduct import services as conduct
from fleet.conduct.approvals import APPROVED
from fleet.contracts.cases import TaskKind
from fleet.contracts.stations import JobKind
from fleet.custody import emptiness, quarantine
from fleet.custody.flags import FLAGS
from fleet.custody.holders import HeldBy, held_by_others, holder_ids, holders_of_phones
from fleet.custody.issuing import ISSUE_LISTENERS, ISSUE_WARNINGS, RESERVED
from fleet.custody.keeping import newest_of_holders
from fleet.custody.queries import phones_within
from fleet.custody.services import BEGIN_LISTENERS, RETURN_LISTENERS
from fleet.custody.signing import SIGNATURES
from fleet.custody.wiping import WIPE_WORK
from fleet.devices import unchanged
from fleet.devices.noting import LISTENERS
from fleet.devices.services import MOVE_LISTENERS
from fleet.incidents import measures
from fleet.incidents import queries as incidents
from fleet.incidents.services import REPORT_LISTENERS, note_finding
from fleet.keeping import checking, deleting, drills
from fleet.keeping.expiring import NEEDS
from fleet.keeping.objects import OTHERS
from fleet.limits import services as limits
from fleet.naming import judging as naming
from fleet.naming.queries import nickname_in
from fleet.papers import hand_overs, issuing, returns
from fleet.papers.signing import SIGN_LISTENERS
from fleet.papers.standing import LAPSE_LISTENERS
from fleet.policies.holders import HOLDERS
from fleet.policies.queries import rules_found
from fleet.registers import waiting
from fleet.remedies.models import STORED_APKS
from fleet.remedies.outcomes import REMEDY
from fleet.requests.ending import (
    note_adopted,
    note_return_begun,
    note_returned,
    note_rotation,
)
from fleet.requests.handing import note_issued
from fleet.requests.queries import was_approved
from fleet.requests.services import escalate
from fleet.rotation.guided import GUIDE_ACCOUNT
from fleet.rotation.objections import OBJECTORS
from fleet.rotation.services import END_LISTENERS
from fleet.rotation.triggers import note_loss
from fleet.search import filling
from fleet.sims import numbers
from fleet.sims import services as sims
from fleet.stations import outbox
from fleet.stations.offline import OFFLINE
from fleet.stations.outcomes import WORK
from fleet.stations.probing import PROBE
from fleet.stocktakes import differences
from fleet.stocktakes import tasks as stocktakes
from fleet.vault.rules import FINDERS
from fleet.vault.services import ADOPT_LISTENERS

WORK[JobKind.ROTATE_PIN] = drift.WATCHED_ROTATION
WORK[JobKind.GUIDE_ACCOUNT] = GUIDE_ACCOUNT
WORK[JobKind.BACKUP] = BACKUP
WORK[JobKind.CHECK_PIN] = drift.CHECK_PIN
WORK[JobKind.WIPE] = WIPE_WORK
WORK[JobKind.PROBE] = PROBE
WORK[JobKind.REMEDY] = REMEDY

LISTENERS[:] = [
    sims.note_cards,
    emptiness.note_visits,
    checks.note_visits,
    judging.note_visits,
]
unchanged.LISTENERS[:] = [
    sims.note_cards_again,
    emptiness.note_unchanged,
    checks.note_unchanged,
    judging.note_unchanged,
]
MOVE_LISTENERS[:] = [note_loss, measures.note_device_moved, releasing.note_moved]
accounts.MOVE_LISTENERS[:] = [measures.note_account_moved, releasing.note_moved]
sims.MOVE_LISTENERS[:] = [measures.note_sim_moved, releasing.note_moved]
RESERVED[:] = [releasing.refuse_reserved]
releasing.FORM_LISTENERS[:] = [issuing.void_form]
SIGN_LISTENERS[:] = [issuing.note_signed, hand_overs.note_signed]
numbers.BINDERS[:] = [handles_bound_to]
ISSUE_LISTENERS[:] = [note_issued, cases.note_issued]
SIGNATURES[:] = [returns.signings]
LAPSE_LISTENERS[:] = [hand_overs.note_lapsed]
SIGNED_BEFORE[:] = [hand_overs.signed_before]
ISSUE_WARNINGS[:] = [naming.warnings_of_issue]
accounts.NAME_LISTENERS[:] = [naming.note_named]
BEGIN_LISTENERS[:] = [note_return_begun]
RETURN_LISTENERS[:] = [note_returned, cases.note_returned]
REPORT_LISTENERS[:] = [note_loss_case]
END_LISTENERS[:] = [drift.note_rotation, measures.note_rotation, note_rotation]
ADOPT_LISTENERS[:] = [note_adopted]
OBJECTORS[:] = [checks.refused_ones]
findings.LISTENERS[:] = [note_finding, conduct.note_finding]
ledger.HOLDERS[:] = [holders_of_phones]
ledger.EMPTIED[:] = [emptiness.emptied_at]
ledger.WITHIN[:] = [phones_within]
FLAGS[:] = [incidents.flags_of]
APPROVED[:] = [was_approved]

NAMES[:] = [nickname_in]
SOURCES[:] = [*OWN, (TaskKind.STOCKTAKE, stocktakes.tasks)]
NEEDS[:] = [newest_of_holders]
OTHERS[:] = [STORED_APKS]
OFFLINE[:] = [OFFLINE_BACKUPS]
HOLDERS_OF_PHONES[:] = [holder_ids]
HELD_BY_OTHERS[:] = [held_by_others]
DUE[:] = [backups_due]
PURPOSES[:] = [incidents.purpose_of]

HOLDERS[:] = [HeldBy()]
FINDERS[:] = [rules_found]

SOON, HOURLY, DAILY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
CHORES[:] = [
    Chore("limits.purge", HOURLY, limits.purge),
    Chore("guards.purge", HOURLY, guard.purge),
    Chore("sessions.forget", DAILY, lambda one: tokens.forget_sessions(one, at_most=AT_A_TIME)),
    Chore("reports.forget", DAILY, lambda one: outbox.forget_reports(one, at_most=AT_A_TIME)),
    Chore("custody.quarantines", SOON, quarantine.end_quarantines),
    Chore("requests.escalate", SOON, escalate),
    Chore("cases.carry_on", SOON, cases.carry_all_on),
    Chore("cases.escalate", HOURLY, escalate_cases),
    Chore("registers.forget", HOURLY, lambda one: waiting.forget(one, at_most=AT_A_TIME)),
    Chore("applications.escalate", SOON, applications.escalate),
    Chore("applications.lapse", SOON, releasing.let_lapse),
    Chore("compliance.waivers", SOON, findings.end_waivers),
    Chore("compliance.signers", HOURLY, judging.count_signers),
    Chore("bin.purge", DAILY, bin_services.purge_what_is_over),
    Chore("stocktakes.notice", SOON, differences.notice_visits),
    Chore("backups.expire", DAILY, deleting.expire_by_itself),
    Chore("backups.draw", DAILY, drills.plan_what_is_due),
]
ERRANDS[:] = [
    Errand(judging.ERRAND, SOON, judging.judge_by_itself),
    Errand(naming.ERRAND, DAILY, naming.judge_by_itself),
    Errand(filling.ERRAND, SOON, filling.fill_by_itself),
    Errand("backups.delete", SOON, deleting.carry_out),
    Errand("backups.orphans", SOON, checking.remove_orphans),
    Errand(checking.QUICK_ERRAND, DAILY, checking.look_by_itself),
    Errand(checking.DEEP_ERRAND, SOON, checking.read_by_itself),
]
