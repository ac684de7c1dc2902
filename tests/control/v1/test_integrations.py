"""Integrations and their responses: defaults, checks, patches."""

import pytest

from tests.control.v1.conftest import FUNCTION, INVOCATION

HTTP = {"type": "HTTP", "httpMethod": "GET", "uri": "https://backend.test/pets"}
SQS = {
    "type": "AWS",
    "httpMethod": "POST",
    "uri": "arn:aws:apigateway:us-east-1:sqs:path/000000000000/orders",
    "credentials": "arn:aws:iam::123456789012:role/send",
}
LAMBDA = {"type": "AWS_PROXY", "httpMethod": "POST", "uri": INVOCATION}
STREAMING = INVOCATION.replace("2015-03-31", "2021-11-15").replace("/invocations", "/response-streaming-invocations")
STREAM_ONLY = (
    "ResponseTransferMode STREAM is only supported for functions with a URI of the form "
    "2021-11-15/functions/FUNCTION/response-streaming-invocations"
)
MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"
PROXY_ONLY = "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
NO_INTEGRATION = ("NotFoundException", 404, "Invalid Integration identifier specified")


def test_an_integration_is_answered_as_aws_does(control):
    named = control.method()
    integration = control("PutIntegration", **named, type="MOCK", requestTemplates={"application/json": ""})
    assert integration == {
        "type": "MOCK",
        "requestTemplates": {"application/json": None},
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": named["resource_id"],
        "cacheKeyParameters": [],
    }
    assert control("GetIntegration", **named) == integration
    assert control("GetMethod", **named)["methodIntegration"] == integration


def test_a_put_replaces_an_integration_and_drops_its_responses(control):
    named = control.method()
    control("PutIntegration", **named, **HTTP)
    control("PutIntegrationResponse", **named, status_code="200")
    control("PutIntegration", **named, type="MOCK")
    integration = control("GetIntegration", **named)
    assert integration["type"] == "MOCK"
    assert not {"uri", "httpMethod", "integrationResponses"} & set(integration)
    control("DeleteIntegration", **named)
    for operation in ("GetIntegration", "UpdateIntegration", "DeleteIntegration"):
        assert control.refuses(operation, **named) == NO_INTEGRATION


