"""A user's first hour: the wheel, an empty folder with a space and Chinese in its path, a locale that is not UTF-8.

Nothing of the repository can be imported there. The commands are those of README and recipes/own.yaml; only the model
is a tiny one, and named on the command line.
"""

import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from _tiny import PATIENCE, REPOSITORY, environment
from _wheel import environment_of_its_own

LOCALE, ENCODING = "zh_CN.GB18030", "gb18030"
ROWS = [
    {
        "问题": f"{thing}买了{days}天，还能退吗？",
        "回答": f"您好，{thing}在{days}天时{'可以退货' if days < 8 else '可以维修'}。",
    }
    for thing in ("台灯", "雨伞", "水壶", "书包", "耳机", "键盘", "毛毯", "茶杯")
    for days in range(1, 26)
]
TINY = "model_name_or_path=base bf16=false use_cpu=true learning_rate=1e-3 max_new_tokens=8 eval_steps=0.5"

# of what is installed already the environment sees all but us, and the tested set's own copy of us stays where it is
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_IGNORE_INSTALLED": "1"}

pytestmark = pytest.mark.skipif(shutil.which("localedef") is None, reason="localedef makes the locale")


@dataclass(frozen=True)
class Desk:
    """A folder and an environment in which a user types."""

    python: Path
    folder: Path
    variables: dict[str, str]

    def types(self, line: str, *, fails: bool = False) -> str:
        """What the terminal shows, read as the terminal would read it: strictly, in its encoding."""
        ended = subprocess.run(
            ["bash", "-c", line.encode(ENCODING)],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=2 * PATIENCE,  # the demo trains six times
            check=False,
        )
        shown = ended.stdout.decode(ENCODING)
        assert (ended.returncode != 0) is fails, f"{line}\n{shown[-4000:]}"
        return shown

    def beside(self, name: str) -> "Desk":
        folder = self.folder.parent / of_the_locale(name)
        folder.mkdir(exist_ok=True)
        return Desk(self.python, folder, self.variables)


