"""`workfleet job …`: what stations have to do."""

from cli.context import App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import argument, group
from fleet.contracts.stations import JobOut, JobQuery
from fleet.contracts.words import _


@group(_("What stations have to do."))
def job() -> None:
    pass


def _far(one: JobOut) -> str:
    if one.done is None or not one.total:
        return ""
    return f"{100 * one.done // one.total} %"


job.add_command(
    list_command(
        Listing(
            help=_("List jobs, newest first."),
            query=JobQuery,
            fetch=lambda client, query: client.jobs(query),
            columns=(
                Column(_("Phone"), lambda one: one.device),
                Column(_("What"), lambda one: label(one.kind)),
                Column(_("State"), lambda one: label(one.state)),
                Column(_("Station"), lambda one: one.station, spare=True),
                Column(_("Step"), lambda one: label(one.step or ""), spare=True),
                Column(_("Done"), _far, right=True, spare=True),
                Column(_("Tries"), lambda one: one.attempts, right=True),
                Column(_("Since"), lambda one: one.created_at),
                Column(_("Trouble"), lambda one: one.failure, spare=True, long=True),
                Column("Id", lambda one: one.id),
            ),
            empty=_("No job fits."),
            filters={
                "device": _("Only this phone (tag)."),
                "state": _("Only this state."),
                "kind": _("Only this kind."),
                "station": _("Only at this station."),
            },
        )
    )
)


@job.command(help=_("Cancel a job that no station has begun."))
@argument("job_id", metavar="ID")
@pass_app
def cancel(app: App, job_id: str) -> None:
    done = app.client.cancel_job(job_id)
    state = label(done.state)
    app.answer(done, _("The job for {tag}: {state}."), tag=done.device, state=state)
