"""A REST API in front of an old backend that speaks XML: validated, translated both ways, served to browsers."""

import json
from typing import Any

from tests.support.limen_process import LimenProcess

TO_XML = """\
#set($in = $input.path('$'))
<parcel version="$stageVariables.version"><to>$in.to</to>\
#foreach($item in $in.items)<item weight="$item.weight">$item.name</item>#end</parcel>"""
TO_JSON = """\
## limen: xml
{"number": "$input.path('$.accepted.number')", "canary": "$context.isCanaryRequest"}"""

ORIGIN = {"method.response.header.Access-Control-Allow-Origin": "'https://shop.example'"}
PARCEL = {
    "type": "object",
    "required": ["to", "items"],
    "properties": {
        "to": {"type": "string", "minLength": 1},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "weight"],
                "properties": {"name": {"type": "string"}, "weight": {"type": "number", "maximum": 30}},
            },
        },
    },
}
INTEGRATION = {
    "type": "http",
    "httpMethod": "POST",
    "uri": "http://${stageVariables.backend}/parcels",
    "requestParameters": {
        "integration.request.header.Content-Type": "'text/xml'",
        "integration.request.header.X-Tenant": "method.request.header.X-Tenant",
        "integration.request.querystring.depot": "method.request.path.depot",
    },
    "requestTemplates": {"application/json": TO_XML},
    "passthroughBehavior": "never",
    "responses": {
        "default": {
            "statusCode": "201",
            "responseParameters": {**ORIGIN, "method.response.header.X-Number": "integration.response.header.X-Nr"},
            "responseTemplates": {"application/json": TO_JSON},
        },
        r"4\d{2}": {
            "statusCode": "409",
            "responseParameters": ORIGIN,
            "responseTemplates": {"application/json": '{"refused": "$input.body"}'},
        },
        r"5\d{2}": {
            "statusCode": "502",
            "responseParameters": ORIGIN,
            "responseTemplates": {"application/json": '{"refused": "later"}'},
        },
    },
}
PREFLIGHT = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {
                **ORIGIN,
                "method.response.header.Access-Control-Allow-Methods": "'POST,OPTIONS'",
                "method.response.header.Access-Control-Allow-Headers": "'Content-Type,X-Tenant'",
            },
        }
    },
}
GATEWAY_RESPONSES = {
    "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
    "DEFAULT_5XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
    "BAD_REQUEST_BODY": {
        "statusCode": "422",
        "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        "responseTemplates": {"application/json": '{"invalid": "$context.error.validationErrorString"}'},
    },
}


def parcels() -> dict[str, Any]:
    """As an OpenAPI document."""
    depot = {"in": "path", "name": "depot", "required": True, "type": "string"}
    tenant = {"in": "header", "name": "X-Tenant", "required": True, "type": "string"}
    body = {"in": "body", "name": "Parcel", "required": True, "schema": {"$ref": "#/definitions/Parcel"}}
    post = {
        "consumes": ["application/json"],
        "parameters": [depot, tenant, body],
        "responses": _declared(INTEGRATION),
        "x-amazon-apigateway-integration": INTEGRATION,
        "x-amazon-apigateway-request-validator": "all",
    }
    options = {"responses": _declared(PREFLIGHT), "x-amazon-apigateway-integration": PREFLIGHT, "parameters": [depot]}
    return {
        "swagger": "2.0",
        "info": {"title": "parcels", "version": "1"},
        "paths": {"/depots/{depot}/parcels": {"post": post, "options": options}},
        "definitions": {"Parcel": PARCEL},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-gateway-responses": GATEWAY_RESPONSES,
    }


def _declared(integration: dict[str, Any]) -> dict[str, Any]:
    return {
        response["statusCode"]: {
            "description": "",
            "headers": {
                key.removeprefix("method.response.header."): {"type": "string"}
                for key in response["responseParameters"]
            },
        }
        for response in integration["responses"].values()
    }


def deploy_parcels(limen: LimenProcess, backend: str) -> str:
    """The id of the API, deployed to `prod`; `backend` is host and port."""
    client = limen.client("apigateway")
    api_id = str(client.import_rest_api(body=json.dumps(parcels()).encode())["id"])
    client.create_deployment(restApiId=api_id, stageName="prod", variables={"backend": backend, "version": "1"})
    return api_id
