"""What functions, backends, policies, signers and logs see of a request on a custom domain name.

The path as sent holds the base path and no stage; what routes, ARNs and backends know is what is below the base path.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from limen.features.authorizers.iam_request import signed_path
from limen.features.authorizers.iam_step import compile_iam_of_method
from limen.features.domain_names.records import RULES_ONLY, RULES_THEN_MAPPINGS, DomainRecord
from limen.gateway.context import find_variable
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import compile_method_arn
from limen.gateway.ports import AuthorizerUse
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan
from limen.gateway.template_context import context_map
from limen.integrations.authorizer_functions.events import compile_authorizer_event
from limen.integrations.mapping_grammar import Source
from limen.integrations.rest.function_event import EventMaker
from limen.integrations.rest.scope import RestScope
from limen.integrations.sources import Reading, compile_part
from limen.integrations.target import compile_private_target, compile_target
from limen.wire import Headers, header
from tests.features.domain_names.serving import NAME, Gateway, mapping, record, rule
from tests.integrations.http_functions.calling import call
from tests.support.exchanges import exchange
from tests.support.invoke_peer import returned
from tests.support.signing import ID, SECRET, guarded, tools_for, user

PLAN = RoutePlan("k", (), (), (), answer_rest_failure, resource_id="r1", resource_path="/pets/{id}")


def arrived(target: str = "/shop/pets/7?a=1", *domains: DomainRecord, **headers: str) -> Exchange:
    """A request as routing leaves it; `shop` stands for stage prod of API b unless other domains are given."""
    asked = exchange(f"GET {target}", headers, host=f"{NAME}:8443")
    Gateway(*(domains or (record(mapping("shop", "b")),))).table.dispatch(asked)
    assert asked.domain is not None
    asked.plan = PLAN
    return asked


def of_api(target: str = "/prod/pets/7") -> Exchange:
    """The same on the API's own host."""
    asked = exchange(f"GET {target}", host="b.execute-api.us-east-1.gateway.test")
    Gateway().table.dispatch(asked)
    asked.plan = PLAN
    return asked


# --- REST APIs


def rest_event(asked: Exchange) -> dict[str, Any]:
    event: dict[str, Any] = orjson.loads(EventMaker(RestScope("0", "r", "b", "prod", {})).make(asked))
    return event


@pytest.mark.parametrize(
    ("target", "key", "stage_name"),
    [
        ("/shop/pets/7", "shop", "prod"),
        ("/pets/7", "", "prod"),
        ("/shop/prod/pets/7", "shop", ""),
        ("/prod/pets/7", "", ""),
        ("/%73hop//pets/7", "shop", "prod"),
    ],
)
def test_an_event_of_a_rest_api_has_the_path_as_sent(target: str, key: str, stage_name: str) -> None:
    event = rest_event(arrived(target, record(mapping(key, "b", stage_name))))

    assert event["path"] == event["requestContext"]["path"] == target
    assert (event["resource"], event["requestContext"]["stage"]) == ("/pets/{id}", "prod")
    assert (event["requestContext"]["domainName"], event["requestContext"]["domainPrefix"]) == (NAME, "api")
    assert (event["headers"]["Host"], event["headers"]["X-Forwarded-Proto"]) == (f"{NAME}:8443", "https")


def test_an_event_on_the_apis_own_host_has_its_path_without_the_stage() -> None:
    event = rest_event(of_api())

    assert (event["path"], event["requestContext"]["path"]) == ("/pets/7", "/prod/pets/7")


# --- HTTP APIs


@pytest.mark.parametrize(
    ("stage_name", "target", "key", "raw"),
    [
        ("$default", "/shop/pets/7", "shop", "/pets/7"),
        ("$default", "/pets/7", "", "/pets/7"),
        ("prod", "/shop/pets/7", "shop", "/prod/pets/7"),
        ("prod", "/shop", "shop", "/prod/"),
        ("prod", "/pets/7", "", "/prod/pets/7"),
    ],
)
def test_format_2_has_the_stage_and_never_the_mapping(
    tmp_path: Path, stage_name: str, target: str, key: str, raw: str
) -> None:
    asked = arrived(target, record(mapping(key, "a", stage_name)))
    asked.response = None
    asked.reply = exchange().reply
    event = call(tmp_path, returned(1), request=asked, stage=stage_name).event

    assert event["rawPath"] == event["requestContext"]["http"]["path"] == raw
    assert (event["requestContext"]["domainName"], event["requestContext"]["stage"]) == (NAME, stage_name)


def test_format_1_has_the_path_as_sent(tmp_path: Path) -> None:
    asked = arrived("/shop/pets/7", record(mapping("shop", "a", "prod")))
    asked.response = None
    asked.reply = exchange().reply
    event = call(tmp_path, returned(1), request=asked, stage="prod", payloadFormatVersion="1.0").event

    assert event["path"] == event["requestContext"]["path"] == "/shop/pets/7"


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [("1.0", "path", "/shop/pets/7"), ("2.0", "rawPath", "/prod/pets/7"), ("REQUEST", "path", "/shop/pets/7")],
)
def test_authorizers_see_what_integrations_see(kind: Any, name: str, path: str) -> None:
    use = AuthorizerUse(
        kind=kind,
        uri="",
        authorizer_id="z1",
        account="0",
        region="r",
        api_id="b",
        stage_name="prod",
        route_key="GET /pets/{id}",
        variables={},
        timeout=1,
    )
    event = orjson.loads(compile_authorizer_event(use)(arrived(), "arn", []))

    assert event[name] == path
    assert event["requestContext"].get("path", path) == path


# --- what is asked for


