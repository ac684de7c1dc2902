"""REST APIs through the operations: what AWS answers and what it refuses."""

import pytest

from limen.aws.arn import new_arn
from limen.control.v1.rest_apis import put_rest_api
from tests.control.v1.conftest import ACCOUNT

POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke",'
    '"Resource":"%s"}]}'
)
BAD_POLICY = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
REGIONAL = {"types": ["REGIONAL"]}
PRIVATE = {"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]}


def test_a_new_api_is_answered_as_aws_does(control):
    api = control("CreateRestApi", name="pets", description="d", version="v1", binaryMediaTypes=[])
    assert (len(api["id"]), len(api["rootResourceId"])) == (10, 10)
    assert api.pop("createdDate").endswith("Z")
    assert api == {
        "id": api["id"],
        "name": "pets",
        "description": "d",
        "version": "v1",
        "apiKeySource": "HEADER",
        "disableExecuteApiEndpoint": False,
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        "rootResourceId": api["rootResourceId"],
        "securityPolicy": "TLS_1_0",
        "apiStatus": "AVAILABLE",
    }
    shown = control("GetRestApi", restapi_id=api["id"])
    assert {**shown, "createdDate": ""} == api | {"tags": {}, "createdDate": ""}


def test_a_private_api_has_another_security_policy(control):
    api = control("CreateRestApi", name="pets", endpointConfiguration=PRIVATE)
    assert api["securityPolicy"] == "TLS_1_2"
    chosen = control("CreateRestApi", name="pets", securityPolicy="TLS_1_2")
    assert chosen["securityPolicy"] == "TLS_1_2"


def test_a_new_api_has_a_root_and_two_models(control):
    api_id = control.api()
    assert control("GetResources", restapi_id=api_id) == {"item": [{"id": control.root(api_id), "path": "/"}]}
    assert [model["name"] for model in control("GetModels", restapi_id=api_id)["item"]] == ["Empty", "Error"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": ""}, "Name cannot be an empty string"),
        ({"description": ""}, "Description cannot be an empty string"),
        ({"minimumCompressionSize": -1}, "Invalid minimum compression size, must be between 0 and 10485760"),
        (
            {"endpointConfiguration": {"types": []}},
            "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
        ),
        (
            {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
            "Cannot create an api with multiple Endpoint Types.",
        ),
        (
            {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "ipv4"}},
            "Only dualstack ipAddressType is supported for Private APIs.",
        ),
        (
            {"endpointConfiguration": {"types": ["EDGE"], "vpcEndpointIds": ["vpce-1"]}},
            "VPCEndpoints can only be specified with PRIVATE apis.",
        ),
        (
            {"securityPolicy": "SecurityPolicy_TLS13_2025_EDGE"},
            "An endpointAccessMode is required for the security policy SecurityPolicy_TLS13_2025_EDGE",
        ),
        (
            {"endpointAccessMode": "BASIC"},
            "An endpointAccessMode can only be set with a security policy that starts with SecurityPolicy_",
        ),
        ({"policy": "{"}, BAD_POLICY),
        ({"policy": "{}"}, BAD_POLICY),
        ({"policy": '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'}, BAD_POLICY),
        ({"policy": POLICY % ("x" * 9000)}, BAD_POLICY),
        ({"tags": {"aws:mine": "x"}}, "Invalid tag key specified: aws:mine. Tag keys cannot start with 'aws:'"),
    ],
)
def test_what_aws_refuses_is_refused(refused, members, message):
    assert refused("CreateRestApi", **{"name": "pets"} | members) == message


def test_a_short_resource_is_spelled_out_however_its_slash_is_written(control):
    api_id = control.api(policy=(POLICY % "execute-api:/prod/*").replace("/prod", "\\/prod"))
    arn = new_arn("execute-api", "us-east-1", ACCOUNT, f"{api_id}/prod/*")
    assert str(arn) in control("GetRestApi", restapi_id=api_id)["policy"]


def test_a_policy_that_is_not_touched_is_not_checked_again(control):
    api_id = control.api(policy=POLICY % "*")
    control.patch("UpdateRestApi", ("replace", "/name", "other"), restapi_id=api_id)
    assert control("GetRestApi", restapi_id=api_id)["policy"]