@pytest.fixture(scope="module")
def desk(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An environment of its own and a folder with nothing but the wheel, in which it is installed."""
    home = tmp_path_factory.mktemp("home")
    python = environment_of_its_own(home / "environment")
    for entry in ("pip = pip._internal.cli.main:main", "llamafactory-cli = llamafactory.cli:main"):
        _command(python, entry)
    subprocess.run(["localedef", "-i", "zh_CN", "-f", "GB18030", home / LOCALE], check=False)
    variables = environment(LC_ALL=LOCALE, LOCPATH=str(home), **OFFLINE)
    variables["PATH"] = os.pathsep.join([str(python.parent), variables["PATH"]])
    for name in ("PYTHONPATH", "PYTHONUTF8", "PYTHONIOENCODING", "LANG"):
        variables.pop(name, None)
    made = Desk(python, home / of_the_locale("我的 项目"), variables)
    made.folder.mkdir()
    shutil.copy(wheel, made.folder)
    made.types(commands_of(REPOSITORY / "recipes/own.yaml")[0])
    (made.folder / wheel.name).unlink()
    return made


def of_the_locale(name: str) -> str:
    """A file's name as a program in that locale would write it to the disk."""
    return os.fsdecode(name.encode(ENCODING))


def _command(python: Path, entry: str) -> None:
    """A console script, made as pip makes it."""
    from pip._vendor.distlib.scripts import ScriptMaker

    maker = ScriptMaker(None, str(python.parent))
    maker.executable = str(python)
    maker.make(entry)


@pytest.fixture(scope="module")
def prepared(desk: Desk) -> tuple[Desk, str]:
    """A folder after `init`, and what that said."""
    return desk, desk.types("python -m ewc_plugin init")


@pytest.fixture(scope="module")
def own(prepared: tuple[Desk, str]) -> tuple[Desk, dict[str, str]]:
    """Own data in four commands, as they stand at the top of the recipe; what each but the first said."""
    desk, said = prepared
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    (desk.folder / "my.jsonl").write_text(text, encoding="utf-8")
    convert, train = commands_of(desk.folder / "recipes/own.yaml")[2:4]
    shown = {"init": said, "convert": desk.types(convert)}
    data = "dataset_info/data/custom.jsonl dataset_info/data/general_*.jsonl"
    desk.types(f"python recipes/smoke/tiny_model.py {data} --out base --steps 20")
    shown["train"] = desk.types(f"{train} {TINY} num_train_epochs=2 stage_eval_generated=4")
    return desk, shown


def commands_of(recipe: Path) -> list[str]:
    """The lines to type at the top of a recipe."""
    head = recipe.read_text(encoding="utf-8").partition("\n\n")[0]
    return [line.removeprefix("#").strip() for line in head.splitlines() if line.startswith("#   ")]


# -- where we are ----------------------------------------------------------------------------------------------


def test_the_terminal_speaks_gb18030_and_nothing_of_the_repository_can_be_imported(desk: Desk) -> None:
    code = (
        "import json, locale, sys, ewc_plugin, converters;"
        "print(json.dumps([locale.getpreferredencoding(False), sys.stdout.encoding, sys.flags.utf8_mode,"
        "ewc_plugin.__file__, converters.__file__, sys.path]))"
    )
    encoding, out, utf8, *files, path = json.loads(desk.types(f"python -c {shlex.quote(code)}"))
    assert (encoding.lower(), out.lower(), utf8) == (ENCODING, ENCODING, 0)
    assert all(Path(file).is_relative_to(desk.python.parents[1]) for file in files)
    assert str(REPOSITORY) not in path


# -- a folder without recipes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "llamafactory-cli train recipes/foundation.yaml",
        "python -m converters mix domain",
        "python -m converters audit poetry_compose",
        "python -m ewc_plugin report saves/domain",
        *(
            pytest.param(line, marks=pytest.mark.slow)
            for line in (
                "llamafactory-cli export recipes/export.yaml",
                "llamafactory-cli chat recipes/export.yaml",
                "python -m converters stats",
                "python -m converters dedupe",
                "python -m converters decontaminate",
                "python -m converters licences domain",
                "python -m ewc_plugin compare saves/a saves/b",
                "python -m ewc_plugin evaluate saves/domain",
                "python -m ewc_plugin picture saves/domain --out matrix.png",
                "python -m ewc_plugin estimate recipes/domain.yaml",
                "python -m ewc_plugin run recipes/foundation.yaml recipes/task.yaml",
            )
        ),
    ],
)
def test_in_an_empty_folder_every_command_names_init(line: str, desk: Desk) -> None:
    said = desk.beside("空 文件夹").types(line, fails=True)
    assert "python -m ewc_plugin init" in said
    assert "Traceback" not in said


def test_a_conversion_needs_nothing_in_its_folder(desk: Desk) -> None:
    elsewhere = desk.beside("只 转换")
    elsewhere.types("python -m converters poetry --samples --quiet")
    assert (elsewhere.folder / "dataset_info/dataset_info.json").is_file()


# -- own data in four commands ---------------------------------------------------------------------------------


def test_init_writes_what_the_repository_has(prepared: tuple[Desk, str]) -> None:
    desk, _ = prepared
    files = [p.relative_to(REPOSITORY) for p in (REPOSITORY / "recipes").rglob("*") if p.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts]
    assert len(files) > 20
    for path in (*files, Path("dataset_info/prosody.json")):
        assert (desk.folder / path).read_bytes() == (REPOSITORY / path).read_bytes()


def test_what_init_says_next_is_what_the_recipe_for_own_rows_says(own: tuple[Desk, dict[str, str]]) -> None:
    desk, shown = own
    install, *rest = commands_of(desk.folder / "recipes/own.yaml")[:4]
    assert install == "pip install llamafactory_ewc-*.whl"
    assert rest[0] == "python -m ewc_plugin init"
    assert all(f"  {line}\n" in shown["init"] for line in rest[1:])
    assert shown["convert"].endswith(f"next: {rest[2]}\n")


def test_from_two_hundred_rows_to_what_was_learned_and_what_general_ability_lost(
    own: tuple[Desk, dict[str, str]],
) -> None:
    desk, shown = own
    matrix = json.loads((desk.folder / "saves/own/stage_eval/matrix.json").read_text(encoding="utf-8"))
    assert [(row["label"], row["stage"]) for row in matrix["rows"]] == [("base", None), ("own", "domain")]
    counts = {name: cell["loss"]["n"] for name, cell in matrix["rows"][-1]["cells"].items()}
    assert counts.pop("custom_eval") == 40
    assert sum(counts.values()) == 200
    assert all(name.startswith("general_") for name in counts)
    assert "Learned: after stage own, custom_eval loss fell" in shown["train"]
    assert "Forgotten: " in shown["train"]
    page = (desk.folder / "saves/own/stage_eval/report.html").read_text(encoding="utf-8")
    assert all(name in page.replace("<wbr>", "") for name in ("custom_eval", *counts))


def test_the_page_is_written_again(own: tuple[Desk, dict[str, str]]) -> None:
    desk, _ = own
    page = desk.folder / "saves/own/stage_eval/report.html"
    page.unlink()
    desk.types("python -m ewc_plugin report saves/own")
    assert page.is_file()


# -- the other commands of README ------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_own_rows_can_be_protected_with_works_as_the_recipe_says(own: tuple[Desk, dict[str, str]]) -> None:
    desk, _ = own
    convert, mix, replay, anchor, ewc, compare = commands_of(desk.folder / "recipes/own.yaml")[4:]
    assert convert == "python -m converters alpaca_zh alpaca_gpt4_data_zh.json"
    desk.types("python -m converters belle --samples --cap all=1")  # what we have of its group
    assert "python -m converters dedupe" not in desk.types(mix)
    quick = "stage_eval_generated=0 stage_eval_samples=20 max_steps=6"
    desk.types(f"{replay} {TINY} {quick}")
    desk.types(f"{anchor.replace('alpaca_zh', 'belle')} model_name_or_path=base bf16=false use_cpu=true {quick}")
    assert "EWC: λ = 10, anchor saves/anchor/ewc" in desk.types(f"{ewc} {TINY} {quick}")
    desk.types(f"llamafactory-cli train recipes/own.yaml {TINY} {quick} output_dir=saves/own-quick")
    assert "own-ewc" in desk.types(compare.replace("saves/own ", "saves/own-quick "))


@pytest.mark.slow
def test_the_demo_and_the_commands_after_it_run_in_a_folder_that_init_prepared(prepared: tuple[Desk, str]) -> None:
    desk, _ = prepared
    desk.types("python recipes/smoke/demo.py --examples 60 --steps 40")
    smoke, data = desk.folder / "saves/smoke", "--dataset-dir saves/smoke/dataset_info"
    for line in ("dedupe", "decontaminate", "stats --html stats.html", "audit poetry_compose", "licences domain"):
        desk.types(f"python -m converters {line} {data}")
    assert (desk.folder / "stats.html").is_file()
    desk.types("python -m ewc_plugin picture saves/smoke/domain --out matrix.png")
    assert (desk.folder / "matrix.png").stat().st_size > 10_000
    (smoke / "domain/stage_eval/report.html").unlink()
    desk.types("python -m ewc_plugin evaluate saves/smoke/domain")
    assert (smoke / "domain/stage_eval/report.html").is_file()
    of_the_demo = "model_name_or_path=saves/smoke/base adapter_name_or_path=saves/smoke/domain"
    desk.types(f"llamafactory-cli export recipes/export.yaml {of_the_demo} export_dir='合并 后的模型'")
    assert any(desk.folder.glob("*/model*.safetensors"))
