"""Routes of single texts: search, assess without storing, and the push inlet."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, HTTPException, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from classifiers.assessment import Category, Severity
from classifiers.classifier import Text
from connectors.mention import Channel
from pipeline.corpus.query import Query as Sought
from pipeline.errors import QueryError, StoreError, TransientError
from pipeline.web import push, views
from pipeline.web.alerts import Words
from pipeline.web.answers import answer, members, moment, shape
from pipeline.web.gate import Officer, Viewer

routes = APIRouter(prefix="/api/v1")
_MOST_TEXTS = 1000


@routes.get("/search", responses=shape(views.SearchOut))
def search(
    request: Request,
    _visitor: Viewer,
    q: str = "",
    severity: Words = [],  # noqa: B006 (FastAPI copies it)
    category: Words = [],  # noqa: B006
    channel: Words = [],  # noqa: B006
    since: str = "",
    until: str = "",
    place: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    cursor: str = "",
) -> Response:
    """检索全部已入库的信息，最新的在前；空格隔开的词须同时出现。第一页附各项统计，cursor 取下一页."""
    corpus = request.app.state.running.pipeline.corpus
    try:
        sought = Sought(
            words=q,
            categories=members(Category, category),
            severities=members(Severity, severity),
            channels=members(Channel, channel),
            since=moment(since),
            until=moment(until),
            place=place,
            limit=limit,
            cursor=cursor,
        )
        page = corpus.search(sought)
        facets = None if cursor else corpus.facets(sought)
    except QueryError as error:
        raise HTTPException(422, str(error)) from error
    except (TransientError, StoreError) as error:
        raise HTTPException(
            503, "检索暂不可用，提醒与处置不受影响；请稍后再试", headers={"Retry-After": "10"}
        ) from error
    return answer(views.search_out(page.hits, page.cursor, facets))


class _Counts(msgspec.Struct, frozen=True):
    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    reads: int | None = None


class TextIn(msgspec.Struct, frozen=True):
    """One text to be judged, as a line of ``yuqing assess``."""

    text: str
    id: str | int | None = None
    title: str = ""
    channel: str = ""
    region_text: str = ""
    quoted_text: str = ""
    engagement: _Counts = _Counts()

    def as_text(self) -> Text:
        """Return what a reader is given."""
        return Text(
            text=self.text,
            title=self.title,
            quoted_text=self.quoted_text,
            channel=self.channel,
            region_text=self.region_text,
            directed=self.channel == Channel.DIRECTIVE,
            **msgspec.structs.asdict(self.engagement),
        )


@routes.post("/assess", responses=shape(views.AssessmentOut))
async def assess(request: Request, _visitor: Viewer, body: Annotated[Any, Body()]) -> Response:
    """研判一条或一组文本而不入库；一条答一条，一组答一组，次序不变."""
    many = isinstance(body, list)
    try:
        texts = msgspec.convert(body if many else [body], list[TextIn])
    except msgspec.ValidationError as error:
        raise HTTPException(422, f"每条至少要有字符串 text：{error}") from error
    if len(texts) > _MOST_TEXTS:
        raise HTTPException(413, f"一次至多 {_MOST_TEXTS} 条，请分批")
    reader = request.app.state.running.pipeline.context().quick
    judged = await run_in_threadpool(reader.assess, [text.as_text() for text in texts])
    answers = [_with_id(text.id, views.assessment_out(one)) for text, one in zip(texts, judged, strict=True)]
    return answer(answers if many else answers[0])


def _with_id(name: str | int | None, judged: views.AssessmentOut) -> dict[str, Any]:
    fields = msgspec.structs.asdict(judged)
    return fields if name is None else {"id": name, **fields}


@routes.post("/mentions")
async def take(request: Request, visitor: Officer) -> Response:
    """推送入口：一条 JSON、一个 JSON 数组，或 JSON 行；每条至少 {id, channel, text, published_at}。答复时已落盘."""
    body = await request.body()
    report = await run_in_threadpool(push.take, request.app.state.running, body, visitor.name)
    return answer(report)
