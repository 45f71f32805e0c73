"""``yuqing search``."""

from contextlib import closing
from itertools import islice
from typing import Annotated

import typer

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer()

_PAGE = 500  # hits read at once for a program


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='要找的字词；以空格分开的各部分须同时出现；写 "" 则只按条件列出')],
    data: DataOption = None,
    config: ConfigOption = None,
    category: Annotated[list[Category] | None, typer.Option(help="重点回应情形，可多选")] = None,
    severity: Annotated[list[Severity] | None, typer.Option(help="预警等级，可多选")] = None,
    channel: Annotated[list[Channel] | None, typer.Option(help="渠道，可多选")] = None,
    since: Annotated[str, typer.Option(help="自何时（含），如 2026-11-20 或 2026-11-20T08:00")] = "",
    until: Annotated[str, typer.Option(help="至何时（不含）；只写日期则含当日")] = "",
    place: Annotated[str, typer.Option(help="地点，见于信息的地区或文字中")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="至多列出多少条；默认 20，--json 时为全部")] = None,
    as_json: JsonOption = False,
) -> None:
    """检索读入的全部信息，最新的在前，标出所找字词."""
    from pipeline.commands._hits import hit_line, print_hit  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.commands._moments import moments  # noqa: PLC0415
    from pipeline.corpus.opening import searchable  # noqa: PLC0415
    from pipeline.corpus.query import PAGE, Query, every_hit  # noqa: PLC0415

    with spoken():
        settings = settings_of(config, data)
        first, end = moments(since, until, settings.timezone)
        wanted = Query(
            query, tuple(category or ()), tuple(severity or ()), tuple(channel or ()), first, end, place,
            _PAGE if as_json else min(_PAGE, limit or PAGE),
        )  # fmt: skip
        with closing(searchable(settings)) as corpus:
            if as_json:
                for hit in islice(every_hit(corpus, wanted), limit):
                    print_json(hit_line(hit))
                return
            shown = limit or PAGE
            total = corpus.facets(wanted).total
            for hit in islice(every_hit(corpus, wanted), shown):
                print_hit(hit, settings.timezone)
        typer.echo(f"共 {total} 条" + (f"，以上为最新的 {shown} 条" if total > shown else ""))
