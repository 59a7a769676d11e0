"""`workfleet bin …`, and `delete` and `merge` of every register."""

from cli.context import DRY_RUN, YES, App, pass_app
from cli.labels import label
from cli.lists import Listing, list_command
from cli.options import WHY
from cli.output import Column
from cli.speaking import Group, argument, command, group, option
from fleet.contracts.bin import (
    RECORDS,
    BinEntryOut,
    BinQuery,
    DeleteIn,
    MergeIn,
    PurgeIn,
    RecordKind,
    RestoreIn,
    WentBy,
    in_words,
)
from fleet.contracts.words import _, say, translated


@group(_("What was deleted or merged, and can be restored."))
def bin_() -> None:
    pass


bin_.add_command(
    list_command(
        Listing(
            help=_("List what was deleted or merged, the newest first."),
            query=BinQuery,
            fetch=lambda client, query: client.bin_entries(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Kind"), lambda one: translated(RECORDS[one.kind])),
                Column(_("Name"), lambda one: one.name),
                Column("", lambda one: one.also, spare=True),
                Column(_("Why"), lambda one: label(one.why)),
                Column(_("Part of"), lambda one: one.into, spare=True),
                Column(_("Done by"), lambda one: one.by),
                Column(_("When"), lambda one: one.at),
                Column(_("Kept until"), lambda one: one.until),
            ),
            empty=_("The recycle bin is empty."),
            filters={
                "kind": _("Only this kind of record."),
                "why": _("Only what was deleted, or what was merged."),
            },
        )
    )
)


@bin_.command(help=_("Show what was deleted or merged, and what moved."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    _show(app, app.client.bin_entry(number))


@bin_.command(help=_("Put a deleted record back, or part two that were merged."))
@argument("number")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def restore(app: App, number: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    body = RestoreIn(reason=reason, dry_run=True)
    plan = app.client.restore_record(number, body)
    sentence, told = WOULD_RESTORE[plan.why], {"name": plan.name, "into": plan.into or ""}
    if dry_run:
        app.answer(plan, sentence, **told)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **told)
    done = app.client.restore_record(number, body.model_copy(update={"dry_run": False}))
    app.answer(done, _("{name} is back in its register."), name=done.name)


WOULD_RESTORE = {
    WentBy.DELETED: _("{name} goes back into its register as it was."),
    WentBy.MERGED: _("{name} is parted from {into}: what was its own is its own again."),
}


@bin_.command(help=_("Forget what is in the bin for good."))
@argument("number")
@WHY
@option("--dry-run", is_flag=True, help=DRY_RUN)
@option("--yes", is_flag=True, help=YES)
@pass_app
def purge(app: App, number: str, reason: str, *, dry_run: bool, yes: bool) -> None:
    body = PurgeIn(reason=reason, dry_run=True)
    plan = app.client.purge_entry(number, body)
    sentence = _("{number} ({name}) can never be restored after this.")
    told = {"number": number, "name": plan.name}
    if dry_run:
        app.answer(plan, sentence, **told)
        app.say(_("Nothing was changed: this was a dry run."))
        return
    app.confirm(sentence, yes=yes, **told)
    done = app.client.purge_entry(number, body.model_copy(update={"dry_run": False}))
    app.answer(done, _("{number} is gone."), number=number)


def _show(app: App, one: BinEntryOut) -> None:
    rows = [
        (_("Number"), one.number),
        (_("Kind"), translated(RECORDS[one.kind])),
        (_("Name"), one.name),
        (_("Known as"), one.also),
        (_("Why"), label(one.why)),
        (_("Part of"), one.into),
        (_("What moved"), in_words(one.moved)),
        (_("Filled in"), one.filled),
        (_("Reason"), one.reason),
        (_("Done by"), one.by),
        (_("When"), one.at),
        (_("Kept until"), one.until),
    ]
    app.fields(one, rows)


def add_to(nouns: Group, kind: RecordKind) -> None:
    """Give a register's commands `delete` and `merge`."""

    @command(_("Put a record that nothing hangs on into the recycle bin."), name="delete")
    @argument("name")
    @WHY
    @option("--dry-run", is_flag=True, help=DRY_RUN)
    @option("--yes", is_flag=True, help=YES)
    @pass_app
    def delete(app: App, name: str, reason: str, *, dry_run: bool, yes: bool) -> None:
        body = DeleteIn(kind=kind, name=name, reason=reason, dry_run=True)
        plan = app.client.delete_record(body)
        sentence = _("{name} goes into the recycle bin, and can be restored until {until}.")
        told = {"name": plan.name, "until": plan.until}
        if dry_run:
            app.answer(plan, sentence, **told)
            app.say(_("Nothing was changed: this was a dry run."))
            return
        app.confirm(sentence, yes=yes, **told)
        done = app.client.delete_record(body.model_copy(update={"dry_run": False}))
        app.answer(done, _("{name} is in the recycle bin: {number}."), **_named(done))

    @command(_("Make a record part of another: two records of one thing."), name="merge")
    @argument("name")
    @option("--into", required=True, metavar="NAME", help=_("The record that stays."))
    @WHY
    @option("--dry-run", is_flag=True, help=DRY_RUN)
    @option("--yes", is_flag=True, help=YES)
    @pass_app
    def merge(app: App, name: str, into: str, reason: str, *, dry_run: bool, yes: bool) -> None:
        body = MergeIn(kind=kind, name=name, into=into, reason=reason, dry_run=True)
        plan = app.client.merge_records(body)
        sentence = _("{name} becomes part of {into}. What moves: {moved}. Filled in: {filled}.")
        told = {
            "name": plan.name,
            "into": plan.into,
            "moved": ", ".join(in_words(plan.moved)) or say("nothing"),
            "filled": ", ".join(plan.filled) or say("nothing"),
        }
        if dry_run:
            app.answer(plan, sentence, **told)
            app.say(_("Nothing was changed: this was a dry run."))
            return
        app.confirm(sentence, yes=yes, **told)
        done = app.client.merge_records(body.model_copy(update={"dry_run": False}))
        sentence = _("{name} is part of {into} now, and leads to it: {number}.")
        app.answer(done, sentence, into=done.into, **_named(done))

    nouns.add_command(delete)
    nouns.add_command(merge)


def _named(done: BinEntryOut) -> dict[str, object]:
    return {"name": done.name, "number": done.number}
