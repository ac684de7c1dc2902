"""Routing rules of custom domain names."""

import contextlib

import pytest

from limen.aws.errors import AwsError
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from tests.control.v1.test_every_operation import Inputs
from tests.control.v2.test_domain_names import REGIONAL

NAME = "api.example.com"
ON_DOMAIN = {"domainName": NAME}
V2 = load_service("apigatewayv2")


def header(name="x-version", glob="beta*"):
    return {"matchHeaders": {"anyOf": [{"header": name, "valueGlob": glob}]}}


def path(value="users"):
    return {"matchBasePaths": {"anyOf": [value]}}


@pytest.fixture
def rest_api(control):
    """The id of a REST API with a stage prod."""
    return deploy_rest(control)


def deploy_rest(control, **members):
    rest = {"service": "apigateway"}
    api_id = control("CreateRestApi", **rest, name="pets", **members)["id"]
    root = control("GetRestApi", **rest, restapi_id=api_id)["rootResourceId"]
    method = {"restapi_id": api_id, "resource_id": root, "http_method": "GET"}
    control("PutMethod", **rest, **method, authorizationType="NONE")
    control("PutIntegration", **rest, **method, type="MOCK")
    control("CreateDeployment", **rest, restapi_id=api_id, stageName="prod")
    return api_id


@pytest.fixture
def domain(control):
    mode = "ROUTING_RULE_THEN_API_MAPPING"
    control("CreateDomainName", **ON_DOMAIN, domainNameConfigurations=REGIONAL, routingMode=mode)


@pytest.fixture
def rule(domain, rest_api):
    """What a rule may have."""
    target = {"apiId": rest_api, "stage": "prod", "stripBasePath": True}
    return {"priority": 100, "conditions": [header(), path()], "actions": [{"invokeApi": target}]}


def test_a_rule_is_answered_as_aws_does(control, rule):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule)
    rule_id = made["routingRuleId"]
    arn = f"arn:aws:apigateway:us-east-1:000000000000:/domainnames/{NAME}/routingrules/{rule_id}"
    assert made == rule | {"routingRuleId": rule_id, "routingRuleArn": arn}
    assert control("GetRoutingRule", **ON_DOMAIN, routingRuleId=rule_id) == made
    assert control("ListRoutingRules", **ON_DOMAIN) == {"routingRules": [made]}


def test_rules_are_listed_in_pages(control, rule):
    made = [control("CreateRoutingRule", **ON_DOMAIN, **rule | {"priority": number}) for number in (3, 1, 2)]
    first = control("ListRoutingRules", **ON_DOMAIN, maxResults=2)
    assert first["routingRules"] == made[:2]
    rest = control("ListRoutingRules", **ON_DOMAIN, maxResults=2, nextToken=first["nextToken"])
    assert rest == {"routingRules": made[2:]}


def test_a_rule_is_put_whole(control, rule):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule)
    named = ON_DOMAIN | {"routingRuleId": made["routingRuleId"]}
    changed = control("PutRoutingRule", **named, **rule | {"conditions": [], "priority": 7})
    assert changed == made | {"conditions": [], "priority": 7}
    control("DeleteRoutingRule", **named)
    for operation in ("GetRoutingRule", "DeleteRoutingRule"):
        missing = control.refuses(operation, **named, **rule)
        assert missing == ("NotFoundException", 404, "Invalid routing rule identifier specified")


def test_a_rule_that_is_put_and_not_there_is_made(control, rule):
    named = ON_DOMAIN | {"routingRuleId": "chosen1"}
    made = control("PutRoutingRule", **named, **rule)
    assert control("GetRoutingRule", **named) == made
    missing = control.refuses("PutRoutingRule", **ON_DOMAIN, routingRuleId="No id", **rule | {"priority": 2})
    assert missing == ("BadRequestException", 400, "Invalid routing rule identifier specified: No id")


