"""The page-shaped exports of the story: government site, saved WeChat article, e-paper, forum thread, comment file."""

import html
import json
import re
import zlib
from datetime import datetime, timedelta
from typing import Any

from pipeline.demo import story
from pipeline.demo.story import Entry

_DOMAINS = {
    "望泽区人民政府": ("www.wangze.example", "3699010001"),
    "云泽市人民政府": ("www.yunze.example", "3699000001"),
    "青石县人民政府": ("www.qingshi.example", "3699020001"),
}


def _paragraphs(text: str, opening: str = "<p>") -> str:
    return "\n".join(f"{opening}{html.escape(line, quote=False)}</p>" for line in text.strip().splitlines())


def website(article: dict[str, Any], at: datetime) -> tuple[str, bytes]:
    """Return a government page that declares gb2312, with the metas of 国办发〔2017〕47号 and navigation around."""
    domain, code = _DOMAINS.get(article["site"], ("gov.yunze.example", "3699000099"))
    title = html.escape(article["title"])
    name = f"t{at:%Y%m%d}_{article['key'][1:]}.html"
    page = f"""<!DOCTYPE html>
<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>{title} - {article["site"]}</title>
<meta name="SiteName" content="{article["site"]}">
<meta name="SiteDomain" content="{domain}">
<meta name="SiteIDCode" content="{code}">
<meta name="ColumnName" content="{article["column"]}">
<meta name="ArticleTitle" content="{title}">
<meta name="PubDate" content="{at:%Y-%m-%d %H:%M}">
<meta name="ContentSource" content="{article["source"]}">
<meta name="Url" content="http://{domain}/xxgk/{name}">
</head><body>
<div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a>
<a href="/zwfw/">政务服务</a> <a href="/hdjl/">互动交流</a></div>
<div class="crumbs">当前位置：首页 &gt; {article["column"]}</div>
<h1>{title}</h1>
<div class="info">发布时间：{at:%Y-%m-%d %H:%M} 来源：{article["source"]} 【字体：大 中 小】 打印</div>
<div class="TRS_Editor">
{_paragraphs(article["text"], '<p style="text-indent:2em">')}
</div>
<div class="footer">版权所有：{article["site"]} 网站标识码：{code} 建议使用1024*768分辨率</div>
</body></html>
"""
    return name, page.encode("gb18030")


def wechat(article: dict[str, Any], at: datetime) -> tuple[str, bytes]:
    """Return a saved article page: an ordinary one, a text share (its words in a script alone), or a deleted one."""
    token = f"Demo{zlib.crc32(article['key'].encode()):08x}"
    if article.get("state") == "deleted":
        page = (
            '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title></title></head><body>\n'
            f'<link rel="canonical" href="https://mp.weixin.qq.com/s/{token}">\n'
            '<div class="weui-msg"><div class="weui-msg__text-area">'
            '<div class="weui-msg__title warn">该内容已被发布者删除</div></div></div>\n</body></html>\n'
        )
        return f"{token}.html", page.encode()
    epoch = int(at.timestamp())
    share = article.get("share", False)
    title = html.escape(article["title"])
    body = "" if share else _paragraphs(article["text"], '<p style="margin-bottom:24px">')
    script_text = article["text"].strip().replace("\n", "\\x0a").replace("'", "\\x27") if share else ""
    page = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title></title>
<meta property="og:title" content="{title}">
<meta property="og:url" content="https://mp.weixin.qq.com/s/{token}">
<meta property="og:site_name" content="微信公众平台">
<meta property="og:article:author" content="{article["author"]}">
<script src="https://res.wx.qq.com/shop/public/2024-09-26/shop.js"></script>
</head><body>
<h1 class="rich_media_title" id="activity-name">{title}</h1>
<a href="javascript:void(0);" id="js_name">{article["account"]}</a>
<em id="publish_time" class="rich_media_meta rich_media_meta_text"></em>
<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0; ">
{body}
</div>
<script>
var createTime = '{at:%Y-%m-%d %H:%M}';
var nickname = htmlDecode("{article["account"]}");
var ct = "{epoch}";
window.cgiDataNew = {{
  user_name: JsDecode('gh_{token.lower()}'),
  nick_name: JsDecode('{article["account"]}'),
  title: JsDecode('{title}'),
  content_noencode: JsDecode('{script_text}'),
  ori_create_time: '{epoch}' * 1,
  item_show_type: '{10 if share else 0}' * 1,
}};
</script>
</body></html>
"""
    return f"{token}.html", page.encode()


def newspaper(article: dict[str, Any], at: datetime) -> tuple[str, bytes]:
    """Return an e-paper article as Founder's system writes it."""
    title = html.escape(article["title"])
    number = f"{int(article['key'][1:]):03d}"
    page = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>{article["paper"]}--{at:%Y-%m-%d}--{title}</title>
