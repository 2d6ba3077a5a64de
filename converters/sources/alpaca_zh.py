"""Chinese Alpaca: Stanford Alpaca's instructions in Chinese, answered by GPT-3.5 and GPT-4, and OASST1's Chinese trees.

The 51k and GPT-4 releases, Chinese-Vicuna's sample, carbonz0's parts and others share one layout (JSON array or lines,
or Parquet); silk-road and open-chinese keep English and Chinese side by side; OASST has a history and several answers
to one prompt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import (
    Context,
    Dataset,
    Download,
    Format,
    GitHub,
    Hub,
    Message,
    Outcome,
    Reject,
    Source,
    assistant,
    user,
)
from converters.conversations.instructions import REFUSAL, Home, Marks, outcome
from converters.conversations.second_reading import read_again
from converters.judging import risks, translated
from converters.judging.kinds import ARITHMETIC, CHAT, CODE, POEM, SCRIPT, SUMMARY, TRANSLATION, is_arithmetic
from converters.judging.solecisms import hanging_request, solecism
from converters.text import has_han, key, tidy

NAME = "alpaca_zh"
HOME = Home("alpaca_zh", "alpaca_zh_story")

# How translators and crawlers wrote "there is no input".
_NO_INPUT = re.compile(
    r"[<（(【]?\s*(?:no\s?input|n/a|none|nan|无输入|没有输入|无需输入|不适用|无|空)\s*[>）)】]?[。.]?", re.IGNORECASE
)


def _is_instruction(record: Any) -> bool:
    return isinstance(record, dict) and {"instruction", "output"} <= record.keys()


def _has_history(record: Any) -> bool:
    return _is_instruction(record) and "history" in record


_SUFFIXED = ("instruction_zh", "input_zh", "output_zh")  # silk-road
_PREFIXED = ("zh_instruction", "zh_input", "zh_output")  # open-chinese


def _is_bilingual(record: Any) -> bool:
    return isinstance(record, dict) and any(
        columns[0] in record and columns[2] in record for columns in (_SUFFIXED, _PREFIXED)
    )


def from_instruction(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`instruction`, `input`, `output`; a `history`, where a merged file has one, is read too."""
    if record.get("history"):
        return from_history(record, context)
    texts = _texts(record, ("instruction", "input", "output"))
    return [_from_texts(texts, context) if texts else _malformed("instruction, input and output must be texts")]


def from_bilingual(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`instruction_zh`, `input_zh`, `output_zh`, or the same with zh_, beside English columns, which are left out.

    open-chinese scored its translations from 1 to 5; what is below 4 was found wrong by those who made it.
    """
    columns = _SUFFIXED if _SUFFIXED[0] in record else _PREFIXED
    texts = _texts(record, columns)
    if texts is None:
        return [_malformed(f"{', '.join(columns)} must be texts")]
    score = _score(record)
    if score is not None and score < LEAST_SCORE:
        return [Reject(NAME, "doubted_translation", f"score {score}: {texts[2][:60]}")]
    return [_from_texts(texts, context)]


LEAST_SCORE = 4


def _score(record: dict[str, Any]) -> float | None:
    metadata = record.get("metadata")
    score = metadata.get("score") if isinstance(metadata, dict) else None
    return score if isinstance(score, int | float) else None


def from_history(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`history`: pairs of a request and its answer before the last one. Sibling answers stand best first.

    They share the request and all before it, so a cap on that keeps the first that is good enough.
    """
    texts = _texts(record, ("instruction", "input", "output"))
    history = record.get("history") or []
    if texts is None or not isinstance(history, list) or not all(_is_pair(pair) for pair in history):
        return [_malformed("history must be pairs of texts")]
    messages = [turn for asked, said in history for turn in (user(tidy(asked)), assistant(tidy(said)))]
    messages += [user(_prompt(texts)), assistant(texts[2])]
    before = "\x1f".join(key(message.content) for message in messages[:-1])
    curt = _curt(messages)
    if curt:
        return [Reject(NAME, "curt_answer", curt)]
    return [outcome(HOME, messages, context, Marks(title_key=f"oasst:{before}", kind=_volunteered(messages)))]


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)


VOLUNTEER = "volunteer"
_OF_THE_ANSWER = (CHAT, *risks.FORMS)


def _volunteered(messages: Sequence[Message]) -> str:
    """The first task of a talk that asks for facts, verse or words; what people say of themselves is believed."""
    told = [risks.risk(asked.content, said.content) for asked, said in zip(messages[::2], messages[1::2], strict=True)]
    return next((kind for kind in told if kind not in _OF_THE_ANSWER), VOLUNTEER)


LEAST_ANSWER = 7  # characters; 好的 and Why? answer nothing
LEAST_EXPLANATION = 24  # to a request that asks how, why, or for a text
_WANTS_MORE = re.compile("如何|怎么|怎样|为什么|为何|推荐|介绍|写|分析|解释|区别|建议|会做|哪些|谈谈|描述|方法|出处")

_MAY_BE_SHORT = re.compile("什么时候|哪[一年里]|谁|多少|等于|[=＝]\\s*[?？]|terminal|终端")


def _curt(messages: Sequence[Message]) -> str:
    """The first answer that is shorter than what was asked deserves: volunteers were in a hurry, too."""
    for asked, said in zip(messages[::2], messages[1::2], strict=True):
        least = LEAST_EXPLANATION if _WANTS_MORE.search(asked.content) else LEAST_ANSWER
        may_be_short = is_arithmetic(asked.content) or _MAY_BE_SHORT.search(asked.content) or "请问" in said.content
        if len(said.content) < least and not may_be_short:
            return f"{asked.content[:40]} → {said.content}"
    return ""


def _texts(record: dict[str, Any], columns: Sequence[str]) -> tuple[str, str, str] | None:
    """Instruction, input and output, tidied, or None if one of them is no text."""
    values = [record.get(column) for column in columns]
    if not all(value is None or isinstance(value, str) for value in values):
        return None
    instruction, given, output = (tidy(value or "") for value in values)
    return instruction, "" if _NO_INPUT.fullmatch(given) else given, output


def _prompt(texts: tuple[str, str, str]) -> str:
    return "\n".join(part for part in texts[:2] if part)


def _from_texts(texts: tuple[str, str, str], context: Context) -> Outcome:
    request, answer = _prompt(texts), texts[2]
    marks = _MARKS.search(request)
    if marks:
        return Reject(NAME, "annotator_marks", marks[0])
    lost = _lost_in_translation(request, answer)
    if lost:
        return Reject(NAME, "lost_in_translation", lost)
    fault = translated.fault(request, answer)
    if fault:
        return Reject(NAME, *fault)
    slip = hanging_request(request, answer) or solecism(answer)
    if slip:
        return Reject(NAME, "solecism", slip)
    told = outcome(HOME, [user(request), assistant(answer)], context, Marks(told=_kind))
    return read_again(told, HOME.stories)


_NAME = re.compile("[A-Z][a-z]{2,}[A-Za-z]*")
MOST_NAMES = 2  # products in one answer; more are recalled, and what each is good for with them


def _kind(request: str, answer: str) -> str:
    kind = risks.risk(request, answer)
    return risks.RECALL if kind in risks.FORMS and len(set(_NAME.findall(answer))) > MOST_NAMES else kind


# What stood beside the English: (Rewritten sentence: …), a -> b, word / category, items - group them.
_MARKS = re.compile(
    r"\((?:Rewritten|No change|Corrected|Note|Translation)|\s->\s|\A[^\n\d]{2,40} [-–/] [^\n\d$“”。]{2,24}\Z"
)


def _malformed(detail: str) -> Reject:
    return Reject(NAME, "missing_columns", detail)


# What only an English text has: translated into Chinese, the question stays and its object is gone.
_OF_ENGLISH = re.compile(
    "主动语态|被动语态|(?:现在|过去|将来)(?:进行|完成)?时|时态|第[一二三]人称单数|单数|复数形式|冠词|介词短语|大写|小写|首字母|拼写|拼错|音节|押韵词|字谜|回文|"
    "撇号|缩略词|缩写形式|重新排列(?:字母|单词)|(?:字母|元音|辅音)|不规则动词|从句|分词|不定式|动名词"
)
_TRANSLATED_CODE = re.compile(
    "</?(?:头|正文|身体|标题|段落)>|控制台日志|(?:如果|对于|函数|打印|返回|当)\\s*（[^）\\n]*）\\s*[{｛]|打印（“"
)
_ABOUT_CHINESE = re.compile("汉字|拼音|成语|中文|汉语|部首|笔画|声母|韵母")


def _lost_in_translation(request: str, answer: str) -> str:
    code = _TRANSLATED_CODE.search(answer)
    if code:
        return code[0]
    found = _OF_ENGLISH.search(request)
    if not found or re.search("[A-Za-z]{2}", request + answer) or _ABOUT_CHINESE.search(request):
        return ""
    return found[0] if has_han(request) and _WORKS_ON.search(request) else ""


_WORKS_ON = re.compile(
    "句子|单词|短语|这句话|文本|段落|改写|重写|转换|改[为成]|编辑|识别|找出|变为|变成|评估|检查|更正|修正"
)

# As in BELLE; and OASST's volunteers answer shortly in every tone, of which a dataset bears a fiftieth.
CAPS = {
    ARITHMETIC: 0.005,
    CHAT: 0.005,
    CODE: 0.02,
    POEM: 0.005,
    TRANSLATION: 0.01,
    REFUSAL: 0.005,
    VOLUNTEER: 0.02,
    SUMMARY: 0.02,
    risks.GROUNDED: 0.05,
    SCRIPT: 0.01,
    risks.LORE: 0.10,
    risks.PROSE: 0.01,
    risks.SCENE: 0.005,
    **dict.fromkeys(risks.UNSURE, 0.005),
}

SOURCE = Source(
    name=NAME,
    group="foundation",
    licence="CC-BY-NC-4.0",
    origin="https://github.com/Instruction-Tuning-with-GPT-4/GPT-4-LLM",
    formats=(
        Format(
            "history",
            "OASST1 in Chinese: instruction, input, output, history",
            "record",
            _has_history,
            from_history,
            has_columns=_is_instruction,
            licence="Apache-2.0",
        ),
        Format(
            "bilingual",
            "English and Chinese side by side: instruction_zh, input_zh, output_zh, or with zh_ before",
            "record",
            _is_bilingual,
            from_bilingual,
        ),
        Format("instruction", "Alpaca: instruction, input, output", "record", _is_instruction, from_instruction),
    ),
    datasets=(
        Dataset(
            "alpaca_zh",
            "follow Chinese instructions",
            0.006,
            "instruction",
            caps=CAPS,
        ),
        Dataset("alpaca_zh_story", "write a story that someone asks for", 0.0, "story", group="task", family="story"),
    ),
    wanted=(
        "alpaca_data_zh_51k.json",
        "alpaca_gpt4_data_zh.json",
        "oaast_sft_zh.json",
        "train-00000-of-00001.parquet (instruction, input, output, or the same with _zh)",
    ),
    title_cap=1,
    downloads=(
        Download(
            "alpaca_gpt4_zh",
            Hub("llamafactory/alpaca_gpt4_zh", "llamafactory/alpaca_gpt4_zh"),
            "CC-BY-NC-4.0",
            size=35_000_000,
        ),
        Download(
            "alpaca_zh_51k",
            Hub("llamafactory/alpaca_zh", "llamafactory/alpaca_zh"),
            "CC-BY-NC-4.0",
            "alpaca_data_zh_51k.json",
            size=18_700_000,
        ),
        Download(
            "oaast_sft_zh",
            GitHub("hiyouga/ChatGLM-Efficient-Tuning", paths=("data/oaast_sft_zh.json",)),
            "Apache-2.0",
            size=1_070_000,
        ),
        Download(
            "alpaca-zh",
            Hub("shibing624/alpaca-zh"),
            "CC-BY-NC-4.0",
            "alpaca_gpt4_zh once more",
            size=35_100_000,
            usual=False,
        ),
        Download(
            "alpaca-data-gpt4-chinese",
            Hub("silk-road/alpaca-data-gpt4-chinese"),
            "CC-BY-NC-4.0",
            "English and Chinese side by side",
            size=78_400_000,
            usual=False,
        ),
    ),
)
