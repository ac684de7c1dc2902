"""Truststores of domain names with mutual TLS: where they are read, when again, and what is kept of them."""

import pytest

from limen.control.domains import truststores
from limen.control.domains.documents import TRUSTSTORE, TRUSTSTORE_KEY, mappings_of
from tests.control.v1.test_domain_names import EDGE, NAMED, REGIONAL
from tests.support.buckets import Buckets
from tests.support.client_certificates import make_root

URI = "s3://trust/clients.pem"
MUTUAL = {"mutualTlsAuthentication": {"truststoreUri": URI}}
SECOND = {"service": "apigatewayv2", "domainName": "api.example.com"}
FIRST_ROOT, OTHER_ROOT = make_root().pem, make_root().pem


@pytest.fixture
def buckets(control):
    made = Buckets()
    made.put("trust", "clients.pem", FIRST_ROOT.encode())
    control.set(objects=made)
    return made


@pytest.fixture
def kept(control):
    """The content that is stored, and its version; None where there is none."""

    def find():
        with control.store.reader() as reader:
            found = reader.get(TRUSTSTORE, mappings_of("api.example.com"), TRUSTSTORE_KEY)
        return None if found is None else (found["content"], found["version"])

    return find


def update(control, *operations):
    return control.patch(
        "UpdateDomainName",
        *((op, f"/mutualTlsAuthentication/{name}", *value) for op, name, *value in operations),
        **NAMED,
    )


def test_it_is_read_with_the_domain_name(control, buckets, kept):
    made = control("CreateDomainName", **REGIONAL, **MUTUAL)
    assert made["mutualTlsAuthentication"] == {"truststoreUri": URI}
    assert kept() == (FIRST_ROOT, "1")
    assert control("GetDomainName", **NAMED) == made
    assert control("GetDomainName", **SECOND)["mutualTlsAuthentication"] == {"truststoreUri": URI}


def test_a_new_object_is_read_when_the_same_place_is_named_again(control, buckets, kept):
    control("CreateDomainName", **REGIONAL, **MUTUAL)
    buckets.put("trust", "clients.pem", OTHER_ROOT.encode())
    update(control, ("replace", "truststoreUri", URI))
    assert kept() == (OTHER_ROOT, "2")
    update(control, ("replace", "truststoreVersion", "1"))
    assert kept() == (FIRST_ROOT, "1")
    control("UpdateDomainName", **SECOND, mutualTlsAuthentication={"truststoreVersion": "2"})
    assert kept() == (OTHER_ROOT, "2")
    buckets.put("trust", "clients.pem", FIRST_ROOT.encode())
    changed = control("UpdateDomainName", **SECOND, mutualTlsAuthentication={"truststoreVersion": ""})
    assert changed["mutualTlsAuthentication"] == {"truststoreUri": URI}
    assert kept() == (FIRST_ROOT, "3")


def test_other_changes_read_nothing(control, buckets, kept):
    control("CreateDomainName", **REGIONAL, **MUTUAL)
    buckets.put("trust", "clients.pem", OTHER_ROOT.encode())
    control.patch("UpdateDomainName", ("replace", "/routingMode", "ROUTING_RULE_ONLY"), **NAMED)
    control("UpdateDomainName", **SECOND, routingMode="API_MAPPING_ONLY")
    assert len(buckets.asked) == 1
    assert kept() == (FIRST_ROOT, "1")


def test_another_place_leaves_the_version_behind(control, buckets):
    buckets.put("trust", "other.pem", OTHER_ROOT.encode())
    pinned = {"truststoreUri": URI, "truststoreVersion": "1"}
    made = control("CreateDomainName", **REGIONAL, mutualTlsAuthentication=pinned)
    assert made["mutualTlsAuthentication"] == pinned
    other = {"truststoreUri": "s3://trust/other.pem"}
    assert update(control, ("replace", "truststoreUri", other["truststoreUri"]))["mutualTlsAuthentication"] == other
    control("UpdateDomainName", **SECOND, mutualTlsAuthentication=pinned)
    changed = control("UpdateDomainName", **SECOND, mutualTlsAuthentication=other)
    assert changed["mutualTlsAuthentication"] == other


