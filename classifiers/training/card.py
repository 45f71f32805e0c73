"""The model card of the quick reader: what it learned from, what it reaches, where it fails (Mitchell 2019)."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from classifiers.training.labelled import Labelled, Truth
from classifiers.training.metrics import Verdicts
from classifiers.training.report import by_slice, reliability

# Written for this card; each names a weakness that the errors on texts not trained on share.
_WEAK = """
- 谁对谁提要求：词袋看不出层级。「市消防局约谈某超市」不是上级要求，「省安委办约谈云泽市政府」才是；两者用词几乎相同。
- 没有「谣言」「不实」等字眼的政策误读：「以后骑电动车都要考驾照了吧」容易漏。
- 只有罪名、没有民生弱者的普通刑案（「男子贩毒获刑」）有时被误标为道德底线。
- 委婉、简短的突发情况（「楼下好大的烟」）容易漏；境外灾害偶被误标。
- 未经证实的传言若写得像新闻，看不出是传言。
- 同音字、拼音替换的敏感词（「chai 迁」）只在上下文足够时认得出。
""".strip()


def model_card(rows: Sequence[Labelled], true: Truth, judged: Verdicts, report: str, version: str) -> str:
    """Return the card in Markdown; it names kinds, counts and periods, never a text."""
    return f"""# 快读模型 {version}

字符 1–3 元组（散列到 2^18 格）与线索词组、伤亡数字、预警颜色、机关层级、文体特征上的线性模型；五类各一个输出，
传言与辟谣各一个，等级一个（岭回归加分位切点）。概率经 Platt 校准，阈值按自然来稿的类别比例选定。命令：`yuqing train`。

## 训练数据
{material(rows)}

## 成绩
各列都在没有训练过的文本上：「分月留出」按近似重复和月份分折，同月同源的文本同在一边；「其中随机抽取」是随机抽样、类别比例
自然的部分（上级要求等少见类别在其中只有个位数，其 F1 不足为凭）；「最新月份」只用此前的文本训练。

{report}

## 按来源种类（分月留出；不足 10 例为未测）
{by_slice(rows, true, judged, lambda row: row.source_kind)}

## 按渠道（同上）
{by_slice(rows, true, judged, lambda row: row.inlet)}

## 概率可信度（五类合并，分月留出）
{reliability(np.ravel(true.flags), np.ravel(judged.probabilities))}

## 弱点（例子为本卡而写）
{_WEAK}
"""


def material(rows: Sequence[Labelled]) -> str:
    """Return kinds, counts and periods of labelled texts as Markdown."""
    times = sorted(row.time for row in rows if row.time is not None)
    period = f"{times[0]:%Y-%m} 至 {times[-1]:%Y-%m}" if times else "无日期"
    kinds = Counter(row.source_kind or row.channel or "未注明" for row in rows)
    labels = Counter(category.value for row in rows for category in row.categories)
    levels = Counter(row.severity.value for row in rows if row.severity is not None)
    talk = Counter(row.rumour.value for row in rows)
    return f"""共 {len(rows)} 条，{period}（有日期的 {len(times)} 条）。每条由一名读者按标注说明判读。

- 来源：{_listed(kinds)}
- 类别：{_listed(labels)}；不属任何一类 {sum(not row.categories for row in rows)}
- 等级：{_listed(levels)}
- 谣言：{_listed(talk)}"""


def _listed(counts: Counter[str]) -> str:
    return "，".join(f"{name} {count}" for name, count in counts.most_common())
