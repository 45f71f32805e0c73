"""Every setting with its default and its meaning; read from one TOML file, every fault said at once."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, Secret, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from classifiers.assessment import Severity
from classifiers.watchwords import Watch, WatchList, WatchWordsError
from classifiers.watchwords import parse as parse_words
from pipeline.alerts.settings import Alerts
from pipeline.alerts.sink import open_sink
from pipeline.clocks.profile import Profile, parse, profile
from pipeline.errors import ConfigError
from pipeline.section import Section
from pipeline.watching.settings import Watch as Sources

DEFAULT_FILE = Path("yuqing.toml")


class Unit(Section):
    """[[jurisdiction.units]]: one department of ours with its named persons."""

    name: str
    head: str = ""
    deputy: str = ""
    section: str = ""


class Jurisdiction(Section):
    """[jurisdiction]: whose places are ours."""

    ours: tuple[str, ...] = Field(default=(), description="本级及所辖地方、单位的名称；留空则一切视为属地事项")
    superior: tuple[str, ...] = Field(default=(), description="上级地方与部门的名称")
    elsewhere: tuple[str, ...] = Field(default=(), description="其他地方的名称；只提到这些地方的事由不提醒")
    government: str = Field(default="本级人民政府", description="本级政府的名称，用于写明第一责任主体与协调单位")
    superior_government: str = Field(
        default="上级人民政府", description="上一级政府的名称；事由同时涉及本级与相邻地方时由其主管部门先行回应"
    )
    regions: tuple[str, ...] = Field(
        default=(), description="下辖的县（市、区）；涉及其中两个以上时由本级主管部门先行回应、各地属地回应"
    )
    units: tuple[Unit, ...] = Field(
        default=(),
        description="本级各部门：[[jurisdiction.units]]，name 部门全称、head 第一责任人、deputy 直接责任人、"
        "section 承办科室（和硕 第十一条、第十二条；山东 2018 一）",
    )
    profile: str = Field(
        default="national",
        description="法定时限方案：national 国家、hubei 湖北、shandong 山东、fujian 福建、county 县级，"
        "或 profile_file 中自定的名称；逐条依据见 yuqing config clocks",
    )
    profile_file: Path | None = Field(
        default=None, description="自定时限方案的文件，写法同随附的 pipeline/clocks/data/profiles.toml，每行注明依据"
    )

    @model_validator(mode="after")
    def _profile_is_known(self) -> "Jurisdiction":
        try:
            profile(self.profile, own_profiles(self.profile_file))
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self


def own_profiles(file: Path | None) -> Mapping[str, Profile]:
    """Return the profiles of the deployment's own file.

    Raises:
        ConfigError: the file cannot be read or is none of profiles.
    """
    if file is None:
        return {}
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"读不了时限方案文件 {file}：{error}") from error


class Input(Section):
    """[input]: how exports are read."""

    salt_file: Path | None = Field(default=None, description="作者假名所用盐值的文件；留空则在数据目录中自行生成")
    secret_marks: tuple[str, ...] = Field(default=(), description="本单位自用的涉密标识，连同内置的一并隔离")


class WatchWords(Section):
    """[watch_words]: the deployment's own words beside the readers."""

    file: Path | None = Field(
        default=None,
        description="关注词文件（TrendRadar 写法：空行分组，+必须词、!排除词、/正则/、[组名]）；"
        "命中的信息一律列入台账并注明组名，用 yuqing words preview 先看影响",
    )
    tier: Severity | None = Field(
        default=None, description="属重点回应情形且命中关注词的，至少按此等级；留空则不改等级"
    )

    @field_validator("file")
    @classmethod
    def _can_be_used(cls, value: Path | None) -> Path | None:
        if value is not None:
            watch_list(value)
        return value

    def opened(self) -> Watch | None:
        """Return what finds the words; None where there are none."""
        return None if self.file is None else Watch(watch_list(self.file))


