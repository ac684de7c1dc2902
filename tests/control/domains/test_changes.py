"""What workers are told of domain names: all that there is, then what changed, whatever else is wrong."""

import logging

import pytest

from limen.aws.sealing import Seal
from limen.control.domains import changes
from limen.control.domains.changes import DomainsSource
from limen.features.domain_names.records import DomainChanges, HeaderCondition, MappingRecord, RuleRecord
from tests.control.v1.test_domain_names import CERTIFICATE, NAMED, REGIONAL
from tests.support.buckets import Buckets
from tests.support.client_certificates import make_root

NAME = "api.example.com"
OTHER = REGIONAL | {"domainName": "b.example.com"}
ROOT = make_root().pem


class Follower:
    """Reads what changed since it last did."""

    def __init__(self, control) -> None:
        self._store = control.store
        self._source = DomainsSource(Seal(b"k" * 32, "test"))
        self.revision = None

    def read(self):
        with self._store.reader() as reader:
            found = self._source.changes(reader, self.revision, reader.revision)
            self.revision = reader.revision
        return found

    def names(self):
        """Of those that changed, and of those that are gone."""
        found = self.read()
        return None if found is None else ([domain.name for domain in found.domains], found.gone)


@pytest.fixture
def follower(control, monkeypatch):
    """Certificates are as their ARN says, each name's key is its own."""
    monkeypatch.setattr(
        changes, "served_certificate", lambda reader, domain, seal: ("chain", f"key {domain['domainName']}")
    )
    return Follower(control)


@pytest.fixture
def domain(control):
    buckets = Buckets()
    buckets.put("trust", "ca.pem", ROOT.encode())
    control.set(objects=buckets)
    control("CreateDomainName", **REGIONAL, routingMode="ROUTING_RULE_THEN_BASE_PATH_MAPPING")


def create_rule(control, api_id, priority, *conditions, **target):
    return control(
        "CreateRoutingRule",
        service="apigatewayv2",
        domainName=NAME,
        priority=priority,
        conditions=list(conditions),
        actions=[{"invokeApi": {"apiId": api_id, "stage": "prod", **target}}],
    )["routingRuleId"]


def test_all_is_told_at_first(control, domain, follower):
    api_id = control.deployed()["restapi_id"]
    control("CreateBasePathMapping", **NAMED, restApiId=api_id, basePath="pets", stage="prod")
    control("CreateBasePathMapping", **NAMED, restApiId=api_id)
    header = {"matchHeaders": {"anyOf": [{"header": "X-Version", "valueGlob": "beta*"}]}}
    last = create_rule(control, api_id, 20)
    first = create_rule(control, api_id, 10, header, {"matchBasePaths": {"anyOf": ["a/b"]}}, stripBasePath=True)
    control.patch("UpdateDomainName", ("add", "/mutualTlsAuthentication/truststoreUri", "s3://trust/ca.pem"), **NAMED)

    told = follower.read()
    assert told.is_whole
    (record,) = told.domains
    assert (record.name, record.mode) == (NAME, "ROUTING_RULE_THEN_API_MAPPING")
    assert record.mappings == (MappingRecord("pets", api_id, "prod"), MappingRecord("", api_id, ""))
    assert record.rules == (
        RuleRecord(first, 10, (HeaderCondition("x-version", "beta*"),), "a/b", api_id, "prod", True),
        RuleRecord(last, 20, (), None, api_id, "prod", False),
    )
    assert (record.security_policy, record.chain, record.key) == ("TLS_1_2", "chain", f"key {NAME}")
    assert record.truststore == ROOT


def test_after_that_what_changed(control, domain, follower):
    api_id = control.deployed()["restapi_id"]
    control("CreateDomainName", **OTHER)
    follower.read()
    assert follower.read() is None
    control("UpdateRestApi", restapi_id=api_id, patchOperations=[])
    assert follower.read() is None

    control("CreateBasePathMapping", **NAMED, restApiId=api_id)
    assert follower.names() == ([NAME], [])
    rule_id = create_rule(control, api_id, 1)
    assert follower.names() == ([NAME], [])
    control("DeleteRoutingRule", service="apigatewayv2", domainName=NAME, routingRuleId=rule_id)
    control("DeleteBasePathMapping", **NAMED, base_path="(none)")
    (record,) = follower.read().domains
    assert (record.mappings, record.rules) == ((), ())
    control.patch("UpdateDomainName", ("replace", "/securityPolicy", "TLS_1_0"), domain_name="b.example.com")
    assert follower.names() == (["b.example.com"], [])


