"""What a connector made of a file, in words."""

from collections.abc import Iterator

import typer

from connectors.explaining import Explanation
from connectors.mention import MentionState
from pipeline.labels import label

_MOST_UNUSED = 30


def print_explanation(told: Explanation) -> None:
    """Print one file's explanation."""
    for line in _lines(told):
        typer.echo(line)


def _lines(told: Explanation) -> Iterator[str]:
    yield f"{told.file}"
    how = "您指定的" if told.chosen else f"把握 {told.sureness:.2f}"
    yield f"  格式    {told.connector}：{told.title}（{how}）"
    yield f"  凭什么  {told.known_by}"
    if told.others:
        yield "  也像    " + "、".join(f"{name}（{sure:.2f}）" for name, sure in told.others)
    if told.encoding:
        yield f"  编码    {told.encoding}"
    refused = sum(refusal.count for refusal in told.refusals)
    yield f"  条数    共 {told.offered}：读出 {told.mentions}，拒收 {refused}，隔离 {told.quarantined}"
    missing = told.offered - told.mentions - refused - told.quarantined
    if missing:
        yield f"  注意    另行清点的条数与读出的相差 {missing}，请核对文件"
    if told.fields:
        yield "  各栏"
        for field in told.fields:
            yield f"    {field.label} ← {'、'.join(field.columns)}（{field.filled} 条有值）"
    if told.unused:
        more = f" 等 {len(told.unused)} 栏" if len(told.unused) > _MOST_UNUSED else ""
        yield f"  没有用到的栏  {'、'.join(told.unused[:_MOST_UNUSED])}{more}"
    for time in told.times:
        yield f"  时间    {time.count} 条取自“{time.basis or '采集时间'}”，{label(time.precision)}"
    states = {state: count for state, count in told.states.items() if state is not MentionState.OK}
    for state, count in states.items():
        yield f"  状态    {count} 条{label(state)}"
    for flag, count in told.flags.items():
        yield f"  处理    {count} 条{label(flag)}"
    for refusal in told.refusals:
        rows = "、".join(map(str, refusal.rows)) + ("…" if refusal.count > len(refusal.rows) else "")
        yield f"  拒收    {refusal.count} 条：{refusal.detail}（第 {rows} 条）"
    for sample in told.samples:
        title = f"《{sample.title}》" if sample.title else ""
        yield f"  样例    {sample.published_at}  {title}{' '.join(sample.text.split())}"