def test_a_policy_is_answered_escaped_with_its_short_resources_spelled_out(control):
    api_id = control.api(policy=POLICY % "execute-api:/prod/*")
    arn = new_arn("execute-api", "us-east-1", ACCOUNT, f"{api_id}/prod/*")
    policy = control("GetRestApi", restapi_id=api_id)["policy"]
    assert policy.replace('\\"', '"') == POLICY % arn
    assert '"' not in policy.replace('\\"', "")


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (("replace", "/name", "cats"), {"name": "cats"}),
        (("replace", "/description", "new"), {"description": "new"}),
        (("remove", "/description"), {"description": None}),
        (("replace", "/apiKeySource", "AUTHORIZER"), {"apiKeySource": "AUTHORIZER"}),
        (("replace", "/disableExecuteApiEndpoint", "true"), {"disableExecuteApiEndpoint": True}),
        (("replace", "/disableExecuteApiEndpoint", "no"), {"disableExecuteApiEndpoint": False}),
        (("replace", "/minimumCompressionSize", "10"), {"minimumCompressionSize": 10}),
        (("replace", "/minimumCompressionSize", ""), {"minimumCompressionSize": None}),
        (("add", "/binaryMediaTypes/image~1png"), {"binaryMediaTypes": ["a/b", "image/png"]}),
        (("replace", "/binaryMediaTypes/a~1b", "image/gif"), {"binaryMediaTypes": ["image/gif"]}),
        (("remove", "/binaryMediaTypes/a~1b"), {"binaryMediaTypes": None}),
        (
            ("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"),
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"}},
        ),
        (
            ("replace", "/endpointConfiguration/types/EDGE", "PRIVATE"),
            {"endpointConfiguration": {"types": ["PRIVATE"], "ipAddressType": "dualstack"}},
        ),
        (
            ("replace", "/endpointConfiguration/ipAddressType", "dualstack"),
            {"endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "dualstack"}},
        ),
        (("replace", "/securityPolicy", "TLS_1_2"), {"securityPolicy": "TLS_1_2"}),
        (("replace", "/policy", ""), {"policy": None}),
    ],
)
def test_an_api_is_patched(control, operation, expected):
    api_id = control.api(description="d", binaryMediaTypes=["a/b"], policy=POLICY % "*", minimumCompressionSize=5)
    changed = control.patch("UpdateRestApi", operation, restapi_id=api_id)
    assert {name: changed.get(name) for name in expected} == expected
    assert control("GetRestApi", restapi_id=api_id) == changed


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (("replace", "/binaryMediaTypes", "a/b"), "Invalid patch path /binaryMediaTypes"),
        (("replace", "/version", "2"), "Invalid patch path /version"),
        (("add", "/name", "x"), "Invalid patch operation specified. Must be one of: [replace]"),
        (
            ("add", "/endpointConfiguration/ipAddressType", "ipv4"),
            "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
        ),
        (
            ("replace", "/endpointConfiguration/ipAddressType", "ipv6"),
            "ipAddressType must be either ipv4 or dualstack.",
        ),
        (
            ("replace", "/endpointConfiguration/types/EDGE", "FAST"),
            "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
        ),
        (("replace", "/description", ""), "Description cannot be an empty string"),
        (("replace", "/name", ""), "Name cannot be an empty string"),
        (
            ("replace", "/minimumCompressionSize", "10485761"),
            "Invalid minimum compression size, must be between 0 and 10485760",
        ),
        (
            ("replace", "/apiKeySource", "BODY"),
            "Invalid ApiKeySourceType specified. Valid options are HEADER,AUTHORIZER",
        ),
        (("replace", "/policy", "{}"), BAD_POLICY),
        (
            ("add", "/endpointConfiguration/vpcEndpointIds", "v"),
            "VPCEndpoints can only be specified with PRIVATE apis.",
        ),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, refused_patch, operation, message):
    assert refused_patch("UpdateRestApi", operation, restapi_id=control.api()) == message


def test_a_private_api_keeps_its_vpc_endpoints_and_never_becomes_edge(control, refused_patch):
    api_id = control.api(endpointConfiguration=PRIVATE)
    changed = control.patch(
        "UpdateRestApi", ("add", "/endpointConfiguration/vpcEndpointIds", "vpce-2"), restapi_id=api_id
    )
    assert changed["endpointConfiguration"]["vpcEndpointIds"] == ["vpce-1", "vpce-2"]
    to_edge = ("replace", "/endpointConfiguration/types/PRIVATE", "EDGE")
    assert refused_patch("UpdateRestApi", to_edge, restapi_id=api_id) == "Cannot update endpoint from PRIVATE to EDGE"


def test_a_strict_endpoint_keeps_its_type(control, refused_patch):
    api_id = control.api(securityPolicy="SecurityPolicy_TLS13_2025_EDGE", endpointAccessMode="STRICT")
    to_regional = ("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")
    assert "STRICT" in refused_patch("UpdateRestApi", to_regional, restapi_id=api_id)
    back = (("replace", "/securityPolicy", "TLS_1_2"), ("replace", "/endpointAccessMode", ""))
    assert "endpointAccessMode" not in control.patch("UpdateRestApi", *back, restapi_id=api_id)


