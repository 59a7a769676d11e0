"""What is to be done about a measure, step by step, in words."""

from typing import Final

from fleet.contracts.custody import Thing
from fleet.contracts.incidents import MeasureKind
from fleet.contracts.words import _, say

GUIDES: Final = {
    (MeasureKind.MARK_LOST, Thing.DEVICE): _(
        "The report itself marks {name} as lost; once found, "
        "`workfleet device found {name} --reason …`."
    ),
    (MeasureKind.FREEZE_ACCOUNT, Thing.ACCOUNT): _(
        "On a phone in safe hands open WeChat: 我, 设置, 账号与安全, 微信安全中心, "
        "冻结账号, 开始冻结. Then note it with `workfleet account freeze {name} --reason …`."
    ),
    (MeasureKind.BLOCK_SIM, Thing.SIM): _(
        "Call the operator's hot line (China Mobile 10086, Unicom 10010, Telecom 10000) and have "
        "the card blocked. Then say so with `workfleet incident measure-done`."
    ),
    (MeasureKind.CHANGE, Thing.DEVICE): _(
        "Leave the phone at a station and run `workfleet rotate {name}`; where it refuses the PIN "
        "of the vault, `workfleet rotation recover {name}` says what is left."
    ),
    (MeasureKind.CHANGE, Thing.ACCOUNT): _(
        "Change the password with `workfleet rotate {name}` on a phone that is in safe hands."
    ),
    (MeasureKind.CHANGE, Thing.SIM): _(
        "Change the PIN in the settings of a phone with the SIM in it, and adopt the new one with "
        "`workfleet credential adopt {name} --kind sim_pin`."
    ),
}


def guide(kind: MeasureKind, thing: Thing, name: str) -> str:
    return say(GUIDES[kind, thing], name=name)
