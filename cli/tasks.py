"""`workfleet task list`: what waits for whoever asks."""

from cli.labels import label
from cli.lists import Listing, list_command
from cli.output import Column
from cli.speaking import group
from fleet.contracts.cases import TaskOut, TaskQuery
from fleet.contracts.words import _, say


@group(_("What waits for you."))
def task() -> None:
    pass


def _number(one: TaskOut) -> str:
    return f"{one.of} · {one.step}" if one.step else one.of


task.add_command(
    list_command(
        Listing(
            help=_("List your steps of cases, and what you are to decide about."),
            query=TaskQuery,
            fetch=lambda client, query: client.tasks(query),
            columns=(
                Column(_("Kind"), lambda one: label(one.kind)),
                Column(_("Of"), _number),
                Column(_("What"), lambda one: one.what, long=True),
                Column(_("Whose"), lambda one: one.who),
                Column(_("By"), lambda one: one.due_at),
                Column("", lambda one: say("OVERDUE") if one.overdue else "", spare=True),
                Column(_("How"), lambda one: one.how, long=True),
            ),
            empty=_("Nothing waits for you."),
            filters={"kind": _("Only this kind of task.")},
        )
    )
)