def test_an_api_belongs_to_its_account_and_region(control):
    api_id = control.api()
    unknown = ("NotFoundException", 404, f"Invalid API identifier specified {ACCOUNT}:{api_id}")
    assert control.refuses("GetRestApi", restapi_id=api_id, region="eu-west-1") == unknown
    assert control("GetRestApis", region="eu-west-1") == {"item": []}


def test_a_deleted_api_takes_all_with_it(control):
    named = control.method()
    control("DeleteRestApi", restapi_id=named["restapi_id"])
    assert control.refuses("GetRestApi", restapi_id=named["restapi_id"])[1] == 404
    with control.store.reader() as reader:
        left = {noun for noun in ("Resource", "ResourceEntry", "Method", "Model") if list(reader.all(noun))}
    assert left == set()


def test_an_api_that_a_domain_leads_to_stays(control, refused):
    api_id = control.api()
    with control.store.transaction() as transaction:
        transaction.put("ApiMapping", "d", "m", {"apiId": api_id, "_domainName": "pets.test"})
    assert refused("DeleteRestApi", restapi_id=api_id) == (
        f"Deleting RestApi {api_id} failed. Please remove all base path mappings related to the RestApi in your "
        "domains: pets.test"
    )


def test_lists_come_in_pages(control):
    ids = [control.api() for _ in range(3)]
    first = control("GetRestApis", limit=2)
    rest = control("GetRestApis", limit=2, position=first["position"])
    assert [api["id"] for api in first["item"] + rest["item"]] == ids
    assert "position" not in rest
    assert "tags" not in first["item"][0]


def test_a_clone_has_all_but_the_ids(control):
    named = control.method("POST", "/pets/{id}", requestModels={"application/json": "Error"})
    source_id = named["restapi_id"]
    schema = f'{{"$ref":"https://apigateway.amazonaws.com/restapis/{source_id}/models/Empty"}}'
    control("CreateModel", restapi_id=source_id, name="Pet", contentType="application/json", schema=schema)
    control("PutIntegration", type="MOCK", **named)
    control.patch("UpdateRestApi", ("replace", "/policy", POLICY % "execute-api:/*"), restapi_id=source_id)

    copy = control("CreateRestApi", name="copy", cloneFrom=source_id)

    paths = [resource["path"] for resource in control("GetResources", restapi_id=copy["id"])["item"]]
    assert (copy["name"], sorted(paths)) == ("copy", ["/", "/pets", "/pets/{id}"])
    resource = control("GetResources", restapi_id=copy["id"], embed=["methods"])["item"][-1]
    method = resource["resourceMethods"]["POST"]
    assert method["requestModels"] == {"application/json": "Error"}
    assert method["methodIntegration"]["cacheNamespace"] == resource["id"] != named["resource_id"]
    assert copy["id"] in control("GetModel", restapi_id=copy["id"], model_name="Pet")["schema"]
    assert f"{copy['id']}/*" in control("GetRestApi", restapi_id=copy["id"])["policy"]


def test_ids_of_both_kinds_of_api_are_one_space(control, monkeypatch):
    taken = control("CreateApi", service="apigatewayv2", name="n", protocolType="HTTP")["apiId"]
    given = iter([taken, "freshfresh"])
    monkeypatch.setattr("limen.control.documents.new_id", lambda length: next(given, "r" * length))
    assert control.api() == "freshfresh"


def test_an_importer_replaces_the_settings_and_keeps_the_id(control):
    made = control("CreateRestApi", name="pets", description="d", tags={"a": "b"})

    control.run(lambda call: put_rest_api(call, {"name": "new"}, made["id"]))
    now = control("GetRestApi", restapi_id=made["id"])
    assert (now["name"], now["tags"], now["rootResourceId"]) == ("new", {"a": "b"}, made["rootResourceId"])
    assert "description" not in now


def test_quotas_count_only_where_they_are_enforced(control, monkeypatch):
    monkeypatch.setattr("limen.control.v1.quotas.PER_ACCOUNT", {"RestApi": 1})
    control.api()
    control.api()
    control.set(quotas_enforced=True)
    assert control.refuses("CreateRestApi", name="n") == (
        "LimitExceededException",
        429,
        "Maximum number of APIs for this account has been reached. Please contact AWS if you need additional APIs.",
    )


def test_an_empty_list_of_vpc_endpoints_is_none(control):
    made = control("CreateRestApi", name="pets", endpointConfiguration=REGIONAL | {"vpcEndpointIds": []})
    assert made["endpointConfiguration"] == REGIONAL | {"ipAddressType": "ipv4"}
