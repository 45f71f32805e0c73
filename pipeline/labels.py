"""The one table of Chinese names: what code, wire and metrics call in ASCII is shown to people by these words."""

from enum import Enum
from typing import Any

from classifiers.assessment import Basis, Category, Rumour, Severity
from connectors.connector import RefusalReason
from connectors.mention import Channel, Flag, MentionState, TimePrecision
from connectors.watching.health import Trouble
from pipeline.handling.roles import Role
from pipeline.handling.table import ResponseForm, Verdict
from pipeline.records import (
    ActionKind,
    AlertReason,
    DeadlineAction,
    FlagReason,
    Grade,
    HistoryEvent,
    IssueState,
    Ringing,
    Scope,
    Trend,
)

# By set: members of two sets may be the same word, as `unknown` is of time and of place, and would be one key.
_LABELS: dict[type[Enum], dict[Any, str]] = {
    Category: {
        Category.POLICY_MISREADING: "政策误解误读",
        Category.VITAL_INTERESTS: "公众切身利益",
        Category.MORAL_BOTTOM_LINE: "冲击道德底线",
        Category.EMERGENCY_RESPONSE: "突发事件和自然灾害",
        Category.SUPERIOR_REQUEST: "上级要求回应",
    },
    Severity: {
        Severity.GENERAL: "一般性事项",
        Severity.HOT_ISSUE: "社会热点问题",
        Severity.SENSITIVE: "复杂敏感事件",
        Severity.MAJOR_EMERGENCY: "重大突发事态",
    },
    Rumour: {
        Rumour.NONE: "无传言",
        Rumour.CLAIM: "未经证实的传言",
        Rumour.REFUTED: "已辟谣",
    },
    Basis: {
        Basis.DIRECTIVE: "上级交办",
        Basis.TEXT: "疑似（仅据文本）",
    },
    Channel: {
        Channel.WEBSITE: "网站",
        Channel.WEIBO: "微博",
        Channel.WECHAT: "微信",
        Channel.HOTLINE: "12345热线",
        Channel.FORUM: "论坛",
        Channel.COMMENT: "新闻跟帖",
        Channel.NEWSPAPER: "报刊",
        Channel.DIRECTIVE: "上级交办",
        Channel.MANUAL: "人工报送",
    },
    MentionState: {
        MentionState.OK: "正常",
        MentionState.DELETED: "已被删除",
        MentionState.BLOCKED: "已被屏蔽",
        MentionState.HIDDEN: "不可见",
        MentionState.TEXT_MISSING: "缺正文",
    },
    TimePrecision: {
        TimePrecision.SECOND: "精确到秒",
        TimePrecision.MINUTE: "精确到分",
        TimePrecision.HOUR: "精确到时",
        TimePrecision.DAY: "精确到天",
        TimePrecision.MONTH: "精确到月",
        TimePrecision.UNKNOWN: "时间不详",
    },
    FlagReason: {
        FlagReason.CATEGORY: "属重点回应情形",
        FlagReason.RUMOUR: "涉传言",
        FlagReason.WATCH: "命中关注词",
        FlagReason.DIRECTIVE: "上级交办",
        FlagReason.HEAT: "转发评论",
        FlagReason.RETRACTION: "复核后撤销",
    },
    Scope: {
        Scope.OURS: "本地",
        Scope.SUPERIOR: "上级事权",
        Scope.ELSEWHERE: "外地",
        Scope.UNKNOWN: "属地不明",
    },
    Grade: {
        Grade.PARTICULARLY_MAJOR: "特别重大",
        Grade.MAJOR: "重大",
        Grade.LARGE: "较大",
        Grade.ORDINARY: "一般",
    },
    ActionKind: {
        ActionKind.ACKNOWLEDGE: "签收",
        ActionKind.ACCEPT: "受理",
        ActionKind.VERIFY: "核实",
        ActionKind.ASSIGN: "转办",
        ActionKind.RETURN: "退回",
        ActionKind.HANDLE: "处置",
        ActionKind.DRAFT: "拟稿",
        ActionKind.APPROVE: "审核",
        ActionKind.RESPOND: "回应",
        ActionKind.REPORT_BACK: "反馈",
        ActionKind.CLOSE: "办结",
        ActionKind.REOPEN: "重新办理",
        ActionKind.MERGE: "合并",
        ActionKind.SPLIT: "拆分",
        ActionKind.UNDO: "撤销合并或拆分",
        ActionKind.RELABEL: "改判",
        ActionKind.CONFIRM_GRADE: "确认等级",
        ActionKind.SET_OCCURRED: "确认发生时间",
        ActionKind.PAUSE_CLOCK: "暂停计时",
        ActionKind.RESUME_CLOCK: "恢复计时",
        ActionKind.SILENCE: "静默",
        ActionKind.UNSILENCE: "解除静默",
        ActionKind.NOTE: "备注",
    },
    IssueState: {
        IssueState.NEW: "新",
        IssueState.ACKNOWLEDGED: "已签收",
        IssueState.ACCEPTED: "已受理",
        IssueState.VERIFIED: "已核实",
        IssueState.ASSIGNED: "已转办",
        IssueState.HANDLING: "处置中",
        IssueState.DRAFTED: "已拟稿",
        IssueState.APPROVED: "已审核",
        IssueState.RESPONDED: "已回应",
        IssueState.REPORTED_BACK: "已反馈",
        IssueState.CLOSED: "已办结",
        IssueState.RETRACTED: "已撤销",
    },
    DeadlineAction: {
        DeadlineAction.AUTHORITATIVE_INFO: "发布权威信息",
        DeadlineAction.PRESS_CONFERENCE: "举行新闻发布会",
        DeadlineAction.RESPONSE: "予以回应",
        DeadlineAction.FOLLOW_UP: "持续发布",
    },
    AlertReason: {
        AlertReason.FIRST: "首次发现",
        AlertReason.SEVERITY_RAISED: "级别上升",
        AlertReason.SEVERITY_LOWERED: "级别下降",
        AlertReason.GRADE_RAISED: "事件等级上升",
        AlertReason.CLOCK_WARNING: "时限提醒",
        AlertReason.BURST: "传播加速",
        AlertReason.CORROBORATED: "多渠道印证",
        AlertReason.DIRECTIVE: "上级交办",
        AlertReason.CORRECTION: "更正",
        AlertReason.SILENCE_ENDED: "静默结束",
        AlertReason.ESCALATED: "无人签收，升级",
        AlertReason.REPEAT: "重复提醒",
    },
    Ringing: {
        Ringing.NOW: "即时发送",
        Ringing.DIGEST: "汇总发送",
        Ringing.MUTED: "静默，仅在页面显示",
    },
    RefusalReason: {
        RefusalReason.EMPTY: "没有正文也没有标题",
        RefusalReason.REPEATED_HEADER: "文件中间重复的表头",
        RefusalReason.NOT_A_RECORD: "不是信息（合计、广告等）",
        RefusalReason.CONFLICT: "同一编号而正文不同",
        RefusalReason.BAD_TIME: "时间无法辨认",
        RefusalReason.BAD_SHAPE: "列数或类型对不上",
        RefusalReason.BAD_ENCODING: "编码无法辨认",
        RefusalReason.TOO_LARGE: "过大",
        RefusalReason.CUT_OFF: "没有写完",
    },
    Trouble: {
        Trouble.SILENT: "久无新内容",
        Trouble.EMPTY: "取不到内容",
        Trouble.FAILING: "采集失败",
        Trouble.UNREADABLE: "读不了",
    },
    Flag: {
        Flag.TRUNCATED: "正文被截断",
        Flag.REPLACED: "有字节无法解码",
        Flag.OBFUSCATED: "去掉了隐藏字符",
        Flag.DAMAGED_ID: "编号被表格软件改坏",
        Flag.REPAIRED: "还原了乱码",
        Flag.HIJACKED: "去掉了植入的垃圾链接",
        Flag.CANARY: "自检信息（非真实舆情）",
    },
    Trend: {Trend.RISING: "上升", Trend.STEADY: "平稳", Trend.FALLING: "回落"},
    HistoryEvent: {
        HistoryEvent.OPENED: "立为事项",
        HistoryEvent.ALERTED: "预警",
        HistoryEvent.MEMBER_RETRACTED: "一条信息复核后撤销",
        HistoryEvent.RESTORED: "撤销的信息恢复",
        HistoryEvent.RETRACTED: "全部信息撤销，事项撤销",
        HistoryEvent.GRADE_PROPOSED: "建议事件等级",
        HistoryEvent.ROUTED: "确定第一责任主体",
        HistoryEvent.CLOCK_SET: "起算时限",
        HistoryEvent.CLOCK_WARNING: "时限提醒",
        HistoryEvent.CLOSED_QUIET: "平息多日，自动归档",
        HistoryEvent.SILENCE_ENDED: "静默结束",
        HistoryEvent.BURST: "传播加速",
        HistoryEvent.CLUSTER: "不同来电人集中反映",
        HistoryEvent.REFUTED: "传言已有辟谣",
    },
    Verdict: {
        Verdict.TRUE: "属实",
        Verdict.FALSE: "不实",
        Verdict.PARTLY: "部分属实",
    },
    ResponseForm: {
        ResponseForm.PRESS_CONFERENCE: "新闻发布会",
        ResponseForm.BRIEFING: "吹风会",
        ResponseForm.INTERVIEW: "接受媒体采访",
        ResponseForm.WEBSITE: "政府网站",
        ResponseForm.SOCIAL: "政务微博微信",
        ResponseForm.SOURCE_CHANNEL: "原渠道回复",
    },
    Role: {
        Role.VIEWER: "查看",
        Role.OFFICER: "值班",
        Role.ANALYST: "研判审核",
        Role.ADMIN: "管理",
    },
}

STEP_FAILED = "处理失败"
"""Why a step could not process a record, where it is no reason of a connector."""


def label(member: Enum) -> str:
    """Return the Chinese name of an enum's member.

    Raises:
        KeyError: the member has no name yet, which a test forbids.
    """
    return _LABELS[type(member)][member]
