"""Which words of modern Chinese say nothing about a subject: grammar, and the glue that answers are put together with.

Characters that stand in as many content words as they stand alone (会, 能, 过, 使) are not among the single ones: a
character that is passed over costs the comparison two pairs.
"""

from __future__ import annotations

from itertools import pairwise


def listed(text: str) -> tuple[str, ...]:
    """The words of a text that has a space between each two."""
    return tuple(text.split())


PARTICLES = frozenset(
    "的了着是在和与及或且但也都就还又很更最被把让于之其这那此该吗呢吧啊呀么不没为由从以而并即则若虽因所您你我他她它们个等将"
)
SINGLE = PARTICLES | frozenset("〇零一二两三四五六七八九十百千万亿半年月日")

GRAMMAR = listed("""
一个 一种 一些 一位 一名 一座 一条 一次 一直 一样 一般 一定 一起 一旦 一方面 另一方面 这个 这种 这些 这样 这里 那个
那些 那样 那里 那么 什么 怎么 怎样 怎么样 为什么 为何 如何 哪个 哪些 哪里 哪儿 多少 多久 自己 本身 各自 彼此 互相
相互 大家 人们 有人 某些 每个 因为 因此 所以 由于 因而 从而 于是 如果 假如 要是 虽然 尽管 但是 可是 然而 不过 而且
并且 以及 或者 还是 不仅 不但 不只 同时 此外 另外 除了 除此之外 只有 只要 无论 不管 即使 既是 还有 还会 就是 不是
而是 也是 都是 便是 乃是 算是 通过 根据 按照 依据 关于 对于 至于 为了 经过 随着 作为 成为 变成 变为 有着 具有 拥有
带有 含有 存在 属于 位于 处于 在于 来自 用于 用来 可以 可能 能够 需要 应该 应当 必须 得以 足以 已经 曾经 正在 将会
刚刚 马上 立刻 一度 非常 十分 特别 相当 比较 极其 极为 尤其 几乎 大约 大概 左右 大多 大都 多数 多半 往往 常常 经常
通常 有时 仍然 依然 仍旧 始终 没有 未曾 并未 不再 不能 不会 不得 无法 难以
""")

GLUE = listed("""
最初 起初 一开始 公元 变化 增加 减少 扩大 缩小 上升 下降 提高 降低 达到 超过 不足 接近 约为 大致
之后 之前 以后 以前 以来 期间 时期 时候 时间 当时 那时 后来 随后 此后 最后 最终 终于 然后 接着 紧接着 首先 其次 开始
从此 如今 现在 目前 至今 之间 之中 其中 当中 方面 之一 部分 主要 包括 包含 例如 比如 譬如 诸如 分别 以上 以下 等等
之类 有关 相关 对应 称为 被称为 称作 称之为 叫做 叫作 名叫 名为 指的是 是指 即是 也就是 也就是说 换句话说 意思 意为
含义 意味着 表示 说明 表明 认为 觉得 看来 可见 总之 总的来说 总体 简单来说 简单地说 具体来说 一句话 也可以说 原因
理由 作用 特点 特征 目的 方式 方法 办法 情况 问题 答案 关系 影响 结果 过程 内容 意义 地方 东西 事情 样子 类型 种类
使得 导致 造成 引起 形成 产生 进行 实行 加以 给予 得到 受到 采用 采取 利用 使用 运用 提供 起到 发挥 出现 发生 发展
""")

FUNCTION_PAIRS = frozenset("".join(pair) for word in (*GRAMMAR, *GLUE) for pair in pairwise(word))
