"""The model card: YAML that a hub reads, numbers that are the matrix's, and a person's own words left alone."""

import json
import re

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.utils import validate_repo_id
from sample_runs import LOSSES, STAGES, build

from ewc_plugin import card, lineage, matrix
from ewc_plugin.card.facts import CardError

INPUTS = [
    {
        "dataset": "belle",
        "group": "foundation",
        "weight": 0.504,
        "taken": 200,
        "repeats": 0,
        "licence": "ODC-By-1.0 AND LicenseRef-research-only",
        "origin": "https://github.com/LianjiaTech/BELLE",
    },
    {
        "dataset": "poetry",
        "group": "domain",
        "weight": 0.14,
        "taken": 80,
        "repeats": 2,
        "licence": "MIT",
        "origin": "https://huggingface.co/datasets/someone/poems",
    },
]
OWED = ["non-commercial: 200 of 280 records (belle)", "share-alike: nothing", "attribution: 280 of 280 records"]


def entry(label, model="google/gemma-2-9b", **keys):
    """A stage as `lineage` records it."""
    return {
        "label": label,
        "began_from": {"model": model, "adapters": []},
        "keys": {"template": "gemma2", "lora_rank": 16, "learning_rate": 5.0e-5, **keys},
        "processes": 1,
        "steps": 120,
        "data": {
            "mixture": f"{label}_mix",
            "ratio": {"foundation": 5, "task": 3, "domain": 2},
            "seed": 42,
            "inputs": INPUTS,
            "licences": {"records": [], "obligations": OWED},
        },
        "trained_on": {
            "sequences": 9,
            "trained": {"foundation": {"examples": 200}, "domain": {"examples": 80}},
            "supervised_tokens_in_the_trainer": 12493,
        },
        "ewc": {"lambda": 10.0, "anchors": ["saves/task"], "protects": ["foundation", "task"]},
        "versions": {"llamafactory": "0.9.5"},
    }


@pytest.fixture
def domain(tmp_path):
    output = build(tmp_path)
    lineage.write([entry("foundation"), entry("task")], entry("domain"), output / "stage_eval")
    return output


def text(folder):
    return (folder / "README.md").read_text(encoding="utf-8")


# -- the head --------------------------------------------------------------------------------------------------


def test_the_head_is_what_a_hub_reads(domain):
    (domain / "adapter_config.json").write_text("{}")
    card.write(domain)
    head = ModelCard.load(domain / "README.md").data
    assert head.base_model == "google/gemma-2-9b"
    assert head.to_dict()["base_model_relation"] == "adapter"
    assert (head.language, head.library_name, head.license) == ("zh", "peft", "other")
    assert head.datasets == ["someone/poems"]  # a dataset that is not on the hub has no name there
    for name in [head.base_model, *head.datasets]:
        validate_repo_id(name)


def test_a_base_model_on_this_machine_is_no_name_on_a_hub(domain, tmp_path):
    base = tmp_path / "my" / "base"
    base.mkdir(parents=True)
    lineage.write([], entry("domain", model=str(base)), domain / "stage_eval")
    card.write(domain)
    head = yaml.safe_load(text(domain).split("---\n")[1])
    assert "base_model" not in head
    assert head["library_name"] == "transformers"


# -- the body --------------------------------------------------------------------------------------------------


def test_each_number_of_the_table_is_the_matrixs_with_n_and_interval(domain):
    card.write(domain)
    found = matrix.load(domain / "stage_eval/matrix.json")
    lines = dict(re.findall(r"^\| (\w+ loss) \| (.*) \|$", text(domain), re.M))
    assert len(lines) == len(LOSSES)
    for name in LOSSES:
        n, *cells = lines[f"{name} loss"].split(" | ")
        assert n == "60"
        assert len(cells) == len(STAGES)
        for row, cell in zip(found["rows"], cells, strict=True):
            score = row["cells"][name]["loss"]
            assert cell.replace("*", "") == f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def test_what_was_forgotten_stands_in_the_words_of_the_report(domain):
    card.write(domain)
    assert "Forgotten: belle_eval loss rose" in text(domain)
    assert re.search(r"\| belle_eval loss \|.*\| 2\.\d+\* \[", text(domain))


