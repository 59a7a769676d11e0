"""Typing a secret: into the window that was looked at, by standard input, and whole."""

import pytest

from agents.phone.errors import CommandFailed
from agents.phone.fake import FakePhone
from agents.phone.phone import Answer
from agents.phone.typing import Typed, can_type, pieces, type_secret

WINDOW = "  mCurrentFocus=Window{1f u0 com.tencent.mm/com.tencent.mm.ui.X}"
SECRET = "p%s a@9"


def typed(answer: Answer | str) -> tuple[Typed, FakePhone]:
    phone = FakePhone({"input text": answer})
    return type_secret(phone, SECRET, WINDOW), phone


def test_the_secret_is_in_no_command_and_comes_as_standard_input() -> None:
    said, phone = typed("wf-typed\n")

    assert said is Typed.DONE
    assert not [command for command in phone.asked if "a@9" in command]
    assert phone.stdins == [b"p%\ns%sa@9\n"]


def test_each_piece_is_what_input_makes_the_secret_of() -> None:
    made = "".join(piece.replace("%s", " ") for piece in pieces(SECRET))

    assert made == SECRET
    assert all("%s" not in piece.replace("%s", " ") for piece in pieces("%s%s"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("wf-moved\n", Typed.MOVED),
        (
            Answer(b"", b"java.lang.SecurityException: ... INJECT_EVENTS permission", 1),
            Typed.DENIED,
        ),
        (Answer(b"", b"sh: input: not found", 127), Typed.DENIED),
    ],
)
def test_a_phone_that_did_not_type_is_not_taken_for_one_that_did(answer, said) -> None:
    assert typed(answer)[0] is said


def test_an_answer_without_a_word_is_no_yes_and_holds_no_secret() -> None:
    with pytest.raises(CommandFailed) as failed:
        typed(Answer(b"a@9", b"", 0))

    assert "a@9" not in str(failed.value)


@pytest.mark.parametrize(
    ("value", "can"), [("Abc-1", True), ("密码", False), ("é", False), ("", False)]
)
def test_only_what_has_a_key_can_be_typed(value, can) -> None:
    assert can_type(value) is can
