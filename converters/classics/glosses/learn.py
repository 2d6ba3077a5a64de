"""Rebuilds the two tables of this folder from a copy of NiuTrans/Classical-Modern (second layout).

    python -m converters.classics.glosses.learn 双语数据

What becomes of a character is estimated by IBM model 1 on characters (Brown et al. 1993, eq. 15 and 16): five rounds
over pairs of sentences. The 24 histories are left out, but for 史记 and 三国志: their modern side was scanned, and
what the scanner misread would be learnt as a meaning. Needs jieba (`pip install jieba`) for its list of words.
Nothing in a conversion runs this; the tables are in the repository.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from converters.classics.glosses import EVERYDAY, is_encodable, is_rare
from converters.contract import SourceError
from converters.text import HAN

LEFT_OUT = """
陈书 新唐书 旧唐书 北齐书 南齐书 南史 后汉书 周书 宋书 新五代史 晋书 梁书 汉书 魏书 北史 隋书
旧五代史 明史 元史 辽史 金史 笑林广记
"""
# Persons whose name fits no pattern and who turn up in many books: a pair that brings one in is to be noticed.
PERSONS = """
曹操 孙权 刘备 袁绍 董卓 刘裕 王敦 石勒 石虎 孙策 刘邦 吕蒙 桓玄 李广 孙皓 马超 李渊 刘安 周勃
孙坚 曹丕 钟繇 韩愈 曹植 班超 孙膑 商鞅 刘禅 任安 张骞 成汉 寇准 韩非 嬴政 李白 苏武 王充 杜甫
荀子 王明 王勃 后羿 虞舜 大禹 唐尧 夏禹 尧帝 殷商 宇文 慕容 拓跋 诸葛 司马 欧阳 颖川
"""
# Dynasties, houses and temple names: a gloss of nothing but themselves (上 is the emperor, not 唐玄宗).
NAMES = frozenset("宗武玄唐汉魏晋宋齐梁陈隋秦楚赵韩燕鲁吴蜀曹孔孟刘李杨萧司桓初祖")
# Two characters that editions confuse: the second is no gloss of the first.
CONFUSED = frozenset({"颍颖", "颖颍", "己已", "已己", "兖衮"})
ROUNDS = 5
PAIRS = 300_000  # of some 460,000: enough for every character that is asked about
EMPTY_WORD = 4.0  # weight of the empty word, from which particles come
SEEN, SEEN_IF_RARE = 25, 8  # sentences in which a character must stand before anything is said about it
LIKELY = 0.01  # t(modern | classical) of a gloss
LIFT = 3.0  # how many times its share in all modern text
BOOKS = 4  # in which a gloss must be met: a slip of one edition is none
COPIED = 0.6  # share of sentences with a modern character whose classical side has it too: a character of names
CERTAIN = 0.04  # t from which even such a character, or an everyday one, is a gloss
KEPT, KEPT_IF_RARE = 0.9, 0.7  # share of sentences in which a classical character stays: a fixed one
MOSTLY_KEPT = 0.7
# Characters that GB 2312 lacks were dropped from many a modern side, and anything may stand where they stood.
LIKELY_IF_UNENCODABLE = 0.25
WORD_SEEN, WORD_BOOKS, WORD_COPIED = 10, 6, 0.35
# A word that is copied more often than that is still nobody's name when so many books have it, and it is no title.
WIDE_BOOKS, WIDE_SEEN = 15, 20
TITLES = """
将军 刺史 太子 大夫 节度 尚书 太守 宰相 丞相 御史 匈奴 皇后 夫人 学士 元年 指挥 都督 司空 从事
司徒 参军 校尉 总管 太傅 转运 太常 关中 太史 始皇 兵部 车骑 内史 老子 博士 墨子 监察 大梁 子产
中军 大学 河内 子路 庶子 著作 祭酒 太学 太保 上将 重耳 冬至 先主 道行 应天 教授 世子 天生 岁星
季孙 真人 中常 勾践 后稷 史记 天水 大名 夫差 洞庭 司寇 太行 苍梧 颛顼 大夏 尧舜 方城 季子 桃花
方山 善人 子服 管子 人参 子游 夏至 共工 明道 大宝 牧野 历山 孝经 蚩尤 子方 春分 秋分 无终 易俗
灵台 无知 有神 关内 天使
"""
NAMING = (
    frozenset(
        "一二三四五六七八九十百千万两零甲乙丙丁戊己庚辛壬癸丑寅卯辰巳午未申酉戌亥东西南北王公侯帝宗祖州郡县府国朝"
    )
    | NAMES
)
# Stay in most sentences, but may well be rendered: 朕 by 我, 阅武 by 检阅军队.
RENDERED = frozenset("朕诏武春夏秋冬姓尹一十百千万王国军太月年黄城死")

_RUN = re.compile(f"[{HAN}]+")
Pair = tuple[str, str, str]  # book, classical, modern: Han characters, clauses separated by a space


def pairs_of(folder: Path) -> Iterator[Pair]:
    for book in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in LEFT_OUT.split()):
        for source in sorted(book.rglob("source.txt")):
            classical = source.read_text("utf-8").split("\n")
            modern = source.with_name("target.txt").read_text("utf-8").split("\n")
            for old, new in zip(classical, modern, strict=False):
                old, new = " ".join(_RUN.findall(old)), " ".join(_RUN.findall(new))
                if old != new and 2 <= len(old) <= 70 and 0.8 <= len(new) / len(old) <= 4:
                    yield book.name, old, new


class Table:
    """t(modern | classical), classical characters by rows; row 0 is the empty word."""

    def __init__(self, pairs: list[Pair]) -> None:
        old = Counter(c for _, classical, _ in pairs for c in set(classical))
        new = Counter(m for _, _, modern in pairs for m in set(modern))
        self.rows = {c: row for row, c in enumerate(sorted(c for c in old if old[c] >= 15 and c != " "), start=1)}
        self.columns = {m: column for column, m in enumerate(sorted(m for m in new if new[m] >= 15 and m != " "))}
        self.t: npt.NDArray[np.float32] = np.full((len(self.rows) + 1, len(self.columns)), 1e-3, np.float32)
        for c in self.rows.keys() & self.columns.keys():
            self.t[self.rows[c], self.columns[c]] = 5e-3

    def learn(self, pairs: Iterable[Pair]) -> None:
        """One round of expectation and maximisation."""
        counts = np.zeros_like(self.t)
        for _, classical, modern in pairs:
            old = Counter(self.rows[c] for c in classical if c in self.rows)
            new = Counter(self.columns[m] for m in modern if m in self.columns)
            rows, columns = np.array([0, *old]), np.array(list(new), dtype=int)
            weights = np.array([EMPTY_WORD, *old.values()], np.float32)[:, None]
            expected = self.t[rows[:, None], columns] * weights
            expected *= np.array(list(new.values()), np.float32) / np.maximum(expected.sum(0), 1e-30)
            counts[rows[:, None], columns] += expected
        self.t = np.maximum(counts / np.maximum(counts.sum(1, keepdims=True), 1e-9), 1e-9)


def main(folder: Path, to: Path) -> None:
    pairs = list(pairs_of(folder))
    table = Table(pairs)
    chosen = [pairs[index] for index in np.random.default_rng(0).permutation(len(pairs))[:PAIRS]]
    for _ in range(ROUNDS):
        table.learn(chosen)
    (to / "becomes.txt").write_text("\n".join(_becomes(table, pairs)) + "\n", "utf-8")
    (to / "words.txt").write_text("\n".join(_words(pairs)) + "\n", "utf-8")


def _becomes(table: Table, pairs: list[Pair]) -> Iterator[str]:
    """Lines `虑 考担忧`: a character, `!` if it stays, `+` if it mostly does, what else it becomes, likeliest first."""
    old, new, both = Counter[str](), Counter[str](), Counter[str]()
    for _, classical, modern in pairs:
        olds, news = set(classical), set(modern)
        old.update(olds)
        new.update(news)
        both.update(olds & news)
    known = [c for c in table.rows if old[c] >= (SEEN_IF_RARE if is_rare(c) else SEEN)]
    found = _in_several_books({c: list(_glosses(table, c, new, both, len(pairs))) for c in known}, pairs)
    for c in sorted(found):
        share = both[c] / old[c] if c not in RENDERED else 0.0
        mark = "!" if share >= (KEPT_IF_RARE if is_rare(c) else KEPT) else "+" if share >= MOSTLY_KEPT else ""
        order = sorted(found[c], key=lambda m: (-table.t[table.rows[c], table.columns[m]], m))
        yield f"{c}{mark} {''.join(m for m in order if m != c)}".rstrip()


def _glosses(table: Table, c: str, new: Counter[str], both: Counter[str], pairs: int) -> Iterator[str]:
    least = LIKELY if is_encodable(c) else LIKELY_IF_UNENCODABLE
    for m, column in table.columns.items():
        t = float(table.t[table.rows[c], column])
        is_telling = both[m] < COPIED * new[m] and m not in EVERYDAY
        if t >= least and t >= LIFT * new[m] / pairs * 0.033 and (is_telling or t >= CERTAIN):
            yield m


def _in_several_books(found: dict[str, list[str]], pairs: list[Pair]) -> dict[str, list[str]]:
    books: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for book, classical, modern in pairs:
        news = set(modern)
        for c in set(classical):
            for m in found.get(c, ()):
                if m in news and m not in classical:
                    books[c, m].add(book)
    return {
        c: [m for m in glosses if m not in NAMES and c + m not in CONFUSED and len(books[c, m]) >= BOOKS]
        for c, glosses in found.items()
    }


def _words(pairs: list[Pair]) -> Iterator[str]:
    """Lines `权 势力威`: the first characters of words of two, and the second ones. No word that is only copied."""
    seen, copied, books = Counter[str](), Counter[str](), defaultdict[str, set[str]](set)
    for book, classical, modern in pairs:
        old = {classical[i : i + 2] for i in range(len(classical) - 1)}
        for two in {modern[i : i + 2] for i in range(len(modern) - 1)}:
            seen[two] += 1
            copied[two] += two in old
            books[two].add(book)
    words, persons, titles = _dictionary(), frozenset(PERSONS.split()), frozenset(TITLES.split())
    idioms = {word[i : i + 2] for word in words if len(word) == 4 for i in range(3)}
    kept: defaultdict[str, str] = defaultdict(str)
    for two in sorted(seen):
        is_common = two in words and seen[two] >= WORD_SEEN and len(books[two]) >= WORD_BOOKS
        is_name = two in persons or (two[1] in "宗帝国朝" and two not in ("皇帝", "外国", "回国", "祖国"))
        is_idiom = two in idioms and seen[two] >= 4 and len(books[two]) >= 3
        is_rare_word = two in words and any(map(is_rare, two)) and seen[two] >= 3 and len(books[two]) >= 2
        is_wide = two in words and seen[two] >= WIDE_SEEN and len(books[two]) >= WIDE_BOOKS
        if copied[two] < WORD_COPIED * seen[two]:
            is_kept = (is_common or is_idiom or is_rare_word) and not is_name
        else:
            is_kept = is_wide and two not in titles and not set(two) & NAMING
        if is_kept:
            kept[two[0]] += two[1]
    return (f"{first} {seconds}" for first, seconds in sorted(kept.items()))


def _dictionary() -> set[str]:
    """jieba's words, but for those of four that it takes for names."""
    try:
        import jieba
    except ModuleNotFoundError:
        raise SourceError(
            "learn", expected="jieba", found="no such package", remedy="pip install jieba; only this needs it"
        ) from None
    entries = (line.split() for line in jieba.get_dict_file().read().decode("utf-8").splitlines())
    return {word for word, _, kind in entries if len(word) < 4 or not kind.startswith(("nr", "ns", "nt", "nz"))}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("python -m converters.classics.glosses.learn FOLDER (双语数据 of NiuTrans/Classical-Modern)")
    main(Path(sys.argv[1]), Path(__file__).parent)
