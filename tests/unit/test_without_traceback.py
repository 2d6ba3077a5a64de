"""What a process prints last when it ends with an error."""

import subprocess
import sys

import pytest

START = "from ewc_plugin import without_traceback; without_traceback.install()\n"
OURS = "from ewc_plugin.errors import *\nraise {}('recipe', expected='keys', found='none', remedy='Mend it.')"


def printed(code: str, **variables: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", START + code], capture_output=True, encoding="utf-8", check=False, env=variables
    )
    assert ended.returncode == 1
    return ended.stderr


@pytest.mark.parametrize("kind", ["EwcError", "ArgumentsError", "AnchorError"])
def test_a_users_mistake_is_one_sentence(kind: str) -> None:
    assert printed(OURS.format(kind)) == f"\n{kind}: recipe: expected keys; found none. Mend it.\n"


def test_a_terminal_that_lacks_a_character_gets_its_escape() -> None:
    assert "\\u03bb" in printed(OURS.format("EwcError").replace("none", "λ"), PYTHONIOENCODING="ascii:strict")


@pytest.mark.parametrize("code", [OURS.format("MechanismError"), "1 / 0"])
def test_a_fault_of_ours_or_of_others_keeps_its_traceback(code: str) -> None:
    assert "Traceback" in printed(code)


def test_the_traceback_can_be_asked_for() -> None:
    assert "Traceback" in printed(OURS.format("EwcError"), EWC_TRACEBACK="1")


def test_installed_twice_it_still_shows_the_errors_of_others() -> None:
    assert printed("without_traceback.install()\n1 / 0").count("ZeroDivisionError") == 1
