"""Words of a clerk who recommends sights, restaurants and hotels, beside the plain and the everyday ones.

A closed list, without praise: what a restaurant is known for, how a hotel feels, the database does not hold.
"""

from __future__ import annotations

_WORDS = """
未能 符合 符合您 需求 消费 人均消费 人均 用餐 住宿 入住 餐馆 宾馆 服务 设施 推荐您 给您 为您 查 查询 查到 查询到
亲 真不巧 放心吧 考虑 品尝 信息 地铁站 地铁口 接受 贴近 接近 价位 评价 挑选 提供 暂无 无 稍等 唯一 仅 仅仅 这项
这两项 项 良心 预祝 路线 乘坐 出发地 目的地 起点 终点 换乘 经济型 舒适型 豪华型 高档型 豪华 高档 经济 营业
营业时间 菜品 这道菜 道 偏低 偏高 略 稍 超出 范围 之间 最低 最高 相对 其余 任何 两家 三家 几家 这家 那家 他家
她家 它家 您看 您要 您的 行吗 行不 好嘞 好哒 嗯呢 哒 呦 喔 恭候 预订 预定 预约 提前 拨打 咨询 号码 联系方式 记好
记住 查看 帮您 帮你 非常抱歉 很抱歉 分别 各处 部分 公共 区域 wifi 上网 宽带 接待 外宾 寄存 停车 停车场 停车位
会议室 酒吧 咖啡厅 桑拿 洗衣 叫醒 接机 接站 租车 吹风机 国际 长途 市内 无烟房 残疾人 商务中心 棋牌室 温泉 spa
中式 西式 出行 旅途 行程 哪家 哪些 而言 来说 特 之 另 余 挺多 您好 处 栋 客气 荣幸 供您 是否 标准 就餐 室内 室外
小孩 详细 记录 参考 供您参考 喜不喜欢 体验 较多
"""

WORDS = frozenset(_WORDS.split())