@pytest.mark.parametrize(
    "members",
    [
        HTTP,
        HTTP | {"httpMethod": "ANY", "uri": "http://${stageVariables.host}/{id}"},
        HTTP | {"tlsConfig": {"insecureSkipVerification": True}},
        HTTP | {"type": "HTTP_PROXY", "responseTransferMode": "STREAM", "timeoutInMillis": 900000},
        HTTP | {"connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}"},
        SQS,
        SQS | {"uri": "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", "credentials": "arn:aws:iam::*:user/*"},
        SQS | {"uri": "arn:aws:apigateway:us-east-1:abc.appsync-api:path/graphql"},
        SQS
        | {
            "uri": "arn:aws:apigateway:us-east-1:sqs:${stageVariables.target}",
            "credentials": "arn:aws:iam::123456789012:${stageVariables.role}",
        },
        LAMBDA,
        LAMBDA | {"type": "AWS"},
        LAMBDA | {"uri": INVOCATION.replace(FUNCTION, "${stageVariables.fn}")},
        LAMBDA | {"uri": INVOCATION.replace(":orders", ":${stageVariables.fn}")},
        LAMBDA
        | {
            "uri": STREAMING,
            "responseTransferMode": "STREAM",
        },
        LAMBDA | {"uri": "arn:aws:apigateway:us-east-1:firehose:action/PutRecord"},
        {"type": "MOCK", "contentHandling": "CONVERT_TO_TEXT", "passthroughBehavior": "NEVER"},
    ],
)
def test_integrations_that_aws_takes(control, members):
    assert members.items() <= control("PutIntegration", **control.method(), **members).items()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (HTTP | {"httpMethod": None}, "Enumeration value for HttpMethod must be non-empty"),
        (
            HTTP | {"httpMethod": "FETCH"},
            "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
        ),
        (HTTP | {"uri": "backend"}, "Invalid HTTP endpoint specified for URI"),
        (HTTP | {"uri": None}, "Invalid HTTP endpoint specified for URI"),
        (SQS | {"httpMethod": None}, "Enumeration value for HttpMethod must be non-empty"),
        (SQS | {"uri": "https://sqs.test"}, "Invalid ARN specified in the request"),
        (
            SQS | {"uri": "arn:aws:apigateway:us-east-1:sqs:queue"},
            "AWS ARN for integration must contain path or action",
        ),
        (SQS | {"credentials": None}, "Role ARN must be specified for AWS integrations"),
        (SQS | {"credentials": "me"}, "Invalid ARN specified in the request: me"),
        (SQS | {"type": "AWS_PROXY"}, PROXY_ONLY),
        (LAMBDA | {"uri": INVOCATION.replace(FUNCTION, "orders")}, PROXY_ONLY),
        (LAMBDA | {"responseTransferMode": "STREAM"}, STREAM_ONLY),
        (LAMBDA | {"uri": STREAMING}, STREAM_ONLY),
        (
            LAMBDA | {"type": "AWS_PROXY", "tlsConfig": {"insecureSkipVerification": True}},
            "TlsConfig is only supported for integrations of type HTTP and HTTP_PROXY",
        ),
        (HTTP | {"timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
        (HTTP | {"timeoutInMillis": 29001}, "Timeout should be between 50 ms and 29000 ms"),
        (
            HTTP | {"responseTransferMode": "STREAM"},
            "ResponseTransferMode STREAM is only supported for integrations of type AWS_PROXY and HTTP_PROXY",
        ),
        (
            HTTP | {"passthroughBehavior": "ALWAYS"},
            "Invalid PassthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER",
        ),
        (
            HTTP | {"requestTemplates": {"123": "x"}},
            "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
        ),
        (
            HTTP | {"requestTemplates": {"a/b": "x" * (300 * 1024 + 1)}},
            "Mapping template is too large: it must not exceed 307200 bytes",
        ),
        (HTTP | {"cacheKeyParameters": ["method.request.header.x"]}, "Invalid cache key parameter specified"),
        (
            HTTP | {"connectionType": "VPC_LINK"},
            "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK",
        ),
        (
            HTTP | {"connectionType": "VPC_LINK", "connectionId": "nope"},
            "Invalid Vpc Link identifier specified",
        ),
        (HTTP | {"connectionId": "abc"}, "ConnectionId can only be set for ConnectionType VPC_LINK"),
        (
            HTTP | {"integrationTarget": "arn:aws:x"},
            "IntegrationTarget can only be set for ConnectionType VPC_LINK",
        ),
        (
            LAMBDA | {"connectionType": "VPC_LINK", "connectionId": "abc"},
            "ConnectionType VPC_LINK is only supported for integrations of type HTTP and HTTP_PROXY",
        ),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    assert refused("PutIntegration", **control.method(), **members) == message


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("integration.request.header.X", "true", "Invalid mapping expression specified: true"),
        ("integration.request.body.X", "'x'", "Invalid mapping expression specified: integration.request.body.X"),
        ("X", "'x'", "Invalid mapping expression specified: X"),
        (
            "integration.request.path.id",
            "method.request.path.petId",
            "Invalid mapping expression parameter specified: method.request.path.petId",
        ),
        (
            "integration.request.header.X",
            "method.request.multivalueheader.Y",
            "Invalid mapping expression parameter specified: method.request.multivalueheader.Y",
        ),
        (
            "integration.request.header.X",
            "integration.response.header.Y",
            "Invalid mapping expression specified: integration.response.header.Y",
        ),
    ],
)
def test_mapping_expressions_are_checked(control, refused, key, value, error):
    assert refused("PutIntegration", **control.method(), **HTTP, requestParameters={key: value}) == MAPPING.format(
        error
    )


@pytest.mark.parametrize(
    "value",
    [
        "'static'",
        "'it''s'",
        "context.identity.sourceIp",
        "context.authorizer.claims.sub",
        "stageVariables.host",
        "method.request.body",
        "method.request.body.pets[0].name",
        "method.request.header.Known",
        "method.request.multivalueheader.Known",
    ],
)
def test_mapping_expressions_that_aws_takes(control, value):
    named = control.method(requestParameters={"method.request.header.Known": False})
    parameters = {"integration.request.header.X": value}
    keys = ["method.request.header.Known", "integration.request.header.X"]
    put = control("PutIntegration", **named, **HTTP, requestParameters=parameters, cacheKeyParameters=keys)
    assert (put["requestParameters"], put["cacheKeyParameters"]) == (parameters, keys)


def test_a_regional_api_may_wait_longer_where_quotas_are_free(control, refused):
    api_id = control.api(endpointConfiguration={"types": ["REGIONAL"]})
    named = {"restapi_id": api_id, "resource_id": control.resource(api_id), "http_method": "GET"}
    control("PutMethod", authorizationType="NONE", **named)
    assert control("PutIntegration", **named, **HTTP, timeoutInMillis=60000)["timeoutInMillis"] == 60000
    control.set(quotas_enforced=True)
    message = "Timeout should be between 50 ms and 29000 ms"
    assert refused("PutIntegration", **named, **HTTP, timeoutInMillis=60000) == message


