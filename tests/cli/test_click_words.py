"""What click says of itself is said in the language of everything else."""

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cli.app import main
from cli.click_words import WORDS
from cli.exits import USAGE
from fleet.contracts.words import speaking, translated


def in_chinese(*words: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "zh_CN", *words])


@pytest.mark.parametrize("words", [(), ("device",), ("device", "show")])
def test_the_frame_of_a_help_is_chinese(words: tuple[str, ...]) -> None:
    shown = in_chinese(*words, "--help").stdout

    for english in ("Usage:", "Options", "Commands", "Show this message"):
        assert english not in shown
    assert shown.startswith("用法：")
    assert "选项" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("employee", "add", "E1"), "缺少选项 '--name'"),
        (("device", "show"), "缺少参数 'TAG'"),
        (("device", "nope"), "没有命令 'nope'"),
        (("device", "list", "--colour"), "没有选项 '--colour'"),
        (("device", "list", "--limit", "x"), "'x'"),
    ],
)
def test_a_mistake_in_a_command_is_explained_in_chinese(words: tuple[str, ...], said: str) -> None:
    done = in_chinese(*words)

    assert done.exit_code == USAGE
    assert said in done.stderr
    assert "用法：" in done.stderr
    for english in ("Usage:", "Error:", "Missing", "Try ", "No such", "Invalid"):
        assert english not in done.stderr


def test_the_language_of_the_machine_is_clicks_too() -> None:
    with speaking("zh_CN"):
        assert CliRunner().invoke(main, ["device", "--help"]).stdout.startswith("用法：")


def test_english_stays_english_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    in_chinese("--help")

    shown = CliRunner().invoke(main, ["--lang", "en", "device", "show"])

    assert "Usage:" in shown.stderr
    assert "Error: Missing argument 'TAG'." in shown.stderr
    assert os.environ["LANGUAGE"] == "fr"


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_clicks_and_is_translated(word: str) -> None:
    source = "".join(path.read_text("utf-8") for path in Path(click.__file__).parent.glob("*.py"))

    assert f'"{word}"' in source
    with speaking("zh_CN"):
        assert translated(word) != word
