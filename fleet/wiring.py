"""Puts the rooms together: which of them knows what to do with which kind of job, and who listens.

Whoever starts the domain (the server, a test) imports this module once.
"""

from datetime import timedelta

from fleet.access import guard, tokens
from fleet.backups.outcomes import BACKUP
from fleet.cases.services import close_if_done
from fleet.chores.services import AT_A_TIME, CHORES, Chore
from fleet.contracts.stations import JobKind
from fleet.custody.holders import HeldBy
from fleet.custody.services import RETURN_LISTENERS
from fleet.custody.wiping import WIPE_WORK
from fleet.devices.observation import LISTENERS
from fleet.devices.services import MOVE_LISTENERS
from fleet.limits import services as limits
from fleet.policies.holders import HOLDERS
from fleet.policies.queries import rules_found
from fleet.rotation.guided import GUIDE_ACCOUNT
from fleet.rotation.outcomes import ROTATE_PIN
from fleet.rotation.triggers import note_loss
from fleet.sims.services import note_cards
from fleet.stations import outbox
from fleet.stations.outcomes import WORK
from fleet.stations.probing import PROBE
from fleet.vault.rules import FINDERS

WORK[JobKind.ROTATE_PIN] = ROTATE_PIN
WORK[JobKind.GUIDE_ACCOUNT] = GUIDE_ACCOUNT
WORK[JobKind.BACKUP] = BACKUP
WORK[JobKind.WIPE] = WIPE_WORK
WORK[JobKind.PROBE] = PROBE

LISTENERS[:] = [note_cards]
MOVE_LISTENERS[:] = [note_loss]
RETURN_LISTENERS[:] = [close_if_done]

HOLDERS[:] = [HeldBy()]
FINDERS[:] = [rules_found]

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
CHORES[:] = [
    Chore("limits.purge", HOURLY, limits.purge),
    Chore("guards.purge", HOURLY, guard.purge),
    Chore("sessions.forget", DAILY, lambda one: tokens.forget_sessions(one, at_most=AT_A_TIME)),
    Chore("reports.forget", DAILY, lambda one: outbox.forget_reports(one, at_most=AT_A_TIME)),
]
