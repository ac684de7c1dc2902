"""Each server name is met with its own certificate, and a bad one hurts nobody else."""

import logging
import socket
import ssl
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from limen.downstream import server_contexts
from limen.downstream.server_contexts import ServerContexts, ServerName
from tests.downstream.named import GET, certificate_of, client_context, contexts_of, default_of, server_name, visit
from tests.downstream.serving import Answers, Served
from tests.support.client_certificates import make_self_signed_client

SHOP, ANY, EXACT = server_name("shop.test"), server_name("*.shop.test"), server_name("api.shop.test")
BROKEN = replace(SHOP, name="broken.test", key="no key at all")


@pytest.fixture(scope="module")
def contexts() -> ServerContexts:
    return contexts_of(SHOP, ANY, EXACT, BROKEN)


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ("shop.test", SHOP),
        ("SHOP.Test", SHOP),
        ("shop.test.", SHOP),
        ("api.shop.test", EXACT),
        ("other.shop.test", ANY),
        ("a.b.shop.test", None),
        ("test", None),
        ("shop.test.evil.test", None),
        ("localhost", None),
        (None, None),
    ],
)
def test_each_name_is_met_with_its_certificate(
    serving: Callable[..., Served], certificates: Path, contexts: ServerContexts, asked: str | None, entry: ServerName
) -> None:
    served = serving(context_for=contexts.find)

    seen = visit(served, asked)

    assert seen.certificate == (default_of(certificates) if entry is None else certificate_of(entry))
    assert seen.exchange["certificate"] == ""


