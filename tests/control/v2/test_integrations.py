"""Integrations: what makes each kind whole, parameter mapping, how they change and go."""

import pytest

from limen.integrations.subtypes.actions import ACTIONS
from tests.control.v2.conftest import FUNCTION, INVOCATION

ROLE = "arn:aws:iam::000000000000:role/caller"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/lb/50dc6c495c0c9188/0467ef3c8400ae65"
SERVICE = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-id?stage=prod&deployment=green"
HTTP = {"integrationType": "HTTP_PROXY", "integrationMethod": "GET", "integrationUri": "https://backend.test"}
LAMBDA = {"integrationType": "AWS_PROXY", "integrationUri": FUNCTION, "payloadFormatVersion": "2.0"}
SQS = {
    "integrationType": "AWS_PROXY",
    "integrationSubtype": "SQS-SendMessage",
    "credentialsArn": ROLE,
    "requestParameters": {"QueueUrl": "$request.header.queue", "MessageBody": "$request.body.message"},
}
INVALID = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


def test_an_http_proxy_gets_the_defaults_of_aws(control):
    api_id = control.api()
    integration = control("CreateIntegration", apiId=api_id, **HTTP)
    assert len(integration["integrationId"]) == 7
    assert integration == HTTP | {
        "connectionType": "INTERNET",
        "integrationId": integration["integrationId"],
        "payloadFormatVersion": "1.0",
        "timeoutInMillis": 30000,
    }
    assert control("GetIntegration", apiId=api_id, integrationId=integration["integrationId"]) == integration


@pytest.mark.parametrize("uri", [FUNCTION, f"{FUNCTION}:live", INVOCATION, f"{FUNCTION}:${{stageVariables.alias}}"])
def test_a_function_is_invoked_by_post(control, uri):
    integration = control("CreateIntegration", apiId=control.api(), **LAMBDA | {"integrationUri": uri})
    assert (integration["integrationMethod"], integration["timeoutInMillis"]) == ("POST", 30000)


def test_a_service_is_called_with_its_parameters(control):
    integration = control("CreateIntegration", apiId=control.api(), **SQS)
    assert integration == SQS | {
        "connectionType": "INTERNET",
        "integrationId": integration["integrationId"],
        "payloadFormatVersion": "1.0",
        "timeoutInMillis": 30000,
    }


