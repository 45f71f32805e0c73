"""The first configuration: what is asked, what follows from the place, and the file that comes of it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from pipeline.clocks.profile import Profile, profiles
from pipeline.errors import ConfigError
from pipeline.places.divisions import chain, divisions, full_name
from pipeline.places.gazetteer import gazetteer

_BY_PROVINCE = {"37": "shandong", "42": "hubei", "35": "fujian"}


class RosterAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the duty roster."""

    name: str
    after_minutes: float = 0


class UnitAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One unit with its named persons."""

    name: str
    head: str = ""
    deputy: str = ""
    section: str = ""


_ROSTER = (RosterAnswer("值班员"), RosterAnswer("带班领导", 15), RosterAnswer("分管负责人", 30))


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked; everything left out follows from the place or has a safe default."""

    place: str = ""
    government: str = ""
    superior_government: str = ""
    words: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[UnitAnswer, ...] = ()
    roster: tuple[RosterAnswer, ...] = _ROSTER
    profile: str = ""
    data: str = "data"
    inbox: str = "inbox"
    port: int = 8800


def read(file: Path) -> Answers:
    """Return the answers of a TOML file.

    Raises:
        ConfigError: it cannot be read, or says what nobody asked.
    """
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Answers)
    except OSError as error:
        raise ConfigError(f"读不到答案文件 {file}：{error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        allowed = "、".join(Answers.__struct_fields__)
        raise ConfigError(f"答案文件 {file} 有误：{error}。可写的项：{allowed}") from error


def completed(answers: Answers) -> Answers:
    """Return the answers with what follows from the place: governments, regions below, the province's profile.

    Raises:
        ConfigError: the place may mean several divisions, or the profile is none.
    """
    place = answers.place.strip()
    code = _code(place)
    name = divisions()[code] if code else place
    known = profiles()
    profile = answers.profile or _BY_PROVINCE.get(code[:2], "national")
    if profile not in known:
        raise ConfigError(f"没有名为 {profile} 的时限方案：可用 {'、'.join(known)}")
    above = chain(code)[-2:-1] if code else ()
    return msgspec.structs.replace(
        answers,
        place=name,
        government=answers.government or (f"{name}人民政府" if name else "本级人民政府"),
        superior_government=answers.superior_government
        or (f"{divisions()[above[0]]}人民政府" if above else "上级人民政府"),
        regions=answers.regions or tuple(_below(code)),
        profile=profile,
    )


def _code(place: str) -> str:
    """Return the code of the division that a name means, nothing where the country knows no such place."""
    found = [each for each in gazetteer().find(place) if each.end == len(place)] if place else []
    if not found:
        return ""
    (last,) = found[-1:]
    if last.code and (last.start == 0 or full_name(last.code).endswith(place) or len(found[:1]) == 1):
        return "" if last.code.startswith("abroad:") else last.code
    may = "、".join(full_name(code) for code in last.candidates)
    raise ConfigError(f"「{place}」可能是{may}：请连同上级地名一起写，如「{full_name(last.candidates[0])}」")


def _below(code: str) -> Iterator[str]:
    length = {2: 4, 4: 6}.get(len(code))
    for other, name in divisions().items():
        if length is not None and len(other) == length and other.startswith(code) and name[-1] in "市县区旗盟州":
            yield name


def render(answers: Answers) -> str:
    """Return the configuration file: every choice with its basis, also where the documents leave it open."""
    ours = tuple(dict.fromkeys((*((answers.place,) if answers.place else ()), *answers.words)))
    place = profiles()[answers.profile]
    return "\n".join(
        (
            "# yuqing 的配置，由 yuqing init 生成，可随时修改；逐项含义见 yuqing config show。",
            f"data = {_text(answers.data)}",
            "",
            "[jurisdiction]",
            "# 属地管理、分级负责、谁主管谁负责（国办发〔2016〕61号 一）。ours 留空则一切视为属地事项。",
            "# ours 里还可写本地的乡镇、学校、企业、小区等名称（关注词）：提到它们的信息按属地事项处理。",
            f"ours = {_list(ours)}",
            f"government = {_text(answers.government)}",
            f"superior_government = {_text(answers.superior_government)}",
            "# 涉及其中两个以上地方的，由本级主管部门先行回应，各地按属地回应（61号 一）。",
            f"regions = {_list(answers.regions)}",
            *_profile(answers.profile, place),
            *_units(answers.units),
            "",
            "[alerts]",
            "# 四级预警见湖北 三(一)；达到哪一级即时提醒，文件未定，由本单位选择。",
            'floor = "sensitive"',
            "# 夜间免打扰（最高级、重大以上事件和逾期不受限制）：去掉下两行行首的 # 即启用。",
            "# quiet_from = 22:00:00",
            "# quiet_to = 07:00:00",
            *_roster(answers.roster),
            "",
            "[canary]",
            "# 每隔多少分钟让一条合成的重大信息走完全程；配合 yuqing canary check 的系统定时器。",
            "minutes = 10",
            "",
            "[web]",
            "# 默认只限本机；对外提供服务须先建用户并配置 TLS（见 yuqing user --help）。",
            f"port = {answers.port}",
            "",
            "[[watch.folders]]",
            "# 采集工具的导出文件、上级来文登记表放进此文件夹即自动读入。",
            "# 「上级要求主动回应」（61号 二）只能由上级来文认定：来文登记表放入即可；仅据文本的只标为疑似。",
            f"path = {_text(answers.inbox)}",
            "",
            "# 提醒渠道：密钥写在单独的文件里（权限 0600），不写进配置。去掉行首的 # 并填好即启用。",
            "# [sinks.duty]",
            '# type = "wecom"          # 或 dingtalk、feishu、webhook、mail、apprise',
            '# url_file = "wecom.url"',
            "",
            *_OPEN_POINTS,
            "",
        )
    )


_OPEN_POINTS = (
    "# 文件没有写明或各地不一、由以上配置选定的事项：",
    "#  1. 五小时发布权威信息只见于山东 2018 三；国家文件只有 24、48 小时：由 jurisdiction.profile 选定。",
    "#  2. 24 小时新闻发布会取决于事件等级（特别重大、重大，61号 三），不取决于四级预警；等级由系统建议、人工确认。",
    "#  3. 时限起点只有福建写明「发生后」（闽政办〔2016〕173号 二）；其他方案的起点见 yuqing config clocks。",
    "#  4. 「上级要求主动回应」不能只凭文本认定，须有上级来文。",
    "#  5. 五类重点回应情形可以并存（如一起事故同属两类）；湖北另有第六类「其它事关改革发展稳定的」（湖北 一(三)），",
    "#     目前不作机器判断，可由人工改判。",
    "#  6. 研判因素四项（湖北 三(二)）或三项（和硕 第九条、鲁政办发〔2014〕8号 二.9）：本系统列四项，不合并。",
    "#  7. 「一般性事项」是预警等级，「一般性舆情」是处置类别，两者不混用。",
    "#  8. 「24小时联络畅通」（和硕 第十一条）是值守要求，不是时限：见 alerts.roster。",
)


def _profile(name: str, place: Profile) -> Iterator[str]:
    yield f"# 时限方案：{place.name}。可选 {'、'.join(f'{key}（{each.name}）' for key, each in profiles().items())}。"
    yield f"#   起算：{place.anchor_basis}"
    for line in place.lines:
        yield f"#   {line.hours:g} 小时 {line.action}：{line.basis}"
    yield f"profile = {_text(name)}"


def _units(units: Sequence[UnitAnswer]) -> Iterator[str]:
    yield "# 各部门的第一责任人、直接责任人和承办科室（和硕 第十一条、第十二条；山东 2018 一）。"
    if not units:
        yield "# [[jurisdiction.units]]"
        yield '# name = "某市教育局"'
        yield '# head = ""'
    for unit in units:
        yield "[[jurisdiction.units]]"
        for field in ("name", "head", "deputy", "section"):
            if getattr(unit, field):
                yield f"{field} = {_text(getattr(unit, field))}"


def _roster(roster: Sequence[RosterAnswer]) -> Iterator[str]:
    yield "# 值班名册：无人签收时依次通知（和硕 第十一条：确保24小时联络畅通）；sinks 为各自的渠道，留空用全部渠道。"
    for step in roster:
        yield "[[alerts.roster]]"
        yield f"name = {_text(step.name)}"
        yield f"after_minutes = {step.after_minutes:g}"


def _text(value: str) -> str:
    """Return a TOML string; what JSON escapes, TOML does too."""
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
