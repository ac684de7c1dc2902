"""Every operation of the first API of API Gateway that Limen has, by name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from limen.control.call import Call
from limen.control.v1 import (
    gateway_responses,
    integration_responses,
    integrations,
    method_responses,
    methods,
    models,
    request_validators,
    resources,
    rest_apis,
)

Operation: TypeAlias = Callable[[Call, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "CreateRestApi": rest_apis.create_rest_api,
    "GetRestApi": rest_apis.get_rest_api,
    "GetRestApis": rest_apis.get_rest_apis,
    "UpdateRestApi": rest_apis.update_rest_api,
    "DeleteRestApi": rest_apis.delete_rest_api,
    "CreateResource": resources.create_resource,
    "GetResource": resources.get_resource,
    "GetResources": resources.get_resources,
    "UpdateResource": resources.update_resource,
    "DeleteResource": resources.delete_resource,
    "PutMethod": methods.put_method,
    "GetMethod": methods.get_method,
    "UpdateMethod": methods.update_method,
    "DeleteMethod": methods.delete_method,
    "PutMethodResponse": method_responses.put_method_response,
    "GetMethodResponse": method_responses.get_method_response,
    "UpdateMethodResponse": method_responses.update_method_response,
    "DeleteMethodResponse": method_responses.delete_method_response,
    "PutIntegration": integrations.put_integration,
    "GetIntegration": integrations.get_integration,
    "UpdateIntegration": integrations.update_integration,
    "DeleteIntegration": integrations.delete_integration,
    "PutIntegrationResponse": integration_responses.put_integration_response,
    "GetIntegrationResponse": integration_responses.get_integration_response,
    "UpdateIntegrationResponse": integration_responses.update_integration_response,
    "DeleteIntegrationResponse": integration_responses.delete_integration_response,
    "CreateModel": models.create_model,
    "GetModel": models.get_model,
    "GetModels": models.get_models,
    "GetModelTemplate": models.get_model_template,
    "UpdateModel": models.update_model,
    "DeleteModel": models.delete_model,
    "CreateRequestValidator": request_validators.create_request_validator,
    "GetRequestValidator": request_validators.get_request_validator,
    "GetRequestValidators": request_validators.get_request_validators,
    "UpdateRequestValidator": request_validators.update_request_validator,
    "DeleteRequestValidator": request_validators.delete_request_validator,
    "PutGatewayResponse": gateway_responses.put_gateway_response,
    "GetGatewayResponse": gateway_responses.get_gateway_response,
    "GetGatewayResponses": gateway_responses.get_gateway_responses,
    "UpdateGatewayResponse": gateway_responses.update_gateway_response,
    "DeleteGatewayResponse": gateway_responses.delete_gateway_response,
}