<!--
<founder-date>{at:%Y-%m-%d}</founder-date>
<founder-title>{title}</founder-title>
<founder-author>{article["author"]}</founder-author>
<founder-pagenum>{article["page"]}</founder-pagenum>
<founder-pagename>{article["page_name"]}</founder-pagename>
<founder-papername>{article["paper"]}</founder-papername>
-->
</head><body>
<table><tr><td class="bt">{title}</td></tr>
<tr><td class="ly">{article["paper"]} {at:%Y-%m-%d}
第{article["page"]}版 {article["page_name"]} {article["author"]}</td></tr>
<tr><td><founder-content><!--enpcontent-->
{_paragraphs(article["text"], "<P>　　")}
<!--/enpcontent--></founder-content></td></tr></table>
</body></html>
"""
    return f"content_{at:%Y%m%d}_{number}.htm", page.encode()


def forum(thread: dict[str, Any], saved_at: datetime) -> tuple[str, bytes]:
    """Return a Discuz! thread page in GBK, times as the forum shows them with the exact ones in ``title``."""
    number = int(thread["key"][1:]) + 41_000
    posts = [_floor(thread["posts"], index, number, saved_at) for index in range(len(thread["posts"]))]
    title = html.escape(thread["title"])
    page = f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gbk" />
<title>{title} - {thread["forum"]} - 云泽论坛 - Powered by Discuz!</title>
<meta name="generator" content="Discuz! X3.4" />
<link href="http://bbs.yunze.example/thread-{number}-1-1.html" rel="canonical" />
</head><body>
<div id="pt" class="bm cl"><a href="forum.php">论坛</a> &rsaquo; <a href="forum-2-1.html">{thread["forum"]}</a></div>
<div class="hm ptn"><span class="xg1">查看:</span> <span class="xi1">{len(posts) * 137}</span>
<span class="pipe">|</span><span class="xg1">回复:</span> <span class="xi1">{len(posts) - 1}</span></div>
<h1 class="ts"><span id="thread_subject">{title}</span></h1>
<div id="postlist" class="pl bm">
{chr(10).join(posts)}
</div>
<div id="ft">Powered by Discuz! X3.4</div>
</body></html>
"""
    return f"thread-{number}-1-1.html", page.encode("gbk")


def _floor(posts: list[dict[str, Any]], index: int, thread: int, saved_at: datetime) -> str:
    post = posts[index]
    pid = thread * 100 + index + 1
    at = story.moment(post["at"])
    quote = ""
    if "quote" in post:
        quoted = posts[post["quote"] - 1]
        quote = (
            f'<div class="quote"><blockquote><font size="2">{quoted["user"]} 发表于 {quoted["at"]}</font><br />'
            f"{html.escape(quoted['text'])}</blockquote></div><br />"
        )
    noise = '<font class="jammer">k3Q% x9</font>' if index == 0 else ""
    return f"""<div id="post_{pid}"><table id="pid{pid}" class="plhin"><tr>
<td class="pls"><div class="authi"><a href="space-uid-{pid % 977}.html" class="xw1">{post["user"]}</a></div></td>
<td class="plc"><em id="authorposton{pid}">发表于 <span title="{_exact(at)}">{_relative(at, saved_at)}</span></em>
<table><tr><td class="t_f" id="postmessage_{pid}">{quote}{html.escape(post["text"])}{noise}</td></tr></table>
</td></tr></table></div>"""


def _exact(at: datetime) -> str:
    return f"{at.year}-{at.month}-{at.day} {at:%H:%M}"


def _relative(at: datetime, now: datetime) -> str:
    age = now - at
    if age < timedelta(minutes=30):
        return f"{int(age.total_seconds() // 60)}&nbsp;分钟前"
    if age < timedelta(hours=1):
        return "半小时前"
    return f"{int(age.total_seconds() // 3600)}&nbsp;小时前"


def document_id(article: str) -> str:
    """Return the platform's document id of a news article."""
    return f"K{zlib.crc32(article.encode()):08X}0001899N"


def comments(article: str, entries: list[Entry], empty: int) -> bytes:
    """Return a saved answer of 网易跟帖: JSONP, chains of ids for replies upon replies, masked addresses."""
    document = document_id(article)
    numbers = {entry.cells["键"]: str(30_000_000 + int(entry.cells["键"][1:])) for entry in entries}
    chains, items = [], {}
    for entry in entries:
        cell = entry.cells
        number = numbers[cell["键"]]
        parents = [numbers[cell["回复"]]] if cell["回复"] else []
        chains.append(",".join([*parents, number]))
        items[number] = _comment(number, document, entry.at, len(parents) + 1, cell["正文"])
        items[number] |= {"vote": int(cell["赞"]), "against": int(cell["踩"])}
        items[number]["user"] = {"nickname": "有态度网友", "location": cell["属地"], "userId": 0}
    for index in range(empty):
        number = str(30_900_000 + index)
        chains.append(number)
        items[number] = _comment(number, document, entries[-1].at, 1, "") | {"vote": 0, "against": 0}
    answer = {"commentIds": chains, "comments": items, "newListSize": len(items), "title": article}
    return f"getData({json.dumps(answer, ensure_ascii=False, indent=1)});\n".encode()


def _comment(number: str, document: str, at: datetime, level: int, text: str) -> dict[str, Any]:
    return {
        "commentId": int(number),
        "postId": f"{document}_{number}",
        "content": re.sub(r"\s+", " ", text),
        "createTime": at.strftime("%Y-%m-%d %H:%M:%S"),
        "buildLevel": level,
        "ip": "36.28.*.*",
        "siteName": "网易",
    }