def watch_list(file: Path) -> WatchList:
    """Return the watch words of a file.

    Raises:
        ValueError: it cannot be read or used; names every fault.
    """
    try:
        return parse_words(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"读不了关注词文件 {file}：{error}") from error
    except WatchWordsError as error:
        raise ValueError(f"关注词文件 {file} 有误：\n{error}") from error


class CanarySettings(Section):
    """[canary]: the self-test through every connector to the channels."""

    minutes: Annotated[float, Field(ge=0)] = Field(
        default=10, description="每隔多少分钟让一条合成的重大信息走完全程（不入库、不统计、不列表）；0 为不自检"
    )
    sinks: tuple[str, ...] = Field(
        default=(), description="自检消息还要送达哪些渠道（[sinks] 中的名称，宜用专门的群）；留空只记到达时间"
    )


class Web(Section):
    """[web]: where the desk listens."""

    host: str = Field(default="127.0.0.1", description="值班页面的监听地址；默认只限本机")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8800, description="值班页面的端口；0 为任选")
    tls_cert: Path | None = Field(default=None, description="页面的 TLS 证书文件；对外提供服务时需要")
    tls_key: Path | None = Field(default=None, description="页面的 TLS 私钥文件")
    behind_proxy: bool = Field(default=False, description="页面在反向代理之后，由代理负责 TLS")
    upload_mib: Annotated[int, Field(ge=1, le=2048)] = Field(default=512, description="在页面上导入的文件至多多少 MiB")
    hosts: tuple[str, ...] = Field(default=(), description="浏览器访问页面时所用的域名（监听地址之外）")
    public_url: str = Field(default="", description="提醒消息中页面链接的开头；留空则用监听地址")


class ElasticsearchSettings(Section):
    """[elasticsearch]: the corpus on a server instead of in a file."""

    url: str = Field(
        default="", description="Elasticsearch 的地址，如 https://es.example:9200；留空则用数据目录中的语料库"
    )
    api_key_file: Path | None = Field(default=None, description="存放 API 密钥的文件（权限 0600）；密钥不写入配置")
    ca_file: Path | None = Field(default=None, description="服务器证书的签发机构证书（PEM）；留空用系统自带的")
    timeout_seconds: Annotated[float, Field(gt=0)] = Field(default=30, description="一次请求最多等待的秒数")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("须以 http:// 或 https:// 开头，例如 https://es.example:9200")
        if parts.username or parts.password:
            raise ValueError("地址中不得写口令：请用 api_key_file")
        if parts.hostname and parts.port is None:
            raise ValueError("须写明端口，例如 https://es.example:9200")
        return value


class Kafka(Section):
    """[kafka]: the brokers; without any the product runs in one process."""

    brokers: tuple[str, ...] = Field(default=(), description="Kafka 的地址（主机:端口）；留空即单机运行")
    prefix: str = Field(default="", description="主题与消费组名称的前缀，供多套系统共用一处 Kafka")
    partitions: Annotated[int, Field(ge=1, le=256)] = Field(default=12, description="信息分成几路；主题建成后不可改")
    replication: Annotated[int, Field(ge=1)] = Field(default=1, description="主题的副本数；多台 Kafka 时宜为 3")
    tls: bool = Field(default=False, description="以 TLS 连接 Kafka")
    ca_file: Path | None = Field(default=None, description="验证 Kafka 证书的 CA 文件；留空用系统的")
    cert_file: Path | None = Field(default=None, description="本方证书文件（双向认证时）")
    key_file: Path | None = Field(default=None, description="本方私钥文件")
    sasl: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(default="", description="SASL 方式；留空不用")
    username: str = Field(default="", description="SASL 用户名")
    password_file: Path | None = Field(default=None, description="存有 SASL 密码的文件（权限 0600）")
    session_seconds: Annotated[float, Field(ge=6)] = Field(default=10, description="处理进程失联多少秒后由他人接替")
    commit_seconds: Annotated[float, Field(gt=0)] = Field(default=0.5, description="处理进程隔多少秒提交一次进度")