def test_strict_access_is_told(control, domain, follower):
    follower.read()
    policy = ("replace", "/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09")
    for mode, is_strict in (("BASIC", False), ("STRICT", True)):
        control.patch("UpdateDomainName", policy, ("replace", "/endpointAccessMode", mode), **NAMED)
        (record,) = follower.read().domains
        assert record.is_strict == is_strict


def test_a_truststore_that_was_read_again_is_a_change(control, domain, follower):
    where = ("replace", "/mutualTlsAuthentication/truststoreUri", "s3://trust/ca.pem")
    control.patch("UpdateDomainName", where, **NAMED)
    follower.read()
    other = make_root().pem
    control.settings.objects.put("trust", "ca.pem", other.encode())
    control.patch("UpdateDomainName", where, **NAMED)
    (record,) = follower.read().domains
    assert record.truststore == other


def test_a_deleted_name_is_gone_and_a_new_one_of_another_region_is_there(control, domain, follower):
    follower.read()
    control("DeleteDomainName", **NAMED)
    assert follower.names() == ([], [NAME])
    there = CERTIFICATE.replace("us-east-1", "eu-west-1")
    control("CreateDomainName", **REGIONAL | {"regionalCertificateArn": there}, region="eu-west-1")
    assert follower.names() == ([NAME], [])
    control("DeleteDomainName", **NAMED, region="eu-west-1")
    control("CreateDomainName", **REGIONAL)
    assert follower.names() == ([NAME], [])


def test_a_follower_that_never_saw_a_name_finds_it_by_its_mapping(control, domain, follower):
    api_id = control.deployed()["restapi_id"]
    with control.store.reader() as reader:
        follower.revision = reader.revision
    control("CreateBasePathMapping", **NAMED, restApiId=api_id)
    assert follower.names() == ([NAME], [])


@pytest.mark.parametrize("key", [CERTIFICATE, CERTIFICATE.rpartition("/")[2], NAME])
def test_a_certificate_touches_those_that_have_it(control, domain, follower, monkeypatch, key):
    monkeypatch.setattr(changes, "certificate_nouns", lambda: frozenset({"Certificate"}))
    control("CreateDomainName", **OTHER | {"regionalCertificateArn": CERTIFICATE.replace("1234-1234", "4321-1234")})
    follower.read()
    control.run(lambda call: call.documents.put("Certificate", "any", key, {"new": True}))
    assert follower.names() == ([NAME], [])


def test_a_certificate_that_fails_keeps_nobody_away(control, domain, follower, monkeypatch, caplog):
    control("CreateDomainName", **OTHER)

    def served(reader, document, seal):
        if document["domainName"] == NAME:
            raise RuntimeError("sealed under another key")
        return "chain", "key"

    monkeypatch.setattr(changes, "served_certificate", served)
    with caplog.at_level(logging.ERROR):
        told = follower.read()
    assert {record.name: (record.chain, record.key) for record in told.domains} == {
        NAME: ("", ""),
        "b.example.com": ("chain", "key"),
    }
    assert f"{NAME} has no certificate of its own to show" in caplog.text
    assert "sealed under another key" in caplog.text


def test_mutual_tls_without_a_truststore_lets_nobody_in(control, domain, follower, caplog):
    """As a version stored it that read no truststores."""
    api_id = control.deployed()["restapi_id"]
    control("CreateBasePathMapping", **NAMED, restApiId=api_id)
    stored = {"mutualTlsAuthentication": {"truststoreUri": "s3://trust/ca.pem"}}

    def put(call):
        document = call.documents.get("DomainName", call.scope, NAME)
        call.documents.put("DomainName", call.scope, NAME, document | stored)

    control.run(put)
    (record,) = follower.read().domains
    assert (record.mappings, record.rules, record.truststore) == ((), (), "")
    assert "its truststore was never read" in caplog.text
    control.patch("UpdateDomainName", ("replace", "/routingMode", "BASE_PATH_MAPPING_ONLY"), **NAMED)
    (record,) = follower.read().domains
    assert (len(record.mappings), record.truststore) == (1, ROOT)


def test_no_names_are_a_whole_as_well(follower):
    assert follower.read() == DomainChanges(True, [])
