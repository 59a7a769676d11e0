"""Every room's tables, so that whoever compares or creates them sees them all."""

from sqlalchemy import MetaData

import fleet.access.models
import fleet.accounts.models
import fleet.applications.models
import fleet.audit.models
import fleet.backups.models
import fleet.bin.models
import fleet.builds.models
import fleet.cases.models
import fleet.chores.models
import fleet.compliance.models
import fleet.conduct.models
import fleet.counting
import fleet.custody.models
import fleet.devices.models
import fleet.directory.models
import fleet.escrow.models
import fleet.former.models
import fleet.incidents.models
import fleet.keeping.models
import fleet.limits.models
import fleet.naming.models
import fleet.openings.models
import fleet.papers.models
import fleet.people.models
import fleet.plans.models
import fleet.playbooks.models
import fleet.policies.models
import fleet.registers.models
import fleet.remedies.models
import fleet.requests.models
import fleet.rotation.models
import fleet.search.models
import fleet.sims.models
import fleet.stations.models
import fleet.stocktakes.models
import fleet.vault.models
import fleet.views.models  # noqa: F401
from fleet.database import Base

metadata: MetaData = Base.metadata
