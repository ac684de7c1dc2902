"""Custom domain names of a real server: whose certificate, which stage, and what functions and logs are told."""

import json
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import StartLimen
from tests.support.apis import create_api, quick_create
from tests.support.client_certificates import SERVER, Wish, make
from tests.support.domains import add_domain, domain_caller, map_api
from tests.support.function_apis import create_function, write_code
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend

ECHO = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"


def rest_api(limen: LimenProcess, uri: str, stage: str = "prod", kind: str = "http_proxy") -> str:
    """The id of a REST API whose every path goes to `uri`."""
    client = limen.client("apigateway")
    path = {
        "x-amazon-apigateway-any-method": {
            "parameters": [{"name": "proxy", "in": "path", "required": True, "type": "string"}],
            "x-amazon-apigateway-integration": {
                "type": kind,
                "httpMethod": "POST" if kind == "aws_proxy" else "ANY",
                "uri": uri,
                "requestParameters": {}
                if kind == "aws_proxy"
                else {"integration.request.path.proxy": "method.request.path.proxy"},
            },
        }
    }
    document = {"swagger": "2.0", "info": {"title": "rest", "version": "1"}, "paths": {"/{proxy+}": path}}
    api_id = str(client.import_rest_api(body=json.dumps(document))["id"])
    client.create_deployment(restApiId=api_id, stageName=stage)
    return api_id


def function_uri(name: str) -> str:
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


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
    assert [request.target for request in backend.requests] == ["/orders/42", "/pets/7", "/rest/elsewhere", "/rest/shop"]


def test_what_no_mapping_takes_is_forbidden(limen: LimenProcess, backend: RecordingBackend) -> None:
    name = "mapped.example.com"
    add_domain(limen, name)
    map_api(limen, name, quick_create(limen.client(), backend.url), "orders")
    caller = domain_caller(limen, name)

    refused = [caller.get(path) for path in ("/", "/order", "/ordersx/1", "/%2e%2e/orders", "/x/../orders")]

    assert [(answer.status, answer.json) for answer in refused] == [(403, {"message": "Forbidden"})] * 5
    assert backend.requests == []


def test_a_domain_name_answers_after_its_api_s_own_host_is_closed(
    limen: LimenProcess, backend: RecordingBackend
) -> None:
    name, client = "closed.example.com", limen.client()
    api_id = quick_create(client, backend.url)
    add_domain(limen, name)
    map_api(limen, name, api_id)
    client.update_api(ApiId=api_id, DisableExecuteApiEndpoint=True)

    assert limen.caller(api_id).get("/").status == 404
    assert domain_caller(limen, name).get("/").status == 200


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


def test_routing_rules_choose_by_header_and_base_path_before_mappings(
    limen: LimenProcess, backend: RecordingBackend
) -> None:
    name, client = "ruled.example.com", limen.client()
    add_domain(limen, name)
    beta, stable = rest_api(limen, f"{backend.url}/beta/{{proxy}}"), rest_api(limen, f"{backend.url}/stable/{{proxy}}")
    map_api(limen, name, stable, stage="prod")
    client.update_domain_name(DomainName=name, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    client.create_routing_rule(
        DomainName=name,
        Priority=10,
        Conditions=[
            {"MatchHeaders": {"AnyOf": [{"Header": "X-Version", "ValueGlob": "beta*"}]}},
            {"MatchBasePaths": {"AnyOf": ["users"]}},
        ],
        Actions=[{"InvokeApi": {"ApiId": beta, "Stage": "prod", "StripBasePath": True}}],
    )
    caller = domain_caller(limen, name)

    asked = [caller.get("/users/7", **{"X-Version": version}).status for version in ("beta2", "1")]

    assert asked == [200, 200]
    assert [request.target for request in backend.requests] == ["/beta/7", "/stable/users/7"]


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


def test_a_mapping_that_is_changed_or_removed_is_so_at_once(limen: LimenProcess, backend: RecordingBackend) -> None:
    name, client = "changed.example.com", limen.client()
    add_domain(limen, name)
    first, second = quick_create(client, f"{backend.url}/first"), quick_create(client, f"{backend.url}/second")
    mapping = map_api(limen, name, first)
    caller = domain_caller(limen, name)
    asked = [caller.get("/").status]

    client.update_api_mapping(DomainName=name, ApiMappingId=mapping, ApiId=second, Stage="$default")
    asked.append(caller.get("/").status)
    client.delete_api_mapping(DomainName=name, ApiMappingId=mapping)
    asked.append(caller.get("/").status)

    assert asked == [200, 200, 403]
    assert [request.target for request in backend.requests] == ["/first/", "/second/"]


def test_access_logs_tell_domain_name_and_mapping(limen: LimenProcess, backend: RecordingBackend) -> None:
    name, client = "logged.example.com", limen.client()
    api_id = quick_create(client, backend.url)
    log_format = "$context.domainName $context.customDomain.basePathMatched $context.path $context.requestId"
    client.update_stage(
        ApiId=api_id,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:domains",
            "Format": log_format,
        },
    )
    add_domain(limen, name)
    map_api(limen, name, api_id, "a/b")
    log = limen.data_directory / "logs" / "domains.log"

    assert domain_caller(limen, name).get("/a/b/c").status == 200

    wait_until(lambda: log.exists() and f"{name} a/b /a/b/c" in log.read_text(), 5, lambda: str(log))