class CarefulSettings(Section):
    """[careful]: the second reading of what the quick reader flags or doubts."""

    enabled: bool = Field(default=True, description="精读：快读标记或存疑的由精读模型复核；关闭则一律以快读为准")


class Retention(Section):
    """[retention]: what is kept for how long; nothing that is still to be processed is ever trimmed."""

    mentions_days: Annotated[float, Field(gt=0)] = Field(default=7, description="读入的信息在日志中保留多少天")
    assessed_days: Annotated[float, Field(gt=0)] = Field(
        default=3, description="研判结果在日志中保留多少天；语料库损坏时可由此重建的天数"
    )
    flagged_days: Annotated[float, Field(gt=0)] = Field(default=7, description="重点信息在日志中保留多少天")
    rejected_days: Annotated[float, Field(gt=0)] = Field(default=30, description="拒收的原始内容保留多少天")
    quarantine_days: Annotated[float, Field(gt=0)] = Field(default=30, description="隔离的原始内容保留多少天")
    books_days: Annotated[float, Field(gt=0)] = Field(
        default=7, description="逐条的账目保留多少天，之后并为每个来源每天的合计；不得长于拒收与隔离的天数"
    )
    ledger_days: Annotated[float, Field(gt=0)] = Field(
        default=400, description="台账的逐条决定（连同成员原文）与动态保留多少天；事由、提醒与经过一直保留"
    )

    @model_validator(mode="after")
    def _books_before_bytes(self) -> Self:
        if self.books_days > min(self.rejected_days, self.quarantine_days):
            raise ValueError("books_days 不得长于 rejected_days 与 quarantine_days")
        return self


class ClockSettings(Section):
    """[clock]: the machine's time, or a demonstration's."""

    start: datetime | None = Field(default=None, description="演示时钟的起点；留空用本机时间")
    standing: bool = Field(default=False, description="演示时钟停在起点不走（用于比对与测试）")

    @field_validator("start")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("须注明时区，例如 2026-06-16T09:00:00+08:00")
        return value


class Settings(BaseSettings):
    """The whole configuration; environment variables ``YUQING_SECTION__KEY`` go before the file."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="YUQING_SETTING_", env_nested_delimiter="__"
    )

    data: Path = Field(
        default=Path("data"), description="数据目录：日志、台账、语料库都在其中，同一时刻只许一个进程使用"
    )
    timezone: str = Field(default="Asia/Shanghai", description="统计按此时区分日")
    alerts: Alerts = Field(default=Alerts(), description="提醒规则")
    careful: CarefulSettings = Field(default=CarefulSettings(), description="精读复核")
    jurisdiction: Jurisdiction = Field(default=Jurisdiction(), description="属地范围")
    input: Input = Field(default=Input(), description="读入")
    watch_words: WatchWords = Field(default=WatchWords(), description="关注词")
    watch: Sources = Field(default=Sources(), description="run 持续查看的来源")
    canary: CanarySettings = Field(default=CanarySettings(), description="全程自检")
    web: Web = Field(default=Web(), description="值班页面")
    elasticsearch: ElasticsearchSettings = Field(default=ElasticsearchSettings(), description="检索库在服务器上时")
    kafka: Kafka = Field(default=Kafka(), description="Kafka")
    retention: Retention = Field(default=Retention(), description="保留期")
    clock: ClockSettings = Field(default=ClockSettings(), description="时钟")
    sinks: dict[str, Secret[dict[str, Any]]] = Field(
        default={}, description="提醒渠道：[sinks.名称]，type 为 webhook、wecom、dingtalk、feishu、mail 或 apprise"
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("不是已知的时区，例如 Asia/Shanghai") from error
        return value

    @field_validator("sinks")
    @classmethod
    def _sinks_can_be_opened(cls, value: dict[str, Secret[dict[str, Any]]]) -> dict[str, Secret[dict[str, Any]]]:
        faults = []
        for name, settings in value.items():
            try:
                open_sink(settings.get_secret_value())
            except ConfigError as error:
                faults.append(f"{name}：{error}")
        if faults:
            raise ValueError("；".join(faults))
        return value

    @model_validator(mode="after")
    def _the_roster_names_known_channels(self) -> "Settings":
        for where, names in (
            ("值班名册", {name for step in self.alerts.roster for name in step.sinks}),
            ("自检", set(self.canary.sinks)),
        ):
            unknown = sorted(names - set(self.sinks))
            if unknown:
                raise ValueError(f"{where}中的渠道 {'、'.join(unknown)} 不在 [sinks] 中")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file."""
        return env_settings, init_settings


