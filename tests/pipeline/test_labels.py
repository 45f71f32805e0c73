"""Every closed set of the documents has Chinese names."""

import json
from enum import Enum

import pytest

from classifiers import assessment
from connectors import connector, mention
from pipeline import records
from pipeline.handling import roles, table
from pipeline.labels import label
from pipeline.web.health import names

CLOSED_SETS = [
    *(assessment.Category, assessment.Severity, assessment.Rumour, assessment.Basis),
    *(mention.Channel, mention.Flag, mention.MentionState, mention.TimePrecision),
    *(records.FlagReason, records.Scope, records.Grade, records.ActionKind),
    connector.RefusalReason,
    records.HistoryEvent,
    *(roles.Role, table.Verdict, table.ResponseForm),
    *(records.IssueState, records.DeadlineAction, records.AlertReason, records.Ringing),
]


@pytest.mark.parametrize("closed_set", CLOSED_SETS)
def test_every_member_of_a_closed_set_has_a_chinese_name(closed_set: type[Enum]) -> None:
    for member in closed_set:
        assert any("\u4e00" <= character <= "\u9fff" for character in label(member))


@pytest.mark.parametrize("closed_set", CLOSED_SETS)
def test_no_two_members_of_one_set_share_a_name(closed_set: type[Enum]) -> None:
    names = [label(member) for member in closed_set]
    assert len(names) == len(set(names))


def test_the_page_is_told_the_name_of_every_value_it_may_be_sent() -> None:
    for sets in json.loads(bytes(names().body)).values():
        assert all(sets.values())


def test_one_word_in_two_sets_has_a_name_in_each() -> None:
    assert label(mention.TimePrecision.UNKNOWN) == "时间不详"
    assert label(records.Scope.UNKNOWN) == "属地不明"
