"""Looking at a phone again when the server asks for it."""

from agents.phone.errors import NoAnswer
from agents.phone.memory import Anew
from agents.phone.probe import probe
from agents.station.jobs.work import Work
from fleet.contracts.stations import JobDone, PhoneSeen, ProbeTask


def run(work: Work, _task: ProbeTask) -> JobDone:
    try:
        visit = probe(work.phone, memory=Anew(work.answers) if work.answers else None)
    except NoAnswer as error:
        return JobDone(job=work.job, failure=str(error), again=True)
    seen = PhoneSeen(facts=visit.facts, transport=work.phone.serial, digest=visit.digest)
    return JobDone(job=work.job, probe=seen)