@pytest.mark.parametrize("subtype", ACTIONS)
def test_every_service_asks_for_what_it_needs(control, refused, subtype):
    members = {"integrationType": "AWS_PROXY", "integrationSubtype": subtype, "credentialsArn": ROLE}
    api_id = control.api()
    parameters = dict.fromkeys(ACTIONS[subtype].required, "$request.body")
    control("CreateIntegration", apiId=api_id, requestParameters=parameters, **members)
    parameters.pop(ACTIONS[subtype].required[0])
    message = refused("CreateIntegration", apiId=api_id, requestParameters=parameters, **members)
    assert message.startswith(f"Operation: {subtype} requires enabling passthrough, or defining all of the following")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        *(
            (
                HTTP | {"integrationType": kind},
                "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
                "(AWS_PROXY, HTTP_PROXY)",
            )
            for kind in ("AWS", "HTTP", "MOCK")
        ),
        (HTTP | {"timeoutInMillis": 49}, "Timeout should be between 50 ms and 30000 ms"),
        (HTTP | {"timeoutInMillis": 30001}, "Timeout should be between 50 ms and 30000 ms"),
        (
            HTTP | {"integrationMethod": ""},
            "HttpMethod parameter method must be specified for integrationType HTTPPROXY",
        ),
        (
            HTTP | {"integrationMethod": "FETCH"},
            "Invalid HttpMethod specified. Valid options are GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS,ANY",
        ),
        (
            HTTP | {"payloadFormatVersion": "2.0"},
            "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
        ),
        (HTTP | {"connectionId": "abc123"}, "ConnectionId can only be set for ConnectionType VPC_LINK"),
        (HTTP | {"connectionType": "VPC_LINK"}, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"),
        (
            HTTP | {"connectionType": "VPC_LINK", "connectionId": "nobody"},
            "Invalid VpcLink identifier specified nobody",
        ),
        (
            HTTP | {"integrationSubtype": "SQS-SendMessage"},
            "IntegrationSubtype can only be set for integrations of type AWS_PROXY",
        ),
        (HTTP | {"credentialsArn": "me"}, "Invalid ARN specified in the request: me"),
        (
            HTTP | {"description": "d" * 1025},
            "Invalid description specified: its length must be between 0 and 1024 characters",
        ),
        *(
            (HTTP | {name: value}, f"{name[0].upper()}{name[1:]} is not currently supported for HTTP APIs.")
            for name, value in {
                "contentHandlingStrategy": "CONVERT_TO_TEXT",
                "passthroughBehavior": "NEVER",
                "requestTemplates": {"application/json": "{}"},
                "templateSelectionExpression": "$request.body.x",
            }.items()
        ),
        (
            LAMBDA | {"payloadFormatVersion": ""},
            "PayloadFormatVersion is a required parameter for integration of type AWS_PROXY",
        ),
        (LAMBDA | {"payloadFormatVersion": "3.0"}, "Unsupported PayloadFormatVersion: 3.0"),
        (LAMBDA | {"integrationUri": "https://backend.test"}, "Invalid function ARN or invalid uri"),
        (LAMBDA | {"integrationUri": ""}, "Invalid function ARN or invalid uri"),
        (SQS | {"integrationSubtype": "SQS-Nothing"}, "Operation: SQS-Nothing is not supported."),
        (SQS | {"payloadFormatVersion": "2.0"}, "Operation: SQS-SendMessage is not supported."),
        (
            SQS | {"credentialsArn": ""},
            "Role ARN must be specified for AWS integration configuration with Subtype: SQS-SendMessage",
        ),
        (
            SQS | {"requestParameters": SQS["requestParameters"] | {"Priority": "1"}},
            "Operation: SQS-SendMessage does not support the parameter Priority",
        ),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    assert refused("CreateIntegration", apiId=control.api(), **members) == message


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "backend.test",
        "ftp://backend.test",
        "https://",
        "https:///a",
        "https://u:p@h",
        "http://h:99999",
        "https://a b",
        "https://h/{a",
        "https://h\r\nx:y",
    ],
)
def test_a_url_that_cannot_be_called_is_refused(control, refused, uri):
    message = refused("CreateIntegration", apiId=control.api(), **HTTP | {"integrationUri": uri})
    assert message == "Invalid HTTP endpoint specified for URI"


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:9000/a/{proxy}?q={id}",
        "http://${stageVariables.host}:${stageVariables.port}/a",
        "https://[::1]:8080",
        "https://${stageVariables.name}.example.com/${stageVariables.path}",
    ],
)
def test_a_url_may_have_variables(control, uri):
    assert control("CreateIntegration", apiId=control.api(), **HTTP | {"integrationUri": uri})["integrationUri"] == uri


@pytest.mark.parametrize("uri", [LISTENER, SERVICE])
def test_a_private_integration_leads_through_a_vpc_link(control, refused, uri):
    api_id = control.api()
    link_id = control("CreateVpcLink", name="link", subnetIds=["subnet-1"])["vpcLinkId"]
    private = HTTP | {"connectionType": "VPC_LINK", "connectionId": link_id, "integrationUri": uri}
    integration = control("CreateIntegration", apiId=api_id, tlsConfig={"serverNameToVerify": "a.test"}, **private)
    assert integration["connectionId"] == link_id
    assert integration["tlsConfig"] == {"serverNameToVerify": "a.test"}
    message = refused("CreateIntegration", apiId=api_id, **private | {"integrationUri": "https://backend.test"})
    assert message.startswith("For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN")
    back = {
        "connectionType": "INTERNET",
        "integrationUri": "https://backend.test",
        "tlsConfig": {"serverNameToVerify": ""},
    }
    changed = control("UpdateIntegration", apiId=api_id, integrationId=integration["integrationId"], **back)
    assert changed.keys().isdisjoint({"connectionId", "tlsConfig"})


