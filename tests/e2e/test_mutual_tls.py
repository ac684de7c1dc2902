"""Mutual TLS of a real server: who is let in by a certificate, and who is told of it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.apis import quick_create
from tests.support.client import Answer
from tests.support.client_certificates import (
    LEAF,
    Party,
    Wish,
    bundle,
    make_authority,
    make_client,
    make_root,
    make_self_signed_client,
)
from tests.support.domains import ECHO, Bucket, add_domain, domain_caller, function_uri, map_api, rest_api
from tests.support.function_apis import create_function, write_code
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend

FORBIDDEN = (403, {"message": "Forbidden"})


class Site:
    """One server whose function tells its event, and the authority of its clients."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.bucket = Bucket(directory)
        self.root = make_root("Shop Root")
        self.issuer = make_authority(self.root, "Shop Issuing")
        self.truststore = self.bucket.put("clients.pem", bundle(self.issuer, self.root))
        self.limen = LimenProcess(directory, workers=2)
        create_function(self.limen, "echo", write_code(directory / "code", {"app.py": ECHO}))
        self._files = 0

    def certificate(self, party: Party) -> tuple[str, str]:
        self._files += 1
        return party.write(self.directory, f"client-{self._files}")

    def ask(self, name: str, path: str = "/", party: Party | None = None, **options: Any) -> Answer:
        certificate = None if party is None else self.certificate(party)
        caller = domain_caller(self.limen, name, certificate=certificate, **options)
        try:
            return caller.get(path)
        finally:
            caller.close()

    def http_api(self) -> str:
        return quick_create(self.limen.client(), "arn:aws:lambda:us-east-1:000000000000:function:echo")

    def rest_api(self) -> str:
        return rest_api(self.limen, function_uri("echo"), kind="aws_proxy")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(tmp_path_factory.mktemp("mutual"))
    yield running
    running.limen.stop()


@pytest.fixture(scope="module")
def guarded(site: Site) -> str:
    """A domain name with mutual TLS in front of both kinds of APIs."""
    name = "guarded.example.com"
    add_domain(site.limen, name, truststore=site.truststore)
    map_api(site.limen, name, site.http_api(), "http")
    map_api(site.limen, name, site.rest_api(), "rest", "prod")
    return name


def test_a_trusted_client_is_let_in_and_events_tell_who_it_is(site: Site, guarded: str) -> None:
    ana = make_client(site.issuer, "ana", Wish(is_authority=False, signs=False, uses=LEAF.uses, serial=0xA1B2C3))

    of_http, of_rest = (site.ask(guarded, path, ana).json for path in ("/http/a", "/rest/a"))

    certificate = of_http["requestContext"]["authentication"]["clientCert"]
    assert certificate == of_rest["requestContext"]["identity"]["clientCert"]
    assert certificate["subjectDN"] == "CN=ana"
    assert certificate["issuerDN"] == "CN=Shop Issuing"
    assert certificate["serialNumber"] == "a1:b2:c3"
    assert certificate["clientCertPem"].strip() == ana.pem.strip()
    end = f"{ana.certificate.not_valid_after_utc:%b} {ana.certificate.not_valid_after_utc.day:2}"
    assert certificate["validity"]["notAfter"].startswith(end)
    assert certificate["validity"]["notBefore"].endswith(" GMT")


def strangers(site: Site) -> dict[str, Party | None]:
    expired = Wish(is_authority=False, uses=LEAF.uses, days=(-20, -1))
    return {
        "no certificate": None,
        "signed by itself": make_self_signed_client("ana"),
        "another authority of the same name": make_client(make_authority(make_root("Shop Root"), "Shop Issuing")),
        "expired": make_client(site.issuer, "ana", expired),
        "signed by another client": make_client(make_client(site.issuer, "ana"), "bob"),
    }


@pytest.mark.parametrize("path", ["/http/a", "/rest/a"])
def test_nobody_else_is_let_in(site: Site, guarded: str, path: str) -> None:
    refused = {who: site.ask(guarded, path, party) for who, party in strangers(site).items()}

    assert {who: (answer.status, answer.json) for who, answer in refused.items()} == dict.fromkeys(refused, FORBIDDEN)


