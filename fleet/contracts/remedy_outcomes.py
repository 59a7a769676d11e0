"""How a remedy can end: for each stable code what was so, and where it helps what to do next."""

from collections.abc import Mapping
from typing import Final

from fleet.contracts.words import _, translated

SENTENCES: Final[Mapping[str, str]] = {
    "unclear": _("The phone's answer was not understood; nothing is claimed."),
    "not_changed": _("Nothing of it shows on the phone, whatever its tool said."),
    "came_back": _("It was done, and something on the phone has undone it at once."),
    "tool_hangs": _("The phone's tool did not finish in time; the next visit looks again."),
    "connection_lost": _("The phone went away before it could be looked at; the next visit looks."),
    "station_failed": _("The station stumbled in the middle of it; the next visit looks."),
    "needed": _("The phone needs this app to be usable; it is left alone."),
    "roles_unknown": _("The phone did not say which apps it needs; a system app is left alone."),
    "no_such_user": _("This phone has no such user."),
    "user_stopped": _("This user of the phone is not running; switch to it once and try again."),
    "user_closed": _("The phone does not let a computer touch this user's apps."),
    "admin_active": _(
        "The app is an active device administrator; take that from it in Settings first."
    ),
    "managed": _("Another management of this phone forbids it."),
    "system_app": _("This Android lets no computer remove a system app; disable it instead."),
    "install_switched_off": _(
        "The maker's switch “Install via USB” is off; switch it on in developer options."
    ),
    "rejected_on_phone": _("Somebody at the phone said no, or nobody said yes in time."),
    "protected_by_phone": _("The phone protects this app; do it in its settings by hand."),
    "disabled_by_other": _("Another program has disabled this app, and only that can enable it."),
    "refused_by_phone": _(
        "The phone refuses this to a computer; see its switches: workfleet device checklist."
    ),
    "gone_meanwhile": _("The phone does not have this app as it was seen a moment before."),
    "no_copy": _("The phone keeps no copy of this app; it has to be installed anew."),
    "not_installed": _("The app is not on the phone: there is nothing to update."),
    "certificate_unknown": _("Who signed the app on the phone could not be read."),
    "other_signer": _("The app on the phone was signed by somebody else than the file."),
    "apk_differs": _("The file is not the app, version or signer that was announced."),
    "downgrade": _("The phone has a newer version than the file; nothing is set back."),
    "split_app": _("The file is a part of an app or a bundle; only a whole app is installed."),
    "no_app": _("The file is not an Android app that this phone understands."),
    "no_certificate": _("Who signed the file could not be read."),
    "no_room": _("The phone has no room for the app."),
    "unfit": _("The app does not run on this phone's Android."),
    "verifier": _("The phone's own app verifier refused the file."),
    "without_cable": _(
        "This phone is reached without a cable: closing that door would cut the way to it."
    ),
    "opens_at_start": _("The phone keeps a port that it opens at each start; only root closes it."),
}


def sentence_of(reason: str | None) -> str:
    """Say why it ended so, in the language of whoever asks."""
    return translated(SENTENCES.get(reason or "", ""))
