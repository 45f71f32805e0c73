"""[watch]: which sources a running pipeline looks at, how often, and how long a silence is usual."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from connectors import catalogue
from connectors.connector import ConnectorError
from connectors.reading.links import check_selector
from connectors.watching.fetch import Limits, check_url
from pipeline.section import Section

_Hours = Annotated[float, Field(gt=0)]
_Minutes = Annotated[float, Field(ge=1)]


def _format(value: str) -> str:
    if value != "auto":
        try:
            catalogue.named(value)
        except ConnectorError as error:
            raise ValueError(str(error)) from error
    return value


def _address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("须以 http:// 或 https:// 开头")
    return value


class WatchedFolder(Section):
    """A folder into which exports are put; a bare path is one with the defaults."""

    path: Path = Field(description="文件夹；其中及下级的文件，新的和变长的都会读入")
    format: str = Field(default="auto", description="格式名；auto 为逐个识别")
    expected_hours: _Hours = Field(default=48, description="白天多少小时没有新文件即提示（夜间不计）")

    _known_format = field_validator("format")(_format)

    def __str__(self) -> str:
        return str(self.path)


class WatchedFeed(Section):
    """An RSS or Atom feed."""

    name: str = Field(min_length=1, description="来源的名称，显示在页面上")
    url: Annotated[str, BeforeValidator(_address)] = Field(description="订阅源网址")
    every_minutes: _Minutes = Field(default=15, description="每隔多少分钟查看一次")
    expected_hours: _Hours = Field(default=24, description="白天多少小时没有新内容即提示（夜间不计）")

    def __str__(self) -> str:
        return f"{self.name}（{self.url}）"


class WatchedPage(WatchedFeed):
    """A list page whose articles are fetched: a column of a government site, a newspaper's index, a sitemap."""

    url: Annotated[str, BeforeValidator(_address)] = Field(description="列表页、报纸首页或站点地图的网址")
    format: str = Field(default="auto", description="文章页的格式名；auto 为逐页识别")
    select: str = Field(default="", description="文章链接的 CSS 选择器；一般不用填")

    _known_format = field_validator("format")(_format)

    @field_validator("select")
    @classmethod
    def _can_select(cls, value: str) -> str:
        try:
            check_selector(value)
        except ConnectorError as error:
            raise ValueError(str(error)) from error
        return value


def _folder(value: Any) -> Any:
    return {"path": value} if isinstance(value, str | Path) else value


class Watch(Section):
    """[watch]: the sources, and the manners of looking at them."""

    folders: tuple[Annotated[WatchedFolder, BeforeValidator(_folder)], ...] = Field(
        default=(), description="查看的文件夹：路径的列表，或若干 [[watch.folders]]"
    )
    feeds: tuple[WatchedFeed, ...] = Field(default=(), description="查看的订阅源：若干 [[watch.feeds]]")
    pages: tuple[WatchedPage, ...] = Field(default=(), description="查看的列表页：若干 [[watch.pages]]")
    internal: tuple[str, ...] = Field(
        default=(),
        description="允许采集的内网主机（主机，或主机:端口）；不在此列的，内网地址与 80、443 以外的端口一律不访问",
    )
    delay_seconds: Annotated[float, Field(ge=0)] = Field(default=5, description="对同一主机两次请求之间至少隔多少秒")
    look_seconds: Annotated[float, Field(gt=0)] = Field(default=2, description="查看文件夹的间隔（秒）")

    @model_validator(mode="after")
    def _addresses_may_be_fetched(self) -> Self:
        faults = []
        limits = self.limits()
        sources = (*self.feeds, *self.pages)
        for source in sources:
            try:
                check_url(source.url, limits)
            except ConnectorError as error:
                faults.append(f"{source.name}：{error}")
        twice = [
            url for url, times in Counter(source.url for source in (*self.feeds, *self.pages)).items() if times > 1
        ]
        faults += [f"{url} 写了两遍" for url in twice]
        if faults:
            raise ValueError("；".join(faults))
        return self

    def limits(self) -> Limits:
        """Return what a fetch may touch."""
        return Limits(internal=self.internal)
