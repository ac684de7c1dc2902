"""Every operation of the AWS APIs that Limen has, by service and name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from limen.aws.errors import AwsError
from limen.control.call import Answer, Call
from limen.control.openapi import operations as openapi
from limen.control.v1 import operations as v1
from limen.control.v2 import (
    api_mappings,
    apis,
    authorizers,
    cors,
    deployments,
    domain_names,
    integration_responses,
    integrations,
    models,
    route_responses,
    routes,
    stages,
    tags,
    vpc_links,
)

Operation: TypeAlias = Callable[[Call, dict[str, Any]], Answer]


def not_implemented(name: str) -> AwsError:
    """400, for SDKs retry what is 5xx."""
    return AwsError("NotImplementedException", f"Limen does not implement {name} yet", 400)


OPERATIONS: dict[str, dict[str, Operation]] = {
    "apigateway": {**v1.OPERATIONS},
    "apigatewayv2": {
        "CreateApi": apis.create_api,
        "GetApi": apis.get_api,
        "GetApis": apis.get_apis,
        "UpdateApi": apis.update_api,
        "DeleteApi": apis.delete_api,
        "DeleteCorsConfiguration": cors.delete_cors_configuration,
        "ImportApi": openapi.import_api,
        "ReimportApi": openapi.reimport_api,
        "ExportApi": openapi.export_api,
        "CreateApiMapping": api_mappings.create_api_mapping,
        "GetApiMapping": api_mappings.get_api_mapping,
        "GetApiMappings": api_mappings.get_api_mappings,
        "UpdateApiMapping": api_mappings.update_api_mapping,
        "DeleteApiMapping": api_mappings.delete_api_mapping,
        "CreateAuthorizer": authorizers.create_authorizer,
        "GetAuthorizer": authorizers.get_authorizer,
        "GetAuthorizers": authorizers.get_authorizers,
        "UpdateAuthorizer": authorizers.update_authorizer,
        "DeleteAuthorizer": authorizers.delete_authorizer,
        "CreateDeployment": deployments.create_deployment,
        "GetDeployment": deployments.get_deployment,
        "GetDeployments": deployments.get_deployments,
        "UpdateDeployment": deployments.update_deployment,
        "DeleteDeployment": deployments.delete_deployment,
        "CreateDomainName": domain_names.create_domain_name,
        "GetDomainName": domain_names.get_domain_name,
        "GetDomainNames": domain_names.get_domain_names,
        "UpdateDomainName": domain_names.update_domain_name,
        "DeleteDomainName": domain_names.delete_domain_name,
        "CreateIntegrationResponse": integration_responses.create_integration_response,
        "GetIntegrationResponse": integration_responses.get_integration_response,
        "GetIntegrationResponses": integration_responses.get_integration_responses,
        "UpdateIntegrationResponse": integration_responses.update_integration_response,
        "DeleteIntegrationResponse": integration_responses.delete_integration_response,
        "CreateIntegration": integrations.create_integration,
        "GetIntegration": integrations.get_integration,
        "GetIntegrations": integrations.get_integrations,
        "UpdateIntegration": integrations.update_integration,
        "DeleteIntegration": integrations.delete_integration,
        "CreateModel": models.create_model,
        "GetModel": models.get_model,
        "GetModels": models.get_models,
        "UpdateModel": models.update_model,
        "DeleteModel": models.delete_model,
        "GetModelTemplate": models.get_model_template,
        "CreateRouteResponse": route_responses.create_route_response,
        "GetRouteResponse": route_responses.get_route_response,
        "GetRouteResponses": route_responses.get_route_responses,
        "UpdateRouteResponse": route_responses.update_route_response,
        "DeleteRouteResponse": route_responses.delete_route_response,
        "CreateRoute": routes.create_route,
        "GetRoute": routes.get_route,
        "GetRoutes": routes.get_routes,
        "UpdateRoute": routes.update_route,
        "DeleteRoute": routes.delete_route,
        "DeleteRouteRequestParameter": routes.delete_route_request_parameter,
        "CreateStage": stages.create_stage,
        "GetStage": stages.get_stage,
        "GetStages": stages.get_stages,
        "UpdateStage": stages.update_stage,
        "DeleteStage": stages.delete_stage,
        "DeleteAccessLogSettings": stages.delete_access_log_settings,
        "DeleteRouteSettings": stages.delete_route_settings,
        "ResetAuthorizersCache": stages.reset_authorizers_cache,
        "CreateVpcLink": vpc_links.create_vpc_link,
        "GetVpcLink": vpc_links.get_vpc_link,
        "GetVpcLinks": vpc_links.get_vpc_links,
        "UpdateVpcLink": vpc_links.update_vpc_link,
        "DeleteVpcLink": vpc_links.delete_vpc_link,
        "TagResource": tags.tag_resource,
        "UntagResource": tags.untag_resource,
        "GetTags": tags.get_tags,
    },
}
