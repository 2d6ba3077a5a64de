"""`python -m converters mix`: what must hold of a mixture that was written."""

import errno
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mix_world import GROUP_OF, World, row, write_rows

from converters import files
from converters.contract import SourceError
from converters.mixing import build as mix_build
from converters.mixing.order import systematic
from converters.mixing.survey import token_counter

anew = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_mixture_has_exactly_the_examples_of_its_ratio(tmp_path):
    world = World(tmp_path)
    assert world.mix() == 0
    assert world.counts() == {"belle": 50, "en2zh": 15, "zh2en": 15, "verse": 20}
    assert {name: group["examples"] for name, group in world.manifest()["groups"].items()} == {
        "foundation": 50,
        "task": 30,
        "domain": 20,
    }


@anew
@given(
    sizes=st.fixed_dictionaries({name: st.integers(50, 60) for name in GROUP_OF}),
    total=st.integers(1, 50),
    ratio=st.tuples(*[st.integers(0, 5)] * 3).filter(any),
)
def test_counts_and_every_prefix_follow_the_ratio(tmp_path_factory, sizes, total, ratio):
    world = World(tmp_path_factory.mktemp("world"), sizes, total=total)
    world.mix("--ratio", ":".join(map(str, ratio)), "--on-shortage", "redistribute")
    taken = {name: each["taken"] for name, each in world.inputs().items()}
    assert sum(taken.values()) == total == len(world.rows())
    seen: Counter[str] = Counter()
    for length, each in enumerate(world.rows(), start=1):
        seen[each["source"]] += 1
        assert all(abs(seen[name] - length * count / total) < 1 for name, count in taken.items())


def test_the_examples_of_a_dataset_are_every_kth_of_its_whole_file(tmp_path):
    world = World(tmp_path)
    world.mix()
    taken = sorted(int(each["meta"]["record"]) for each in world.rows() if each["source"] == "belle")
    assert taken == systematic(200, 50).tolist() == list(range(0, 200, 4))