def test_vpc_links_of_both_versions_lead_on(control, refused):
    named = control.method()
    link = HTTP | {"connectionType": "VPC_LINK"}
    target = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/pets/1"
    control.run(lambda call: call.documents.put("RestVpcLink", call.scope, "v1link", {"id": "v1link"}))
    control.run(lambda call: call.documents.put("VpcLink", call.scope, "v2link", {"vpcLinkId": "v2link"}))
    control.set(vpc_links=frozenset({"named"}))
    for link_id in ("v1link", "v2link", "named"):
        assert control("PutIntegration", **named, **link, connectionId=link_id)["connectionId"] == link_id
    put = control("PutIntegration", **named, **link, connectionId="v2link", integrationTarget=target)
    assert put["integrationTarget"] == target
    assert refused("PutIntegration", **named, **link, connectionId="v1link", integrationTarget=target) == (
        "IntegrationTarget is only supported for VPC links of version V2"
    )
    assert refused("PutIntegration", **named, **link, connectionId="v2link", integrationTarget="x") == (
        "IntegrationTarget should be a valid ARN of an Application or Network Load Balancer"
    )


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (("replace", "/uri", "https://other.test"), {"uri": "https://other.test"}),
        (("replace", "/httpMethod", "POST"), {"httpMethod": "POST"}),
        (("replace", "/timeoutInMillis", "100"), {"timeoutInMillis": 100}),
        (("replace", "/passthroughBehavior", "NEVER"), {"passthroughBehavior": "NEVER"}),
        (("replace", "/contentHandling", "CONVERT_TO_TEXT"), {"contentHandling": "CONVERT_TO_TEXT"}),
        (("replace", "/contentHandling", ""), {"contentHandling": None}),
        (("replace", "/cacheNamespace", "shared"), {"cacheNamespace": "shared"}),
        (("replace", "/tlsConfig/insecureSkipVerification", "true"), {"tlsConfig": {"insecureSkipVerification": True}}),
        (
            ("add", "/cacheKeyParameters", "integration.request.header.A"),
            {"cacheKeyParameters": ["integration.request.header.A"]},
        ),
        (
            ("add", "/cacheKeyParameters/integration.request.header.A"),
            {"cacheKeyParameters": ["integration.request.header.A"]},
        ),
        (
            ("replace", "/requestParameters/integration.request.header.A", "'b'"),
            {"requestParameters": {"integration.request.header.A": "'b'"}},
        ),
        (("remove", "/requestParameters/integration.request.header.A"), {"requestParameters": None}),
        (
            ("add", "/requestTemplates/text~1xml", "x"),
            {"requestTemplates": {"application/json": "{}", "text/xml": "x"}},
        ),
        (("remove", "/requestTemplates/application~1json"), {"requestTemplates": None}),
    ],
)
def test_an_integration_is_patched(control, operation, expected):
    named = control.method()
    mapped = {
        "requestParameters": {"integration.request.header.A": "'a'"},
        "requestTemplates": {"application/json": "{}"},
    }
    control("PutIntegration", **named, **HTTP, **mapped, contentHandling="CONVERT_TO_BINARY")
    changed = control.patch("UpdateIntegration", operation, **named)
    assert {name: changed.get(name) for name in expected} == expected
    assert control("GetIntegration", **named) == changed


def test_streaming_drops_a_timeout_of_its_own(control):
    named = control.method()
    control("PutIntegration", **named, **HTTP | {"type": "HTTP_PROXY"}, timeoutInMillis=100)
    changed = control.patch("UpdateIntegration", ("replace", "/responseTransferMode", "STREAM"), **named)
    assert (changed["responseTransferMode"], changed["timeoutInMillis"]) == ("STREAM", 29000)
    longer = control.patch("UpdateIntegration", ("replace", "/timeoutInMillis", "900000"), **named)
    assert longer["timeoutInMillis"] == 900000


def test_a_function_begins_to_stream_in_one_update(control):
    named = control.method()
    control("PutIntegration", **named, **LAMBDA)
    changed = control.patch(
        "UpdateIntegration",
        ("replace", "/responseTransferMode", "STREAM"),
        ("replace", "/uri", STREAMING),
        **named,
    )
    assert (changed["responseTransferMode"], changed["uri"]) == ("STREAM", STREAMING)


@pytest.mark.parametrize(
    ("members", "operation", "code", "message"),
    [
        (HTTP, ("replace", "/type", "MOCK"), 400, "Invalid patch path /type"),
        ({"type": "MOCK"}, ("replace", "/uri", "https://x.test"), 400, "Invalid patch path /uri"),
        (HTTP, ("replace", "/uri", "x"), 400, "Invalid HTTP endpoint specified for URI"),
        (HTTP, ("replace", "/timeoutInMillis", "x"), 400, "Timeout should be between 50 ms and 29000 ms"),
        (HTTP, ("replace", "/timeoutInMillis", "29001"), 400, "Timeout should be between 50 ms and 29000 ms"),
        (
            HTTP,
            ("replace", "/passthroughBehavior", "x"),
            400,
            "Invalid PassthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER",
        ),
        (HTTP, ("add", "/cacheKeyParameters", "x"), 400, "Invalid cache key parameter specified"),
        (HTTP, ("remove", "/requestTemplates/a~1b"), 404, "Content-Type specified was not found"),
        (HTTP, ("replace", "/requestParameters/x", "'y'"), 404, "Invalid parameter name specified"),
        (
            HTTP,
            ("add", "/requestParameters/integration.request.header.A"),
            400,
            "Invalid null or empty value in requestParameters",
        ),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, members, operation, code, message):
    named = control.method()
    control("PutIntegration", **named, **members)
    assert control.refuses_patch("UpdateIntegration", operation, **named)[1:] == (code, message)