def test_a_priority_is_had_once(control, rule):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule)
    code, status, message = control.refuses("CreateRoutingRule", **ON_DOMAIN, **rule)
    assert (code, status) == ("ConflictException", 409)
    assert message == f"The routing rule {made['routingRuleId']} of this domain name has the priority 100"
    control("PutRoutingRule", **ON_DOMAIN, routingRuleId=made["routingRuleId"], **rule)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([header(), header("b"), header("c")], "A routing rule can have up to 2 matchHeaders conditions"),
        ([path("a"), path("b")], "A routing rule can have up to 1 matchBasePaths condition"),
        ([{}], "Each condition of a routing rule must have either matchHeaders or matchBasePaths"),
        ([header() | path()], "Each condition of a routing rule must have either matchHeaders or matchBasePaths"),
        (
            [{"matchBasePaths": {"anyOf": ["a", "b"]}}],
            "anyOf of a matchBasePaths condition must have exactly one value",
        ),
        ([{"matchHeaders": {"anyOf": []}}], "anyOf of a matchHeaders condition must have exactly one value"),
        ([header("a" * 40)], f"A header name of a routing rule must have less than 40 characters: {'a' * 40}"),
        ([header("x-*")], "Invalid header name specified: x-*"),
        ([header("")], "Invalid header name specified: "),
        *(
            ([header(name)], f"The header {name} is not supported as a condition of a routing rule")
            for name in ("Authorization", "x-amz-date", "X-Amzn-Trace-Id", "Access-Control-Max-Age", "apigw-x", "VIA")
        ),
        ([header(glob="a" * 128)], f"The header value glob {'a' * 128} must have less than 128 characters"),
        ([header(glob=f"*{'a' * 38}*")], f"The header value glob *{'a' * 38}* must have less than 40 characters"),
        ([path("a" * 128)], "A base path of a routing rule must have less than 128 characters"),
        ([path("/a")], "The base path /a may not start or end with a slash, or have two in a row"),
    ],
)
def test_conditions_are_checked(refused, rule, conditions, message):
    assert refused("CreateRoutingRule", **ON_DOMAIN, **rule | {"conditions": conditions}) == message


@pytest.mark.parametrize("glob", ["a*b", "**", "", "a b", "a,b", "ü"])
def test_a_glob_has_stars_at_its_ends_alone(refused, rule, glob):
    message = refused("CreateRoutingRule", **ON_DOMAIN, **rule | {"conditions": [header(glob=glob)]})
    assert message.startswith(f"Invalid header value glob specified: {glob}. ")


@pytest.mark.parametrize("glob", ["*", "a*", "*a", "*a*", "a", f"*{'a' * 37}*", "a" * 127])
def test_globs_and_host_are_taken(control, rule, glob):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule | {"conditions": [header("Host", glob)]})
    assert made["conditions"] == [header("Host", glob)]


def test_a_rule_leads_to_one_stage_of_a_rest_api(control, refused, rule):
    (action,) = rule["actions"]

    def lead(*targets):
        return ON_DOMAIN | rule | {"actions": [{"invokeApi": action["invokeApi"] | target} for target in targets]}

    exactly = "A routing rule must have exactly one action"
    assert refused("CreateRoutingRule", **lead()) == exactly
    assert refused("CreateRoutingRule", **lead({}, {})) == exactly
    assert refused("CreateRoutingRule", **lead({"stage": "beta"})) == "Invalid stage identifier specified"
    message = refused("CreateRoutingRule", **lead({"apiId": control.api()}))
    assert message == "WebSocket or HTTP APIs aren't supported as target APIs for routing rules."
    missing = control.refuses("CreateRoutingRule", **lead({"apiId": "nobody"}))
    assert missing == ("NotFoundException", 404, "Invalid API identifier specified 000000000000:nobody")
    private = deploy_rest(control, endpointConfiguration={"types": ["PRIVATE"]}, policy=ALLOWING)
    message = refused("CreateRoutingRule", **lead({"apiId": private}))
    assert message == "You can't create a routing rule for a public custom domain to a private API."


ALLOWING = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke",'
    '"Resource":"*"}]}'
)


