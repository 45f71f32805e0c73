"""``yuqing words``."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from msgspec import structs

from classifiers.watchwords import Watch, WatchList
from pipeline.commands._common import ConfigOption, DataOption, JsonOption, fail, print_json, settings_of, spoken
from pipeline.config import Settings, watch_list
from pipeline.records import Assessed

app = typer.Typer(no_args_is_help=True, help="关注词与分词词典：先看影响，再保存")

FileArgument = Annotated[Path, typer.Argument(help="要试的文件")]
_SHOWN = 3  # texts shown for each group
_BATCH = 256


@app.callback()
def _words() -> None:
    """关注词与分词词典：先看影响，再保存."""


@app.command()
def check(file: FileArgument) -> None:
    """检查关注词文件，逐处指出错误."""
    for group in _parsed(file).groups:
        parts = (("任一", group.any), ("必须", group.must), ("排除", group.barred))
        said = "；".join(f"{name} {'、'.join(term.written for term in terms)}" for name, terms in parts if terms)
        typer.echo(f"{group.name}：{said}")


@app.command()
def preview(
    file: FileArgument, data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """用已入库的信息试一遍关注词：每组命中多少，哪些会新列入台账，与现用的关注词相比有何增减."""
    from pipeline.steps.assess import text_of  # noqa: PLC0415 (loaded only when the command runs)

    new = Watch(_parsed(file))
    with spoken():
        settings = settings_of(config, data)
    old = settings.watch_words.opened()
    total, listed, added, dropped = 0, 0, 0, 0
    groups: Counter[str] = Counter({group.name: 0 for group in new.words.groups})
    shown: dict[str, list[str]] = {group.name: [] for group in new.words.groups}
    for batch in _batches(settings):
        texts = [text_of(assessed.mention) for assessed in batch]
        before = old.hits(texts) if old else [()] * len(batch)
        for assessed, hits, had in zip(batch, new.hits(texts), before, strict=True):
            total += 1
            added += bool(hits) and not had
            dropped += bool(had) and not hits
            listed += bool(hits) and not had and not assessed.assessment.flagged
            for name in dict.fromkeys(hit.name.partition("·")[0] for hit in hits):
                groups[name] += 1
                if len(shown[name]) < _SHOWN:
                    terms = "、".join(dict.fromkeys(hit.term for hit in hits if hit.name.partition("·")[0] == name))
                    shown[name].append(f"[{terms}] {_opening(assessed)}")
    if as_json:
        print_json({"texts": total, "groups": dict(groups), "added": added, "dropped": dropped, "listed": listed})
        return
    for name, number in groups.items():
        typer.echo(f"{name}：命中 {number} 条")
        for line in shown[name]:
            typer.echo(f"  {line}")
    typer.echo(
        f"已入库 {total} 条：与现用的关注词相比，新命中 {added} 条（其中 {listed} 条原不属重点回应情形，"
        f"将列入台账），不再命中 {dropped} 条。尚未保存；写入配置 [watch_words] file 后重启生效"
    )


@app.command()
def dictionary(
    file: FileArgument, data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """试一份要加进分词词典的词（每行：词 [词频]）：哪些信息的分词会变；会拆散已有词的不予通过."""
    from classifiers.dictionary import DictionaryError, parse, tried  # noqa: PLC0415

    try:
        entries = parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        fail(f"读不了 {file}：{error}", 2)
    except DictionaryError as error:
        fail(f"{file} 有误：\n{error}", 2)
    with spoken():
        settings = settings_of(config, data)
    trial = tried(entries, (a.mention.text for batch in _batches(settings) for a in batch))
    if as_json:
        print_json(trial)
    else:
        typer.echo(f"已入库 {trial.texts} 条，其中 {trial.changed} 条的分词会变")
        for before, after in trial.examples:
            typer.echo(f"  {before}  →  {after}")
    if trial.split:
        said = "\n".join(
            f"  {word} → {pieces}（{number} 条）" for word, (pieces, number) in sorted(trial.split.items())[:50]
        )
        fail(f"会拆散 {len(trial.split)} 个已有的词，不予通过；请改写或删去有关的行：\n{said}", 1)


def _parsed(file: Path) -> WatchList:
    try:
        return watch_list(file)
    except ValueError as error:
        fail(str(error), 2)


def _batches(settings: Settings) -> Iterator[list[Assessed]]:
    """All that is stored, newest first."""
    from pipeline.corpus.opening import searchable  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.corpus.query import Query  # noqa: PLC0415

    with spoken(), closing(searchable(settings)) as corpus:
        query = Query(limit=_BATCH)
        while True:
            page = corpus.search(query)
            yield [hit.assessed for hit in page.hits]
            if not page.cursor:
                return
            query = structs.replace(query, cursor=page.cursor)


def _opening(assessed: Assessed) -> str:
    text = assessed.mention.title or assessed.mention.text
    return text[:40].replace("\n", " ")