def test_stages_stand_with_data_amounts_lambda_and_what_they_protect(domain):
    card.write(domain)
    assert "| 领域 domain | domain_mix 5:3:2 | 280 | 12,493 | 120 | 10 | foundation, task |" in text(domain)
    assert "learning_rate: 5.0e-05" in text(domain)


def test_data_stand_with_weight_licence_origin_and_obligations(domain):
    card.write(domain)
    row = "| poetry | 领域 domain | 0.14 | 80 | 2 | MIT | https://huggingface.co/datasets/someone/poems |"
    assert row in text(domain)
    for line in OWED:
        assert f"  - {line}" in text(domain)


def test_a_chat_template_that_differs_is_said_in_bold_with_the_remedy(domain):
    compared = {"differing": {"one turn": "trained 'a', served 'b'"}, "remedy": "chat_template_trained.jinja"}
    mark = {"model": "google/gemma-2-9b", "adapters": ["saves/domain"], "template": "gemma2", "prompts": compared}
    (domain / "ewc_export.json").write_text(json.dumps(mark))
    card.write(domain)
    assert "**WARNING: the chat template beside the tokenizer does NOT give the prompts" in text(domain)
    assert f"--chat-template {domain}/chat_template_trained.jinja" in text(domain)


def test_text_from_data_cannot_become_markup(domain):
    evil = {**entry("domain"), "label": "domain", "data": {"inputs": [{"dataset": "<script>|x|", "licence": "MIT"}]}}
    lineage.write([], evil, domain / "stage_eval")
    card.write(domain)
    assert "<script>" not in text(domain)


# -- a person's words ------------------------------------------------------------------------------------------


def test_a_card_that_nobody_changed_is_written_anew(domain):
    card.write(domain)
    lineage.write([], entry("other"), domain / "stage_eval")
    assert card.write(domain) == f"model card: {domain / 'README.md'}"
    assert "other_mix" in text(domain)
    assert not (domain / "README.ewc.md").exists()


@pytest.mark.parametrize("change", [("# domain", "# 我的模型"), ("language: zh", "language: en"), ("120", "121")])
def test_a_card_that_a_person_changed_is_left_as_it_is(domain, change):
    card.write(domain)
    mine = text(domain).replace(*change)
    (domain / "README.md").write_text(mine, encoding="utf-8")
    assert "was changed by hand" in card.write(domain)
    assert text(domain) == mine
    assert "domain_mix" in (domain / "README.ewc.md").read_text(encoding="utf-8")


def test_a_card_that_is_not_ours_is_left_as_it_is(domain):
    (domain / "README.md").write_text("# my model\n")
    card.write(domain)
    assert text(domain) == "# my model\n"


TRAINERS = """---
library_name: peft
---

<!-- This model card has been generated automatically according to the information the Trainer had access to. You
should probably proofread and complete it, then remove this comment. -->

# domain

## Model description

More information needed

## Intended uses & limitations

More information needed

## Training and evaluation data

More information needed
"""


def test_what_the_trainer_left_to_be_completed_makes_room_and_is_kept(domain):
    (domain / "README.md").write_text(TRAINERS)
    card.write(domain)
    assert "domain_mix" in text(domain)
    assert (domain / "README.host.md").read_text() == TRAINERS


def test_what_a_person_began_to_complete_is_left_as_it_is(domain):
    begun = TRAINERS.replace("More information needed", "It writes verse.", 1)
    (domain / "README.md").write_text(begun)
    card.write(domain)
    assert text(domain) == begun


def test_pefts_empty_form_makes_room(domain):
    from huggingface_hub import ModelCardData

    form = ModelCard.from_template(ModelCardData())
    form.data["library_name"] = "peft"
    form.text += "\n### Framework versions\n\n- PEFT 0.18.1"
    form.save(domain / "README.md")
    card.write(domain)
    assert "domain_mix" in text(domain)


def test_a_folder_that_no_stage_has_left_has_no_card(tmp_path):
    with pytest.raises(CardError, match="no such folder"):
        card.write(tmp_path / "nowhere")
    with pytest.raises(CardError, match="folder of a stage or of an exported model"):
        card.write(tmp_path)