@pytest.mark.parametrize("name", ["vlink1", LISTENER])
def test_a_vpc_link_may_have_its_address_by_setting_alone(control, name):
    control.set(vpc_links=frozenset({name}))
    private = HTTP | {"connectionType": "VPC_LINK", "connectionId": "vlink1", "integrationUri": LISTENER}
    assert control("CreateIntegration", apiId=control.api(), **private)["connectionId"] == "vlink1"


@pytest.mark.parametrize(
    "key",
    [
        "header.a",
        "append:path",
        "replace:header.a",
        "overwrite:header.a b",
        "overwrite:statuscode",
        "append:header.",
        "",
    ],
)
def test_a_part_that_cannot_be_changed_is_refused(control, refused, key):
    message = refused("CreateIntegration", apiId=control.api(), requestParameters={key: "b"}, **HTTP)
    assert message == INVALID.format(f"Invalid Request Actioned Parameter destination specified: {key}")


@pytest.mark.parametrize(
    "value",
    [
        "$nothing.a",
        "$request.body..a",
        "$request.body.a[?(@.b)]",
        "${request.path.a} ${x}",
        "$response.header.b",
        "$request.header.a b",
        "a\r\nb: c",
    ],
)
def test_a_source_that_does_not_exist_is_refused(control, refused, value):
    message = refused("CreateIntegration", apiId=control.api(), requestParameters={"append:header.a": value}, **HTTP)
    assert message.startswith(INVALID.partition("{")[0])


RESERVED = (
    *("Authorization", "connection", "Access-Control-Max-Age", "x-amzn-trace-id", "X-Amz-Date", "apigw-a", "TE", "Via"),
    *("Transfer-Encoding", "Content-Length", "X-Forwarded-For", "Origin", "Keep-Alive", "Upgrade", "Forwarded"),
)


@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("action", ["append", "overwrite", "remove"])
def test_a_reserved_header_is_left_alone(control, refused, name, action):
    key = f"{action}:header.{name}"
    value = "" if action == "remove" else "b"
    message = refused("CreateIntegration", apiId=control.api(), requestParameters={key: value}, **HTTP)
    assert message == INVALID.format(f"Operations on header {name} are restricted")


def test_what_is_removed_has_no_value(control, refused):
    parameters = {"remove:header.a": "b"}
    message = refused("CreateIntegration", apiId=control.api(), requestParameters=parameters, **HTTP)
    assert message == INVALID.format("The value of remove:header.a must be ''")


@pytest.mark.parametrize(
    "parameters",
    [
        {"append:header.h": "$request.header.Host", "overwrite:querystring.q": "plain"},
        {"overwrite:path": "/a/${request.path.id}/${context.requestId}"},
        {"overwrite:path": "$request.path", "remove:querystring.secret": "''", "remove:header.cookie": "''"},
        {"append:header.a": "$request.body.items[0].name", "append:header.b": "$request.body"},
        {"append:header.a": "$stageVariables.name", "append:header.b": "$context.authorizer.claims.sub"},
        {"append:header.a": "$request.querystring.a", "overwrite:header.host": "${stageVariables.host}"},
    ],
)
def test_request_parameters_of_the_guide_are_taken(control, parameters):
    integration = control("CreateIntegration", apiId=control.api(), requestParameters=parameters, **HTTP)
    assert integration["requestParameters"] == parameters


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"199": {"overwrite:statuscode": "200"}}, "Status Code 199 is not valid"),
        ({"600": {"overwrite:statuscode": "200"}}, "Status Code 600 is not valid"),
        ({"2xx": {"overwrite:statuscode": "200"}}, "Status Code 2xx is not valid"),
        ({"200": {"overwrite:statuscode": "ok"}}, "Status Code ok is not valid"),
        (
            {"200": {"header.a": "b"}},
            INVALID.format("Invalid Response Actioned Parameter destination specified: header.a"),
        ),
        ({"200": {"append:header.Via": "b"}}, INVALID.format("Operations on header Via are restricted")),
    ],
)
def test_the_grammar_of_response_parameters(control, refused, parameters, message):
    assert refused("CreateIntegration", apiId=control.api(), responseParameters=parameters, **HTTP) == message


