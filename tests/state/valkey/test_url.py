"""The setting `state`: what it may be, what it means, and that nobody reads a password by it."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.state.valkey.url import Address, Login, TlsFiles, parse_url

hosts = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z][a-z0-9]{0,10}){0,3}", fullmatch=True)
ports = st.integers(1, 65535)
words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)


@given(
    scheme=st.sampled_from(["valkey", "valkeys", "redis", "rediss"]),
    host=hosts,
    port=ports,
    user=words,
    password=words.filter(bool),
    database=st.integers(0, 99999),
)
def test_all_parts_are_read(scheme: str, host: str, port: int, user: str, password: str, database: int) -> None:
    url = parse_url(f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{database}")

    assert url.addresses == (Address(host, port),)
    assert url.login == Login(user, password)
    assert (url.database, url.tls is not None) == (database, scheme in ("valkeys", "rediss"))


@given(password=st.text("abcXYZ0189", min_size=12, max_size=20), own=st.text("abcXYZ0189", min_size=12, max_size=20))
def test_passwords_are_never_shown(password: str, own: str) -> None:
    url = parse_url(f"valkey+sentinel://me:{password}@a:1,b:2/main?sentinel_password={own}")

    for shown in (str(url), repr(url)):
        assert password not in shown
        assert own not in shown


@given(text=st.text(max_size=60) | st.text("valkeyrds+sntil:/@?#[]=&,.%0123 ", max_size=60).map("valkey://".__add__))
def test_whatever_is_given_is_read_or_refused(text: str) -> None:
    try:
        url = parse_url(text)
    except ValueError as error:
        assert str(error).startswith(("a URL", "memory, or a URL", "without a database"))
    else:
        assert url.addresses


@given(services=st.lists(st.tuples(hosts, ports), min_size=1, max_size=4), database=st.integers(0, 15))
def test_sentinels_and_their_service(services: list[tuple[str, int]], database: int) -> None:
    places = ",".join(f"{host}:{port}" for host, port in services)
    url = parse_url(f"valkey+sentinel://{places}/orders/{database}")

    assert url.addresses == tuple(Address(host, port) for host, port in services)
    assert (url.service, url.database, url.is_cluster) == ("orders", database, False)


def test_what_is_not_said_has_a_default() -> None:
    assert parse_url("valkey://cache") == parse_url("valkey://cache:6379/0?cluster=false&prefix=limen:")
    assert parse_url("redis+sentinel://a,b:7/x").addresses == (Address("a", 26379), Address("b", 7))
    assert parse_url("rediss://[::1]").addresses == (Address("::1", 6379),)
    assert parse_url("redis://:secret@h").login == Login("", "secret")


def test_files_of_tls() -> None:
    options = urlencode({"ca": "/etc/limen/ca.pem", "cert": "c.pem", "key": "k.pem", "check_hostname": "false"})

    assert parse_url(f"valkeys://h?{options}").tls == TlsFiles("/etc/limen/ca.pem", "c.pem", "k.pem", False)
    assert parse_url("valkeys://h?cert=both.pem").tls == TlsFiles("", "both.pem", "both.pem", True)
    assert parse_url("valkey://h").tls is None


def test_a_cluster_has_several_addresses() -> None:
    url = parse_url("valkeys://u:p@a:1,b:2,c?cluster=true")

    assert url.is_cluster
    assert url.addresses == (Address("a", 1), Address("b", 2), Address("c", 6379))
    assert str(url) == "valkeys://a:1,b:2,c:6379"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://h", "memory, or a URL that begins with valkey://, valkeys://, redis:// or rediss://"),
        ("valkey:h", "a URL with a host and a port"),
        ("valkey://", "a URL with a host and a port"),
        ("valkey://h:0", "a port from 1 to 65535"),
        ("valkey://h:65536", "a port from 1 to 65535"),
        ("valkey://[::1", "a URL with a host"),
        ("valkey://h/x", "whose path is the number of a database"),
        ("valkey://h/1/2", "whose path is the number of a database"),
        ("valkey://a,b", "a URL with one HOST:PORT"),
        ("valkey://user@h", "not with a user alone"),
        ("valkey://h?tls=1", "there is no 'tls'"),
        ("valkey://h?cluster=yes", "cluster=true or cluster=false"),
        ("valkey://h/3?cluster=true", "without a database where cluster=true"),
        ("valkey://h?ca=x", "of valkeys:// or rediss://"),
        ("valkeys://h?key=x", "with cert where key is given"),
        ("valkeys://h?ca=", "names of files"),
        ("valkey://h?prefix={a}", "whose prefix is"),
        ("valkey://h?prefix=a&prefix=b", "with prefix once"),
        ("valkey+sentinel://a,b", "names the sentinels' service"),
        ("valkey+sentinel://a/x?cluster=true", "not of both"),
        ("valkey://h?sentinel_password=x", "of valkey+sentinel://"),
        ("valkey://:pass#word@h", "in a password they are %20 and %23"),
        ("valkey://:pa?ss@h", "a URL in whose password ? is %3F"),
        ("valkey+unix:///x", "memory, or a URL that begins with"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^(a URL|memory|without)") as caught:
        parse_url(text)

    assert reason in str(caught.value)
