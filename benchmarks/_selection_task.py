"""Which examples does the benchmark of selection choose from? Words to be sorted: clean, noisy, repeated.

A class has a name and eight made-up words; a question gives three of its words and asks for the name. The pool asks
for some classes often and for most of them a few times, as found data do; a third of its rows have a wrong or broken
answer, a third repeat others. What is measured afterwards are other threes of words, in wordings that no row of the
pool has. All of it is drawn by one seed.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

SIGNS = "云山水月风花雪木石金玉竹松梅兰菊春秋江河湖海天星日雨雷电青红白黑黄紫东西南北安平和乐长远高明清新文武书画琴棋"
WORDINGS = (
    "{}是哪一类？",
    "请问{}属于哪一类？",
    "你知道{}属于什么吗？",
    "说说{}的类别。",
    "告诉我{}归在哪里。",
    "我想知道{}该归哪一类。",
)
HELD_OUT = ("请回答：{}属于哪一类？", "查一查{}归在哪里。")
PROSE = ("{}都在这里。", "人人都说{}。", "书上写着{}，没有错。", "他们带来了{}。")
NAMED = "{}都是“{}”。"
HEARD = "有一类叫“{}”。"  # so that every name is a word
MARKS = ("", "？？", "…", "！")
AGAIN = ("你好，{}", "{}谢谢！", "麻烦一下，{}", "{}请快一点。")
CLASSES, OLD, WORDS = 24, 8, 8  # of OLD classes the model has read questions and answers before
MOST = 120  # clean rows of the most frequent class
LEAST = 3
SENTENCES = 60  # of prose for each class
KNOWN = 0.5  # share of the classes whose names stand in the prose
ASKED = 20  # held-out questions for each class


@dataclass(frozen=True)
class Class:
    name: str
    words: tuple[str, ...]

    def three(self, draw: random.Random) -> str:
        return f"“{'、'.join(draw.sample(self.words, 3))}”"


@dataclass(frozen=True)
class Row:
    """`kind` is clean, or how it is spoilt or repeated; no method is told, nor the class's number."""

    topic: int
    question: str
    answer: str
    kind: str


@dataclass(frozen=True)
class Task:
    """`clean[i]` is the number of clean rows of class i; `prose` and `answered` are what the model has read before.

    `rated` are clean and spoilt rows of the old classes, from which a reward model learns which is which.
    """

    clean: Sequence[int]
    prose: Sequence[str]
    answered: Sequence[Row]
    rated: Sequence[Row]
    pool: Sequence[Row]
    asked: Sequence[Row]


def task(seed: int) -> Task:
    draw = random.Random(seed)
    classes = _classes(draw)
    new, old = classes[:CLASSES], classes[CLASSES:]
    clean = _clean(new, draw)
    spoilt = [_spoilt(row, new, draw) for row in draw.choices(clean, k=len(clean))]
    pool = [*clean, *spoilt, *(_again(row, draw) for row in draw.choices(clean, k=len(clean)))]
    draw.shuffle(pool)
    answered = [row for number, each in enumerate(old) for row in _rows(number, each, 2 * len(WORDINGS), draw)]
    seen = {row.question for row in pool}
    return Task(
        [sum(row.topic == number for row in clean) for number in range(CLASSES)],
        _prose(classes, draw),
        answered,
        [*answered, *(_spoilt(row, old, draw) for row in answered)],
        pool,
        [row for number, each in enumerate(new) for row in _asked(number, each, seen, draw)],
    )


def _classes(draw: random.Random) -> list[Class]:
    words = draw.sample([first + second for first, second in permutations(SIGNS, 2)], (CLASSES + OLD) * (WORDS + 1))
    return [Class(words[at], tuple(words[at + 1 : at + 1 + WORDS])) for at in range(0, len(words), WORDS + 1)]


def _prose(classes: Sequence[Class], draw: random.Random) -> list[str]:
    """Words of one class stand together; of the known ones the name stands with them."""
    sentences = [HEARD.format(each.name) for each in classes for _ in range(SENTENCES // 6)]
    for number, each in enumerate(classes):
        named = number % 2 == 0 if number < CLASSES else True
        for _ in range(SENTENCES):
            with_name = named and draw.random() < KNOWN
            form = draw.choice(PROSE)
            sentences.append(NAMED.format(each.three(draw), each.name) if with_name else form.format(each.three(draw)))
    draw.shuffle(sentences)
    return sentences


def _rows(number: int, each: Class, count: int, draw: random.Random) -> list[Row]:
    return [
        Row(number, draw.choice(WORDINGS).format(each.three(draw)), f"{each.name}。", "clean") for _ in range(count)
    ]


def _clean(classes: Sequence[Class], draw: random.Random) -> list[Row]:
    """Of the class of rank r so many as MOST/r says (Zipf)."""
    counts = [max(round(MOST / (number + 1)), LEAST) for number in range(len(classes))]
    rows = [_rows(number, each, counts[number], draw) for number, each in enumerate(classes)]
    return list({row.question: row for of_class in rows for row in of_class}.values())


def _spoilt(row: Row, classes: Sequence[Class], draw: random.Random) -> Row:
    kind = draw.choice(("wrong", "off the question", "garbled", "cut off"))
    other = draw.choice([each for number, each in enumerate(classes) if number != row.topic])
    answers = {
        "wrong": f"{other.name}。",  # right in form
        "off the question": draw.choice(PROSE).format(other.three(draw)),
        "garbled": "".join(draw.sample(SIGNS, 4)),
        "cut off": row.answer[:1],
    }
    return Row(row.topic, row.question, answers[kind], kind)


def _again(row: Row, draw: random.Random) -> Row:
    """The same once more: to the letter but for marks, or with a phrase before or after it."""
    if draw.random() < 0.5:
        return Row(row.topic, row.question.rstrip("？。") + draw.choice(MARKS), row.answer, "same text")
    return Row(row.topic, draw.choice(AGAIN).format(row.question), row.answer, "nearly the same text")


def _asked(number: int, each: Class, seen: set[str], draw: random.Random) -> list[Row]:
    rows = [
        Row(number, draw.choice(HELD_OUT).format(each.three(draw)), f"{each.name}。", "asked") for _ in range(ASKED)
    ]
    assert not seen & {row.question for row in rows}
    return rows
