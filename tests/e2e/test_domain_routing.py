"""Custom domain names on the wire: from boto3 to where a request arrives."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.apis import create_api
from tests.support.client import Client, exchange_bytes
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend
from tests.support.rest_apis import swagger

ARN = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555"

MakeDomain = Callable[..., Client]


@pytest.fixture
def domain(limen: LimenProcess) -> MakeDomain:
    """Makes a domain name with mappings, and a client of it."""

    def make(name: str, *mappings: tuple[str, str, str], **settings: Any) -> Client:
        client = limen.client()
        configuration = {"CertificateArn": ARN, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
        client.create_domain_name(DomainName=name, DomainNameConfigurations=[configuration], **settings)
        for key, api_id, stage in mappings:
            client.create_api_mapping(DomainName=name, ApiId=api_id, Stage=stage, ApiMappingKey=key)
        return Client(limen.port, limen.ca, name)

    return make


def rest_api(limen: LimenProcess, backend: RecordingBackend, *stages: str) -> str:
    """One whose `ANY /{proxy+}` goes to the backend."""
    client = limen.client("apigateway")
    integration = {
        "type": "http_proxy",
        "httpMethod": "ANY",
        "uri": f"{backend.url}/rest/{{proxy}}",
        "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy"},
    }
    document = swagger({"/{proxy+}": ["get"]})
    document["paths"]["/{proxy+}"]["get"] |= {
        "x-amazon-apigateway-integration": integration,
        "parameters": [{"name": "proxy", "in": "path", "required": True, "type": "string"}],
    }
    api_id = str(client.import_rest_api(body=json.dumps(document))["id"])
    for stage in stages:
        client.create_deployment(restApiId=api_id, stageName=stage)
    return api_id


def test_requests_arrive_without_their_base_path(
    limen: LimenProcess, backend: RecordingBackend, domain: MakeDomain
) -> None:
    http_api = create_api(limen.client(), {"$default": backend.url})
    rest = rest_api(limen, backend, "prod")
    shop = domain("api.shop.test", ("", http_api, "$default"), ("orders/v1", rest, "prod"))

    for path, arrives_as in {
        "/pets/7?a=1": "/pets/7?a=1",
        "/orders/v2": "/orders/v2",
        "/orders/v1/7": "/rest/7",
        "/orders/%76%31/7": "/rest/7",
        "//orders/v1/7": "/rest/7",
    }.items():
        assert shop.get(path).status == 200
        assert backend.last.target == arrives_as
    assert backend.last.header("host") == f"127.0.0.1:{backend.port}"
    for path in ("/orders/v1/../v2", "/../orders/v1/7", "/orders/v1/%2e%2e/7"):
        assert shop.get(path).status == 400
    assert len(backend.requests) == 5


def test_changes_are_served_when_they_are_answered(
    limen: LimenProcess, backend: RecordingBackend, domain: MakeDomain
) -> None:
    client = limen.client()
    api_id = create_api(client, {"$default": backend.url})
    changing = domain("changing.shop.test")

    def get(path: str) -> tuple[int, Any]:
        answer = changing.get(path)
        return answer.status, answer.json

    assert get("/a") == (403, {"message": "Forbidden"})
    mapping = client.create_api_mapping(
        DomainName="changing.shop.test", ApiId=api_id, Stage="$default", ApiMappingKey="a"
    )
    mapping_id = mapping["ApiMappingId"]
    assert get("/a/b")[0] == 200
    client.update_api_mapping(
        DomainName="changing.shop.test", ApiId=api_id, ApiMappingId=mapping_id, Stage="$default", ApiMappingKey="b"
    )
    assert (get("/a/b")[0], get("/b/b")[0]) == (403, 200)
    client.delete_api_mapping(DomainName="changing.shop.test", ApiMappingId=mapping_id)
    assert get("/b/b")[0] == 403


def test_a_closed_api_is_open_on_its_domain_name(
    limen: LimenProcess, backend: RecordingBackend, domain: MakeDomain
) -> None:
    client = limen.client()
    api_id = create_api(client, {"$default": backend.url})
    client.update_api(ApiId=api_id, DisableExecuteApiEndpoint=True)
    closed = domain("closed.shop.test", ("", api_id, "$default"))

    assert closed.get("/a").status == 200
    assert limen.caller(api_id).get("/a").status == 404
    assert limen.get(f"/_api/{api_id}/$default/a").status == 404


def test_wildcards_rules_and_a_mapping_without_a_stage(
    limen: LimenProcess, backend: RecordingBackend, domain: MakeDomain
) -> None:
    client = limen.client()
    rest = rest_api(limen, backend, "prod", "beta")
    domain("*.rules.test", RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    limen.client("apigateway").create_base_path_mapping(domainName="*.rules.test", restApiId=rest, basePath="any")
    client.create_routing_rule(
        DomainName="*.rules.test",
        Priority=1,
        Conditions=[
            {"MatchHeaders": {"AnyOf": [{"Header": "host", "ValueGlob": "ana.*"}]}},
            {"MatchBasePaths": {"AnyOf": ["beta"]}},
        ],
        Actions=[{"InvokeApi": {"ApiId": rest, "Stage": "beta", "StripBasePath": True}}],
    )
    ana, bob = (Client(limen.port, limen.ca, f"{name}.rules.test") for name in ("ana", "bob"))

    assert (ana.get("/beta/7").status, backend.last.target) == (200, "/rest/7")
    assert bob.get("/beta/7").status == 403
    assert (bob.get("/any/prod/8").status, backend.last.target) == (200, "/rest/8")
    assert bob.get("/any/none/8").status == 403


def test_logs_and_explain_say_how_a_request_came(
    limen: LimenProcess, backend: RecordingBackend, domain: MakeDomain
) -> None:
    client = limen.client()
    api_id = create_api(client, {"$default": backend.url})
    log = {
        "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:domain-routing",
        "Format": "$context.requestId $context.domainName $context.customDomain.basePathMatched $context.path",
    }
    client.update_stage(ApiId=api_id, StageName="$default", AccessLogSettings=log)
    limen.command("explain", "--on", f"{api_id}/$default")
    told = domain("told.shop.test", ("v1/pets", api_id, "$default"))

    def explained() -> dict[str, Any]:
        request_id = told.get("/v1/pets/7").header("apigw-requestid")
        found = limen.command("explain", str(request_id), "--json", check=False)
        return json.loads(found.stdout) if found.returncode == 0 else {}

    wait_until(lambda: bool(explained()), 10, lambda: "nothing is explained")
    entry = explained()
    assert entry["domain"]["basePath"] == "v1/pets"
    assert (entry["path"], entry["stage"]) == ("/v1/pets/7", "$default")
    file = limen.data_directory / "logs" / "domain-routing.log"
    line = f"{entry['extendedRequestId']} told.shop.test v1/pets /v1/pets/7"
    wait_until(lambda: file.exists() and line in file.read_text(), 10, lambda: str(list(file.parent.iterdir())))


@pytest.mark.parametrize(
    "lines",
    [
        ("GET https://one.shop.test/a HTTP/1.1", "Host: localhost"),
        ("GET /a HTTP/1.1", "Host: localhost", "Host: one.shop.test"),
        ("GET /a HTTP/1.1", "Host: one.shop.test,localhost"),
    ],
)
def test_a_second_host_is_refused(limen: LimenProcess, lines: tuple[str, ...]) -> None:
    sent = "\r\n".join((*lines, "Connection: close", "", ""))

    assert exchange_bytes(limen.port, limen.ca, sent.encode()).startswith(b"HTTP/1.1 400 ")