def test_every_prefix_draws_on_the_whole_file(tmp_path):
    world = World(tmp_path)
    world.mix()
    first = [int(each["meta"]["record"]) for each in world.rows()[:20] if each["source"] == "belle"]
    assert {record // 50 for record in first} == {0, 1, 2, 3}


def test_stratified_sampling_gives_each_input_file_its_share(tmp_path):
    world = World(tmp_path)
    world.add(
        "belle", [row("belle", number, file="big" if number < 150 else "small") for number in range(200)], "foundation"
    )
    world.save()
    world.mix("--sampling", "stratified", "--total", "80")
    assert Counter(each["meta"]["file"] for each in world.rows() if each["source"] == "belle") == {
        "big": 30,
        "small": 10,
    }


def test_the_same_seed_and_inputs_give_the_same_bytes_and_another_seed_other_ones(tmp_path):
    first, second = World(tmp_path / "a"), World(tmp_path / "b")
    for sampling in ("systematic", "stratified", "random"):
        first.mix("--sampling", sampling), second.mix("--sampling", sampling)
        assert first.files() == second.files()
        second.mix("--sampling", sampling, "--seed", "7")
        assert first.path().read_bytes() != second.path().read_bytes()
    assert {each["id"] for each in first.rows()} != {each["id"] for each in second.rows()}


def test_a_line_of_ours_passes_unchanged_and_names_its_dataset(tmp_path):
    world = World(tmp_path)
    world.mix()
    known = {name: world.path(name).read_text("utf-8").replace(": ", ":").replace(", ", ",") for name in GROUP_OF}
    for line, each in zip(world.path().read_text("utf-8").splitlines(), world.rows(), strict=True):
        assert each["dataset"] == each["source"]
        assert line.replace(f',"dataset":"{each["dataset"]}"}}', "}\n") in known[each["dataset"]]


# --- leaks


def test_nothing_of_any_evaluation_set_enters_and_each_exclusion_is_counted(tmp_path):
    world = World(tmp_path)
    long = "".join(chr(0x5000 + at) for at in range(100))
    world.add("verse", [row("verse", number) for number in range(80)] + [row("verse", 99, answer=long)], "domain")
    near = row("other", 99, answer=long + "啊")
    near["messages"][0]["content"] = row("verse", 99)["messages"][0]["content"]
    copied = {**row("verse", 7), "id": "elsewhere:1"}
    same_id = row("verse", 8, answer="另一个答案")
    world.add_evaluation("verse_eval", [near, copied])
    world.add_evaluation("belle_eval", [same_id])
    world.mix("--ratio", "0:0:1", "--total", "78")
    numbers = {int(each["meta"]["record"]) for each in world.rows()}
    assert numbers == set(range(80)) - {7, 8}
    excluded = world.inputs()["verse"]["excluded"]
    assert excluded == {"in_evaluation_set": 2, "near_duplicate_of_evaluation": 1, "unusable": 0}
    assert [each["dataset"] for each in world.manifest()["evaluation_sets"]] == ["verse_eval", "belle_eval"]


def test_excluded_examples_are_not_available(tmp_path):
    world = World(tmp_path)
    world.add_evaluation("verse_eval", world.rows("verse")[:10])
    with pytest.raises(SourceError, match=r"verse: expected 80 examples; found 70"):
        world.mix("--ratio", "0:0:1", "--total", "80")


def test_an_evaluation_set_without_a_file_is_named(tmp_path, capsys):
    world = World(tmp_path)
    world.add_evaluation("verse_eval", [])
    world.path("verse_eval").unlink()
    world.mix()
    assert "nothing was checked against 1 evaluation sets without a file: verse_eval" in capsys.readouterr().out


def test_lines_that_cannot_be_used_are_counted_and_the_first_is_named(tmp_path):
    world = World(tmp_path)
    with world.path("verse").open("a", encoding="utf-8") as stream:
        stream.write('\n{"messages": [\n{"messages": "x"}\n')
    world.mix()
    assert world.inputs()["verse"]["excluded"]["unusable"] == 2
    assert world.manifest()["warnings"][-1] == "verse: 2 lines cannot be used; the first is line 82: not JSON."


def test_blank_lines_are_no_examples_and_no_trouble(tmp_path):
    world, without = World(tmp_path / "a"), World(tmp_path / "b")
    world.path("verse").write_text("\n \n" + world.path("verse").read_text("utf-8"), encoding="utf-8")
    world.mix(), without.mix()
    assert world.path().read_bytes() == without.path().read_bytes()


# --- shortage


def test_a_shortage_lists_every_dataset_with_its_numbers_and_the_ways_out(tmp_path):
    world = World(tmp_path)
    before = world.files()
    with pytest.raises(SourceError) as raised:
        world.mix("--total", "500")
    assert str(raised.value).split("\n") == [
        "domain_mix, belle: expected 250 examples; found 200.",
        "domain_mix, en2zh: expected 75 examples; found 60.",
        "domain_mix, zh2en: expected 75 examples; found 50.",
        "domain_mix, verse: expected 100 examples; found 80.",
        "Ways out: --total 338 or less; --on-shortage repeat --max-repeat 2; "
        "--total 368 --on-shortage redistribute (each group keeps its share); "
        "convert more, or lower the weight of what is short.",
    ]
    assert world.files() == before
    assert world.mix("--total", "338") == 0
    assert world.mix("--total", "368", "--on-shortage", "redistribute") == 0
    assert world.counts() == {"belle": 184, "en2zh": 60, "zh2en": 50, "verse": 74}


def test_repeating_what_is_much_too_little_is_not_offered(tmp_path):
    with pytest.raises(SourceError) as raised:
        World(tmp_path).mix("--total", "80000")
    assert "repeat" not in str(raised.value)


def test_a_redistribution_that_suffices_is_offered(tmp_path):
    with pytest.raises(SourceError, match="--on-shortage redistribute"):
        World(tmp_path).mix("--total", "380")


def test_repeating_uses_everything_once_before_anything_twice(tmp_path):
    world = World(tmp_path)
    world.mix("--total", "500", "--on-shortage", "repeat")
    verse = [each["id"] for each in world.rows() if each["source"] == "verse"]
    assert len(verse) == 100
    assert len(set(verse[:80])) == 80
    assert set(Counter(verse[80:]).values()) == {1}
    assert {name: each["repeats"] for name, each in world.inputs().items()} == {
        "belle": 50,
        "en2zh": 15,
        "zh2en": 25,
        "verse": 20,
    }


def test_repeating_stops_at_max_repeat(tmp_path):
    world = World(tmp_path)
    with pytest.raises(
        SourceError, match=r"zh2en: expected 240 examples; found 200 \(in 4 uses of 50\).*\n.*--total 1338 "
    ):
        world.mix("--total", "1600", "--on-shortage", "repeat")
    assert world.mix("--total", "1338", "--on-shortage", "repeat") == 0
    assert world.inputs()["zh2en"]["taken"] == 200


def test_redistribution_is_told_dataset_by_dataset(tmp_path):
    world = World(tmp_path)
    world.mix("--total", "350", "--on-shortage", "redistribute")
    assert world.counts() == {"belle": 175, "en2zh": 55, "zh2en": 50, "verse": 70}
    assert "zh2en gives 50 examples instead of 52 (redistributed)." in world.manifest()["warnings"]


# --- supervised units


def test_the_manifest_counts_what_the_loss_sees_in_each_dataset_and_group(tmp_path):
    world = World(tmp_path)
    world.mix()
    characters = Counter()
    for each in world.rows():
        characters[each["source"]] += len(each["messages"][1]["content"])
    assert {name: each["characters"] for name, each in world.inputs().items()} == characters
    group = world.manifest()["groups"]["task"]
    assert group["supervised"] == characters["en2zh"] + characters["zh2en"]
    assert group["supervised_share"] == pytest.approx(group["supervised"] / characters.total())
    assert world.manifest()["unit_of_supervised"] == "characters"


def test_a_group_whose_answers_are_short_is_warned_of(tmp_path, capsys):
    world = World(tmp_path)
    world.add("verse", [row("verse", number, answer="短") for number in range(80)], "domain")
    world.save()
    world.mix()
    assert "warning: domain has 20% of the ratio but 2.2% of what the loss sees" in capsys.readouterr().out
    assert len(world.manifest()["warnings"]) == 1


def test_by_tokens_the_supervised_shares_follow_the_ratio_and_the_total_stays(tmp_path):
    world = World(tmp_path)
    world.add("verse", [row("verse", number, answer="短" * (1 + number % 3)) for number in range(80)], "domain")
    world.save()
    world.mix("--unit", "tokens", "--total", "50")
    groups = world.manifest()["groups"]
    assert len(world.rows()) == 50
    for group, share in {"foundation": 0.5, "task": 0.3, "domain": 0.2}.items():
        assert groups[group]["supervised_share"] == pytest.approx(share, abs=0.03)  # one answer is 11 of 345


def test_by_tokens_a_dataset_without_answers_is_named(tmp_path):
    world = World(tmp_path)
    world.add("verse", [], "domain")
    world.save()
    with pytest.raises(SourceError, match="verse: expected at least one usable example"):
        world.mix("--unit", "tokens")


def test_by_tokens_a_shortage_is_an_error_too_and_can_be_repeated_or_redistributed(tmp_path):
    world = World(tmp_path)
    world.add("verse", [row("verse", number, answer="短") for number in range(40)], "domain")
    world.save()
    with pytest.raises(SourceError, match=r"verse: expected \d+ examples; found 40"):
        world.mix("--unit", "tokens", "--total", "100")
    world.mix("--unit", "tokens", "--total", "100", "--on-shortage", "redistribute")
    assert (world.counts()["verse"], len(world.rows())) == (40, 100)
    world.mix("--unit", "tokens", "--total", "100", "--on-shortage", "repeat")
    assert world.manifest()["groups"]["domain"]["supervised_share"] == pytest.approx(0.2, abs=0.03)


def test_with_a_tokenizer_tokens_are_counted(tmp_path, monkeypatch):
    world = World(tmp_path)
    # a tokenizer that knows one token for two characters
    monkeypatch.setattr(mix_build, "token_counter", lambda path: lambda texts: [len(text) // 2 for text in texts])
    world.mix("--tokenizer", "some/model")
    tokens = Counter()
    for each in world.rows():
        tokens[each["source"]] += len(each["messages"][1]["content"]) // 2
    assert {name: each["tokens"] for name, each in world.inputs().items()} == tokens
    assert world.manifest()["unit_of_supervised"] == "tokens"
    assert world.manifest()["groups"]["domain"]["supervised"] == tokens["verse"]


def test_a_tokenizer_that_does_not_load_is_a_clear_error(tmp_path):
    with pytest.raises(SourceError, match=r"AutoTokenizer loads"):
        token_counter(str(tmp_path))


# --- writing


def test_a_preview_prints_the_table_and_writes_nothing(tmp_path, capsys):
    world = World(tmp_path)
    before = world.files()
    assert world.mix("--preview", "--name", "other") == 0
    assert world.files() == before
    assert "belle    foundation       1        200         0     50     50" in capsys.readouterr().out


class FullDisk:
    """Lets the first `room` characters of a file through."""

    def __init__(self, stream, room):
        self.stream, self.room = stream, room

    def write(self, text):
        self.room -= len(text)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.stream.write(text)


@pytest.mark.parametrize(("full", "room"), [("domain_mix.jsonl", 3000), ("domain_mix.manifest.json", 100)])
def test_a_full_disk_leaves_the_old_mixture_and_its_manifest(tmp_path, monkeypatch, full, room):
    world = World(tmp_path)
    world.mix()
    before = world.files()
    real = files.Staged.open
    monkeypatch.setattr(
        files.Staged,
        "open",
        lambda staged, path: FullDisk(real(staged, path), room if path.name == full else 10**9),
    )
    with pytest.raises(SourceError, match="No space left"):
        world.mix("--seed", "7")
    assert world.files() == before


def test_a_disk_that_is_full_only_at_the_last_flush_leaves_both_as_well(tmp_path, monkeypatch):
    world = World(tmp_path)
    world.mix()
    before, calls = world.files(), []

    def fsync(handle):
        calls.append(handle)
        if len(calls) == 2:  # the data are safe, the manifest is not
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(SourceError, match="No space left"):
        world.mix("--seed", "7")
    assert world.files() == before


def test_an_interrupt_leaves_the_old_mixture_and_its_manifest(tmp_path, monkeypatch):
    world = World(tmp_path)
    world.mix()
    before = world.files()
    lines = mix_build.Build.lines

    def interrupted(build):
        for number, line in enumerate(lines(build)):
            if number == 50:
                raise KeyboardInterrupt
            yield line

    monkeypatch.setattr(mix_build.Build, "lines", interrupted)
    with pytest.raises(KeyboardInterrupt):
        world.mix("--seed", "7")
    assert world.files() == before


def test_a_crash_between_the_two_replacements_is_seen_as_stale(tmp_path, monkeypatch, capsys):
    world = World(tmp_path)
    world.mix()
    replace = os.replace

    def crash_at_the_manifest(source, target):
        if "manifest" in str(target):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", crash_at_the_manifest)
    with pytest.raises(KeyboardInterrupt):
        world.mix("--seed", "7")
    monkeypatch.undo()
    assert world.mix("--check") == 1
    assert "the mixture: data/domain_mix.jsonl was changed" in capsys.readouterr().out


def test_a_dataset_replaced_during_the_build_is_read_as_it_was_surveyed(tmp_path, monkeypatch):
    world, undisturbed = World(tmp_path / "a"), World(tmp_path / "b")
    undisturbed.mix()
    lines = mix_build.Build.lines

    def replaced(build):
        write_rows(tmp_path / "new.jsonl", [row("belle", number) for number in range(500, 600)])
        os.replace(tmp_path / "new.jsonl", world.path("belle"))
        return lines(build)

    monkeypatch.setattr(mix_build.Build, "lines", replaced)
    world.mix()
    assert world.path().read_bytes() == undisturbed.path().read_bytes()
    assert world.mix("--check") == 1


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path, monkeypatch):
    world = World(tmp_path)

    def refuse(*_arguments, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)
    with pytest.raises(SourceError, match="Permission denied"):
        world.mix()


def test_a_file_overwritten_in_place_during_the_build_stops_it(tmp_path, monkeypatch):
    world = World(tmp_path)
    lines = mix_build.Build.lines

    def scribbled(build):
        world.path("belle").write_text("x" * 100_000)
        return lines(build)

    monkeypatch.setattr(mix_build.Build, "lines", scribbled)
    with pytest.raises(SourceError, match="Something writes into this file"):
        world.mix()
    assert not world.path().exists()


def test_rows_of_different_datasets_load_as_one_arrow_table(tmp_path):
    datasets = pytest.importorskip("datasets")
    world = World(tmp_path)
    bare = [{"messages": row("verse", number)["messages"]} for number in range(40)]
    numbered = [row("verse", number) | {"id": number, "meta": {"record": number}} for number in range(40, 80)]
    world.add("verse", bare + numbered, "domain")
    world.save()
    world.mix()
    table = datasets.load_dataset(
        "json", data_files=str(world.path()), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert table.num_rows == 100
    assert {feature.dtype for feature in table.features["meta"].values()} == {"string"}


def test_tokens_are_those_of_the_tokenizer_without_special_ones(tmp_path):
    tokenizers, transformers = pytest.importorskip("tokenizers"), pytest.importorskip("transformers")
    by_character = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0, "<s>": 1}, unk_token="?"))
    by_character.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    by_character.post_processor = tokenizers.processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    transformers.PreTrainedTokenizerFast(tokenizer_object=by_character, unk_token="?").save_pretrained(tmp_path)
    assert token_counter(str(tmp_path))(["春眠不觉晓", "处处", ""]) == [5, 2, 0]
