"""The crawler cannot be turned against its own network, nor drowned: no request of it reaches the canary."""

import contextlib
import gzip
import ipaddress
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from connectors.watching.addresses import FetchRefusedError
from connectors.watching.fetch import Fetcher, FetchFailedError, Limits, check_url
from tests.connectors.web import Site

INSIDE_WORDS = (
    # loopback, private, link-local, shared, reserved: by number
    "127.0.0.1 127.0.0.3 127.255.255.254 0.0.0.0 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 "
    "192.168.1.1 169.254.169.254 169.254.0.1 100.64.0.1 100.100.100.200 192.0.0.1 192.0.0.192 192.0.2.1 198.18.0.1 "
    "198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.88.99.1 "
    # old forms that some programs read as addresses
    "127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 0 017700000001 127.0.0.1. １２７.０.０.１ "
    # and by IPv6, plain and wrapped
    "[::1] [::] [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::127.0.0.1] [64:ff9b::7f00:1] "
    "[64:ff9b::a9fe:a9fe] [64:ff9b:1::a00:1] [2002:7f00:1::] [2001:0:7f00:1::1] [fe80::1] [fec0::1] [fc00::1] "
    "[fd00:ec2::254] [ff02::1] [2001:db8::1] [100::1] [3fff::1]"
)
INSIDE = INSIDE_WORDS.split()


@pytest.fixture(scope="module")
def canary() -> Iterator[Site]:
    """What lies inside: every path of it would answer."""
    with Site("127.0.0.3") as site:
        site.page("/", "inside")
        yield site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site("127.0.0.2") as site:
        yield site


def fetcher(site: Site, **limits: object) -> Fetcher:
    """A fetcher for which the site on loopback stands for one outside."""
    return Fetcher(Limits(internal=(site.host,), **limits))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", INSIDE)
def test_no_inner_address_is_fetched_in_whatever_form_it_is_written(host: str, canary: Site) -> None:
    outside = Fetcher(Limits(ports=(80, 443, canary.port)))
    for url in (f"http://{host}:{canary.port}/", f"https://{host}:{canary.port}/", f"http://{host}/"):
        with pytest.raises(FetchRefusedError):
            outside.fetch(url)
    assert canary.seen == []


@pytest.mark.parametrize("host", INSIDE)
def test_no_redirect_leads_inside(host: str, canary: Site, site: Site) -> None:
    site.redirect("/go", f"http://{host}:{canary.port}/")
    with pytest.raises(FetchRefusedError):
        fetcher(site, ports=(80, 443, canary.port)).fetch(f"{site.url}/go")
    assert canary.seen == []


def addresses() -> list[str]:
    """Those that a resolver can answer with."""
    found = []
    for host in INSIDE:
        with contextlib.suppress(ValueError):
            found.append(str(ipaddress.ip_address(host.strip("[]"))))
    return found


@pytest.mark.parametrize("address", addresses())
def test_a_name_that_resolves_inside_is_refused_even_beside_a_public_address(address: str, canary: Site) -> None:
    for answer in ([address], ["93.184.215.14", address]):

        def resolve(_host: str, _port: int, answer: list[str] = answer) -> list[str]:
            return answer

        with pytest.raises(FetchRefusedError, match="内部网络"):
            Fetcher(Limits(ports=(canary.port,)), resolve).fetch(f"http://news.example:{canary.port}/")
    assert canary.seen == []


def test_a_name_that_changes_its_meaning_after_the_check_is_connected_to_where_it_was_checked(
    site: Site, canary: Site
) -> None:
    answers = ["127.0.0.2", "127.0.0.3", "127.0.0.3"]
    limits = Limits(internal=(f"news.example:{site.port}",))
    site.page("/", "outside")
    fetched = Fetcher(limits, resolve=lambda _host, _port: [answers.pop(0)]).fetch(f"http://news.example:{site.port}/")
    assert fetched.body == b"outside"
    assert len(answers) == 2, "the name is resolved once"
    assert canary.seen == []


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
def test_no_allow_list_opens_the_addresses_of_the_link(address: str) -> None:
    with pytest.raises(FetchRefusedError):
        Fetcher(Limits(internal=("meta.example",)), resolve=lambda _host, _port: [address]).fetch(
            "http://meta.example/"
        )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://news.example/",
        "file:///etc/passwd",
        "gopher://news.example/",
        "javascript:alert(1)",
        "//news.example/",
        "http://",
        "http:///path",
        "http://user@news.example/",
        "http://user:word@news.example/",
        "http://news.example@127.0.0.1/",
        "http://news.example:22/",
        "http://news.example:6379/",
        "http://news.example:99999/",
        "http://news.example:x/",
        "http://news.example\\@127.0.0.1/",
        "http://news.example/a b",
        "http://news.example/\r\nHost:inside",
        "http://[::1/",
        "http://" + "a" * 300 + "/",
    ],
)
def test_only_plain_web_addresses_of_allowed_ports_are_fetched(url: str) -> None:
    with pytest.raises(FetchRefusedError):
        Fetcher(resolve=lambda _host, _port: ["93.184.215.14"]).fetch(url)