def test_another_server_name_leads_around_no_mutual_tls(site: Site, guarded: str) -> None:
    """The Host header decides, whichever name the connection was opened for."""
    add_domain(site.limen, "open.example.com")
    map_api(site.limen, "open.example.com", site.http_api())
    caller = domain_caller(site.limen, "open.example.com", certificate=site.certificate(make_client(site.issuer)))

    assert caller.get("/").status == 200
    for host in (guarded, guarded.upper(), f"{guarded}.", f"{guarded}:{site.limen.port}"):
        answer = caller.get("/http/a", Host=host)
        assert (answer.status, answer.json) == FORBIDDEN, host


def test_a_certificate_of_one_domain_name_opens_no_other(site: Site, guarded: str) -> None:
    other = make_root("Other Root")
    add_domain(site.limen, "other.example.com", truststore=site.bucket.put("other.pem", bundle(other)))
    map_api(site.limen, "other.example.com", site.http_api())
    caller = domain_caller(site.limen, "other.example.com", certificate=site.certificate(make_client(other)))

    assert caller.get("/").status == 200
    assert caller.get("/http/a", Host=guarded).status == 403
    assert caller.get("/").status == 200


def test_logs_tell_who_was_refused(site: Site) -> None:
    name, client = "refusing.example.com", site.limen.client()
    api_id = site.http_api()
    client.update_stage(
        ApiId=api_id,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:refused",
            "Format": "$context.status $context.identity.clientCert.subjectDN $context.requestId",
        },
    )
    add_domain(site.limen, name, truststore=site.truststore)
    map_api(site.limen, name, api_id)

    site.ask(name, "/", make_self_signed_client("mallory"))

    log = site.limen.data_directory / "logs" / "refused.log"
    wait_until(lambda: log.exists() and "403 CN=mallory " in log.read_text(), 5, lambda: str(log))


def test_a_changed_truststore_holds_for_the_next_request(site: Site) -> None:
    """Also on connections that are open."""
    name, client = "rotated.example.com", site.limen.client()
    first, second = make_root("First"), make_root("Second")
    add_domain(site.limen, name, truststore=site.bucket.put("first.pem", bundle(first)))
    map_api(site.limen, name, site.http_api())
    old = domain_caller(site.limen, name, certificate=site.certificate(make_client(first)))
    assert old.get("/").status == 200

    uri = site.bucket.put("second.pem", bundle(second))
    client.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": uri})

    assert old.get("/").status == 403
    assert site.ask(name, "/", make_client(second)).status == 200

    client.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": ""})

    assert site.ask(name, "/").status == 200


def test_the_api_s_own_host_asks_for_no_certificate_until_it_is_closed(site: Site) -> None:
    client, api_id = site.limen.client(), site.http_api()
    add_domain(site.limen, "only.example.com", truststore=site.truststore)
    map_api(site.limen, "only.example.com", api_id)
    assert site.limen.caller(api_id).get("/").status == 200

    client.update_api(ApiId=api_id, DisableExecuteApiEndpoint=True)

    assert site.limen.caller(api_id).get("/").status == 404
    assert site.ask("only.example.com", "/", make_client(site.issuer)).status == 200


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("tls", ["--tls-max=1.2", "--tlsv1.3"])
def test_curl_shows_its_certificate(site: Site, guarded: str, version: str, tls: str) -> None:
    certificate, key = site.certificate(make_client(site.issuer, "curl"))
    command = ["curl", "--silent", "--show-error", version, *tls.split("="), "--cacert", str(site.limen.ca),
               "--cert", certificate, "--key", key, "--resolve", f"{guarded}:{site.limen.port}:127.0.0.1",
               f"https://{guarded}:{site.limen.port}/http/curl"]  # fmt: skip

    told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)

    assert json.loads(told.stdout)["requestContext"]["authentication"]["clientCert"]["subjectDN"] == "CN=curl"


def test_an_authorizer_is_told_the_certificate_and_a_backend_by_mapping(site: Site, backend: RecordingBackend) -> None:
    name, client = "mapped.example.com", site.limen.client()
    api_id = str(client.create_api(Name="mapped", ProtocolType="HTTP")["ApiId"])
    integration = client.create_integration(
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=backend.url,
        PayloadFormatVersion="1.0",
        RequestParameters={"overwrite:header.x-client": "$context.identity.clientCert.subjectDN"},
    )["IntegrationId"]
    client.create_route(ApiId=api_id, RouteKey="$default", Target=f"integrations/{integration}")
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    add_domain(site.limen, name, truststore=site.truststore)
    map_api(site.limen, name, api_id)

    assert site.ask(name, "/", make_client(site.issuer, "ana")).status == 200

    assert backend.requests[-1].header("x-client") == "CN=ana"