def test_a_response_is_not_made_of_the_request(control, refused):
    parameters = {"200": {"append:header.a": "$request.path"}}
    message = refused("CreateIntegration", apiId=control.api(), responseParameters=parameters, **HTTP)
    assert "$request.path is not a variable of responses" in message


def test_mappings_merge_and_go_one_by_one(control):
    api_id = control.api()
    mappings = {
        "requestParameters": {"append:header.a": "1", "append:header.b": "2", "remove:header.c": ""},
        "responseParameters": {"200": {"append:header.a": "1"}, "500": {"overwrite:statuscode": "403"}},
    }
    created = control("CreateIntegration", apiId=api_id, **HTTP, **mappings)
    assert created["requestParameters"]["remove:header.c"] == "''"
    same = {"apiId": api_id, "integrationId": created["integrationId"]}
    changed = control(
        "UpdateIntegration",
        **same,
        requestParameters={"append:header.a": "", "append:header.d": "4", "remove:header.c": ""},
        responseParameters={"200": {}, "404": {"append:header.error": "$stageVariables.environment"}},
    )
    assert changed["requestParameters"] == {"append:header.b": "2", "append:header.d": "4"}
    assert changed["responseParameters"] == {
        "500": {"overwrite:statuscode": "403"},
        "404": {"append:header.error": "$stageVariables.environment"},
    }
    emptied = control(
        "UpdateIntegration",
        **same,
        requestParameters={"append:header.b": "", "append:header.d": ""},
        responseParameters={"404": {}, "500": {}},
    )
    assert emptied.keys().isdisjoint({"requestParameters", "responseParameters"})


def test_an_integration_in_use_is_not_deleted(control):
    api_id = control.api()
    integration_id = control.integration(api_id)
    routes = [control.route(api_id, key, target=f"integrations/{integration_id}") for key in ("GET /a", "GET /b")]
    assert control.refuses("DeleteIntegration", apiId=api_id, integrationId=integration_id) == (
        "ConflictException",
        409,
        f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{', '.join(routes)}]",
    )
    for route_id in routes:
        control("DeleteRoute", apiId=api_id, routeId=route_id)
    control("DeleteIntegration", apiId=api_id, integrationId=integration_id)
    gone = ("NotFoundException", 404, f"Invalid Integration identifier specified {integration_id}")
    assert control.refuses("GetIntegration", apiId=api_id, integrationId=integration_id) == gone


def test_integration_responses_belong_to_websocket_apis(control, refused):
    api_id = control.api()
    same = {"apiId": api_id, "integrationId": control.integration(api_id)}
    message = refused("CreateIntegrationResponse", **same, integrationResponseKey="/200/")
    assert message == "IntegrationResponses are currently not supported for this API protocol type."
    assert control("GetIntegrationResponses", **same) == {"items": []}
    gone = control.refuses("UpdateIntegrationResponse", **same, integrationResponseId="abc123")
    assert gone == ("NotFoundException", 404, "Invalid IntegrationResponse identifier specified abc123")


def test_the_passthrough_of_every_proxy_is_taken_and_not_answered(control, refused):
    api_id = control.api()
    http = {"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": "https://backend.test"}
    made = control("CreateIntegration", apiId=api_id, **http, passthroughBehavior="WHEN_NO_MATCH")
    assert "passthroughBehavior" not in made
    message = refused("CreateIntegration", apiId=api_id, **http, passthroughBehavior="NEVER")
    assert message == "PassthroughBehavior is not currently supported for HTTP APIs."


def test_an_empty_tls_config_clears_it(control):
    api_id = control.api()
    same = {"apiId": api_id, "integrationId": control.integration(api_id)}
    changed = control("UpdateIntegration", **same, tlsConfig={"serverNameToVerify": "backend.test"})
    assert changed["tlsConfig"] == {"serverNameToVerify": "backend.test"}
    assert "tlsConfig" not in control("UpdateIntegration", **same, tlsConfig={})
