"""Whose matter it is, who answers first and by when."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention, TimePrecision
from pipeline.clocks.profile import profile
from pipeline.handling.roles import Role
from pipeline.records import Action, ActionKind, DeadlineAction, Flagged, FlagReason, Grade, Scope
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.duty import duty, set_clocks
from pipeline.steps.fold import fold
from pipeline.steps.handle import handle
from pipeline.steps.matter import Book, Matter
from pipeline.steps.scope import scope, scope_of

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
OURS = Jurisdiction(ours=("云泽市", "白鹭镇"), government="云泽市人民政府", clocks=profile("shandong"))


def take(book: Book, text: str, *, hours: float = 0, read: float | None = None, of: Jurisdiction = OURS) -> Matter:
    at = START + timedelta(hours=hours)
    ctx = Context(now=START + timedelta(hours=hours if read is None else read), jurisdiction=of)
    verdict = Assessment(
        {}, (Category.EMERGENCY_RESPONSE,), Severity.SENSITIVE, Rumour.NONE, Signals(), (), "quick", "test"
    )
    mention = Mention(f"m{hours}", Channel.WEIBO, "test", text, at, ctx.now)
    flagged = Flagged(mention, verdict, FlagReason.CATEGORY)
    matters = [found for found in fold([flagged], book, ctx) if isinstance(found, Matter)]
    (matter,) = duty(list(scope(matters, book, ctx)), book, ctx)
    matter.fresh.clear()
    return matter


def test_a_matter_of_ours_has_a_clock_and_a_responsible_body_that_cite_their_clauses() -> None:
    matter = take(Book(), "云泽市白鹭镇家具厂起火，浓烟滚滚")
    assert [clock.action for clock in matter.clocks] == [DeadlineAction.RESPONSE]
    assert matter.clocks[0].due_at == START + timedelta(hours=48)
    assert matter.responsible_body == "云泽市应急管理局"
    assert (
        "R3 国办发〔2016〕61号 一"
        in next(entry for entry in matter.history if entry.event == "routed").detail["clauses"]
    )


def test_a_matter_elsewhere_and_an_old_one_have_no_clock() -> None:
    assert take(Book(), "四川成都一仓库起火").clocks == ()
    assert take(Book(), "云泽市白鹭镇家具厂起火", read=100).clocks == ()


def test_a_grade_raised_late_says_that_its_clock_is_overdue() -> None:
    book = Book()
    take(book, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚")
    matter = take(book, "白鹭镇永昌家具厂火灾已致12人遇难，云泽市通报", hours=30)
    assert matter.grade is Grade.MAJOR
    assert not matter.grade_confirmed
    actions = {
        entry.detail["action"]: entry.detail["overdue"] for entry in matter.history if entry.event == "clock_set"
    }
    assert actions["press_conference"] == actions["authoritative_info"] == "已逾期"


QINGDAO = Jurisdiction(ours=("青岛市",), superior=())


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("青岛市政府通报", Scope.OURS),
        ("崂山区一景区停电", Scope.OURS),
        ("山东省教育厅发文", Scope.SUPERIOR),
        ("成都一仓库起火", Scope.ELSEWHERE),
        ("鼓楼区一小区停水", Scope.UNKNOWN),
        ("小区停水", Scope.UNKNOWN),
    ],
)
def test_scope_goes_by_the_divisions_of_the_country(text: str, whose: Scope) -> None:
    assert scope_of(text, QINGDAO)[0] is whose


def test_clocks_started_after_acceptance_are_final_and_an_earlier_member_moves_them_forward() -> None:
    book = Book()
    matter = take(book, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚", hours=5)
    deed(matter, ActionKind.ACCEPT, 5.5)
    take(book, "白鹭镇永昌家具厂火灾已致12人遇难，云泽市通报", hours=3, read=6)
    assert len(matter.clocks) == 2
    assert all(clock.anchor == START + timedelta(hours=3) and not clock.provisional for clock in matter.clocks)


def deed(
    matter: Matter,
    kind: ActionKind,
    hours: float,
    note: str = "说明",
    actor: str = "李",
    of: Jurisdiction = OURS,
    **arguments: str,
) -> None:
    at = START + timedelta(hours=hours)
    action = Action(matter.id, kind, actor, at, f"{kind}{hours}", note, dict(arguments), role=Role.ADMIN)
    assert handle(matter, action) == ""
    set_clocks(matter, Context(now=at, jurisdiction=of))


def test_pauses_and_answers_survive_a_clock_that_starts_anew() -> None:
    book = Book()
    matter = take(book, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚", hours=5)
    deed(matter, ActionKind.PAUSE_CLOCK, 6)
    assert matter.clocks[0].paused_since == START + timedelta(hours=6)
    deed(matter, ActionKind.RESUME_CLOCK, 10)
    assert matter.clocks[0].due_at == START + timedelta(hours=5 + 48 + 4)
    take(book, "白鹭镇永昌家具厂起火，浓烟滚滚，云泽市消防到场", hours=3, read=11)
    assert matter.clocks[0].due_at == START + timedelta(hours=3 + 48 + 4)
    take(book, "白鹭镇永昌家具厂火灾已致12人遇难，云泽市通报", hours=12)
    assert [clock.due_at - START for clock in matter.clocks] == [
        timedelta(hours=3 + 5 + 4),
        timedelta(hours=3 + 24 + 4),
    ]


def test_an_answer_stops_the_clocks_it_meets_and_a_major_matter_is_to_be_followed_up() -> None:
    book = Book()
    matter = take(book, "白鹭镇永昌家具厂火灾已致12人遇难，云泽市通报")
    deed(matter, ActionKind.ACCEPT, 1)
    for hours, form in ((2, "website"), (20, "press_conference")):
        deed(matter, ActionKind.DRAFT, hours)
        deed(matter, ActionKind.APPROVE, hours, actor="王")
        deed(matter, ActionKind.RESPOND, hours, form=form)
    met = {str(clock.action): clock.met_at and clock.met_at - START for clock in matter.clocks}
    assert met == {
        "authoritative_info": timedelta(hours=2),
        "press_conference": timedelta(hours=20),
        "follow_up": None,
    }
    assert matter.clocks[-1].due_at == START + timedelta(hours=44)


def test_fujian_counts_from_the_event_as_soon_as_a_person_says_when_it_was() -> None:
    fujian = Jurisdiction(ours=("云泽市",), clocks=profile("fujian"))
    matter = take(Book(), "云泽市永昌家具厂起火", hours=5, of=fujian)
    assert matter.clocks[0].anchor == START + timedelta(hours=5)
    deed(matter, ActionKind.SET_OCCURRED, 6, of=fujian, occurred_at=(START + timedelta(hours=2)).isoformat())
    assert matter.clocks[0].anchor == START + timedelta(hours=2)
    assert "闽政办" in matter.clocks[0].anchor_basis


def test_a_time_known_only_to_the_day_counts_from_its_beginning() -> None:
    day = START.replace(hour=0)
    mention = Mention("m1", Channel.WEIBO, "test", "云泽市家具厂起火", day, START, time_precision=TimePrecision.DAY)
    book, ctx = Book(), Context(now=START + timedelta(hours=1), jurisdiction=OURS)
    verdict = Assessment(
        {}, (Category.EMERGENCY_RESPONSE,), Severity.SENSITIVE, Rumour.NONE, Signals(), (), "quick", "t"
    )
    flagged = [Flagged(mention, verdict, FlagReason.CATEGORY)]
    matters = [found for found in fold(flagged, book, ctx) if isinstance(found, Matter)]
    (matter,) = duty(list(scope(matters, book, ctx)), book, ctx)
    assert matter.clocks[0].due_at == day + timedelta(hours=48)


def test_the_answer_of_the_decision_table_reaches_the_matter_whole() -> None:
    matter = take(Book(), "云泽市教育局称正在调查白鹭镇中心小学食堂")
    answer = matter.head().responsibility
    assert answer is not None
    assert answer.responsible == ("云泽市教育局",)
    assert answer.coordinator == "云泽市人民政府办公厅（室）会同宣传部门"
    assert [reason.rule for reason in answer.reasons] == ["R3", "R8"]
    assert answer.grounds == ("云泽市教育局：文中点名「市教育局」",)


def test_a_unit_that_a_person_assigned_stays_though_later_members_point_elsewhere() -> None:
    book = Book()
    matter = take(book, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚")
    for kind, arguments in ((ActionKind.ACCEPT, {}), (ActionKind.ASSIGN, {"to": "云泽市公安局"})):
        assert handle(matter, Action(matter.id, kind, "李", START, "k", "", arguments)) == ""
    take(book, "白鹭镇永昌家具厂火灾，市教育局停课，云泽市通报", hours=1)
    assert matter.responsible_body == "云泽市公安局"
    assert matter.responsibility is not None
    assert "云泽市应急管理局" in matter.responsibility.responsible


def test_what_a_retracted_member_said_counts_no_more() -> None:
    book = Book()
    matter = take(book, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚")
    take(book, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚，城管局介入", hours=1)
    assert ("云泽市城市管理局", True) in matter.tally.departments
    member = matter.members["m1"]
    matter.put(structs.replace(member, retracted=True))
    assert ("云泽市城市管理局", True) not in matter.tally.departments


def test_an_ambiguous_place_is_shown_with_what_it_may_mean() -> None:
    scope_found, places = scope_of("鼓楼区一小区停水", QINGDAO)
    assert scope_found is Scope.UNKNOWN
    assert places[0].startswith("鼓楼区（可能是江苏省南京市鼓楼区")
