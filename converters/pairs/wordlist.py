"""English words and the Chinese of which one must stand beside them: a list written for this purpose, no dictionary.

Entries end with |: English forms joined by /, then what a Chinese translation of any of them must contain, by the
characters that all translations share. Only words whose translations can be listed are here.
"""

from __future__ import annotations

# Each settles the matter alone: a sentence on Tom without 汤姆 is another sentence.
NAMES = """
Tom 汤姆 湯姆 汤米|Mary 玛丽 玛莉 马丽 瑪麗|John 约翰|Bob 鲍勃 鲍伯|Jim 吉姆|Mike 迈克 麦克|Alice 爱丽丝 艾丽斯|
Peter 彼得 皮特|Paul 保罗|George 乔治|Nancy 南希|Susan 苏珊|Linda 琳达|Smith 史密斯|Einstein 爱因斯坦|
Shakespeare 莎士比亚|Napoleon 拿破仑|Columbus 哥伦布|Lincoln 林肯|Obama 奥巴马 欧巴马|Clinton 克林顿 柯林顿|
China/Chinese/Sino 中 华 汉 唐|Beijing/Peking 北京|Shanghai 上海|Hong Kong 香港 港|Taiwan/Taiwanese/Taipei 台|
Tibet/Tibetan 藏|Guangzhou/Canton 广州|Shenzhen 深圳|Wuhan 武汉|Nanjing/Nanking 南京|Sichuan 四川 川|Macau/Macao 澳门|
Singapore 新加坡 星|Japan/Japanese 日 和|Tokyo 东京|Kyoto 京都|Osaka 大阪|Korea/Korean 韩 朝鲜 高丽|Seoul 首尔 汉城|
Vietnam/Vietnamese 越|Thailand/Thai 泰|India/Indian 印 甘地|Pakistan 巴基斯坦 巴|Iran/Iranian 伊朗 伊|
Iraq/Iraqi 伊拉克 伊|Israel/Israeli 以色列 以|Egypt/Egyptian 埃及 埃|Turkey/Turkish 土耳其 土 火鸡|
Syria/Syrian 叙利亚 叙|Afghanistan/Afghan 阿富汗 阿|Russia/Russian 俄|Moscow 莫斯科|Soviet 苏|
Germany/German/Germans 德 日耳曼|Berlin 柏林|France/French 法|Paris 巴黎|Italy/Italian 意 义大利|
Rome/Roman/Romans 罗马|Spain/Spanish 西班牙 西 葡|Portugal/Portuguese 葡|Greece/Greeks 希腊|
Britain/British 英 不列颠|London 伦敦|Oxford 牛津|Cambridge 剑桥|Scotland/Scottish 苏格兰|Ireland/Irish 爱尔兰|
Dutch/Netherlands/Holland 荷兰|Belgium 比利时|Switzerland/Swiss 瑞士|Sweden/Swedish 瑞典|Norway/Norwegian 挪威|
Denmark/Danish 丹麦|Poland/Polish 波兰|Ukraine 乌克兰|Europe/European 欧|Africa/African 非|Asia/Asian 亚|
America/American/Americans 美|Canada/Canadian 加|Mexico/Mexican 墨|Brazil 巴西|Argentina 阿根廷|Cuba 古巴|
Australia/Australian 澳|Boston 波士顿|Chicago 芝加哥|Washington 华盛顿|California 加州 加利福尼亚|Hollywood 好莱坞|
Texas 德州 得克萨斯 德克萨斯|Christmas 圣诞 耶诞|Easter 复活节|Jesus 耶稣|Buddha/Buddhist/Buddhism 佛|
Muslim/Muslims/Islam/Islamic 穆斯林 伊斯兰 回|Christian/Christians/Christianity 基督 克里斯|Bible 圣经 圣經|
Olympic/Olympics 奥运 奥林匹克|Microsoft 微软|Google 谷歌|Monday 一|Tuesday 二|Wednesday 三|Thursday 四|Friday 五|
Saturday 六|Sunday 日 天|COVID 新冠|AIDS 艾滋 爱滋|English 英|
"""

