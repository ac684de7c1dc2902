"""A REST API made with boto3: invoices that are validated, turned into another shape for the backend, and back."""

import json
from typing import Any

MODEL = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["customer", "amount"],
    "properties": {"customer": {"type": "string"}, "amount": {"type": "number", "minimum": 1}},
}
REQUEST_TEMPLATE = """\
#set($in = $input.path('$'))
{"bill": {"to": "$in.customer", "of": $in.amount}}"""
RESPONSE_TEMPLATE = """{"number": $input.json('$.nr')}"""


def create_invoices(client: Any, backend_url: str) -> dict[str, str]:
    """What names its `POST /invoices/{region}`, which goes to `{backend}/bills` by HTTP with templates."""
    api_id = client.create_rest_api(name="invoices")["id"]
    client.create_model(restApiId=api_id, name="Invoice", contentType="application/json", schema=json.dumps(MODEL))
    validator = client.create_request_validator(
        restApiId=api_id, name="all", validateRequestBody=True, validateRequestParameters=True
    )
    parent = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    for part in ("invoices", "{region}"):
        parent = client.create_resource(restApiId=api_id, parentId=parent, pathPart=part)["id"]
    named = {"restApiId": api_id, "resourceId": parent, "httpMethod": "POST"}
    client.put_method(
        **named,
        authorizationType="NONE",
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Invoice"},
        requestParameters={"method.request.header.X-Tenant": True, "method.request.path.region": True},
    )
    client.put_method_response(**named, statusCode="201", responseParameters={"method.response.header.X-Nr": False})
    client.put_integration(
        **named,
        type="HTTP",
        integrationHttpMethod="POST",
        uri=f"{backend_url}/bills",
        requestParameters={"integration.request.header.X-Region": "method.request.path.region"},
        requestTemplates={"application/json": REQUEST_TEMPLATE},
    )
    client.put_integration_response(
        **named,
        statusCode="201",
        responseTemplates={"application/json": RESPONSE_TEMPLATE},
        responseParameters={"method.response.header.X-Nr": "integration.response.header.X-Nr"},
    )
    return named
