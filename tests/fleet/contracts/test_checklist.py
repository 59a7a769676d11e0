"""What a person has to switch by hand is read out of what the phone said."""

import pytest

from fleet.contracts.checklist import STEPS, StepState, checklist
from fleet.contracts.facts import Capability, Debugging, Os, PhoneFacts, Skin


def phone(skin: Skin, *, container: bool = False, **abilities: bool) -> PhoneFacts:
    return PhoneFacts(
        os=Os(skin=skin, sdk=35, container=container),
        debugging=Debugging(key_expiry_ms=0),
        capabilities=tuple(
            Capability(name=name, allowed=allowed, how="told")  # type: ignore[arg-type]
            for name, allowed in abilities.items()
        ),
    )


def states(facts: PhoneFacts) -> dict[str, str]:
    return {item.id: item.state.value for item in checklist(facts)}


@pytest.mark.parametrize(("allowed", "state"), [("on", "done"), ("off", "to_do")])
def test_xiaomis_switches_are_told_by_the_phone(allowed: str, state: str) -> None:
    on = allowed == "on"
    found = states(phone(Skin.HYPEROS, type_and_tap=on, install_apps=on))

    assert found["xiaomi_security_settings"] == found["xiaomi_install"] == state
    assert "oppo_permission_monitoring" not in found


def test_what_no_phone_tells_is_looked_at_by_a_person() -> None:
    assert states(phone(Skin.EMUI))["huawei_charge_only"] == "look"
    assert states(phone(Skin.COLOROS))["oppo_permission_monitoring"] == "look"


def test_a_right_does_not_prove_that_a_maker_has_no_monitor() -> None:
    assert states(phone(Skin.ORIGINOS, type_and_tap=True))["vivo_usb_operation"] == "look"
    assert states(phone(Skin.ORIGINOS, type_and_tap=False))["vivo_usb_operation"] == "to_do"


def test_a_phone_that_forgets_its_computer_is_on_the_list() -> None:
    kept = phone(Skin.AOSP)
    forgets = kept.model_copy(update={"debugging": Debugging()})
    old = forgets.model_copy(update={"os": Os(skin=Skin.AOSP, sdk=27)})

    assert [states(one)["keep_trust"] for one in (kept, forgets, old)] == ["done", "to_do", "done"]


def test_what_is_to_be_done_comes_first() -> None:
    order = [item.state for item in checklist(phone(Skin.HARMONYOS, container=True))]

    assert order == [StepState.TO_DO, StepState.LOOK, StepState.DONE]


def test_steps_are_told_apart() -> None:
    assert len({step.id for step in STEPS}) == len(STEPS)
