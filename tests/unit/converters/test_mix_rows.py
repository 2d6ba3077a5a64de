"""One row of any registered dataset becomes one line of a mixture."""

import pytest

from converters.contract import META_KEYS, Example, assistant, user
from converters.mixing.leakage import Turn
from converters.mixing.registry import FORMAT
from converters.mixing.rows import RowReader, Unusable

OURS = RowReader.of("mine", FORMAT)
ASKED = {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]}


def test_an_alpaca_row_becomes_messages():
    reader = RowReader.of("mine", {})
    turns = reader.turns({"instruction": "翻译", "input": "Hello", "output": "你好"})
    assert turns == [Turn("user", "翻译\nHello"), Turn("assistant", "你好")]
    assert reader.turns({"instruction": "你好", "input": "", "output": "好"})[0].content == "你好"


def test_an_alpaca_row_keeps_its_system_prompt_and_history():
    columns = {"prompt": "q", "response": "a", "system": "s", "history": "h"}
    turns = RowReader.of("mine", {"columns": columns}).turns({"q": "三", "a": "四", "s": "短答", "h": [["一", "二"]]})
    assert [turn.role for turn in turns] == ["system", "user", "assistant", "user", "assistant"]
    assert [turn.content for turn in turns] == ["短答", "一", "二", "三", "四"]


def test_an_entry_with_columns_has_only_the_columns_that_it_lists():
    reader = RowReader.of("mine", {"columns": {"prompt": "instruction", "response": "output"}})
    assert reader.turns({"instruction": "问", "input": "不读", "output": "答"})[0].content == "问"


def test_sharegpt_without_tags_reads_from_and_value():
    row = {"conversations": [{"from": "human", "value": "问"}, {"from": "gpt", "value": "答"}]}
    assert RowReader.of("mine", {"formatting": "sharegpt"}).turns(row) == [Turn("user", "问"), Turn("assistant", "答")]


def test_meta_has_every_key_in_one_order_and_nothing_but_text():
    row = ASKED | {"meta": {"author": None, "record": 7, "colour": "red", "file": "a"}}
    meta = OURS.line(row, OURS.turns(row))["meta"]
    assert tuple(meta) == META_KEYS
    assert meta == dict.fromkeys(META_KEYS, "") | {"record": "7", "file": "a"}


def test_a_row_without_an_id_gets_the_one_that_a_converter_would_give():
    assert OURS.identity(ASKED, OURS.turns(ASKED)) == Example("mine", (user("问"), assistant("答")), "d").id
    assert OURS.identity(ASKED | {"id": "theirs:1"}, OURS.turns(ASKED)) == "theirs:1"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([1, 2], "not a JSON object"),
        ({"messages": "问答"}, "no list"),
        ({"messages": []}, "alternate"),
        ({"messages": ASKED["messages"][:1]}, "alternate"),
        ({"messages": [ASKED["messages"][1], ASKED["messages"][0]]}, "alternate"),
        ({"messages": [*ASKED["messages"], {"role": "system", "content": "迟"}]}, "not the first"),
        ({"messages": [{"role": "observation", "content": "1"}]}, "the role 'observation'"),
        ({"messages": ["问", "答"]}, "the role None"),
        ({"messages": [ASKED["messages"][0], {"role": "assistant", "content": None}]}, "not text"),
        ({"messages": [ASKED["messages"][0], {"role": "assistant", "content": " "}]}, "empty"),
    ],
)
def test_a_row_that_llamafactory_would_train_on_nothing_is_unusable(row, reason):
    with pytest.raises(Unusable, match=reason):
        OURS.turns(row)


def test_a_row_with_tools_or_pictures_is_unusable():
    reader = RowReader.of("mine", FORMAT | {"columns": {"messages": "messages", "images": "pictures"}})
    assert reader.turns(ASKED | {"pictures": []})
    with pytest.raises(Unusable, match="tools or media"):
        reader.turns(ASKED | {"pictures": ["a.png"]})