class SettingLine(BaseModel):
    """One setting as people read it."""

    name: str
    default: Any
    value: Any
    meaning: str


def load(path: Path | None = None, **given: Any) -> Settings:
    """Read the configuration: the file (``yuqing.toml`` here when none is named), then the environment, then ``given``.

    Raises:
        ConfigError: something is wrong; the text names every fault, one a line.
    """
    values: dict[str, Any] = {}
    if path is not None or DEFAULT_FILE.exists():
        file = path or DEFAULT_FILE
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"读不到配置文件 {file}：{error.strerror}。可用 yuqing init 生成一份") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"配置文件 {file} 不是合法的 TOML：{error}") from error
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings(**values)
    except ValidationError as error:
        faults = [_fault(detail) for detail in error.errors()]
        raise ConfigError("配置有误，共 {} 处：\n{}".format(len(faults), "\n".join(faults))) from error


_WORDS = {
    "extra_forbidden": "没有这一项设置，请检查拼写",
    "missing": "缺少这一项",
    "enum": "只能是 {expected}",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than_equal": "须不大于 {le}",
    "int_parsing": "须是整数",
    "int_type": "须是整数",
    "int_from_float": "须是整数",
    "float_parsing": "须是数",
    "float_type": "须是数",
    "bool_parsing": "须是 true 或 false",
    "bool_type": "须是 true 或 false",
    "string_type": "须是文字",
    "tuple_type": "须是列表",
    "path_type": "须是路径",
    "datetime_parsing": "须是日期时间",
    "datetime_from_date_parsing": "须是日期时间",
    "model_type": "须是一节（[名称] 之下的若干项）",
}


def _fault(detail: ErrorDetails) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return f"  {place}：{context.get('error', detail['msg'])}"
    words = _WORDS.get(detail["type"], detail["msg"]).format(**context)
    shown = detail["input"]
    return f"  {place}：{words}（现为 {shown!r}）"


def lines(settings: Settings) -> Iterator[SettingLine]:
    """Yield every setting with default, present value and meaning."""
    yield from _lines(settings, "")


def _lines(model: BaseModel, prefix: str) -> Iterator[SettingLine]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _lines(value, f"{prefix}{name}.")
        else:
            yield SettingLine(
                name=prefix + name,
                default=field.get_default(),
                value=value,
                meaning=field.description or "",
            )
            yield from _keys_of_tables(prefix + name, field.annotation)


def _keys_of_tables(name: str, kind: Any) -> Iterator[SettingLine]:
    """Yield the keys that each table of a list may hold ([[watch.feeds]])."""
    inner = next((each for each in get_args(kind) if each is not ...), None)
    table = get_args(inner)[0] if get_origin(inner) is Annotated else inner
    if isinstance(table, type) and issubclass(table, Section):
        for key, field in table.model_fields.items():
            default = "必填" if field.is_required() else field.get_default()
            yield SettingLine(name=f"{name}[].{key}", default=default, value=default, meaning=field.description or "")


def max_age(settings: Settings) -> timedelta:
    """Return how old a mention may be when it is read and still alert."""
    return timedelta(hours=settings.alerts.max_age_hours)