def test_a_chinese_host_and_path_are_written_in_ascii() -> None:
    parts = check_url("http://新闻.example/公告/1.html?栏目=通知#top", Limits())
    assert (
        parts.geturl() == "http://xn--efvy88h.example/%E5%85%AC%E5%91%8A/1.html?%E6%A0%8F%E7%9B%AE=%E9%80%9A%E7%9F%A5"
    )


def test_three_redirects_are_followed_and_a_fourth_is_not(site: Site) -> None:
    for step in range(1, 6):
        site.redirect(f"/{step}", f"/{step - 1}")
    site.page("/0", "arrived")
    assert fetcher(site).fetch(f"{site.url}/3").url == f"{site.url}/0"
    with pytest.raises(FetchRefusedError, match="跳转"):
        fetcher(site).fetch(f"{site.url}/4")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://user:word@127.0.0.2/", "http://127.0.0.2:22/"])
def test_a_redirect_is_checked_like_an_address(site: Site, target: str) -> None:
    site.redirect("/go", target)
    with pytest.raises(FetchRefusedError):
        fetcher(site).fetch(f"{site.url}/go")


def test_a_page_larger_than_the_limit_is_not_read_to_its_end(site: Site) -> None:
    site.page("/big", b"x" * 2_000_000)
    with pytest.raises(FetchRefusedError, match="超过"):
        fetcher(site, bytes=1_000_000).fetch(f"{site.url}/big")


def test_a_compressed_page_is_unpacked_and_a_bomb_is_not(site: Site) -> None:
    site.page("/page", gzip.compress("白鹭镇停水".encode()), Content_Encoding="gzip")
    site.page("/bomb", gzip.compress(b"\0" * 4_000_000), Content_Encoding="gzip")
    site.page("/cut", gzip.compress(b"abc" * 1000)[:-9], Content_Encoding="gzip")
    site.page("/odd", b"abc", Content_Encoding="br")
    assert fetcher(site).fetch(f"{site.url}/page").body.decode() == "白鹭镇停水"
    with pytest.raises(FetchRefusedError, match="压缩"):
        fetcher(site).fetch(f"{site.url}/bomb")
    with pytest.raises(FetchRefusedError, match="压缩"):
        fetcher(site).fetch(f"{site.url}/odd")
    with pytest.raises(FetchFailedError):
        fetcher(site).fetch(f"{site.url}/cut")


@pytest.mark.parametrize("kind", ["application/zip", "image/png", "application/octet-stream", "video/mp4"])
def test_what_is_no_page_is_refused_by_its_kind(site: Site, kind: str) -> None:
    site.page("/file", b"PK", kind=kind)
    with pytest.raises(FetchRefusedError, match="不是网页"):
        fetcher(site).fetch(f"{site.url}/file")


def test_a_server_that_drips_is_left_when_the_time_is_over(site: Site) -> None:
    def drip_body(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b".")
            request.wfile.flush()
            time.sleep(0.1)

    def drip_head(request: BaseHTTPRequestHandler) -> None:
        for _ in range(100):
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.1)

    site.pages["/body"], site.pages["/head"] = drip_body, drip_head
    for path in ("/body", "/head"):
        start = time.monotonic()
        with pytest.raises(FetchFailedError, match="秒内没有答完"):
            fetcher(site, seconds=0.5).fetch(site.url + path)
        assert time.monotonic() - start < 2


def test_a_page_cut_off_by_the_server_is_a_failure_not_a_page(site: Site) -> None:
    def cut(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"half")

    site.pages["/cut"] = cut
    with pytest.raises(FetchFailedError):
        fetcher(site).fetch(f"{site.url}/cut")


def test_a_busy_server_says_when_to_come_again(site: Site) -> None:
    site.status("/busy", 429, Retry_After="120")
    with pytest.raises(FetchFailedError) as failure:
        fetcher(site).fetch(f"{site.url}/busy")
    assert failure.value.retry_after == 120


def test_a_page_that_did_not_change_costs_no_body(site: Site) -> None:
    site.page("/page", "x", ETag='"1"', Last_Modified="Thu, 12 Jun 2025 00:00:00 GMT")
    first = fetcher(site).fetch(f"{site.url}/page")
    assert (first.etag, first.last_modified, first.charset) == ('"1"', "Thu, 12 Jun 2025 00:00:00 GMT", "utf-8")
    assert fetcher(site).fetch(f"{site.url}/page", etag=first.etag).unchanged
    assert fetcher(site).fetch(f"{site.url}/page", last_modified=first.last_modified).unchanged


def test_no_setting_of_the_environment_sends_a_request_elsewhere(
    site: Site, canary: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    site.page("/", "outside")
    assert fetcher(site).fetch(site.url).body == b"outside"
    assert canary.seen == []
