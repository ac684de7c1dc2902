"""Custom domain names of a real server: whose certificate, which stage, and what functions and logs are told."""

import json
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import StartLimen
from tests.support.apis import create_api, quick_create
from tests.support.client import exchange_bytes
from tests.support.client_certificates import SERVER, Wish, make
from tests.support.domains import ECHO, UNKNOWN_CERTIFICATE, add_domain, domain_caller, function_uri, map_api, rest_api
from tests.support.function_apis import create_function, write_code
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend


@pytest.fixture(scope="module")
def echo(limen: LimenProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a function that answers the event it was given."""
    create_function(limen, "echo-of-domains", write_code(tmp_path_factory.mktemp("code"), {"app.py": ECHO}))
    return "echo-of-domains"


def test_one_domain_name_leads_to_stages_of_several_apis(limen: LimenProcess, backend: RecordingBackend) -> None:
    name = "several.example.com"
    add_domain(limen, name)
    orders = create_api(limen.client(), {"GET /{id}": f"{backend.url}/orders/{{id}}"})
    everything = quick_create(limen.client(), f"{backend.url}/rest")
    pets = rest_api(limen, f"{backend.url}/pets/{{proxy}}")
    map_api(limen, name, orders, "shop/orders")
    map_api(limen, name, everything)
    map_api(limen, name, pets, "pets", "prod")
    caller = domain_caller(limen, name)

    statuses = [caller.get(path).status for path in ("/shop/orders/42", "/pets/7", "/elsewhere", "/shop")]

    assert statuses == [200] * 4
    assert [request.target for request in backend.requests] == [
        "/orders/42",
        "/pets/7",
        "/rest/elsewhere",
        "/rest/shop",
    ]


def test_a_wildcard_stands_for_one_label_and_an_exact_name_goes_before_it(
    limen: LimenProcess, backend: RecordingBackend
) -> None:
    wild, exact = (
        quick_create(limen.client(), f"{backend.url}/wild"),
        quick_create(limen.client(), f"{backend.url}/exact"),
    )
    for name, api_id in (("*.tenants.example.com", wild), ("acme.tenants.example.com", exact)):
        add_domain(limen, name)
        map_api(limen, name, api_id)

    assert domain_caller(limen, "other.tenants.example.com").get("/").status == 200
    assert domain_caller(limen, "acme.tenants.example.com").get("/").status == 200
    assert [request.target for request in backend.requests] == ["/wild/", "/exact/"]


def test_an_imported_certificate_is_shown_and_replaced_without_a_restart(
    limen: LimenProcess, backend: RecordingBackend, tmp_path: Path
) -> None:
    from cryptography import x509

    def certificate() -> tuple[Any, dict[str, bytes]]:
        alternative = x509.SubjectAlternativeName([x509.DNSName("api.imported.dev")])
        made = make("api.imported.dev", None, Wish(uses=(SERVER,), extensions=((alternative, False),)))
        return made, {"Certificate": made.pem.encode(), "PrivateKey": made.key_pem.encode()}

    acm = limen.client("acm")
    first, members = certificate()
    arn = acm.import_certificate(**members)["CertificateArn"]
    add_domain(limen, "api.imported.dev", certificate=arn)
    map_api(limen, "api.imported.dev", quick_create(limen.client(), backend.url))
    first.write(tmp_path, "first")
    caller = domain_caller(limen, "api.imported.dev")
    caller._context = ssl.create_default_context(cafile=str(tmp_path / "first.pem"))

    assert caller.get("/").status == 200
    assert caller.server_certificate() == first.der

    second, members = certificate()
    acm.import_certificate(CertificateArn=arn, **members)
    second.write(tmp_path, "second")
    later = domain_caller(limen, "api.imported.dev")
    later._context = ssl.create_default_context(cafile=str(tmp_path / "second.pem"))

    assert later.get("/").status == 200
    assert later.server_certificate() == second.der
    assert caller.get("/").status == 200, "a connection that is open stays"


def test_functions_are_told_the_path_with_its_mapping(limen: LimenProcess, echo: str) -> None:
    name, client = "told.example.com", limen.client()
    add_domain(limen, name)
    http_2 = quick_create(client, f"arn:aws:lambda:us-east-1:000000000000:function:{echo}")
    rest = rest_api(limen, function_uri(echo), kind="aws_proxy")
    map_api(limen, name, http_2, "v2")
    map_api(limen, name, rest, "rest", "prod")
    caller = domain_caller(limen, name)

    of_http, of_rest = caller.get("/v2/a/b?x=1").json, caller.get("/rest/a/b?x=1").json

    context = of_http["requestContext"]
    assert (of_http["rawPath"], context["http"]["path"]) == ("/a/b", "/a/b"), "without the mapping, as AWS documents"
    assert (context["domainName"], context["domainPrefix"], context["stage"]) == (name, "told", "$default")
    context = of_rest["requestContext"]
    assert (of_rest["path"], context["path"], of_rest["resource"]) == ("/rest/a/b", "/rest/a/b", "/{proxy+}")
    assert (of_rest["pathParameters"], context["stage"]) == ({"proxy": "a/b"}, "prod")
    assert (context["domainName"], context["domainPrefix"]) == (name, "told")


def test_http_2_and_curl_reach_a_domain_name(limen: LimenProcess, backend: RecordingBackend) -> None:
    add_domain(limen, "curl.example.com")
    map_api(limen, "curl.example.com", quick_create(limen.client(), backend.url))

    told = subprocess.run(
        ["curl", "--silent", "--show-error", "--http2", "--cacert", str(limen.ca),
         "--resolve", f"curl.example.com:{limen.port}:127.0.0.1",
         "--write-out", "%{http_code} %{http_version}", "--output", "/dev/null",
         f"https://curl.example.com:{limen.port}/orders"],
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip

    assert told.stdout == "200 2"


def test_domain_names_outlive_a_restart(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen()
    add_domain(limen, "kept.example.com")
    map_api(limen, "kept.example.com", quick_create(limen.client(), backend.url), "orders")
    shown = domain_caller(limen, "kept.example.com")
    assert shown.get("/orders").status == 200
    certificate = shown.server_certificate()
    limen.stop()

    again = start_limen()

    caller = domain_caller(again, "kept.example.com")
    assert caller.get("/orders").status == 200
    assert caller.server_certificate() == certificate


def test_requests_arrive_without_their_base_path(limen: LimenProcess, backend: RecordingBackend) -> None:
    name = "api.shop.test"
    add_domain(limen, name)
    map_api(limen, name, create_api(limen.client(), {"$default": backend.url}))
    map_api(limen, name, rest_api(limen, f"{backend.url}/rest/{{proxy}}"), "orders/v1", "prod")
    shop = domain_caller(limen, name)

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


def test_changes_are_served_when_they_are_answered(limen: LimenProcess, backend: RecordingBackend) -> None:
    name, client = "changing.shop.test", limen.client()
    first, second = (create_api(client, {"$default": f"{backend.url}/{number}"}) for number in (1, 2))
    add_domain(limen, name)
    changing = domain_caller(limen, name)

    unmapped = changing.get("/a")
    assert (unmapped.status, unmapped.json) == (403, {"message": "Forbidden"})
    mapping = map_api(limen, name, first, "a")
    assert (changing.get("/a/b").status, backend.last.target) == (200, "/1/b")
    named = {"DomainName": name, "ApiMappingId": mapping}
    client.update_api_mapping(**named, ApiId=second, Stage="$default", ApiMappingKey="b")
    assert changing.get("/a/b").status == 403
    assert (changing.get("/b/b").status, backend.last.target) == (200, "/2/b")
    client.delete_api_mapping(**named)
    assert changing.get("/b/b").status == 403


def test_a_closed_api_is_open_on_its_domain_name(limen: LimenProcess, backend: RecordingBackend) -> None:
    name, client = "closed.shop.test", limen.client()
    api_id = create_api(client, {"$default": backend.url})
    client.update_api(ApiId=api_id, DisableExecuteApiEndpoint=True)
    add_domain(limen, name)
    map_api(limen, name, api_id)

    assert domain_caller(limen, name).get("/a").status == 200
    assert limen.caller(api_id).get("/a").status == 404
    assert limen.get(f"/_api/{api_id}/$default/a").status == 404


def test_wildcards_rules_and_a_mapping_without_a_stage(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    rest = rest_api(limen, f"{backend.url}/rest/{{proxy}}")
    limen.client("apigateway").create_deployment(restApiId=rest, stageName="beta")
    add_domain(limen, "*.rules.test")
    client.update_domain_name(DomainName="*.rules.test", RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
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
    ana, bob = (domain_caller(limen, f"{name}.rules.test") for name in ("ana", "bob"))

    assert (ana.get("/beta/7").status, backend.last.target) == (200, "/rest/7")
    assert bob.get("/beta/7").status == 403
    assert (bob.get("/any/prod/8").status, backend.last.target) == (200, "/rest/8")
    assert bob.get("/any/none/8").status == 403


def test_logs_and_explain_say_how_a_request_came(limen: LimenProcess, backend: RecordingBackend) -> None:
    name, client = "told.shop.test", limen.client()
    api_id = create_api(client, {"$default": backend.url})
    log = {
        "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:domain-routing",
        "Format": "$context.requestId $context.domainName $context.customDomain.basePathMatched $context.path",
    }
    client.update_stage(ApiId=api_id, StageName="$default", AccessLogSettings=log)
    limen.command("explain", "--on", f"{api_id}/$default")
    add_domain(limen, name)
    map_api(limen, name, api_id, "v1/pets")
    told = domain_caller(limen, name)

    def explained() -> dict[str, Any]:
        request_id = told.get("/v1/pets/7").header("apigw-requestid")
        found = limen.command("explain", str(request_id), "--json", check=False)
        return json.loads(found.stdout) if found.returncode == 0 else {}

    wait_until(lambda: bool(explained()), 10, lambda: "nothing is explained")
    entry = explained()
    assert entry["domain"]["basePath"] == "v1/pets"
    assert (entry["path"], entry["stage"]) == ("/v1/pets/7", "$default")
    file = limen.data_directory / "logs" / "domain-routing.log"
    line = f"{entry['extendedRequestId']} {name} v1/pets /v1/pets/7"
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


def test_strict_access_takes_the_host_of_the_handshake_alone(limen: LimenProcess, backend: RecordingBackend) -> None:
    name = "strict.example.com"
    limen.client("apigateway").create_domain_name(
        domainName=name,
        regionalCertificateArn=UNKNOWN_CERTIFICATE,
        endpointConfiguration={"types": ["REGIONAL"]},
        securityPolicy="SecurityPolicy_TLS13_1_3_2025_09",
        endpointAccessMode="STRICT",
    )
    map_api(limen, name, quick_create(limen.client(), backend.url))

    assert domain_caller(limen, name).get("/").status == 200
    assert limen.caller().get("/", Host=name).status == 403
