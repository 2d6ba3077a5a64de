# ruff: noqa: E501 - a table is read as it is printed
"""The printed table of a mixture."""

from mix_world import World

from converters.columns import aligned, display_width
from converters.mixing.table import mixture_table


def test_an_ideograph_takes_two_columns_and_a_combining_mark_none():
    assert [display_width(text) for text in ("abc", "诗词", "，", "é", "ｗ")] == [3, 4, 2, 1, 2]


def test_columns_stand_below_one_another_whatever_the_script():
    lines = aligned([["name", "n"], ["诗词", "1,000"], ["verse", "7"]], text_columns=1)
    assert lines == ["name       n", "诗词   1,000", "verse      7"]


def test_the_table_shows_every_dataset_and_group_with_their_shares(tmp_path, capsys):
    World(tmp_path).mix("--preview")
    assert capsys.readouterr().out.splitlines() == [
        "domain_mix (stage domain): 100 examples, ratio by examples, systematic sampling, seed 42, on shortage: error",
        "",
        "dataset  group       weight  available  excluded  quota  taken  repeats  characters  of examples  of characters",
        "belle    foundation       1        200         0     50     50        0         550        50.0%          50.0%",
        "en2zh    task             1         60         0     15     15        0         165        15.0%          15.0%",
        "zh2en    task             1         50         0     15     15        0         165        15.0%          15.0%",
        "verse    domain           1         80         0     20     20        0         220        20.0%          20.0%",
        "",
        "group       ratio  of ratio  examples  of examples  characters  of characters",
        "foundation      5     50.0%        50        50.0%         550          50.0%",
        "task            3     30.0%        30        30.0%         330          30.0%",
        "domain          2     20.0%        20        20.0%         220          20.0%",
    ]


def test_without_a_tokenizer_the_table_says_that_characters_stand_for_tokens(tmp_path, capsys):
    world = World(tmp_path)
    world.mix("--unit", "tokens")
    assert "ratio by characters (--tokenizer counts tokens), " in capsys.readouterr().out.splitlines()[0]
    counted = world.manifest() | {"unit_of_supervised": "tokens"}
    counted["inputs"] = [row | {"tokens": row["characters"]} for row in counted["inputs"]]
    assert "ratio by tokens, " in mixture_table(counted)
