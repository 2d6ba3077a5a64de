"""A line that is put together from parts is what a plain dump of it would be."""

from __future__ import annotations

import json

import orjson
from hypothesis import given
from hypothesis import strategies as st

from converters.contract import META_KEYS, Example, assistant, canonical, system, user
from converters.digests import digest64
from converters.engine.seen import digests_of
from converters.engine.sheet import Sheet

TEXTS = st.text(st.sampled_from('春a"\\\n\u2028\0é'), max_size=6)
EXAMPLES = st.builds(
    Example,
    dataset=st.just("d"),
    messages=st.lists(st.builds(lambda make, text: make(text), st.sampled_from([user, assistant, system]), TEXTS)).map(
        tuple
    ),
    document=TEXTS,
    licence=st.sampled_from(["", "MIT"]),
    **dict.fromkeys(("attribution", "author", "title", "section", "original", "kind", "template", "same_as"), TEXTS),
    chosen=st.none() | st.builds(assistant, TEXTS),
    rejected=st.builds(assistant, TEXTS),
    extra=st.dictionaries(TEXTS.filter(bool), TEXTS | st.integers(0, 9) | st.lists(TEXTS), max_size=2),
)


def plain(example: Example, number: int) -> dict:
    """The line as one would write it down."""
    messages = [{"role": message.role, "content": message.content} for message in example.messages]
    ends = {"chosen": example.chosen, "rejected": example.rejected} if example.chosen else {}
    meta = {name: getattr(example, name, "") for name in META_KEYS}
    return {
        "messages": messages,
        **{name: {"role": end.role, "content": end.content} for name, end in ends.items()},
        "id": f"mine:{digest64(canonical(example.messages)):016x}",
        "source": "s",
        **example.extra,
        "meta": meta | {"file": 'a"春.json', "record": str(number), "licence": example.licence or "CC0-1.0"},
    }


@given(st.lists(EXAMPLES, max_size=5))
def test_a_line_is_what_a_plain_dump_would_be(examples):
    sheet = Sheet("mine", source="s", file='a"春.json', licence="CC0-1.0")
    for position, example in enumerate(examples):
        sheet.add(position, position + 7, example)
    columns = sheet.columns()
    wanted = [plain(example, position + 7) for position, example in enumerate(examples)]
    assert [list(json.loads(line).items()) for line in columns.lines] == [list(line.items()) for line in wanted]
    assert columns.text == b"".join(orjson.dumps(line) + b"\n" for line in wanted)
    assert columns.characters.tolist() == [example.answer_characters for example in examples]
    assert digests_of(columns.documents).tolist() == [digest64(example.document.encode()) for example in examples]


@given(st.lists(TEXTS, min_size=2, max_size=4))
def test_a_held_out_line_has_the_text_that_is_translated_and_a_training_line_has_not(texts):
    sheet = Sheet("mine", source="s", file="f", licence="MIT")
    for place, text in enumerate(texts):
        messages = (user(f'请翻译，"meta":{{"file":"{text}"'), assistant(',"meta":{"file":'))
        sheet.add(place, place + 1, Example("d", messages, document="d", source_text=text, extra={"n": [1]}))
    last = sheet.columns().only([len(texts) - 1])
    plain, held_out = json.loads(last.line(0)), json.loads(last.held_out_line(0))
    assert held_out == plain | ({"source_text": texts[-1]} if texts[-1] else {})
    assert "source_text" not in plain


def same(*examples: Example) -> list[int]:
    sheet = Sheet("d", source="s", file="f", licence="MIT")
    for example in examples:
        sheet.add(0, 1, example)
    return digests_of(sheet.columns().same).tolist()


def test_the_messages_tell_examples_apart_unless_something_else_is_named():
    one, other, third = same(
        Example("d", (user("问"), assistant("答")), "a", title="甲"),
        Example("d", (user("问"), assistant("答")), "b", title="乙"),
        Example("d", (user("问"), assistant("别的答")), "a"),
    )
    assert one == other != third
    one, other, third = same(
        Example("d", (user("问"), assistant("答")), "a", same_as="诗"),
        Example("d", (user("别的问"), assistant("答")), "a", same_as="诗"),
        Example("d", (user("问"), assistant("答")), "a", same_as="词"),
    )
    assert one == other != third


def test_pairs_on_one_question_differ_by_their_answers():
    asked = (user("问"),)
    one, other, third, fourth = same(
        Example("d", asked, "a", chosen=assistant("好"), rejected=assistant("坏")),
        Example("d", asked, "b", chosen=assistant("好"), rejected=assistant("坏")),
        Example("d", asked, "a", chosen=assistant("好"), rejected=assistant("更坏")),
        Example("d", asked, "a", chosen=assistant("更好"), rejected=assistant("坏")),
    )
    assert one == other
    assert len({one, third, fourth}) == 3
