"""`workfleet certificate …`: the papers of phones that came back."""

from cli.context import App, pass_app
from cli.gates import show_kit, waived_or_level
from cli.lists import Listing, list_command
from cli.output import Column, text_of
from cli.speaking import argument, group
from fleet.contracts.custody import CertificateOut, CertificateQuery
from fleet.contracts.gate_words import named
from fleet.contracts.words import _, say


@group(_("Certificates: how a phone's checks stood when it was taken back."))
def certificate() -> None:
    pass


def _standing(one: CertificateOut) -> str:
    return say("taken back by {name}", name=one.undone_by) if one.undone_at else say("in force")


certificate.add_command(
    list_command(
        Listing(
            help=_("List certificates, the newest first."),
            query=CertificateQuery,
            fetch=lambda client, query: client.certificates(query),
            columns=(
                Column(_("Number"), lambda one: one.number),
                Column(_("Phone"), lambda one: one.device),
                Column(_("Holder"), lambda one: one.holder and one.holder.name),
                Column(_("Accepted"), lambda one: one.accepted_at),
                Column(_("Accepted by"), lambda one: one.accepted_by),
                Column(_("Witness"), lambda one: one.witness),
                Column(_("State"), _standing),
            ),
            empty=_("No certificate fits."),
            filters={
                "device": _("Only of this phone (tag)."),
                "holder": _("Only of this employee (number)."),
            },
        )
    )
)


@certificate.command(help=_("Show a certificate: every check as it stood, waivers, accessories."))
@argument("number")
@pass_app
def show(app: App, number: str) -> None:
    one = app.client.certificate(number)
    app.fields(
        one,
        [
            (_("Number"), one.number),
            (_("Phone"), f"{one.device} ({one.serial})"),
            (_("Holder"), text_of(one.holder)),
            (_("Accepted"), one.accepted_at),
            (_("Accepted by"), one.accepted_by),
            (_("Witness"), one.witness),
            (_("Kept as it is until"), one.quarantine_until),
            (_("State"), _standing(one)),
            (_("Why taken back"), one.undone_because),
        ],
    )
    for check in one.checks:
        waived = say("waived: {reason}", reason=check.waived_because or "")
        said = waived if check.waived_by else check.sentence
        app.line(f"  {named(check.check)}: {said} ({waived_or_level(check)})")
    show_kit(app, one.kit)