def test_rules_are_made_where_the_mode_looks_at_them(control, refused, rule):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule)
    control("UpdateDomainName", **ON_DOMAIN, routingMode="API_MAPPING_ONLY")
    message = refused("CreateRoutingRule", **ON_DOMAIN, **rule | {"priority": 5})
    assert message == "Routing rules cannot be created for a domain name whose routing mode is API_MAPPING_ONLY"
    assert control("ListRoutingRules", **ON_DOMAIN)["routingRules"] == [made]


MIXED = "A domain name with API mappings to both REST and HTTP APIs cannot have routing rules"


def test_rules_and_mappings_of_both_types_exclude_each_other(control, refused, rule, rest_api):
    http_api = control.api()
    control("CreateStage", apiId=http_api, stageName="prod")
    http = ON_DOMAIN | {"apiId": http_api, "stage": "prod", "apiMappingKey": "http"}
    rest = ON_DOMAIN | {"apiId": rest_api, "stage": "prod", "apiMappingKey": "rest"}
    made = control("CreateApiMapping", **http)
    assert refused("CreateApiMapping", **rest) == MIXED
    control("UpdateDomainName", **ON_DOMAIN, routingMode="API_MAPPING_ONLY")
    control("CreateApiMapping", **rest)
    assert refused("UpdateDomainName", **ON_DOMAIN, routingMode="ROUTING_RULE_ONLY") == MIXED
    control("DeleteApiMapping", **ON_DOMAIN, apiMappingId=made["apiMappingId"])
    control("UpdateDomainName", **ON_DOMAIN, routingMode="ROUTING_RULE_THEN_API_MAPPING")
    control("CreateRoutingRule", **ON_DOMAIN, **rule)


def test_fifty_rules_where_quotas_are_enforced(control, rule):
    for number in range(1, 51):
        control("CreateRoutingRule", **ON_DOMAIN, **rule | {"priority": number})
    control("CreateRoutingRule", **ON_DOMAIN, **rule | {"priority": 51})
    control.set(quotas_enforced=True)
    code, status, message = control.refuses("CreateRoutingRule", **ON_DOMAIN, **rule | {"priority": 52})
    assert (code, status) == ("TooManyRequestsException", 429)
    assert message.startswith("Maximum number of routing rules for this domain name has been reached.")


def test_what_a_rule_leads_to_is_not_deleted(control, refused, rule, rest_api):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule)
    where = f"Please remove all routing rules that lead to it in your domains: {NAME} ({made['routingRuleId']})"
    rest = {"service": "apigateway", "restapi_id": rest_api}
    assert refused("DeleteStage", **rest, stage_name="prod") == f"Deleting stage prod failed. {where}"
    assert refused("DeleteRestApi", **rest) == f"Deleting RestApi {rest_api} failed. {where}"
    control("DeleteDomainName", **ON_DOMAIN)
    control("DeleteRestApi", **rest)


def test_rules_of_nobody_are_not_found(control):
    for named in ({"domainName": "b.example.com"}, {"domainName": NAME, "domainNameId": "abc123"}):
        missing = control.refuses("ListRoutingRules", **named)
        assert missing == ("NotFoundException", 404, "Invalid domain name identifier specified")


@pytest.mark.parametrize(
    "operation", sorted(name for name in V2.operation_names if "Domain" in name or "Rule" in name or "Mapping" in name)
)
def test_no_input_is_a_bug(control, rule, rest_api, operation):
    made = control("CreateRoutingRule", **ON_DOMAIN, **rule)
    mapping = control("CreateApiMapping", **ON_DOMAIN, apiId=rest_api, stage="prod")
    known = ON_DOMAIN | {
        "apiId": rest_api,
        "apiMappingId": mapping["apiMappingId"],
        "routingRuleId": made["routingRuleId"],
        "stage": "prod",
    }
    for seed in range(30):
        described = V2.operation(operation)
        members = Inputs(seed, known, ["/"]).members(described.input)
        with contextlib.suppress(AwsError):
            validate(described, members)
            control(operation, **members)