def test_a_bad_pair_is_logged_without_its_key_and_met_with_the_default(
    certificates: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = replace(SHOP, name="wrong.test", key=EXACT.key)
    contexts = contexts_of(BROKEN, wrong, EXACT, default=certificates / "server.pem")

    for name in ("broken.test", "wrong.test", "api.shop.test"):
        assert contexts.find(name) is not None

    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    assert "wrong.test is served with the default certificate" in caplog.text
    assert "no key at all" not in caplog.text
    assert "PRIVATE" not in repr(EXACT)
    caplog.clear()
    contexts.find("broken.test")
    assert caplog.records == []  # told once, not for each client


@pytest.mark.parametrize(
    "chain", ["", "\x00", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "é", EXACT.chain]
)
def test_a_name_without_a_certificate_keeps_its_policy_and_asks(
    serving: Callable[..., Served], certificates: Path, chain: str, tmp_path: Path
) -> None:
    policy = "SecurityPolicy_TLS13_1_3_2025_09"
    entry = replace(SHOP, chain=chain, security_policy=policy, asks_for_certificate=True)
    served = serving(context_for=contexts_of(entry, default=certificates / "server.pem").find)
    client = make_self_signed_client()
    context = client_context()
    context.load_cert_chain(*client.write(tmp_path))

    seen = visit(served, "shop.test", context)

    assert seen.certificate == default_of(certificates)
    assert bytes.fromhex(seen.exchange["certificate"]) == client.der
    with pytest.raises(OSError):
        visit(served, "shop.test", client_context(maximum_version=ssl.TLSVersion.TLSv1_2))


def test_a_name_without_a_certificate_is_no_error(certificates: Path, caplog: pytest.LogCaptureFixture) -> None:
    contexts = contexts_of(replace(SHOP, chain="", key=""), default=certificates / "server.pem")
    assert contexts.find("shop.test") is not None
    assert caplog.records == []


def test_a_bad_pair_that_is_mended_is_served(serving: Callable[..., Served], certificates: Path) -> None:
    contexts = contexts_of(replace(SHOP, key="broken"), default=certificates / "server.pem")
    served = serving(context_for=contexts.find)
    assert visit(served, "shop.test").certificate == default_of(certificates)

    served.call(lambda: contexts.apply([SHOP], [], is_whole=False))

    assert visit(served, "shop.test").certificate == certificate_of(SHOP)


def test_what_could_not_be_made_for_want_of_files_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = contexts_of(SHOP)
    with monkeypatch.context() as patched:
        patched.setattr(server_contexts, "load_pair", _raise(OSError(24, "Too many open files")))
        assert contexts.find("shop.test") is None

    assert contexts.find("shop.test") is not None


def test_a_change_is_for_new_connections_alone(serving: Callable[..., Served]) -> None:
    contexts = contexts_of(SHOP)
    served = serving(context_for=contexts.find)
    renewed = server_name("shop.test")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as plain:
        old = client_context().wrap_socket(plain, server_hostname="shop.test")

        served.call(lambda: contexts.apply([renewed], [], is_whole=False))

        old.sendall(GET)
        assert Answers(old).next().status == 200
        assert visit(served, "shop.test").certificate == certificate_of(renewed)


def test_a_name_that_is_gone_is_met_with_the_default() -> None:
    contexts = contexts_of(SHOP, EXACT, ANY)
    wildcard = contexts.find("other.shop.test")

    contexts.apply([], ["api.shop.test", "never.test"], is_whole=False)

    assert contexts.find("api.shop.test") is wildcard
    assert contexts.find("shop.test") is not None
    contexts.apply([ANY], [], is_whole=True)
    assert contexts.find("shop.test") is None
    assert contexts.find("api.shop.test") is wildcard


def test_what_did_not_change_keeps_its_context_and_sessions() -> None:
    contexts = contexts_of(SHOP, EXACT)
    before = contexts.find("shop.test")

    contexts.apply([replace(SHOP), EXACT], [], is_whole=True)

    assert contexts.find("shop.test") is before


def test_contexts_are_made_for_names_that_are_asked_for_and_the_oldest_make_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    make = server_contexts.make_context

    def note(entry: ServerName, default: Path) -> ssl.SSLContext:
        made.append(entry.name)
        return make(entry, default)

    monkeypatch.setattr(server_contexts, "make_context", note)
    contexts = contexts_of(*(replace(SHOP, name=f"{name}.test") for name in "abc"), most_made=2)
    assert made == []

    for asked in "abacab":
        assert contexts.find(f"{asked}.test") is not None

    assert made == ["a.test", "b.test", "c.test", "b.test"]


def test_names_that_were_stored_in_capitals_are_found() -> None:
    contexts = contexts_of(replace(SHOP, name="Shop.TEST"))
    assert contexts.find("shop.test") is not None
    contexts.apply([], ["SHOP.test"], is_whole=False)
    assert contexts.find("shop.test") is None


@pytest.mark.parametrize("asked", ["", ".", ".shop.test", "..shop.test", "shop.test.."])
def test_a_wildcard_stands_for_no_empty_label(asked: str) -> None:
    assert contexts_of(ANY, server_name("*.test")).find(asked) is None


LABELS = st.text(string.ascii_lowercase + "-*", max_size=3)
NAMES = st.lists(LABELS, max_size=4).map(".".join)


@given(
    names=st.lists(st.tuples(st.booleans(), NAMES).map(lambda each: "*." * each[0] + each[1]), max_size=6),
    asked=NAMES,
    spelled=st.sampled_from([str.lower, str.upper, str.title]),
)
def test_the_exact_name_beats_the_wildcard_of_one_label(
    names: list[str], asked: str, spelled: Callable[[str], str]
) -> None:
    contexts = ServerContexts(Path())
    contexts._make = lambda entry: entry.name  # type: ignore[method-assign, assignment, return-value]
    contexts.apply([ServerName(name, "", "") for name in names], [], is_whole=True)

    found = contexts.find(spelled(asked))

    asked = asked.removesuffix(".")
    labels = asked.split(".")
    wildcards = [name for name in names if name[:2] == "*." and name.split(".")[1:] == labels[1:] != []]
    if asked in names:
        assert found == asked  # type: ignore[comparison-overlap]
    elif labels[0] and asked != labels[0] + "." and wildcards:
        assert found == wildcards[0]  # type: ignore[comparison-overlap]
    else:
        assert found is None


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail
