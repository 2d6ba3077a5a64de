"""Are the two READMEs the same manual, and are the messages that they explain those that are printed?"""

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("transformers", "torchaudio", "huggingface_hub")
# said by compiled code, or a number in a log
NOT_IN_SOURCES = ("operator torchvision::nms does not exist", "CUDA out of memory", "401", "loss: nan")


def readme(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[list[str]]:
    """What is typed in each block of commands, without its comments."""
    found = re.findall(r"^```\n(.*?)^```", text, flags=re.M | re.S)
    return [[" ".join(line.partition("#")[0].split()) for line in block.splitlines()] for block in found]


def test_both_languages_give_the_same_commands_in_the_same_order() -> None:
    english, chinese = blocks(readme("README.md")), blocks(readme("README_zh.md"))
    assert english == chinese
    assert len(english) >= 6


def test_both_languages_have_the_same_sections_tables_and_keys() -> None:
    def shape(text: str) -> list[str]:
        outside = re.sub(r"^```\n.*?^```", "", text, flags=re.M | re.S)
        return [re.match(r"#+|\|", line)[0] for line in outside.splitlines() if re.match(r"#+ |\|", line)]  # type: ignore[index]

    def keys(text: str) -> list[str]:
        return re.findall(r"^\| `(\w+)` \|", text, flags=re.M)

    assert shape(readme("README.md")) == shape(readme("README_zh.md"))
    assert keys(readme("README.md")) == keys(readme("README_zh.md"))


@pytest.mark.parametrize("name", ["README.md", "README_zh.md"])
def test_every_file_that_is_linked_or_typed_exists(name: str) -> None:
    text = readme(name)
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    typed = re.findall(r"recipes/[\w/]+\.(?:yaml|json|py)", text)
    absent = {path for path in [*linked, *typed] if not (REPOSITORY / path).exists()}
    assert (absent, len(linked) > 10, len(typed) > 20) == (set(), True, True)


@cache
def sources() -> str:
    folders = [REPOSITORY / "ewc_plugin", REPOSITORY / "converters"]
    for package in (*PACKAGES, "llamafactory"):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        where = Path(next(iter(spec.submodule_search_locations)))
        folders += [where / "utils", where / "_extension", where / "hparams"] if package != "llamafactory" else [where]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    files += [REPOSITORY / "ewc_plugin" / "errors.py"]
    spec = importlib.util.find_spec("transformers")
    assert spec is not None
    files.append(Path(str(spec.origin)).with_name("hf_argparser.py"))
    # a message may be broken over lines of source, and may have backquotes
    joined = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    return re.sub(r'"\s*\n\s*f?"', "", joined).replace("`", "")


def test_the_messages_of_the_troubleshooting_table_are_printed_by_somebody() -> None:
    table = readme("README.md").split("| what is printed |")[1].split("\n\n")[0]
    first = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    quoted = [words for cell in first for words in re.findall(r"`([^`]+)`", cell)]
    checked = [words for words in quoted if words not in NOT_IN_SOURCES]
    parts = [part.strip(" '[],") for words in checked for part in re.split(r"…|\bN\b|\['|'https", words)]
    assert [part for part in parts if part and part not in sources()] == []
    assert len(checked) > 12


def test_every_key_in_the_table_is_one_of_ours_and_none_is_missing() -> None:
    from ewc_plugin.arguments import KEYS

    table = readme("README.md").split("## Keys of a recipe")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, flags=re.M)) == sorted(KEYS)


def test_the_values_in_the_table_of_hyperparameters_are_those_of_the_recipes() -> None:
    table = readme("README.md").split("## Hyperparameters, with reasons")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)`[^|]*\| ([^|]+) \|", table, flags=re.M))
    stages = [
        yaml.safe_load((REPOSITORY / "recipes" / f"{stage}.yaml").read_text(encoding="utf-8"))
        for stage in ("foundation", "task", "domain")
    ]
    full = yaml.safe_load((REPOSITORY / "recipes" / "full" / "domain.yaml").read_text(encoding="utf-8"))
    assert rows["learning_rate"].startswith(", ".join(f"{s['learning_rate']:.0e}".replace("e-0", "e-") for s in stages))
    assert rows["num_train_epochs"] == ", ".join(str(s["num_train_epochs"]) for s in stages)
    assert rows["ewc_lambda"] == f"{stages[2]['ewc_lambda']} (full: {full['ewc_lambda']})"
    for key in ("batch_tokens", "lora_dropout", "ewc_fisher_samples", "seed", "finetuning_type", "lora_target"):
        assert rows[key].strip("`") == str(stages[0][key])
