"""The REST API of the scenarios: one method for each way of answering, made through boto3."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.limen_server import LimenServer

LOG_FIELDS = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "protocol": "$context.protocol",
    "responseLength": "$context.responseLength",
    "userAgent": "$context.identity.userAgent",
    "latency": "$context.integrationLatency",
}
LOG_FORMAT = "{" + ",".join(f'"{name}":"{variable}"' for name, variable in LOG_FIELDS.items()) + "}"

_TEXT = {"type": "string", "minLength": 1, "maxLength": 64}
ORDER_MODEL = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["id", "customer", "item", "quantity", "price", "currency"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "customer": _TEXT,
        "item": _TEXT,
        "quantity": {"type": "integer", "minimum": 1, "maximum": 1000},
        "price": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR", "USD", "GBP"]},
        "street": _TEXT,
        "city": _TEXT,
        "zip": {"type": "string", "pattern": "^[0-9]{5}$"},
        "country": {"type": "string", "minLength": 2, "maxLength": 2},
        "gift": {"type": "boolean"},
        "tags": {"type": "array", "items": _TEXT, "maxItems": 8},
    },
}
"""Twelve fields."""

ORDER = {
    "id": 42,
    "customer": "Ana Pereira",
    "item": "towel",
    "quantity": 2,
    "price": 12.5,
    "currency": "EUR",
    "street": "Rua do Sol 7",
    "city": "Porto",
    "zip": "40500",
    "country": "PT",
    "gift": False,
    "tags": ["bath", "blue"],
}

INVOICE = {
    "number": "2026-0042",
    "customer": {"name": "Ana Pereira", "city": "Porto", "email": "ana@example.com"},
    "lines": [
        {"item": f"item {number}", "quantity": number, "price": 1.5 * number, "note": "a note of some length " * 2}
        for number in range(1, 13)
    ],
    "total": 117.0,
}
"""About 2 KB."""

PASSTHROUGH = """##  See http://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "account-id" : "$context.identity.accountId",
    "api-id" : "$context.apiId",
    "api-key" : "$context.identity.apiKey",
    "authorizer-principal-id" : "$context.authorizer.principalId",
    "caller" : "$context.identity.caller",
    "http-method" : "$context.httpMethod",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp",
    "user" : "$context.identity.user",
    "user-agent" : "$context.identity.userAgent",
    "user-arn" : "$context.identity.userArn",
    "request-id" : "$context.requestId",
    "resource-id" : "$context.resourceId",
    "resource-path" : "$context.resourcePath"
    }
}
"""
"""What API Gateway's console proposes as "Method Request passthrough"."""

TWENTY_LINES = """#set($order = $input.path('$'))
{
  "order" : {
    "id" : "$order.id",
    "what" : "$util.escapeJavaScript($order.item)",
#if($order.quantity > 1)
    "many" : true,
#else
    "many" : false,
#end
    "quantity" : $order.quantity,
    "letters" : [
#foreach($letter in ["a", "b", "c", "d"])
      "$letter$foreach.count"#if($foreach.hasNext),#end
#end
    ]
  },
  "seen" : "$context.requestTimeEpoch",
  "request" : "$context.requestId",
  "stage" : "$context.stage"
}
"""


def put_rest_api(server: "LimenServer", backend: str, *, is_logging: bool) -> str:
    """Deployed to the stage prod; the id of the API."""
    client = server.client("apigateway")
    api_id = str(client.create_rest_api(name="bench")["id"])
    api = _Api(client, api_id)
    client.create_model(restApiId=api_id, name="Order", contentType="application/json", schema=json.dumps(ORDER_MODEL))
    validator = client.create_request_validator(restApiId=api_id, name="body", validateRequestBody=True)["id"]
    proxy = {
        "type": "HTTP_PROXY",
        "uri": f"{backend}/v1/orders/{{id}}",
        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
    }
    api.put("orders", "GET", proxy)
    api.put("checked", "POST", proxy, requestValidatorId=validator, requestModels={"application/json": "Order"})
    mapped = {**proxy, "type": "HTTP", "requestTemplates": {"application/json": PASSTHROUGH}}
    api.put("mapped", "POST", mapped, answers=TWENTY_LINES)
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    api.put("mocked", "GET", mock, answers='{"id":"42","item":"towel","quantity":1}')
    client.create_deployment(restApiId=api_id, stageName="prod")
    if is_logging:
        patch = {
            "/accessLogSettings/destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:bench",
            "/accessLogSettings/format": LOG_FORMAT,
        }
        operations = [{"op": "replace", "path": path, "value": value} for path, value in patch.items()]
        client.update_stage(restApiId=api_id, stageName="prod", patchOperations=operations)
    return api_id


class _Api:
    def __init__(self, client: Any, api_id: str) -> None:
        self._client = client
        self._api_id = api_id
        self._root = client.get_resources(restApiId=api_id)["items"][0]["id"]

    def put(
        self, name: str, verb: str, integration: dict[str, Any], *, answers: str | None = None, **method: Any
    ) -> None:
        """A method on `/{name}/{id}`; `answers` is a response template."""
        client, api = self._client, self._api_id
        parent = client.create_resource(restApiId=api, parentId=self._root, pathPart=name)["id"]
        resource = client.create_resource(restApiId=api, parentId=parent, pathPart="{id}")["id"]
        on = {"restApiId": api, "resourceId": resource, "httpMethod": verb}
        parameters = {"method.request.path.id": True}
        client.put_method(**on, authorizationType="NONE", requestParameters=parameters, **method)
        client.put_integration(**on, integrationHttpMethod=verb, **integration)
        if answers is not None:
            client.put_method_response(**on, statusCode="200")
            templates = {"application/json": answers}
            client.put_integration_response(**on, statusCode="200", responseTemplates=templates)
