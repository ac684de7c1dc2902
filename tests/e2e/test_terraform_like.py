"""What Terraform's AWS provider sends of each resource, and that what it reads back is what was configured."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.limen_process import LimenProcess
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:auth"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
LOG_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:terraform"
USER_POOL = f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_abc"


@pytest.fixture(scope="module")
def client(limen: LimenProcess) -> Any:
    return limen.client("apigateway")


@pytest.fixture
def method(client: Any) -> Iterator[dict[str, str]]:
    """What names a GET of /test that is not secured, in an API of its own."""
    api = client.create_rest_api(name="terraform")
    resource = client.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="test")
    named = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "GET"}
    client.put_method(**named, authorizationType="NONE", apiKeyRequired=False)
    yield named
    client.delete_rest_api(restApiId=api["id"])


@pytest.fixture
def stage(client: Any, method: dict[str, str]) -> dict[str, str]:
    client.put_integration(**method, type="MOCK", connectionType="INTERNET")
    api_id = method["restApiId"]
    deployment = client.create_deployment(restApiId=api_id, description="")
    client.create_stage(restApiId=api_id, stageName="prod", deploymentId=deployment["id"])
    return {"restApiId": api_id, "stageName": "prod"}


def patches(*operations: tuple[str, ...]) -> list[dict[str, str]]:
    return [dict(zip(("op", "path", "value"), each, strict=False)) for each in operations]


def replacements(**values: str) -> list[dict[str, str]]:
    """Of members at the top."""
    return patches(*(("replace", f"/{name}", value) for name, value in values.items()))


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_the_settings_of_an_api_win_over_those_of_its_body(client: Any) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}],
    }
    settings = {"name": "configured", "description": "Managed", "binaryMediaTypes": ["image/png"]}
    api_id = client.create_rest_api(**settings, policy=json.dumps(policy), tags={"team": "a"})["id"]
    proxy = {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "https://backend.example"}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "imported", "version": "1.0"},
        "paths": {"/path1": {"get": {"x-amazon-apigateway-integration": proxy}}},
        "x-amazon-apigateway-binary-media-types": ["text/css"],
    }

    imported = client.put_rest_api(restApiId=api_id, mode="overwrite", body=json.dumps(document).encode())
    taken = [("remove", "/binaryMediaTypes/text~1css"), ("add", "/binaryMediaTypes/image~1png")]
    names = replacements(name="configured", description="Managed", policy=json.dumps(policy))
    client.update_rest_api(restApiId=api_id, patchOperations=patches(*taken) + names)

    assert (imported["name"], imported["binaryMediaTypes"]) == ("imported", ["text/css"])
    read = client.get_rest_api(restApiId=api_id)
    assert {name: read[name] for name in settings} == settings
    assert json.loads(json.loads(f'"{read["policy"]}"')) == policy
    assert read["tags"] == {"team": "a"}
    assert {each["path"] for each in client.get_resources(restApiId=api_id)["items"]} == {"/", "/path1"}


def test_a_method_changes_its_authorizer_in_place(client: Any, method: dict[str, str]) -> None:
    api_id = method["restApiId"]
    common = {"restApiId": api_id, "identitySource": "method.request.header.Authorization"}
    token = client.create_authorizer(
        **common, name="token", type="TOKEN", authorizerUri=INVOCATION, authorizerResultTtlInSeconds=300
    )
    pools = client.create_authorizer(
        **common, name="pools", type="COGNITO_USER_POOLS", providerARNs=[USER_POOL], authorizerResultTtlInSeconds=300
    )

    def change(*operations: tuple[str, ...]) -> dict[str, Any]:
        client.update_method(**method, patchOperations=patches(*operations))
        read = client.get_method(**method)
        return {name: read.get(name) for name in ("authorizationType", "authorizerId", "authorizationScopes")}

    assert change(("replace", "/authorizationType", "CUSTOM"), ("replace", "/authorizerId", token["id"])) == {
        "authorizationType": "CUSTOM",
        "authorizerId": token["id"],
        "authorizationScopes": None,
    }
    scoped = [("add", "/authorizationScopes", scope) for scope in ("read", "write")]
    pooled = [("replace", "/authorizationType", "COGNITO_USER_POOLS"), ("replace", "/authorizerId", pools["id"])]
    assert change(*pooled, *scoped)["authorizationScopes"] == ["read", "write"]
    scopes = [("remove", "/authorizationScopes", scope) for scope in ("read", "write")]
    off = change(*scopes, ("replace", "/authorizationType", "NONE"), ("replace", "/authorizerId", ""))
    assert off == {"authorizationType": "NONE", "authorizerId": None, "authorizationScopes": None}


def test_an_integration_changes_its_maps_entry_by_entry(client: Any, method: dict[str, str]) -> None:
    client.update_method(
        **method, patchOperations=patches(("add", "/requestParameters/method.request.path.id", "true"))
    )
    client.put_integration(
        **method,
        type="HTTP",
        integrationHttpMethod="GET",
        uri="https://backend.example",
        connectionType="INTERNET",
        requestTemplates={"application/json": "", "application/xml": "#set($root = $input.path('$'))"},
        requestParameters={"integration.request.header.X-Old": "'old'", "integration.request.header.X-Kept": "'a'"},
        timeoutInMillis=29000,
        tlsConfig={"insecureSkipVerification": False},
    )

    operations = [
        ("remove", "/requestTemplates/application~1xml"),
        ("add", "/requestTemplates/text~1html", "x"),
        ("remove", "/requestParameters/integration.request.header.X-Old"),
        ("replace", "/requestParameters/integration.request.header.X-Kept", "'b'"),
        ("add", "/cacheKeyParameters/method.request.path.id", ""),
        ("replace", "/cacheNamespace", "shared"),
        ("replace", "/contentHandling", "CONVERT_TO_TEXT"),
        ("replace", "/timeoutInMillis", "2000"),
        ("replace", "/tlsConfig/insecureSkipVerification", "true"),
    ]
    client.update_integration(**method, patchOperations=patches(*operations))

    assert without_metadata(client.get_integration(**method)) == {
        "type": "HTTP",
        "httpMethod": "GET",
        "uri": "https://backend.example",
        "connectionType": "INTERNET",
        "requestTemplates": {"application/json": None, "text/html": "x"},
        "requestParameters": {"integration.request.header.X-Kept": "'b'"},
        "passthroughBehavior": "WHEN_NO_MATCH",
        "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 2000,
        "cacheNamespace": "shared",
        "cacheKeyParameters": ["method.request.path.id"],
        "tlsConfig": {"insecureSkipVerification": True},
    }
    removal = patches(("remove", "/cacheKeyParameters/method.request.path.id", ""))
    client.update_integration(**method, patchOperations=removal)
    assert client.get_integration(**method)["cacheKeyParameters"] == []


def test_a_stage_with_a_canary_and_access_logs_does_not_drift(client: Any, stage: dict[str, str]) -> None:
    certificate = client.generate_client_certificate(description="Managed")["clientCertificateId"]
    configured = [
        *replacements(
            clientCertificateId=certificate, description="x", tracingEnabled="true", cacheClusterEnabled="true"
        ),
        *patches(
            ("replace", "/canarySettings/stageVariableOverrides/one", "1"),
            ("replace", "/canarySettings/percentTraffic", "33.330000"),
            ("replace", "/variables/one", "2"),
            ("replace", "/accessLogSettings/destinationArn", f"{LOG_GROUP}:*"),
            ("replace", "/accessLogSettings/format", "$context.requestId $context.status"),
        ),
    ]
    client.update_stage(**stage, patchOperations=configured)

    read = client.get_stage(**stage)
    assert read["accessLogSettings"] == {"destinationArn": LOG_GROUP, "format": "$context.requestId $context.status"}
    assert read["canarySettings"] == {
        "percentTraffic": 33.33,
        "deploymentId": read["deploymentId"],
        "stageVariableOverrides": {"one": "1"},
        "useStageCache": False,
    }
    assert (read["variables"], read["tracingEnabled"], read["cacheClusterSize"]) == ({"one": "2"}, True, "0.5")

    taken = [
        ("remove", "/canarySettings/stageVariableOverrides/one"),
        ("remove", "/canarySettings"),
        ("remove", "/variables/one"),
        ("remove", "/accessLogSettings"),
    ]
    bare = replacements(clientCertificateId="", description="", tracingEnabled="false", cacheClusterEnabled="false")
    client.update_stage(**stage, patchOperations=patches(*taken) + bare)
    absent = {"accessLogSettings", "canarySettings", "clientCertificateId", "description", "variables"}
    assert not absent & client.get_stage(**stage).keys()


@pytest.mark.parametrize("path", ["*/*", "test/GET", "a/{b}/GET"])
def test_method_settings_are_found_by_the_path_they_were_set_by(client: Any, stage: dict[str, str], path: str) -> None:
    values = [
        ("metrics/enabled", "true"),
        ("logging/loglevel", "INFO"),
        ("throttling/burstLimit", "-1"),
        ("throttling/rateLimit", "-1.000000"),
        ("caching/ttlInSeconds", "0"),
        ("caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"),
    ]
    operations = patches(*(("replace", f"/{path}/{name}", value) for name, value in values))
    client.update_stage(**stage, patchOperations=operations)

    settings = client.get_stage(**stage)["methodSettings"][path]

    assert (settings["metricsEnabled"], settings["loggingLevel"], settings["cacheTtlInSeconds"]) == (True, "INFO", 0)
    assert (settings["throttlingBurstLimit"], settings["throttlingRateLimit"]) == (-1, -1.0)
    client.update_stage(**stage, patchOperations=patches(("remove", f"/{path}")))
    assert path not in client.get_stage(**stage)["methodSettings"]


def test_a_usage_plan_gets_its_stages_anew(client: Any, stage: dict[str, str]) -> None:
    named = f"{stage['restApiId']}:{stage['stageName']}"
    wanted = {"apiId": stage["restApiId"], "stage": stage["stageName"]}
    throttle = {"/test/GET": {"burstLimit": 3, "rateLimit": 6.0}}
    plan_id = client.create_usage_plan(name="plan", apiStages=[wanted | {"throttle": throttle}])["id"]

    operations = [
        ("remove", "/apiStages", named),
        ("add", "/apiStages", named),
        ("replace", f"/apiStages/{named}/throttle//test/GET/rateLimit", "2"),
        ("replace", f"/apiStages/{named}/throttle//test/GET/burstLimit", "1"),
        ("replace", "/throttle/rateLimit", "10.5"),
        ("replace", "/throttle/burstLimit", "5"),
        ("replace", "/quota/limit", "100"),
        ("replace", "/quota/offset", "99"),
        ("replace", "/quota/period", "MONTH"),
        ("add", "/productCode", "MYCODE"),
    ]
    client.update_usage_plan(usagePlanId=plan_id, patchOperations=patches(*operations))

    assert without_metadata(client.get_usage_plan(usagePlanId=plan_id)) == {
        "id": plan_id,
        "name": "plan",
        "apiStages": [wanted | {"throttle": {"/test/GET": {"burstLimit": 1, "rateLimit": 2.0}}}],
        "throttle": {"burstLimit": 5, "rateLimit": 10.5},
        "quota": {"limit": 100, "offset": 99, "period": "MONTH"},
        "productCode": "MYCODE",
    }
    taken = [("remove", "/throttle"), ("remove", "/quota"), ("remove", "/productCode"), ("remove", "/apiStages", named)]
    client.update_usage_plan(usagePlanId=plan_id, patchOperations=patches(*taken))
    client.delete_usage_plan(usagePlanId=plan_id)


def test_small_resources_are_read_as_they_were_configured(client: Any, method: dict[str, str]) -> None:
    api_id = method["restApiId"]
    headers = {"gatewayresponse.header.Authorization": "'Basic'"}
    response = {"responseType": "UNAUTHORIZED", "statusCode": "401", "responseParameters": headers}
    client.put_gateway_response(restApiId=api_id, **response, responseTemplates={"application/xml": "x"})
    read = client.get_gateway_response(restApiId=api_id, responseType="UNAUTHORIZED")
    assert without_metadata(read) == response | {
        "responseTemplates": {"application/xml": "x"},
        "defaultResponse": False,
    }

    location = {"type": "METHOD", "method": "GET", "path": "/test"}
    part = client.create_documentation_part(restApiId=api_id, location=location, properties='{"a": 1}')
    new = replacements(properties='{"a": 2}')
    client.update_documentation_part(restApiId=api_id, documentationPartId=part["id"], patchOperations=new)
    found = client.get_documentation_part(restApiId=api_id, documentationPartId=part["id"])
    assert (found["location"], found["properties"]) == (location, '{"a": 2}')

    key = client.create_api_key(name="key", description="Managed by Terraform", enabled=True)
    client.update_api_key(apiKey=key["id"], patchOperations=replacements(enabled="false", description="new"))
    read = client.get_api_key(apiKey=key["id"], includeValue=True)
    assert (read["enabled"], read["description"], read["value"]) == (False, "new", key["value"])

    balancer = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/net/a/b"
    link = client.create_vpc_link(name="link", targetArns=[balancer], tags={"team": "a"})
    assert link["status"] == "PENDING"
    read = client.get_vpc_link(vpcLinkId=link["id"])
    assert (read["status"], read["targetArns"], read["tags"]) == ("AVAILABLE", [balancer], {"team": "a"})

    role = f"arn:aws:iam::{ACCOUNT}:role/logs"
    client.update_account(patchOperations=replacements(cloudwatchRoleArn=role))
    assert client.get_account()["cloudwatchRoleArn"] == role
    client.update_account(patchOperations=replacements(cloudwatchRoleArn=""))
    assert "cloudwatchRoleArn" not in client.get_account()


def test_a_function_is_read_as_it_was_configured(limen: LimenProcess) -> None:
    """aws_lambda_function and what hangs on it, in the order of the provider's calls."""
    functions, logs = limen.client("lambda"), limen.client("logs")
    logs.create_log_group(logGroupName="/terraform/hello", logGroupClass="STANDARD", tags={"team": "a"})
    logs.put_retention_policy(logGroupName="/terraform/hello", retentionInDays=7)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/terraform/hello")["logGroups"]
    assert (group["retentionInDays"], group["logGroupClass"]) == (7, "STANDARD")
    assert logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == {"team": "a"}

    configured = {
        "Role": f"arn:aws:iam::{ACCOUNT}:role/lambda",
        "Handler": "app.handler",
        "Runtime": "python3.11",
        "MemorySize": 256,
        "Timeout": 10,
        "Description": "",
        "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 1024},
        "LoggingConfig": {
            "LogFormat": "JSON",
            "ApplicationLogLevel": "DEBUG",
            "SystemLogLevel": "WARN",
            "LogGroup": "/terraform/hello",
        },
        "TracingConfig": {"Mode": "Active"},
        "DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"},
        "Environment": {"Variables": {"STAGE": "dev"}},
        "KMSKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k",
    }
    code = make_zip({"app.py": "def handler(event, context):\n    return event\n"})
    named = {"FunctionName": "terraform"}
    functions.create_function(**named, **configured, Code={"ZipFile": code}, Publish=True, Tags={"team": "a"})
    functions.get_waiter("function_active_v2").wait(**named)
    functions.put_function_concurrency(**named, ReservedConcurrentExecutions=4)
    found = functions.get_function(**named)
    assert {name: found["Configuration"][name] for name in configured} == configured
    assert (found["Tags"], found["Concurrency"]) == ({"team": "a"}, {"ReservedConcurrentExecutions": 4})
    versions = functions.list_versions_by_function(**named)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1"]
    assert functions.get_function_code_signing_config(**named)["CodeSigningConfigArn"] == ""

    unset = {"Environment": {}, "DeadLetterConfig": {"TargetArn": ""}, "KMSKeyArn": ""}
    plain = {"LoggingConfig": {"LogFormat": "Text"}, "TracingConfig": {"Mode": "PassThrough"}, "MemorySize": 128}
    functions.update_function_configuration(**named, **unset, **plain)
    functions.get_waiter("function_updated_v2").wait(**named)
    functions.update_function_code(**named, ZipFile=code, Architectures=["x86_64"])
    functions.delete_function_concurrency(**named)
    changed = functions.get_function(**named)
    assert not unset.keys() & changed["Configuration"].keys()
    assert changed["Configuration"]["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/terraform/hello"}
    assert changed["Configuration"]["Architectures"] == ["x86_64"]
    assert "Concurrency" not in changed
    functions.delete_function(**named)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(**named)
    logs.delete_log_group(logGroupName="/terraform/hello")


def test_the_account_is_known(limen: LimenProcess) -> None:
    """The provider asks before anything else, and makes ARNs of the answer."""
    identity = limen.client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
