"""What a finding says, in words."""

from typing import Final

from fleet.compliance.models import Finding
from fleet.contracts.findings import Rule
from fleet.contracts.words import _, say

SENTENCES: Final = {
    Rule.PIN_REFUSED: _("{tag} does not take the PIN of the vault any more."),
    Rule.LOCK_REMOVED: _("{tag} has no lock any more."),
    Rule.LOCK_REPLACED: _("{tag} is locked by a pattern or a password, and not by its PIN."),
}


def sentence_of(finding: Finding) -> str:
    return say(SENTENCES[finding.rule], tag=finding.device.tag)
