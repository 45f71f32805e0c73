"""Counts, encodings, masks, identities and marks of secrecy: what every connector stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Engagement, Flag
from connectors.reading.counts import engagement, highest, read_count
from connectors.reading.encodings import decode, normal_label, repair
from connectors.reading.identity import author_ref, is_damaged, mention_id, safe_native, weibo_mid
from connectors.reading.masking import mask
from connectors.reading.secrets import is_secret


@pytest.mark.parametrize(
    ("value", "count", "bound"),
    [
        ("1.2万", 12_000, False),
        ("100万+", 1_000_000, True),
        ("10w+", 100_000, True),
        ("1.15万", 11_500, False),
        ("7164.8万", 71_648_000, False),
        ("345万次播放", 3_450_000, False),
        ("3,417", 3_417, False),
        ("1.2亿", 120_000_000, False),
        ("２３", 23, False),
        ("转发 12", 12, False),
        (9.0, 9, False),
        (0, 0, False),
        ("0", 0, False),
        ("", None, False),
        ("转发", None, False),
        ("无", None, False),
        ("nan", None, False),
        (None, None, False),
        (True, None, False),
        ("-3", None, False),
        (float("nan"), None, False),
        ("9" * 5000, None, False),
    ],
)
def test_a_count_is_what_the_page_shows_and_unknown_is_never_nought(
    value: object, count: int | None, bound: bool
) -> None:
    assert read_count(value) == (count, bound)


def test_the_higher_of_two_readings_of_a_post_is_kept_count_by_count() -> None:
    assert highest(Engagement(likes=5, reads=3), engagement(likes=2, comments="1万+")) == Engagement(
        likes=5, comments=10_000, reads=3, lower_bound=True
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"])
@pytest.mark.parametrize("text", ["市民反映夜間施工", "云泽市望泽区白鹭镇道路积水，请有关部门处理"])
def test_the_ladder_reads_the_encodings_in_use(encoding: str, text: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the text has no form in this encoding")
    decoded = decode(data, "big5" if encoding == "big5" else None)
    assert (decoded.text, decoded.flags) == (text, ())


def test_a_page_that_declares_gb2312_is_read_as_its_superset() -> None:
    assert normal_label("GB2312") == normal_label("gbk") == "gb18030"
    assert decode("朱镕基堃㎡".encode("gb18030"), "gb2312").text == "朱镕基堃㎡"


def test_bytes_that_fit_nothing_are_replaced_and_flagged() -> None:
    decoded = decode("路灯坏了".encode()[:-1] + b"\xff\xfe")
    assert decoded.text.startswith("路灯坏")
    assert Flag.REPLACED in decoded.flags


@pytest.mark.parametrize("text", ["微博id", "路灯坏了一个月，没有人修", "😀市民反映", "市民一次"])
def test_utf8_once_read_as_gbk_is_undone_where_the_way_back_is_exact(text: str) -> None:
    damaged = text.encode().replace(b"\x80", b"\xa2\xe3").decode("gbk", "replace")  # as a code page 936 reader shows it
    if "\ufffd" in damaged or len(text.encode()) % 2:
        assert repair(damaged) in (None, text)
    else:
        assert repair(damaged) == text


@given(st.text(alphabet=[chr(code) for code in range(0x4E00, 0x9FA5)], min_size=1, max_size=12))
def test_repair_leaves_an_undamaged_text_alone_or_gives_an_exact_way_back(text: str) -> None:
    fixed = repair(text)
    assert fixed is None or fixed.encode().decode("gbk", "surrogateescape").replace("\udc80", "€") == text


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电13800138000，谢谢", "请回电[电话]，谢谢"),
        ("手机号138 0013 8000", "手机号[电话]"),
        ("电话+86-13800138000。", "电话[电话]。"),
        ("号码１３８００１３８０００", "号码[电话]"),
        ("一三八零零一三八零零零", "[电话]"),
        ("座机0717-6445566转8", "座机[电话]"),
        ("电话：6445566", "电话：[电话]"),
        ("拨打12345、110、95598", "拨打12345、110、95598"),
        ("电话12345无人接听", "电话12345无人接听"),
        ("身份证420502199001011234", "身份证[证件号]"),
        ("证号42050219900101123X", "证号[证件号]"),
        ("卡6222021234567890123", "卡[卡号]"),
        ("账号：37001616108050012345", "账号：[卡号]"),
        ("鄂E12345闯红灯，粤BD12345也是", "[车牌]闯红灯，[车牌]也是"),
        ("邮箱someone@example.com", "邮箱[邮箱]"),
        ("家住和平路461弄58号302室", "家住和平路461弄[门牌]"),
        ("锦绣小区6栋2单元501室漏水", "锦绣小区[门牌]漏水"),
        ("锦绣小区3-2-501停水", "锦绣小区[门牌]停水"),
        ("我叫王小明，住在青石县", "我叫[姓名]，住在青石县"),
        ("联系人：欧阳小明 电话13800138000", "联系人：[姓名] 电话[电话]"),
        ("市民张先生来电反映", "市民某先生来电反映"),
        ("李女士称路灯坏了", "某女士称路灯坏了"),
    ],
)
def test_a_person_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "工单20260701000123已派发",
        "https://m.weibo.cn/detail/4804608494665869",
        "国办发〔2016〕61号",
        "投入1380000000000元",
        "2024-07-19 08:05:00",
        "3号楼停水三天",
        "一室一厅的房子",
        "G107国道K1380+500处塌方",
        "购买200万元的商品房",
    ],
)
def test_what_is_no_person_stays(text: str) -> None:
    assert mask(text) == text


def test_the_names_of_the_person_columns_go_wherever_they_stand() -> None:
    assert mask("王小明反映噪音，王小明电话", ["王小明"]) == "[姓名]反映噪音，[姓名]电话"


@given(st.text(alphabet="0123456789-+ 楼栋号室单元电话账号京A我叫王先生小明，x１３８", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "机密★10年",
        "绝密★启用前",
        "秘密 ★ 一年",
        "机\u200b密★长期",
        "機密★",
        "密级：机密",
        "关于某事的通知\n秘密\n各单位",
        "秘密*5年",
        "机密★１０年",
    ],
)
def test_an_official_mark_of_secrecy_is_seen(text: str) -> None:
    assert is_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "这是一个公开的秘密",
        "商业秘密被泄露",
        "精密机床，机密文件丢了吗",
        "这就是「秘密」",
        "【绝密】高考押题",
        "绝密航线很好玩",
        "",
    ],
)
def test_the_everyday_word_is_no_mark(text: str) -> None:
    assert not is_secret(text)


def test_the_deployments_own_words_are_marks() -> None:
    assert is_secret("关于某某工程的情况", ["某某工程"])


def test_a_bid_gives_the_numeric_id_back() -> None:
    assert weibo_mid("M1VT3jzNX") == "4804608494665869"
    assert weibo_mid("M1N39i6Fb") == "4804268794315521"
    assert weibo_mid("无") is None


@pytest.mark.parametrize("native", ["5.24159E+15", "5.24159e15", 5.24159e15, "5241590000000000000"])
def test_an_id_that_a_spreadsheet_rounded_is_seen(native: object) -> None:
    assert is_damaged(native)


@pytest.mark.parametrize(
    "native", ["4804608494665869", "20260701000123", "4804608494665860", 24.0, "A00074011", "1000000000"]
)
def test_a_whole_id_is_not_called_damaged(native: object) -> None:
    assert not is_damaged(native)


def test_an_author_is_a_salted_hash_and_nobody_is_none() -> None:
    one = author_ref("1223178222", b"salt")
    assert one == author_ref(1223178222.0, b"salt") != author_ref("1223178222", b"other")
    assert one is not None
    assert "1223178222" not in one
    assert author_ref("", b"salt") is author_ref("匿名", b"salt") is None


def test_an_id_that_is_a_phone_number_is_hashed() -> None:
    assert "13800138000" not in mention_id("hotline", safe_native("13800138000", b"s"))
    assert mention_id("weibo", safe_native("4804608494665869", b"s")) == "weibo:4804608494665869"