@pytest.mark.parametrize("how", ["replaced", "removed", "second"])
def test_an_empty_uri_turns_mutual_tls_off(control, buckets, kept, how):
    pinned = {"truststoreUri": URI, "truststoreVersion": "1"}
    control("CreateDomainName", **REGIONAL, mutualTlsAuthentication=pinned)
    if how == "replaced":
        changed = update(control, ("replace", "truststoreUri", ""))
    elif how == "removed":
        changed = update(control, ("remove", "truststoreUri"))
    else:
        changed = control("UpdateDomainName", **SECOND, mutualTlsAuthentication={"truststoreUri": ""})
    assert "mutualTlsAuthentication" not in changed
    assert kept() is None


def test_it_goes_with_the_domain_name(control, buckets, kept):
    control("CreateDomainName", **REGIONAL, **MUTUAL)
    control("DeleteDomainName", **NAMED)
    assert kept() is None


def test_warnings_are_told_until_it_is_read_again(control, buckets, monkeypatch):
    class Doubtful:
        def warnings(self, now):
            return ["CN=old has expired"]

    with monkeypatch.context() as patch:
        patch.setattr(truststores, "read_truststore", lambda pem: Doubtful())
        made = control("CreateDomainName", **REGIONAL, **MUTUAL)
    told = {"truststoreUri": URI, "truststoreWarnings": ["CN=old has expired"]}
    assert made["mutualTlsAuthentication"] == told
    control.patch("UpdateDomainName", ("replace", "/routingMode", "ROUTING_RULE_ONLY"), **NAMED)
    control("UpdateDomainName", **SECOND, routingMode="API_MAPPING_ONLY")
    assert control("GetDomainName", **NAMED)["mutualTlsAuthentication"] == told
    assert update(control, ("replace", "truststoreUri", URI))["mutualTlsAuthentication"] == {"truststoreUri": URI}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, f"The truststore {URI} cannot be read: {URI} does not exist"),
        (b"x" * ((1 << 20) + 1), f"The truststore {URI} cannot be read: {URI} has more than 1048576 bytes"),
        (b"nothing", f"{URI} is no truststore: "),
    ],
)
def test_what_cannot_be_read_changes_nothing(control, refused, content, message):
    buckets = Buckets()
    if content is not None:
        buckets.put("trust", "clients.pem", content)
    control.set(objects=buckets)
    assert refused("CreateDomainName", **REGIONAL, **MUTUAL).startswith(message)
    assert control.items("GetDomainNames") == []


def test_nothing_is_read_where_nobody_reads_objects(control, refused):
    message = refused("CreateDomainName", **REGIONAL, **MUTUAL)
    assert message == f"The truststore {URI} cannot be read: this process reads no objects"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (EDGE, "Mutual TLS is supported for REGIONAL domain names only"),
        (
            REGIONAL | {"securityPolicy": "TLS_1_0"},
            "Mutual TLS needs a security policy of TLS 1.2 or later, such as TLS_1_2",
        ),
    ],
)
def test_it_needs_a_regional_name_of_tls_1_2(refused, buckets, members, message):
    assert refused("CreateDomainName", **members, **MUTUAL) == message
    assert buckets.asked == []


def test_a_version_needs_a_uri(control, refused_patch):
    control("CreateDomainName", **REGIONAL)
    operation = ("replace", "/mutualTlsAuthentication/truststoreVersion", "1")
    assert refused_patch("UpdateDomainName", operation, **NAMED) == "A truststoreVersion needs a truststoreUri"


def test_a_change_in_between_is_a_conflict(control, buckets):
    control("CreateDomainName", **REGIONAL, **MUTUAL)
    buckets.put("trust", "other.pem", OTHER_ROOT.encode())
    read = buckets.read

    def read_slowly(*asked):
        buckets.read = read
        update(control, ("replace", "truststoreUri", "s3://trust/other.pem"))
        return read(*asked)

    buckets.read = read_slowly
    operation = ("replace", "/mutualTlsAuthentication/truststoreVersion", "1")
    code, status, _ = control.refuses_patch("UpdateDomainName", operation, **NAMED)
    assert (code, status) == ("ConflictException", 409)
    truststore = control("GetDomainName", **NAMED)["mutualTlsAuthentication"]
    assert truststore == {"truststoreUri": "s3://trust/other.pem"}
