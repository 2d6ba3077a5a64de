"""Which rule rejects an exchange, and does every rule find nothing where none of its signs stands?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converters.contract import assistant, user
from converters.judging import kinds
from converters.judging.filters import RULES, exchange_fault, first_fault, foreign_identity, may_find
from converters.judging.kinds import is_arithmetic
from converters.sieve import Sieve, Signs

SLICES = Path(__file__).parents[3].parent / "shared" / "data"
GOLDEN = Path(__file__).parent / "golden"
SENTENCE = "春天来了，花都开了，人们走出家门去看花。"


# ---- who speaks


@pytest.mark.parametrize(
    "answer",
    [
        "我是BELLE，很高兴为您服务。",
        "您好！我是由OpenAI训练的大型语言模型ChatGPT。",
        "作为ChatGPT，我不能提供意见。",
        "我的名字是MOSS。",
        "我是一个由 OpenAI 开发的助手。",
        "I am ChatGPT, a language model.",
        "As an AI language model ChatGPT, I cannot say.",
        "我是一个开源的助手。",
        "主人，您好！",
    ],
)
def test_an_answer_that_claims_to_be_another_model_is_rejected(answer):
    assert foreign_identity([user("你是谁"), assistant(answer)])


@pytest.mark.parametrize(
    "answer",
    [
        "ChatGPT是由OpenAI开发的语言模型。",
        "我认为ChatGPT很有用。",
        "我是一名记者，昨天采访了他。",
        "作为ChatGPT的用户，我们应当谨慎。",
        "他是房子的主人，您放心。",
        "我喜欢开源软件。",
    ],
)
def test_talk_about_another_model_is_kept(answer):
    assert not foreign_identity([user("介绍一下ChatGPT，我是BELLE的用户"), assistant(answer)])


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        ("replacement_character", "价格\ufffd元"),
        ("foreign_identity", "我是ChatGPT。"),
        ("foreign_cutoff", "我的知识截止于2021年9月。"),
        ("too_long", "长" * 20_001),
    ],
)
def test_what_holds_for_every_conversation(reason, answer):
    assert first_fault([user("问"), assistant(answer)])[0] == reason


@pytest.mark.parametrize("answer", ["截止2021年，我国的高铁有四万公里。", "长" * 20_000, "报名截止到明天。"])
def test_what_passes_for_every_conversation(answer):
    assert first_fault([user("问"), assistant(answer)]) is None


# ---- one request and its answer

EXAMPLES = [
    ("no_output", "写一首诗。", "<no output>"),
    ("asks_nothing", "他站着不动。", "好的。"),
    ("goes_on", "那你觉得怎么样？", "很好。"),
    ("prompt_for_a_model", "要求GPT模型写一首诗。", "好的。"),
    ("missing_material", "请为以下文章写一个摘要。", "春天来了。"),
    ("missing_material", "请续写故事。", "后来他们成了朋友。"),
    ("missing_material", "选择最合适的选项填空：春天_来了。", "真"),
    ("missing_material", "帮我改一改作文", "您没有提供作文，请发给我。"),
    ("refusal", "做一张表。", "抱歉，我无法制作表格。"),
    ("invented_life", "讲讲你最难忘的一次经历。", "作为AI助手，我记得有一次帮助了用户。"),
    ("invented_present", "上海天气怎么样？", "今天上海晴，25℃。"),
    ("dated_fact", "哪款手机最值得买？", "某某手机。"),
    ("prescription", "头痛吃什么药？", "布洛芬。"),
    ("unverifiable_order", "按原子半径大小排列：氧、氖、氦。", "氖、氧、氦"),
    ("unverifiable_board", "出一道数独。", "123"),
    ("swapped_roles", "有什么可以帮您？", "请写一首诗。"),
    ("broken_code", "写一个函数。", "def f():\nreturn 1"),
    ("invented_link", "推荐一篇文章。", "见https://www.abc.com/articles/12345。"),
    ("pasted_text", "什么是春天？", "春天是季节。来源：知乎"),
    ("advertisement", "推荐一条路线。", "早餐后车赴景区，门票自费，赠送旅行帽。"),
    ("abroad", "我怎样报警？", "拨打911。"),
    ("role_mark", "写一首诗。", "春眠不觉晓。\nHuman: 再来一首"),
    ("stub_code", "写一个函数。", "def f():\n    # TODO: 实现"),
    ("garbled", "水是什么样的？", "水是无色味less的。"),
    ("in_english", "介绍一下长城。", "The Great Wall is one of the wonders of the world."),
    ("echoed_request", "把句子改成被动语态：小狗追小猫。", "小狗追小猫。"),
    ("cut_off", "春天有什么特点？", "春天的特点有：一、暖和，二、"),
    ("repeated_text", "什么是春天？", "春天来了。\n春天来了。"),
    ("missed_count", "列出三种水果。", "1. 苹果\n2. 梨"),
    ("missed_count", "用一句话介绍长城。", "长城很长。它在中国。"),
    ("missed_count", "写一首六行诗。", "春风来\n花儿开"),
    ("missed_length", "写一篇100字的短文。", SENTENCE),
    ("missed_form", "写一首五言绝句。", SENTENCE),
    ("miscounted", "“banana”有多少个字母？", "有5个字母。"),
    ("wrong_figure", "求2、4、9的平均值。", "平均值是6。"),
    ("leaked_markup", "解释《江雪》。", "大雪天里{{d|goto|雪}}落无声，老人独自垂钓。"),
    ("wrong_arithmetic", "这说明什么？", "3 + 4 = 8"),
    ("wrong_arithmetic", "这说明什么？", "3＋4＝8"),
    ("wrong_arithmetic", "这说明什么？", "10 ÷ 3 ≈ 5"),
    ("wrong_arithmetic", "这说明什么？", "4乘以5等于25"),
    ("no_output", "写一首诗。", "<No input>"),
    ("no_output", "写一首诗。", "模型无法完成此任务"),
    ("invented_link", "推荐一篇文章。", "见www.abc.com/articles/12345。"),
    ("stub_code", "写一个函数。", "def f():\n    # ...\n"),
    ("refusal", "列一张表。", "作为一个机器人，我没有办法列表。"),
    ("dated_fact", "现任总统是谁？", "某某。"),
    ("prescription", "头痛的诊断是什么？", "偏头痛，服用布洛芬。"),
    ("miscounted", "“I see you”有多少个单词？", "4个。"),
    ("missed_form", "写一副对联。", "祝大家新年快乐"),
    ("abroad", "我怎样申请驾照？", "带上社会保险号。"),
    ("other_result", "小明有15元，花了7元，还剩多少元？", "所以还剩90元。"),
]


@pytest.mark.parametrize(("reason", "request_", "answer"), EXAMPLES)
def test_each_rule_finds_its_example(reason, request_, answer):
    assert exchange_fault(request_, answer)[0] == reason


def test_every_rule_has_an_example():
    assert {rule.reason for rule in RULES} <= {reason for reason, _, _ in EXAMPLES}


def test_a_good_exchange_has_no_fault():
    assert exchange_fault("春天有什么特点？", SENTENCE) is None


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("请制定一个锻炼计划，包括两个以上的项目。", SENTENCE),
        ("写一写老师和学生之间五句话以上的故事。", SENTENCE * 5),
        ("计算以下方程的答案：5 x 3", "15"),
        ("写一份清单：毛巾、牙刷。您可以按任意顺序排列。", "1. 毛巾\n2. 牙刷"),
        ("编辑这句话并添加逗号。\n他喜欢跑步爬山游泳等户外运动", "他喜欢跑步、爬山、游泳等户外运动。"),
        ("把下面的文字转换为另一种语言。\n今天天气很好。", "Translation: The weather is very good in the city today."),
        ("输入一个不超过10个字符的字符串，写出判断回文的步骤。", SENTENCE),
        ("为一篇600字的文章写一个标题：春天来了。", "《春天来了》"),
        ("计算最大公约数。\n数值1：64\n数值2：48", "最大公约数是16。"),
        ("计算列表的平均值和标准差。\n列表：[2, 4, 6, 8, 10]", "平均值：6\n标准差：2.83"),
        ("将全角字符转换为半角字符。\n“Ｈｅｌｌｏ，Ｗｏｒｌｄ”", "Hello,World"),
        ("将这个列表按字母顺序排序。\nbanana, Cherry, apple", "apple, banana, Cherry"),
        ("将以下几个数按照从小到大的顺序排列。\n12, 5, 23, 8, 10", "5, 8, 10, 12, 23"),
        ("根据给出的两个食材写步骤：鸡蛋、西红柿。", "1. 切西红柿。\n2. 打鸡蛋。\n3. 一起下锅。"),
        ("给出一个句子，找出其中的主语和谓语。\n小狗追赶着小球。", "主语：小狗\n谓语：追赶着"),
        ("提取文本中的日期。\n今天是2022年7月15日。", "今天是2022年7月15日，写作2022-07-15。"),
        ("小红说我想听民谣。" + "民谣写人的故事。" * 14 + "什么是嘻哈？", "嘻哈起源于纽约，七十年代在美国各地传开。"),
    ],
)
def test_what_only_looks_like_a_fault_is_none(request_, answer):
    assert exchange_fault(request_, answer) is None


def test_what_was_said_before_makes_a_difference():
    assert exchange_fault("那你觉得怎么样？", "很好。", first=False, only=False) is None
    assert exchange_fault("请续写故事。", "后来他们成了朋友。", first=False, only=False) is None
    assert exchange_fault("请续写故事。", "后来他们成了朋友。", first=True, only=False) is None
    assert exchange_fault("做一张表。", "抱歉，我无法制作表格。", first=False, only=False)[0] == "refusal"


def exchanges() -> list[tuple[str, str]]:
    """Every request and answer that the slices and the golden cases have in their simplest layout."""
    found = [(request, answer) for _, request, answer in EXAMPLES]
    files = [*GOLDEN.glob("belle/*/in/*"), *GOLDEN.glob("alpaca_zh/*/in/*"), *SLICES.glob("belle/*.json")]
    for path in files:
        for line in path.read_bytes().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("output"), str):
                found.append((str(record.get("instruction")) + "\n" + str(record.get("input")), record["output"]))
    return found


@pytest.mark.parametrize("place", range(len(RULES)), ids=lambda place: f"{RULES[place].reason}-{RULES[place].where}")
def test_a_rule_finds_nothing_where_none_of_its_signs_stands(place):
    for request, answer in exchanges():
        found = RULES[place].finds(request, answer)
        assert not found or may_find(request, answer) >> place & 1, (request, answer)


def test_no_sum_is_missed_for_want_of_a_sign():
    for request, answer in exchanges():
        assert not is_arithmetic(request) or may_find(request, answer) >> len(RULES) & 1, request


@pytest.mark.parametrize(("kind", "signs", "finds"), kinds.KINDS, ids=[kind for kind, *_ in kinds.KINDS])
def test_a_kind_is_not_found_where_none_of_its_signs_stands(kind, signs, finds):
    sieve = Sieve({0: signs}, Signs())
    for request, _ in exchanges():
        assert not finds(request) or sieve.may_hold(request), request


# ---- numbers without an end


@pytest.mark.parametrize("number", ["0" * 5000, "9,999," * 1000, "1." * 2500])
def test_a_number_without_an_end_is_a_reject_and_no_crash(number):
    assert exchange_fault(f"书架上有3层书，每层放了{number}本，一共有多少本书？", "一共有36本。")[0] == "endless_number"
    assert exchange_fault("一共有多少本书？", f"一共有{number}本。")[0] == "endless_number"


def test_a_long_number_is_none_without_an_end():
    fault = exchange_fault("圆周率的前一百位是多少？", "3." + "1415926535" * 10 + "。")
    assert fault is None or fault[0] != "endless_number"
