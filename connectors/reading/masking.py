"""Persons taken out of a text: what the documents ask for is matters to answer, not people.

Masks are Chinese words in square brackets, so a reader sees what stood there; masking a masked text changes nothing.
"""

import re
from collections.abc import Iterable

PHONE, IDENTITY, CARD, PLATE, NAME, DOOR, MAIL = (
    "[电话]",
    "[证件号]",
    "[卡号]",
    "[车牌]",
    "[姓名]",
    "[门牌]",
    "[邮箱]",
)

_D = r"[0-9０-９]"
_ANY_DIGIT = re.compile(_D)
_DIGIT = re.compile(r"[0-9０-９]{5}|[0-9０-９][ \t\-－—\u3000\xa0()（）][0-9０-９]{2}|[A-Za-z0-9]{5}")
_NOT_IN_NUMBER = (
    r"(?<![0-9０-９.．])"  # digit borders: a 14-digit work-order number holds no phone and no identity number
)
_END = r"(?![0-9０-９])"
_GAP = r"[ \t\-－—\u3000\xa0]?"
_IDENTITY = re.compile(
    rf"(?<![0-9０-９]){_D}{{6}}{_GAP}(?:[1１][89８９]|[2２][0０]){_D}{{2}}{_GAP}{_D}{{4}}{_GAP}{_D}{{3}}[0-9０-９Xx×Ｘｘ]{_END}"
    rf"|(?<![0-9０-９]){_D}{{17}}[XxＸｘ](?![0-9A-Za-z])"
)
_OLD_IDENTITY = re.compile(rf"(?<=身份证)([号码是为：:\s]{{0,5}}){_D}{{15}}{_END}")
_MOBILE = re.compile(
    rf"(?:(?<![0-9０-９])(?:\+|00|＋)?86{_GAP})?(?<![0-9０-９])[1１][3-9３-９]{_D}{_GAP}{_D}{{4}}{_GAP}{_D}{{4}}{_END}"
    rf"|(?<![0-9０-９])[1１][3-9３-９]{_D}{{2}}{_GAP}{_D}{{3}}{_GAP}{_D}{{4}}{_END}"
)
_SPOKEN = re.compile(
    r"(?<![零〇一二三四五六七八九幺])[一幺][三四五六七八九][零〇一二三四五六七八九幺两]{9}(?![零〇一二三四五六七八九幺])"
)
_LANDLINE = re.compile(
    rf"{_NOT_IN_NUMBER}[(（]?[0０]{_D}{{2,3}}[)）]?[ \-－—]?[2-8２-８]{_D}{{6,7}}(?:[\-－转]{_D}{{1,6}})?{_END}"
    rf"|{_NOT_IN_NUMBER}[48４８][0０][0０][ \-－—]?{_D}{{3,4}}[ \-－—]?{_D}{{3,4}}{_END}"
)
_LOCAL = re.compile(
    rf"((?:电话|热线|手机|座机|联系方式|微信号?|QQ|qq|Tel|TEL|致电|拨打)(?:号码?|是|为|[：:\s]){{0,4}}){_D}{{5,11}}{_END}"
)
_PUBLIC_NUMBER = re.compile(r"(?:1[0-2]\d|123\d{2}|9\d{4})")  # 110, 12345, 95598: the State's own, not a person's
_CARD = re.compile(
    rf"(?<![0-9０-９])[6６][2２]{_D}{{2}}(?:[ \-]?{_D}{{4}}){{2}}[ \-]?{_D}{{4}}(?:[ \-]?{_D}{{1,3}})?{_END}"
)
_ACCOUNT = re.compile(rf"((?:卡号|账号|帐号|账户|帐户|存折)(?:是|为|[：:\s]){{0,4}}){_D}(?:[ \-]?{_D}){{8,22}}{_END}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-z][·•.\-\s]?"
    r"(?=[A-HJ-NP-Za-z]{0,5}[0-9])[A-HJ-NP-Za-z0-9]{4,5}[A-HJ-NP-Za-z0-9挂学警港澳领](?![A-Za-z0-9])"
)
_MAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})*\.[A-Za-z]{2,10}")
_NUMERAL = r"[0-9０-９一二三四五六七八九十百]"
_ROOM = re.compile(
    rf"(?:{_NUMERAL}{{1,4}}(?:号楼|栋|幢|座|号|#))?(?:{_NUMERAL}{{1,3}}(?:单元|门))?(?:{_NUMERAL}{{1,3}}(?:楼|层))?"
    rf"(?:[0-9０-９]{{2,5}}|(?<=[单元门楼层栋幢座号#]){_NUMERAL}{{1,5}})"
    r"(?:号?房(?!地产|贷|价|租|产|屋|型|改|源|东|款|子)|室|号室|户室)"
    rf"|{_NUMERAL}{{1,4}}(?:号楼|栋|幢|座|#)?[\-－—]{_NUMERAL}{{1,3}}[\-－—]{_NUMERAL}{{3,4}}(?![0-9０-９\-])"
    rf"|{_NUMERAL}{{1,4}}(?:号楼|栋|幢|座){_NUMERAL}{{1,3}}单元(?:{_NUMERAL}{{3,4}}{_END})?"
    rf"|{_NUMERAL}{{1,4}}(?:号楼|栋|幢|座)[0-9０-９]{{3,4}}{_END}"
)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗花"
    "方俞任袁柳鲍史唐费岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余元顾孟黄穆萧尹姚邵汪祁毛禹狄贝臧"
    "计戴宋庞熊纪舒屈项祝董梁杜阮蓝闵季贾江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房解应宗"
    "丁宣邓郁单洪包诸左石崔吉龚程邢裴陆荣翁荀惠甄曲封储靳段焦巴谷车侯宓全班仰仇甘厉祖武符刘景詹束龙叶"
    "司黎薄印白蒲索籍赖卓蔺屠蒙池乔阴胥闻党翟谭申冉雍桑桂濮牛寿边燕冀尚农温庄晏柴瞿阎慕连茹习艾鱼容向古"
    "易慎戈廖庾终居衡步都耿满弘匡国文寇广欧师巩聂晁勾敖冷辛阚那简饶曾关蒯相查游肖岳涂代滑覃"
)
_PERSON = re.compile(
    rf"((?:我叫|我的?名字(?:叫|是)|本人姓名|姓名|联系人|来电人|来访人|反映人|投诉人|举报人|诉求人|申请人|求助人|当事人|留言人|签名|落款)"
    rf"(?:是|为|叫|[：:\s]){{0,3}})(?:欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|[{_SURNAMES}])[\u4e00-\u9fff·]{{1,2}}?"
    rf"(?=$|[\s，,。；;、（(！!？?：:\[【]|是|住|在|系|[先女]|家住|今年|男|女|于|来自|现|因|电话|手机|身份证|联系)"
)
_TITLED = re.compile(
    rf"(?:(?<![\s\S])|(?<=[\s，,。；;：:、（(民户者人主客]))[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?(?=先生|女士|小姐)"
    rf"|[{_SURNAMES}](?=先生|女士|小姐)"
)

