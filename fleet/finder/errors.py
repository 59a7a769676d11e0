"""What a search refuses."""

from fleet.contracts.words import _
from fleet.errors import Invalid


class NothingToLookFor(Invalid):
    code = "nothing_to_look_for"
    message = _("There is no letter and no digit in what is to be found.")
    advice = _("Say a tag, a number, a handle or a name, or a part of one.")
