"""``yuqing index``."""

from contextlib import closing

import typer

from pipeline.commands._common import ConfigOption, fail, settings_of, spoken

app = typer.Typer(no_args_is_help=True, help="Elasticsearch 上的检索库")


@app.callback()
def _index() -> None:
    """Elasticsearch 上的检索库."""


@app.command()
def create(config: ConfigOption = None) -> None:
    """建立索引模板与首个索引；已有的只比对，逐项说明差异，不作改动."""
    from pipeline.corpus.elastic import creation  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.corpus.opening import cluster_of  # noqa: PLC0415

    with spoken():
        with closing(cluster_of(settings_of(config, None))) as cluster:
            found = creation.create(cluster)
        for name in found.made:
            typer.echo(f"已建立 {name}")
        for name in found.present:
            typer.echo(f"已存在 {name}")
        if found.differences:
            fail(
                "与本程序所需不一致，未作改动：\n  "
                + "\n  ".join(found.differences)
                + "\n模板可删除后重建；索引须删除后由日志重新写入",
                1,
            )