@pytest.mark.parametrize("is_rest", [True, False])
@pytest.mark.parametrize("target", ["/shop/pets/7", "/%73hop/p%65ts/7", "//shop/pets/7"])
def test_the_arn_of_a_method_is_what_it_is_on_the_apis_own_host(target: str, is_rest: bool) -> None:
    name_method = compile_method_arn("us-east-1", "000000000000", "b", "prod", is_rest=is_rest)

    assert name_method(arrived(target)) == name_method(of_api())


def test_a_rule_that_keeps_the_base_path_has_it_in_the_arn_and_one_that_strips_it_has_not() -> None:
    name_method = compile_method_arn("us-east-1", "0", "b", "prod", is_rest=True)

    def resource_of(strips: bool) -> str:
        rules = [rule(1, "b", base_path="shop", strips=strips)]
        return name_method(arrived("/shop/pets/7", record(mode=RULES_ONLY, rules=rules))).partition("/GET")[2]

    assert (resource_of(False), resource_of(True)) == ("/shop/pets/7", "/pets/7")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/shop/pets/7?a=1", "/shop/pets/7"),
        ("/shop/a%20b", "/shop/a%2520b"),
        ("//shop/pets", "/shop/pets"),
        ("/shop/pets//7", "/shop/pets//7"),
    ],
)
def test_a_signature_covers_the_path_as_sent(target: str, path: str) -> None:
    assert signed_path(arrived(target), is_rest=True).decode() == path


def passes(asked: Exchange) -> bool:
    step = compile_iam_of_method(guarded(api_id="b"), tools_for(user()))
    assert step is not None
    try:
        step(asked)
    except GatewayError:
        return False
    return True


def test_what_an_sdk_signs_for_a_domain_name_passes_there_alone() -> None:
    request = AWSRequest("GET", f"https://{NAME}:8443/shop/pets/7", headers={"Host": f"{NAME}:8443"})
    SigV4Auth(Credentials(ID, SECRET), "execute-api", "us-east-1").add_auth(request)
    signed = {name: value for name, value in request.headers.items() if name != "Host"}

    assert passes(arrived("/shop/pets/7", **signed))
    assert not passes(arrived("/shop/pets/8", **signed))
    elsewhere = arrived("/shop/pets/7", record(mapping("shop", "b")), **signed)
    elsewhere.host = b"other.shop.test:8443"
    elsewhere.headers = Headers((header(b"Host", elsewhere.host), *elsewhere.headers[1:]))
    assert not passes(elsewhere)


# --- backends


@pytest.mark.parametrize(
    ("uri", "route", "path"),
    [
        ("http://b", "$default", "/pets/7"),
        ("http://b/base", "$default", "/base/pets/7"),
        ("http://b", "ANY /{proxy+}", "/pets/7"),
        ("http://b/x/{proxy}", "ANY /{proxy+}", "/x/pets/7"),
        ("http://b/x/{id}", "GET /pets/{id}", "/x/7"),
    ],
)
def test_backends_are_asked_without_the_base_path(uri: str, route: str, path: str) -> None:
    assert compile_target(uri, route).make_path(arrived()).decode() == path


def test_private_backends_have_the_stage_in_their_path_as_ever() -> None:
    assert compile_private_target("http://b", b"/prod", None).make_path(arrived()) == b"/prod/pets/7"


def test_a_mapped_path_is_that_of_the_route() -> None:
    asked = arrived()

    assert compile_part(Source("request.path", ""), {})(Reading(asked, asked.headers, b"")) == "/pets/7"


@pytest.mark.parametrize("target", ["/shop/../admin", "/shop/%2e%2e/admin", "/../shop", "/shop/..;/admin"])
def test_backends_are_not_asked_for_what_climbs_out_of_a_mapping(target: str) -> None:
    asked = arrived(target, record(mapping("shop", "b"), mapping("admin", "a"), mapping("", "c")))

    with pytest.raises(GatewayError):
        compile_target("http://b/base", "$default").make_path(asked)


# --- variables


STRIPPING = record(mode=RULES_THEN_MAPPINGS, rules=[rule(7, "b", base_path="shop", strips=True)])


@pytest.mark.parametrize(
    ("path", "domain", "base_path", "rule_id"),
    [
        ("/shop/pets/7", record(mapping("shop", "b")), "shop", None),
        ("/pets/7", record(mapping("", "b")), None, None),
        ("/v1/orders/1234", record(mapping("v1/orders", "b")), "v1/orders", None),
        ("/shop/7", STRIPPING, "shop", "r7"),
        ("/7", record(mode=RULES_ONLY, rules=[rule(7, "b")]), None, "r7"),
        ("/prod/pets/7", None, None, None),
    ],
)
def test_variables_tell_how_a_request_came(
    path: str, domain: DomainRecord | None, base_path: str | None, rule_id: str | None
) -> None:
    asked = of_api(path) if domain is None else arrived(path, domain)

    for find in (find_variable, find_rest_variable):
        assert find("path").read(asked) == path
        assert find("customDomain.basePathMatched").read(asked) == base_path
    assert find_rest_variable("customDomain.routingRuleIdMatched").read(asked) == rule_id
    assert find_variable("customDomain.routingRuleIdMatched").read(asked) is None  # not of HTTP APIs
    in_templates = [
        context_map(asked).find_member("customDomain", name) for name in ("basePathMatched", "routingRuleIdMatched")
    ]
    assert in_templates == [base_path, rule_id]


def test_the_name_of_a_domain_is_the_host_as_sent() -> None:
    asked = arrived()

    assert (find_variable("domainName").read(asked), find_variable("domainPrefix").read(asked)) == (NAME, "api")
    assert find_variable("stage").read(asked) == "prod"
