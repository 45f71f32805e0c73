"""What a site prints around a document: menus, log-in forms, share bars, related lists, imprint."""

import re
from typing import Final

# A line that is nothing but this is chrome wherever it stands at the edge of a page.
_BAR = re.compile(
    r"^(?:[【\[]?\s*字体[:：].*|字号[:：].*|打印|打印本页|关闭|关闭窗口|关闭本页|收藏|加入收藏|分享|分享到[:：]?.*|扫一扫.*|返回顶部|返回首页|返回"
    r"|(?:上|下)一(?:篇|条|页)[:：]?.*|[•·]\s*(?:加入收藏|关闭|打印)|页面功能[:：]?|浏览次数[:：].*|阅读次数[:：].*|(?:阅读|评论)人次[:：].*"
    r"|Produced By.*|技术支持[:：].*|版权所有.*|Copyright.*|.{0,20}ICP备.*|.{0,10}公网安备.*|网站标识码.*|网站地图.*"
    r"|(?:主办|承办)单位[:：].*"
    r"|(?:当前|您?现?在的?)位置[:：].*|首页\s*[>›»].*|.*\[\s*大\s*中\s*小\s*\].*|大 中 小|\[?大\]? ?\[?中\]? ?\[?小\]?"
    r"|(?:时间|日期|发布时间|发布日期|来源|信息来源|作者|编辑|责任编辑)[:：]\s*[^。]{0,40}|Loading\.*|\[\])$",
    re.IGNORECASE,
)
# The card of the body that reprinted the document.
_IMPRINT = re.compile(r"(?:开\s*户\s*行|账\s*号|税\s*号|邮政编码|传\s*真)\s*[:：]")
_MENU_WORD = re.compile(
    r"首页|设首页|登录|用户名|密\s*码|注册|找回密码|收藏|搜索|检索|手机版|下载|帮助|分类|热点专题|导航|Loading|English|无障碍|\|"
)
_RELATED = re.compile(
    r"^(?:相关|推荐|热门|延伸|最新)(?:法规|链接|新闻|阅读|文章|内容|资讯|推荐|信息|文件|解读)\s*[:：]?$"
)
_CONTENT_MARK = re.compile(r"^(?:发文内容|正文|正文内容|文章内容)\s*[:：]$")
_TITLE_FIELD = re.compile(r"^(?:发文标题|文章标题|标题|文件名称)\s*[:：]\s*(.+)$")
_SENTENCE_END = re.compile(r"[。！？；]")

_LEAST_LINES: Final = 5  # shorter texts are posts, not pages
_EDGE: Final = 12  # filled lines at either end that may be chrome
_MENU: Final = 6  # short lines in a row, two of them menu words, are a menu
_SHORT: Final = 40


def strip_chrome(text: str) -> str:
    """Return a page's text without what the site prints around it; short posts come back as they are."""
    if text.count("\n") + 1 < _LEAST_LINES:
        return text
    lines = text.split("\n")
    lines = _after_content_mark(lines)
    lines = _before_related(lines)
    lines = _without_menus(lines)
    filled = [at for at, line in enumerate(lines) if line]
    edges = {*filled[:_EDGE], *filled[-_EDGE:]}
    kept = [line for at, line in enumerate(lines) if at not in edges or not (_BAR.match(line) or _is_imprint(line))]
    result = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return result or text


def _after_content_mark(lines: list[str]) -> list[str]:
    """Cut all before 「发文内容:」 but the title that stood there in a field of its own."""
    for at, line in enumerate(lines[: len(lines) // 2 + 1]):
        if _CONTENT_MARK.match(line):
            titles = [match[1] for before in lines[:at] if (match := _TITLE_FIELD.match(before))]
            return titles[:1] + lines[at + 1 :]
    return lines


def _before_related(lines: list[str]) -> list[str]:
    """Cut a list of links to other pages at the end: nothing after its heading is a sentence."""
    for at in range(len(lines) - 1, len(lines) // 3, -1):
        if _SENTENCE_END.search(lines[at]):
            return lines
        if _RELATED.match(lines[at]):
            return lines[:at]
    return lines


def _without_menus(lines: list[str]) -> list[str]:
    kept: list[str] = []
    run: list[str] = []
    for line in [*lines, "。"]:
        if len(line) <= _SHORT and not _SENTENCE_END.search(line):
            run.append(line)
            continue
        kept.extend(_without_menu(run))
        run = []
        kept.append(line)
    return kept[:-1]


def _without_menu(run: list[str]) -> list[str]:
    """Cut from the first to the last menu word of a run of short lines, where they are many enough."""
    words = [at for at, line in enumerate(run) if _MENU_WORD.search(line)]
    if not words:
        return run
    first, last = words[0], words[-1]
    filled = sum(1 for line in run[first : last + 1] if line)
    if filled < _MENU or len(words) * 3 < filled:
        return run
    return run[:first] + run[last + 1 :]


def _is_imprint(line: str) -> bool:
    return len(_IMPRINT.findall(line)) >= 2