# A translation renders most of them, and a stranger few.
WORDS = """
ability/possible/possibility/maybe/perhaps 能 可 会 也许|ability/unable 能 会 可 力 无法|
abroad/overseas 国外 海外 出国|absent 缺 不在|absolute/absolutely 绝对 完全|abuse 虐待 滥用|accept 接受 收 受 认|
accident 事故 意外 车祸|according 根据 按 据 依|account 账 帐 户 说明|accurate/accuracy 准 精 确|
achieve/achievement 实现 达 取得 成 获得|across 过 对面 跨|act/action 行 动 做 演|active/activity 活 积极|
actor/actress 演员|actually 实际 其实 真 事实|add/addition/additional 加 外 添 增|address 地址 解决 住址 处理|
adult 成年 成人 大人|advantage 优势 优点 利 好处|advice/advise 建议 劝 忠告 意见|affair 事|
affect/effect/effective/impact 影响 效 作用 冲击|afraid/fear/scared 怕 恐 惧 吓|afternoon 下午|again 再 又 重 次|
against 反 对 抗 不|age/aged 年 岁 龄 老|ago 前|agree/agreement 同意 赞 一致 协|air 空 气 航|
airplane/plane/aircraft/flight 飞机 机 航|airport 机场|alcohol 酒|algorithm 算法|alive 活|
allow/permit/permission 允许 许 准 让 可以|almost/nearly 几乎 差不多 快 差点 将近 近|alone 独 单 一个人|already 已 早|
also/too 也 还 又 太 同样 另外 此外 并|although/though/despite 虽 尽管 但|always 总 一直 老 始终 永远 都|
amount 量 额 数|analysis/analyze/analyse 分析|ancient 古|anger/angry 生气 怒 气 火 愤|animal 动物 畜 兽|
answer/reply/respond/response 答 回 应 反应|antibody/antibodies 抗体|anyone/anybody/everyone/everybody 人 谁 大家|
appear/appearance 出现 看 似 外 显|apple 苹果|apply/application 应用 申请 适用|approach 方法 接近 靠近 法|
approximately 约 左右 大概 大致|area/region/zone 地 区 域|arm 臂 手 武|army/military/soldier 军 兵 士|array 数组 阵|
arrive/arrival 到 抵|art/artist 艺术 画 美术|article/paper/thesis 文章 文 纸 报 论文|artificial 人工 人造|
ask 问 请 要 求|asleep/sleep/slept 睡|assess/assessment/evaluate/evaluation/estimate/estimated 评 估|attack 攻 袭 打|
attempt/try/tried 试 企图 努力 想|attend 参加 出席 上|attention 注意 关注|attitude 态度|aunt 姨 姑 阿姨 婶|
author/writer 作者 作家 者|automatic/automatically 自动|autumn 秋 落 掉 下 跌|average 平均 一般|avoid 避 免|
aware 意识 知 觉|away 去 走 离 上 到 开 出 左 留 往 回 剩|baby/infant 婴 宝宝 孩 幼|bad/badly 坏 不好 糟 差 严重 恶|
bag 包 袋|balance 平衡 余额|ball 球 舞会|bank 银行 岸|base/based 基 根据 以 依|basic 基本 基础|bat 蝙蝠 棒|
bath/bathroom 浴 洗澡 卫生间 厕所|beach 海滩 沙滩 海边|beautiful/beauty/pretty 美 漂亮 丽 好看 很|
because 因 由于 所以 为|bed 床 睡|beer 啤酒|before/ahead 前 以前 先|
begin/began/begun/start/beginning 开始 始 起 开 初 发 着手|behave/behavior/behaviour 行为 表现 举止|behind 后|
believe/belief 相信 信 认为|benefit 益 利 好处|beside/besides 旁 除 此外|
best/better/good/excellent 好 佳 优 棒 良 不错 最 善 美 更 舒服 晴|between/among 间 中 之间|
bicycle/bike 自行车 脚踏车 单车 骑|big/large/huge/great 大 巨 伟 好 强 很|bind 领带 系 绑|bird 鸟|
birth/birthday/born 生|bite 咬|black 黑|blame 怪 责|blind 盲 瞎|blood 血|blow 吹 打击|blue 蓝 青 忧|
boat/ship 船 舟 舰|body 身 体|bomb 炸|bone 骨|book/novel 书 小说 订 预|borrow/lend/lent/loan 借 贷|both 都 两 双 俩|
bottle 瓶|bottom 底|box 盒 箱|boy 男孩 男 少年 孩子|brain 脑|branch 枝 分支 支|brave/courage 勇|bread 面包|
break/broke/broken 坏 破 断 打 休息 碎|breakfast 早餐 早饭|breath/breathe/breathing 呼吸 气|bridge 桥|
bright 亮 明 聪明|bring/brought/carry 带 拿 携 来|brother/brothers 兄 弟 哥|budget 预算|
build/building/construction/construct 建 楼 大厦 房 造 盖|burn 烧 烫|bus 公交 公共汽车 巴士 公车 车|
business/company/firm/enterprise/corporation 公司 企业 生意 商 业 事|busy 忙|but/however 但 可 却 而 不过 然而 只 还|
butter 黄油 奶油|button 按钮 扣|buy/bought/purchase 买 购|cake 蛋糕|calculate/calculation/computation 计算 算|
camera 相机 摄|cancel 取消|cancer 癌|candidate 候选|capital 首都 资 都|car/vehicle/automobile 车|card 卡 牌|
care/careful/carefully 小心 关心 照顾 护 仔细 在乎 照 谨慎 管|cat/cats 猫|catch/caught 抓 捉 赶 接 感|
cause/caused 导致 引起 造成 因 使|cell 细胞 手机 牢|center/centre/central 中心 中|century 世纪|
certain/certainly/sure/surely 肯定 一定 当然 某 确|chair 椅|chance/opportunity 机会|change/changed 变 改 换 零钱|
chapter 章|character/personality 性格 人物 字 角色 特|cheap 便宜 廉|cheat/deceive 骗 作弊|
check/examine/examination/exam/test 查 检 试 验 考 测|cheese 奶酪 芝士 乳酪|chemical 化学 化|chest 胸|chicken 鸡|
child/children/kid/kids 孩 儿 童 小|choose/chose/choice/select/selection 选 挑|church 教堂 教会|
cigarette/smoke/smoking 烟 吸|circuit 电路 回路|city/town/urban 城 市 镇|class/classroom/lesson/course 课 班 级 类|
clean/clear/clearly 干净 清 打扫 洗 明|clever/smart/intelligent/wise 聪明 智|client 客户|climate 气候 氛围|
climb 爬 登|clinical 临床|clock/watch 钟 表 看|close/closed/shut 关 近 闭 亲密|
clothes/clothing/wear/wore/dress 衣 穿 服 戴|cloud/cloudy 云 阴|club 俱乐部 社|coal 煤|coat 大衣 外套 衣|
code/coding 代码 码 编|coffee 咖啡|cold/cool 冷 感冒 凉 寒 酷 着凉|collect/collection 收 集|
college/university 大学 学院|color/colour 色 颜|comfort/comfortable 舒 安慰|command 命令 指挥|
common/commonly 常 共同 普通|communicate/communication 交流 沟通 通信 传|community 社区 团体 社 群|
compare/comparison 比|compete/competition/game/match 比赛 竞 赛 游戏|complain 抱怨 投诉 诉|
complete/completely/finish/finished/entire/entirely/whole/fully/totally 完 全 整 好 彻底|
component/components 组件 成分 部件 构|composition/compose 作文 成分 组成 构|compound 化合物 复合|
computer 电脑 计算机|concept/conception/concepts 概念 观念|concern/worry/worried/anxious 担心 关 忧 焦 愁|
concert 音乐会 演唱会 演奏会|conclude/conclusion 结论 结 总|condition/situation/circumstance 条件 情况 状 形势|
confirm/confirmed 确 证实|congress/parliament 国会 议会|connect/connection 连 接 联|
consider/regard 考虑 认为 视 看 当|construct 构 建|contain/include/including/involve 含 包括 有 涉及|content 内容 满|
continue/keep/kept 继续 持续 保 一直 不断 着|contract 合同 感染 契约|control 控制 管|cook/cooking 做饭 煮 厨 烹 做|
cooperate/cooperation 合作 配合|copy 复制 抄 份 本|correct 对 正确 正 权 右|
cost/price/expensive/expense 价 费 花 贵 成本|cough 咳|count 数 算|country/nation/national 国 家 乡 州 状态|
couple/pair 对 双 夫 几|court 法院 法庭 球场|cover 盖 覆 涵|cow/beef 牛|crazy/mad 疯 狂 生气|create/creation 创 造|
crime/criminal 罪 犯|crisis 危机|crowd/crowded 人群 挤 拥|cry/cried/tear/tears 哭 叫 泪 喊|culture/cultural 文化|
cup/glass/glasses 杯 玻璃 眼镜|cure/treat/treatment/therapy 治 疗 待 对|
current/currently/now/present 现 目前 当前 如今 今 礼物|curriculum 课程|customer/client 顾客 客|cut 切 剪 割 砍 减|
cycle 周期 循环|damage/harm/hurt/injure/injury/wound/pain/painful/ache 伤 损 害 疼 痛 坏|dance 舞|
danger/dangerous/risk 险 危|dark 黑 暗|data 数据 资料|database 数据库|date 日 约|daughter/daughters 女儿 女|
dead/death/die/died/dying 死 去世 亡 逝|dear 亲爱|debt 债|decide/decision 决 定|
decrease/reduce/reduction/decline 减 降 下|deep/deeply 深|defeat 败 打败|degree 度 程度 学位|
delay/late/later 晚 迟 后 推 延|demand/require/need/request 要 需 求 请|density 密度|department 部 系 百货|
depend/depends 靠 取决 依|describe/description 描述 形容 述|desert 沙漠|design 设计|
desire/want/wish/hope 想 要 希望 愿 渴 打算|desk/table 桌 表|destroy 毁 破坏|detail 细|
develop/development/developed 发展 开发 研 发育 制|device/equipment/machine 设备 机 装置 器|diabetes 糖尿病|
diary 日记|dictionary 词典 字典|different 不同 异 差 别 两样|different/difference 不同 差 异 别|
difficult/difficulty/hard 难 硬 努力 困|dinner/lunch/supper/meal 饭 餐|direct/direction/directly 直 方向 导|dirty 脏|
disappear 消失 不见|disappoint/disappointed 失望|discover/find/found 发现 找 觉得 现 到|
discuss/discussion/discusses 讨论 探讨 谈 商|disease/illness/ill/sick 病 恶心|dish 菜 盘 碟|distance 距离 远|
divide 分|divorce 离婚|doctor/physician 医 大夫 博士|document/documents 文档 文件|dog/dogs 狗 犬|
dollar/dollars 美元 元 块 美金|door/gate 门|doubt/suspect 怀疑 疑 嫌|download 下载|dream 梦|
drink/drank/drunk 喝 饮 醉 酒|drive/drove/driver/driving 开 驾 司机 驱|drop 掉 落 滴 下 降|droplet/droplets 飞沫 滴|
drug/medicine/medical/medication 药 毒 医|dry 干|duck 鸭|dust 尘 灰|duty 责任 义务 值|dynamic 动|each/every 每 各 都|
ear 耳|early 早 初 提前|earn 赚 挣|earth 地 球|earthquake 地震|east/eastern 东|easy/easily 容易 简单 轻 易|
eat/ate/eaten/food 吃 食 餐 饭|economy/economic/economics 经济|edge 边|educate/education 教育|
efficiency/efficient 效率 高效|egg/eggs 蛋|elder/old/older/elderly/senior 老 岁 旧 年 古 大 哥 姐|
elect/election/vote 选 投票|electric/electricity/electrical/power 电 力 权 功率|electronic/electronics 电子|
element/elements 元素 要素|elephant 象|emotion/feeling/feel/felt 感 觉 情|employ/employee/worker/work/job 工 员 雇 作|
empty 空|encourage 鼓励|end/final/finally 终 最后 末 结束 完 上 尾|enemy 敌|energy 能 精力|
engine/engineer/engineering 工程 发动机 引擎|enjoy/enjoyed 喜欢 享 乐 玩 欣赏|enough 够 足|enter/join 进 入 加 参|
environment/environmental 环境 环保|enzyme 酶|equal 等 平等 相同|equation 方程|error/mistake/wrong 错 误|escape 逃|
especially/particularly/special/specially 特别 尤其 特|essay 文|establish 建立 设立 成立|evening/night/tonight 晚 夜|
event 事 活动|ever 曾 过 一旦 次|evidence/prove/proof 证|exact/exactly 确 正 准 完全|example/instance 例 比如|
except 除|exchange 交换 交流 汇|excite/exciting/excited 激动 兴奋 刺激|excuse 借口 理由 原谅|exercise 锻炼 运动 练|
exist/existence/existing 存在 有 现有|expect/expectation 期 预 望 以为|experience/experienced 经验 经历 体验|
experiment/experimental 实验 试验|expert/specialist 专家|explain/explanation 解释 说明|export/exports 出口|
express/expression 表 快|eye/eyes/eyesight 眼 目 视力|face/facial 脸 面 对|fact/facts 事实 其实 实际 情况|
factor 因素 因子|factory/plant 工厂 厂 植物 种|fail/failed/failure 失败 没 不 败 未 衰竭|faith/trust 信|
false/fake 假 错 伪|family/families 家|famous/fame/well-known 有名 著名 出名 名|far/distant 远|
farm/farmer/agriculture/agricultural 农 种|fast/quick/quickly/rapid/rapidly/soon/speed 快 迅 速 很 马上 不久 急|
fat 胖 脂 肥|father/dad/parent/parents 父 爸 双亲 家长|fault 错 故障|favor/favorite/favourite 喜 最爱 帮 偏|
feature/characteristic/characteristics 特|fee 费|female/woman/women/girl/lady/girls 女 妇 姑娘 雌 母 她|
fever 发烧 发热 热|few/several/some 几 少 一些 些 数 有的 多|field 领域 场 田|fight/fought/battle/war 战 打 争 斗 架|
file/files 文件 档|fill 填 满 装|film/membrane 膜 电影 片|film/movie/movies/cinema 电影 影 片 膜|
finance/financial/fund 金融 财 资 基金|finger 指|fire 火 开除 解雇|fish/fishing 鱼 钓|fit/suit/suitable 适 合 身|
fix/repair 修 固定|flag 旗|floor 楼 层 地|flour 面粉|flower/flowers 花|fluid/liquid 液 流体|fly/flew 飞 苍蝇|
follow/following 跟 随 以下 下 遵 按|fool/foolish/stupid/silly 傻 笨 蠢 愚|foot/feet 脚 英尺 足|
football/soccer 足球 橄榄球|force 力 强 迫|foreign/foreigner 外|forest/woods 森林 林|forget/forgot/forgotten 忘|
forgive 原谅 饶|form 形 表 式 成|former 前 以前|framework 框架|free/freedom/freely 自由 免费 空 闲 无|frequency 频|
frequent/frequently/often 经常 常 频 往往|fresh 新鲜 鲜|friend/friends/friendship/friendly 朋友 友|front 前|
fruit 水果 果|full 满 全 饱|fun/funny/interest/interesting/interested 有趣 好玩 笑 趣 兴 有意思 利|
function 功能 作用 函数|fund 资金 基金|future 未来 将来 前途 今后|garden 园|gas 气 汽油|
gene/genes/genetic/genome/genomic 基因 遗传|general/generally/usual/usually/normal/normally 一般 通常 平常 总 常 往|
geological/geology/geologic 地质|gift 礼|give/gave/given/provide/offer/supply 给 提 供 送 予 交|glacier 冰川|
glad/happy/happiness/pleasure/pleased/joy/delighted 高兴 快乐 开心 乐 幸福 荣幸 愉|
goal/target/aim/purpose/objective 目 标 旨|god/lord 神 上帝 主|gold/golden 金|goodbye/bye 再见 告别 道别|
government/policy/political/politics/politician 政|grade 成绩 级 分|graduate/graduation 毕业 研究生|grammar 语法|
grandfather/grandpa/grandmother/grandma 爷 祖 外公 姥 奶 外婆|grass 草|grateful/thank/thanks/appreciate 谢 感 欣赏|
green 绿|ground 地|group/team 组 队 群 团 集团|grow/grew/growth/growing 长 生 增 种|
guard/protect/protection/protective 保护 保 警 护 防|guess 猜|guest/visitor 客|guide 指南 导|guilty 罪 内疚|
guitar 吉他|gun/shoot/shot 枪 射 打|habit 习惯|hair 头发 发 毛|half 半|hand/hands 手 交|handle 处理 柄 对付|
happen/happened/occur/occurred 发生 出 怎么|hardware 硬件|hate/hatred 恨 讨厌|head 头 脑 首|
health/healthy 健康 卫生 身体|hear/heard/listen/sound 听 声|heart/soul 心 意 灵|heat/hot/warm 热 暖 烫|
heavy/weight/heavily 重 大|height/high/tall/higher/highly 高|help/helped/assist/assistance/aid 帮 助 救 援|
hide/hid/hidden/secret 藏 秘密 躲 隐|history/historical/historic 历史 史|hit/beat/strike/struck 打 击 撞 罢工 碰|
hobby 爱好|holiday/vacation 假 节|home/house/apartment/housing 家 房 屋 公寓 住|homework 作业 功课|
honest/honesty/sincere 诚 老实|horse/horses 马|hospital/clinic 医院 诊所|hospitalized/hospitalization 住院|
hotel 酒店 饭店 旅馆 宾馆|hour/hours 小时 钟 点|huge 巨 大|human/people/person/man/men/guy 人 男 民|
humor/joke/laugh/smile/laughed/smiled 笑 幽默|hundred/hundreds 百|hungry/hunger 饿 饥|hurry/rush/haste 赶 快 急 匆|
husband 丈夫 老公 先生|hypertension 高血压|ice 冰|idea/thought/think/opinion/view 想 主意 意 思 认为 觉得 看 观|
identify 确认 辨 识|ignore 忽 不理 无视|image 图 像|image/picture/photo/photograph/painting 图 像 照 画 影|
imagine/imagination 想象 想像 想|immediate/immediately/instantly 马上 立 即|immune 免疫|
implement/implementation 实施 实现 执行|import/imports 进口 导入|
important/importance/significant/significance 重要 要 重 显著 意义|impossible 不可能 不 无法|
improve/improvement 改 提高 进 善|increase/increased/increasing/raise/rise 增 提 加 上 升 涨 越|
independent/independence 独立|indicate/show/shown/demonstrate/reveal/showed 表 示 显 展 给|individual 个|
industry/industrial 工业 产业 业|infect/infection/infected/infectious 感染 传染|inflation 通货膨胀 通胀|
influence 影响|influenza/flu 流感|inform/information/news/message 信息 消息 新闻 通知 情报 资料|injection 注射 针|
input 输入 投入|insect/bug 虫|inside/indoors/within/internal 里 内|insist 坚持|install/installation 安装|
institute/institution 机构 研究所 学院|instruction 指示 说明 指令 教|instrument/tool 工具 器 仪|insurance 保险|
intend/intention/plan/plans 打算 意 计划 想 准备|interface 接口 界面 面|
international/world/global/worldwide 国际 世界 全球|internet/network/online/website/web 网|interview 采访 面试|
introduce/introduction 介绍 引|invent/invention 发明|invest/investment/investor 投资|
investigate/investigation/survey 调查|invite/invitation 邀|iron 铁|island 岛|journey/travel/trip/tour 旅 行 游|
judge/judgment 判 法官|jump 跳|key 钥匙 关键 键|kidney/renal 肾|kill/killed/murder 杀 死|
kindness 种 类 善 好 样 型 亲切|king/queen/prince/princess 王 后 公主|kiss 吻 亲|kitchen 厨房|knee/knees 膝|knife 刀|
knock 敲|know/knew/known/knowledge/understand/understood 知 懂 了解 认识 明白 理解 识 道|laboratory/lab 实验室|
lack/shortage 缺|lake 湖|lamp/light/lights 灯 光 轻 亮|land 土地 陆 地|language/languages 语|laser 激光|
law/legal/lawyer/lawyers/rule/rules/regulation 法 律 规|layer 层|lazy 懒|lead/leader/leading/leadership 领 导 带|
leaf/leaves 叶 离 走|learn/learned/study/studied/studying/research 学 研究 习|least 至少 最|leg 腿|
less/fewer 少 不 低|letter/letters/mail/email 信 邮 字母|level/levels 水平 级 程度 层|liberty 自由|library 图书馆 库|
lie/lied/liar 谎 躺 骗 在|life/live/lived/living/lives/lifestyle 生 活 住 命|lift 电梯 举 抬|
likely/probably/probability 可能 大概 也许 概率 恐怕|limit/limited/limitation 限|lion 狮|list 单 列 表|
literature 文学 文献|little/slightly 点 一些 少 小 有些|liver 肝|local 当地 本地 地方|lock 锁|logic 逻辑|
lonely/loneliness 孤独 寂寞|longer/length 长 久|lose/lost/loss 失 丢 输 迷 损|loud/loudly/noise/noisy 大声 吵 响 噪|
love/loved/lover 喜欢 爱 像 好 恋|low/lower 低|luck/lucky/fortunate/fortunately/unfortunately 运 幸|
lung/lungs/pneumonia/respiratory 肺 呼吸|magazine/journal 杂志 期刊|magnetic 磁|
main/mainly/major/primary/chief 主 重 专业|male 男 雄|manage/management/manager 管理 经理 设法|
many/much/lot/lots/more/most/numerous 多 许 很 更 大 最 各|map 地图|market 市场 集市|
marriage/marry/married/wedding 结婚 婚 嫁 娶|mask/masks 口罩 面具|master 主 掌握 大师 硕士|material/materials 材料 物|
mathematics/math/mathematical 数学|meaning 意 味 手段 是|measure/measurement/measures 措施 量 测|meat 肉|
mechanism 机制 机理 机构|meet/met/meeting/conference 见 会 遇 认识 碰 满足|member/members 员 成员|
memory/remember/recall/remind 记 忆 想|mention 提|menu 菜单|metal 金属|method 方法 法|
method/methods 方法 法 方式 路 办法 道|middle 中|mile/miles 英里 里 哩|milk 奶|mineral 矿|
minute/minutes/moment 分 刻 会 时|mirror 镜|miss/missed 想 错过 误 小姐 失|mistake 错|mix/mixture 混|mobile 手机 移动|
model 模型 模 型|modern 现代|molecule/molecular 分子|money/cash/rich/wealth/wealthy 钱 富 金 财|month/months 月 半年|
moon 月|morning 早 上午 晨|mother/mom/mum 母 妈|motion/move/moved/movement/moving 动 搬 移|
mountain/mountains/mount 山|mouse/mice/rat 鼠|mouth 嘴 口|muscle 肌|museum 博物馆|
music/musical/musician/song/sing/sang/singer/singing 音乐 歌 唱 曲|must/should/ought 必 应 得 该 要 一定|
name/named/names 名 叫 命|narrow 窄|nature/natural/naturally 自然 天 性|near/nearby/nearly 近 附近 旁|
necessary 必 需要|neck 颈 脖|neighbor/neighbour/neighborhood 邻|nerve/neural 神经|nervous 紧张 神经|
never/not/no/nothing/nobody/none/nor/neither/without/cannot/unable 不 没 无 未 非 别 莫 从|new/newly 新|newspaper 报|
next/following 下 明 隔壁 接|nose 鼻|notice/noticed 注意 发现 通知 觉|nuclear 核|number/numbers 数 号|
object 物 反对 对象|observe/observation 观察 观|obvious/obviously/apparently/evident 明显 显|ocean/sea 海 洋|
offer 提供 给|office/official 办公 官 正式|oil 油|okay/ok 好 行 可以 没事|only/merely 只 刚 仅 就 才|
open/opened/opening 开 打开|operate/operation 手术 操作 运 行动|optical 光|organ/organs 器官 琴|
organize/organization 组织|origin/original/originally 原 起源 来|outbreak/epidemic/pandemic 疫 爆发 暴发 流行|
output 输出 产量 产|outside/outdoor/outdoors/external 外|own/owner 自己 拥有 主 有|oxygen 氧|page 页|
paint/painted 画 漆|parameter/parameters 参数|park/parking 公园 停|partial/partly 部分 部 一部 份 参 角色|
participate/participant/participants 参加 参与 者|particle/particles 粒 颗|party 派对 聚会 党 晚会|
pass/passed/past 过 通 传 去|patient/patients/patience 患者 病人 耐心 病|pay/paid/payment 付 支 薪 交 缴 花|
peace/peaceful 和平 安|pen/pencil 笔|percent/percentage/proportion 百分 %|perfect/perfectly 完美 完全|
perform/performance 表 演 性能 执行 绩|period 期 时 段|phone/telephone 叫 打 电话 称 手机 召 呼|photo 照|
physical 身体 物理|piano 钢琴|piece 片 块 张 件|pig/pork 猪|pipe/pipeline 管|places/spot/location 地 处 位 场 放|
planet 行星 星|plasma 血浆 等离子|plastic 塑料 胶|play/played/player/playing 玩 打 演 踢 播 运动 弹 拉|
please/polite 请 礼貌 麻烦|poem/poet/poetry 诗|poison 毒|police/policeman/officer 警 官|pollution/pollute 污染|
pool/swim/swimming/swam 游 池|poor/poverty 穷 贫 差 可怜|popular/popularity 流行 欢迎 受 普及|population 人口 人群|
position 位 职|positive 积极 阳性 正|possibly 能 可 会|post/postal 邮 帖 岗|potential/potentially 潜 可能|
practice/practise 练 实践 惯例 诊所|praise 表扬 赞 夸|predict/prediction/forecast 预|prefer 喜欢 更 宁|
pregnant/pregnancy 怀孕 孕 妊娠|prepare/preparation/ready 准备 备 好|president 总统 主席 总裁 校长|
press/pressure/stress 压 按 媒体|prevent/prevention/preventing 防 阻止 避免|
previous/previously/formerly 以前 之前 前 先 曾 上|principle/principles 原则 原理|print/printer 印|
prison/jail 监狱 牢|private 私|prize/award/reward 奖 赏|problem/question/trouble 问题 事 题 麻烦 议题 期|
procedure 程序 过程 步骤|process/processes 过程 处理 程 加工|
produce/product/production/manufacture 做 制 造 生产 产 使 弄 让 作|
profession/professional/professor/teacher/teach/taught/teaching 专业 教 师 职业|profit 利 益|
program/programme/project 节目 程序 项目 计划 方案|progress/advance/advanced 进 步 展 先进|
promise/promised 答应 承诺 保证 诺|pronounce/pronunciation 发音|property 财产 性质 房|
propose/proposal/proposed/suggest/suggestion 提 建议|protein 蛋白|proud/pride 骄傲 自豪|public 公|
publish/publication/published 出版 发表 公布|pull 拉 拔|punish/punishment 罚|pupil/student/students 学生 生 徒 瞳|
pure 纯|push 推|quality 质 品|quantity 量|quantum 量子|quarantine/isolate/isolation/isolated 隔离 孤立 分离|
quarrel/argue/argument 吵 争 论 辩|quiet/quietly/silent/silence 静 沉默 安静|
quit/stop/stopped/cease 停 辞 别 戒 止 不|race 赛跑 种族 比赛 竞|radio 收音机 广播 无线|
railway/trains/railroad/station 火车 铁 列车 站 训 车|rain/rainy/rained/raining 雨|
rare/rarely/seldom/hardly 少 罕 难得 几乎 很少|rate 率 速|reach/reached 到 达|reactor/reaction/reactions 反应|
read/reading 读 看 阅|real/reality/true/truth 真 实|reason/reasons 原因 理由 因 为什么 道理|
receive/received 收 受 接 得|recent/recently/lately 最近 近|receptor 受体|recognize/recognise 认|
recommend/recommendation 推荐 建议|record 记录 唱片 纪录 录|recover/recovery 恢复 康复 痊愈|red 红|reform 改革|
refuse/reject 拒|relate/related/relation/relationship/relative/relatives 关 亲戚 相 联系 亲|religion/religious 宗教|
remain/stay/stayed 留 待 保持 呆 剩 仍 住|remove 除 去 移 删 脱|rent 租|replace/replacement 代替 替 换 取代|
report/reported 报 告|reserve/reservation 预订 预约 保留|resist/resistance 抵抗 抗 阻 忍|resolution 分辨率 决议 决心|
resource/resources 资源|respect/respected 尊 敬 方面|responsible/responsibility 责任 负责|restaurant 餐 饭 馆|
result/results/consequence/outcome 结果 后果 成果 果 导致|return/returned 回 还 返 归|rice 米 饭|ride/rode 骑 乘 坐|
river 河 江|road/street/avenue 路 街 道|rob/robber/steal/stole/stolen/thief 偷 抢 盗 贼|rock/stone 石 岩 摇滚|
rocket 火箭|role 角色 作用|roof 顶|room/rooms 房 间 室 空间|root 根|rope 绳|rough 粗 大概|
rural/village/countryside 农村 村 乡|sad/sorrow/sadness/unhappy/upset 难过 伤 悲 不高兴 不开心 哀 不快 沮丧|
safe/safely/safety/security/secure 安全 安|salary/wage/income 工资 薪 收入|sale/sales/sell/sold 卖 销 售|salt 盐|
same/similar/alike 同 一样 似 相 像|sample/samples 样|sand 沙|satellite 卫星|satisfy/satisfied/satisfaction 满|
save/saved/rescue/savings 救 存 节 省|
say/said/says/tell/told/speak/spoke/talk/talked/spoken/claim 说 告 讲 谈 话 表示 叫 声称|scene 场 景|
school/schools 学校 学 校|science/scientific/scientist/scientists 科|scold 骂 责|search/seek 找 搜 寻|
season/seasons 季|seat/sit/sat 座 坐 位|secretary 秘书 书记|see/saw/seen/watched/watching/saw 看 见 望 观|sell 卖|
semiconductor 半导体|send/sent 送 寄 发 派|sensitive/sensitivity 敏感|sentence 句|separate 分|
serious/seriously/severe/severely/severity/critical 严重 认真 重 严|serve/service/services 服务 为 端 上|
server/servers 服务器|settle 设 放 定 组 套|sex/sexual/gender 性|shadow/shade 影 荫|shake/shook 摇 抖 握|shape 形 状|
share 分 股 共|sharp/sharply 锋利 尖 急 锐|sheep 羊|shine/sunshine/sun/sunny/solar 阳 光 照 晴|shirt 衬衫 衣|shock 震|
shoe/shoes 鞋|shop/store/shopping/shops 店 购物 商 买 存|shortly 短 矮 不久 缺|shoulder/shoulders 肩|
shout/yell/scream/shouted 喊 叫|shower 淋浴 澡 雨|shy 害羞|sick 病|sign/signs 标 签 迹象 号|signal/signals 信号|
silver 银|simple/simply 简单 只 朴|simulate/simulation 模拟 仿真|singer 歌|sister/sisters 姐 妹|
size/sizes 大小 尺 号 规模|skill/skills/technique/techniques/technology/technical 技 术|skin 皮 肤|skirt 裙|sky 天|
slow/slowly 慢|small/tiny/smaller 小|smell 闻 味|snake 蛇|snow/snowed/snowing 雪|social/society 社会 社交|soft 软|
software 软件|soil 土|solve/solution/solved 解|son/sons 儿子 子|sorry/apologize/apology 对不起 抱歉 歉|soup 汤|
south/southern 南|space 空间 太空|spectrum/spectral 谱|spend/spent 花 过 费 度|spirit/spiritual 精神|spite 尽管 虽|
spread 传播 扩散 散 铺|stage 阶段 舞台 期|stand/stood 站 忍 立 受|standard/standards 标准|star/stars 星|
statement 声明 陈述 话|statistical/statistics 统计|steady/stable/stability 稳|steel 钢|stick 棍 贴 坚持|
stock/stocks 股 库存|stomach 胃 肚 腹|storm 暴 风|story/stories/tale 故事|stove 炉|straight 直|
strain/stress 应变 应力 株 压|strange/stranger/weird/odd 奇 怪 陌生|strategy/strategies 策略 战略|
strength/strong/strongly/powerful 强 力 壮 烈|structure/structural 结构|struggle 斗 挣扎 艰难|
succeed/success/successful/successfully 成功 成|sudden/suddenly 突然 忽然|suffer/suffering/suffered 受 患 痛苦 遭|
sugar/sweet/candy 糖 甜|suicide 自杀|summer 夏 暑|support/supported 支持 撑|suppose/assume 应 猜 假 想 以为|
surface 表面 面|surgery/surgical 手术 外科|surprise/surprised/surprising 惊 意外 奇|survive/survival 活 存|swallow 吞|
symbol 象征 符号|symptom/symptoms 症状|system/systems 系统 制度 体系 体|talent/talented/genius 才 天|tax/taxes 税|
tea 茶|teeth/tooth/dentist 牙|television/tv 电视|temperature 温|temporary/temporarily 暂 临时|tennis 网球|
terrible/terribly/awful 糟 可怕 很 严重 恐怖|textile/textiles/fabric 纺织 织|theory/theories 理论|thermal 热|
thick 厚 浓|thin 瘦 薄|thirsty 渴|ticket/tickets 票|time/times 时 次 倍 间|tire/tired/exhausted 累 疲 轮胎|
tissue 组织 纸巾|today 今|together 一起 一同 共同 一块|tomorrow 明|tongue 舌|total 总 共 全|
touch/touched 摸 碰 触 感动|tourist/tourists/tourism 游客 旅游|tower 塔|toy 玩具|trade/trading 贸易 交易 买卖|
tradition/traditional 传统|traffic/transport/transportation 交通 运|trains 火车 列车|translate/translation 翻译 译|
transmission/transmit 传播 传 输|tree/trees 树|trials 试验 审|truck 卡车|tumor/tumour 瘤|umbrella 伞|uncle 叔 舅 伯|
uncomfortable 不舒服 不适|under/below/beneath 下 以下|unemployed/unemployment 失业|unique 独|
unite/united/union 联 团结 统一|units 单位 单元|university 大学|unless 除非|until/till 直到 到 才 为止|upload 上传|
urgent/emergency 紧急 急|usage/useful/user 用 使 惯 以前 过|using/usage 用 使|usual 平常|
vaccine/vaccines/vaccination 疫苗 接种|valley 谷|valuable/value/values 价值 值 宝贵 贵|variable/variables 变量|
various/variety/diverse 各 种 多|vegetable/vegetables 菜|velocity 速|
very/really/extremely/truly 很 非常 真 相当 太 十分 极 这么 那么 好 所以 如此|vessel/vessels 血管 船 容器|
victim/victims 受害 牺牲 遇难|victory/win/won/winner 赢 胜 获 得|video 视频 录像 影|violence/violent 暴力|
violin 小提琴|virus/viruses/viral/coronavirus 病毒|visit/visited 拜访 访 参观 看 去|voice 声 嗓|voltage 电压|
wait/waited/waiting 等|wake/woke/awake 醒 叫|walk/walked/walking 走 步 散|wall 墙 壁|warn/warning 警告 警|
wash/washed/washing 洗|waste 浪费 废|water 水|weak/weakness 弱|weapon/weapons 武器|weather 天气 气候|
week/weeks/weekend/weekly 周 星期 礼拜|welcome 欢迎|west/western 西|wet 湿|wheel 轮|white 白|wide/widely/broad 宽 广|
wife/wives 妻 老婆 太太|wild 野|wind/windy 风|window/windows 窗|wine 酒|wing/wings 翅 翼|winter 冬|
wonderful 想知道 奇 精彩 好 棒|wood/wooden 木|word/words 词 字 话 单词|worse/worst/worsen 更 坏 最 差 糟 恶化|
worth 值|write/wrote/written/writing 写 书 作|yard 院 码|year/years/annual/annually/yearly 年 岁|yeast 酵|yellow 黄|
yesterday 昨|young/youth/younger/teenager 年轻 青 小 少|zoo 动物园|
"""
