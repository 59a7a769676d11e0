"""What went out beside phones, and where it is."""

from flask import url_for

from api.console import links, listing
from api.console.listing import Column, Filter, Listing
from api.identity import current_actor
from api.transaction import current_session
from fleet.contracts.accessories import HandedOut, HandedQuery, Whereabouts
from fleet.contracts.permissions import Permission
from fleet.contracts.words import _
from fleet.custody.handed import handed_out


def _rows(query: HandedQuery) -> listing.Rows:
    return handed_out(current_session(), query, actor=current_actor())


def _address(one: HandedOut) -> str:
    return links.phone(one.device) or url_for("console.accessories", device=one.device)


def _where(one: HandedOut) -> list[str]:
    """Return every place that some of it is in."""
    counts = {
        Whereabouts.WITH_HOLDER: one.out,
        Whereabouts.CAME_BACK: one.back,
        Whereabouts.MISSING: one.missing,
    }
    return [where.value for where, count in counts.items() if count]


listing.add(
    Listing(
        name="accessories",
        title=_("Accessories"),
        search=_("Tag, word or holder"),
        query=HandedQuery,
        permission=Permission.CUSTODY_READ,
        rows=_rows,
        sort="-issued_at",
        scoped=True,
        to=_address,
        columns=(
            Column(_("Phone"), lambda one: one.device, sort="tag"),
            Column(_("Accessory"), lambda one: one.name, sort="word"),
            Column(
                _("Holder"), lambda one: one.holder.name, to=lambda one: links.person(one.holder)
            ),
            Column(_("Handed out on"), lambda one: one.issued_at, sort="issued_at"),
            Column(_("Handed out"), lambda one: one.count),
            Column(_("Came back"), lambda one: one.back),
            Column(_("Missing"), lambda one: one.missing),
            Column(_("Whereabouts"), _where, badge=True),
            Column(_("Noted"), lambda one: one.back_at, sort="back_at"),
            Column(_("Note"), lambda one: one.back_note or one.note, wrap=True),
        ),
        filters=(
            Filter("where", _("Whereabouts"), listing.among(Whereabouts)),
            Filter("word", _("Word, like charger")),
            Filter("holder", _("Holder (number)")),
        ),
    )
)
