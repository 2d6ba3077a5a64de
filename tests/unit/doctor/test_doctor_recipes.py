"""What does the doctor say of recipes: can they be read, and is there what they name?"""

import shutil
from pathlib import Path

import pytest
from _cases import case, problems

from ewc_plugin.doctor import recipes

FIRST = "model_name_or_path: google/gemma-2-9b\noutput_dir: saves/first\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes").mkdir()
    return tmp_path


def written(folder: Path, name: str, text: str) -> None:
    (folder / "recipes" / f"{name}.yaml").write_text(text, encoding="utf-8")


def said(folder: Path, **environ: str) -> list[tuple[str, str]]:
    return [(f.level, f.found) for f in recipes.findings(case(folder, **environ))]


def test_a_misspelt_key_of_ours_gets_its_right_name(folder: Path) -> None:
    written(folder, "a", FIRST + "ewc_lamda: 10\nlearning_rte: 1\n")
    (found,) = [f for f in recipes.findings(case(folder)) if f.level == "problem"]
    assert found.found.endswith("a.yaml: unknown key ewc_lamda")
    assert found.remedy == ("# did you mean ewc_lambda?",)


def test_a_file_that_is_no_yaml_is_named_with_its_line(folder: Path) -> None:
    written(folder, "a", "model_name_or_path: [\n")
    assert "line 2" in problems(recipes.findings(case(folder)))[0]


def test_a_recipe_in_another_encoding_than_utf8_is_a_problem(folder: Path) -> None:
    (folder / "recipes" / "a.yaml").write_bytes("# 第一阶段\nseed: 1\n".encode("gb18030"))
    assert len(problems(recipes.findings(case(folder)))) == 1


def test_what_another_recipe_will_make_is_waited_for(folder: Path) -> None:
    written(folder, "a", FIRST)
    written(folder, "b", FIRST.replace("first", "second") + "adapter_name_or_path: saves/first\n")
    found = said(folder)
    assert not [text for level, text in found if level == "problem"]
    assert any("b.yaml for saves/first" in text for level, text in found if level == "note")


def test_what_a_recipe_says_is_needed_is_waited_for(folder: Path) -> None:
    written(folder, "a", "# Needs saves/smoke/base (tiny_model.py)\nmodel_name_or_path: saves/smoke/base\n")
    written(folder, "b", "model_name_or_path: saves/smoke/base\n")
    assert not problems(recipes.findings(case(folder)))


@pytest.mark.parametrize("key", ["adapter_name_or_path", "ewc_anchor", "deepspeed", "model_name_or_path"])
def test_what_nobody_will_make_is_a_problem(key: str, folder: Path) -> None:
    written(folder, "a", f"{key}: ./saves/typo\noutput_dir: saves/a\n")
    assert problems(recipes.findings(case(folder))) == [f"{folder}/recipes/a.yaml: {key}: ./saves/typo does not exist"]


def test_a_model_of_the_hub_is_fetched_unless_it_is_in_the_cache(folder: Path) -> None:
    written(folder, "a", FIRST)
    cache = folder / "cache"
    assert ("note", "fetched when first used: google/gemma-2-9b") in said(folder, HF_HUB_CACHE=str(cache))
    snapshot = cache / "models--google--gemma-2-9b" / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").touch()
    assert ("ok", "models in the cache: google/gemma-2-9b") in said(folder, HF_HUB_CACHE=str(cache))


def test_a_folder_of_results_is_no_name_of_the_hub(folder: Path) -> None:
    written(folder, "a", FIRST)
    written(folder, "b", "model_name_or_path: saves/frist\noutput_dir: saves/second\n")
    assert len(problems(recipes.findings(case(folder)))) == 1


def test_a_model_that_is_nowhere_is_a_problem_without_the_hub(folder: Path) -> None:
    written(folder, "a", FIRST)
    assert problems(recipes.findings(case(folder, HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(folder))))


def test_a_dataset_that_the_registry_lacks_gets_the_nearest_name(folder: Path) -> None:
    (folder / "dataset_info").mkdir()
    (folder / "dataset_info" / "dataset_info.json").write_text('{"domain_mix": {}}', encoding="utf-8")
    written(folder, "a", FIRST + "dataset_dir: dataset_info\ndataset: domian_mix\n")
    (found,) = [f for f in recipes.findings(case(folder)) if f.level == "problem"]
    assert found.remedy == ("# did you mean domain_mix?",)


def test_the_recipes_of_this_package_have_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("recipes", "dataset_info"):  # without saves/, where an earlier run may have left something
        shutil.copytree(Path(__file__).parents[3] / name, tmp_path / name, ignore=shutil.ignore_patterns("data"))
    monkeypatch.chdir(tmp_path)
    found = recipes.findings(case(Path()))
    assert len(list(Path("recipes").rglob("*.yaml"))) > 10
    assert not problems(found)
