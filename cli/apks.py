"""`workfleet apk …`: the company's files of apps, from which stations update phones."""

from hashlib import file_digest
from pathlib import Path
from typing import Final

import click

from cli.amounts import amount
from cli.context import App, pass_app
from cli.lists import Listing, list_command
from cli.output import Column
from cli.refusals import ReasonNeeded
from cli.speaking import argument, group, option
from fleet.contracts.apk_files import ApkAddQuery, ApkOut, ApkQuery
from fleet.contracts.words import _

SHORT: Final = 12  # letters of a digest that are shown in a table, and enough to name a file by


@group(_("Files of apps, from which stations update phones."))
def apk() -> None:
    pass


apk.add_command(
    list_command(
        Listing(
            help=_("List the files, newest first."),
            query=ApkQuery,
            fetch=lambda client, query: client.apks(query),
            columns=(
                Column(_("App"), lambda one: one.package),
                Column(_("Version"), lambda one: one.version_name or one.version_code),
                Column(_("Code"), lambda one: one.version_code, right=True),
                Column(_("Size"), lambda one: amount(one.size), right=True),
                Column(_("Digest"), lambda one: one.digest[:SHORT]),
                Column(_("Added"), lambda one: one.added_at),
                Column(_("By"), lambda one: one.added_by),
                Column(_("Trusted by"), lambda one: one.trusted_by, spare=True),
                Column(_("Removed"), lambda one: one.removed_at, spare=True),
            ),
            empty=_("There is no file. Add one with `workfleet apk add FILE`."),
            filters={"package": _("Only of this app, by its package.")},
            flags={"removed": _("Those that were removed, too.")},
        )
    )
)


@apk.command(help=_("Add a file. Its signer has to be the one that the terms or the phones know."))
@argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option("--trust", is_flag=True, help=_("Whoever signed it: for who keeps security."))
@option("--reason", metavar="TEXT", help=_("Why it is trusted; needed with --trust."))
@pass_app
def add(app: App, file: Path, reason: str | None, *, trust: bool) -> None:
    if trust and reason is None:
        raise ReasonNeeded
    with file.open("rb") as content:
        digest = file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        asked = ApkAddQuery(digest=digest, size=size, trust=trust, reason=reason)
        done = app.client.add_apk(content, asked)
    app.answer(
        done,
        _("Added: {package} {version}, signed with {certificate}."),
        package=done.package,
        version=done.version_name or done.version_code,
        certificate=done.certificate,
    )


@apk.command(help=_("Show a file by its digest, or the beginning of it."))
@argument("digest")
@pass_app
def show(app: App, digest: str) -> None:
    one = app.client.apk_file(digest)
    app.fields(one, _rows(one))


def _rows(one: ApkOut) -> list[tuple[str, object]]:
    return [
        (_("App"), one.package),
        (_("Version"), one.version_name),
        (_("Code"), one.version_code),
        (_("Size"), amount(one.size)),
        (_("Digest"), one.digest),
        (_("Signed with"), one.certificate),
        (_("Added"), one.added_at),
        (_("By"), one.added_by),
        (_("Trusted by"), one.trusted_by),
        (_("Why"), one.trusted_because),
        (_("Removed"), one.removed_at),
        (_("Removed by"), one.removed_by),
    ]


@apk.command(help=_("Delete a file that no remedy waits for; its line stays."))
@argument("digest")
@pass_app
def remove(app: App, digest: str) -> None:
    done = app.client.remove_apk(digest)
    app.answer(
        done,
        _("Removed: {package} {version}."),
        package=done.package,
        version=done.version_name or done.version_code,
    )
