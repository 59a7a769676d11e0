"""What the checks of the return gate are called on a screen."""

from typing import Final

from fleet.contracts.custody import CheckName
from fleet.contracts.words import _, translated

NAMES: Final = {
    CheckName.IDENTITY: _("identity"),
    CheckName.SEEN: _("seen"),
    CheckName.PIN: _("PIN"),
    CheckName.BACKUP: _("backup"),
    CheckName.CHAT_HISTORY: _("chat history"),
    CheckName.ACCOUNTS: _("accounts"),
    CheckName.UNBOUND: _("real name and cards"),
    CheckName.VENDOR_ACCOUNT: _("maker's account"),
    CheckName.SIM: _("SIM"),
    CheckName.ACCESSORIES: _("accessories"),
    CheckName.SIGNATURES: _("signatures"),
    CheckName.HANDED_BACK: _("handed back"),
}


def named(check: CheckName) -> str:
    return translated(NAMES[check])