# Most texts hold none of these: one cheap look spares the long patterns.
_SPOKEN_HINT = re.compile("[一幺][三四五六七八九][零〇一二三四五六七八九幺两]{3}")
_ROOM_HINT = re.compile(r"[室房栋幢座]|单元|号楼|[-－—][0-9０-９]{3}")
_PERSON_HINT = re.compile("名字|姓名|我叫|[系电访映诉报求请助事言]人|签名|落款")
_TITLE_HINT = re.compile("先生|女士|小姐|大爷|大妈|阿姨|师傅")


def mask(text: str, names: Iterable[str] = ()) -> str:
    """Return the text without phone, identity, card and plate numbers, mail addresses, doors and self-given names.

    ``names`` are what the record's own person columns hold: they go wherever they stand.
    """
    for name in names:
        text = _without(text, name)
    if not text:
        return text
    if _ANY_DIGIT.search(text) and _DIGIT.search(text):
        text = _IDENTITY.sub(IDENTITY, text)
        text = _OLD_IDENTITY.sub(rf"\1{IDENTITY}", text)
        text = _CARD.sub(CARD, text)
        text = _ACCOUNT.sub(rf"\1{CARD}", text)
        text = _MOBILE.sub(PHONE, text)
        text = _LANDLINE.sub(PHONE, text)
        text = _LOCAL.sub(_local, text)
        text = _PLATE.sub(PLATE, text)
    if "@" in text:
        text = _MAIL.sub(MAIL, text)
    if _SPOKEN_HINT.search(text):
        text = _SPOKEN.sub(PHONE, text)
    if _ROOM_HINT.search(text):
        text = _ROOM.sub(DOOR, text)
    if _PERSON_HINT.search(text):
        text = _PERSON.sub(rf"\1{NAME}", text)
    if _TITLE_HINT.search(text):
        text = _TITLED.sub("某", text)
    return text


def _without(text: str, name: str) -> str:
    """Take one person's name out, and the form 「张先生」 that the system writes for it elsewhere is masked by rule."""
    name = name.strip()
    return text.replace(name, NAME) if 2 <= len(name) <= 20 and not name.startswith("[") else text


def _local(match: re.Match[str]) -> str:
    number = match[0][len(match[1]) :]
    return match[0] if _PUBLIC_NUMBER.fullmatch(number) else f"{match[1]}{PHONE}"
