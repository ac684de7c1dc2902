"""Terraform itself, where somebody asks for it: what it makes does not drift, works, and goes."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess
from tests.support.zips import make_zip

MIRROR = os.environ.get("LIMEN_TEST_TERRAFORM", "")
"""A directory of providers (`terraform providers mirror`). Asked for, as a run takes a minute of processor time."""
CODE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'version ' + context.function_version}\n"

pytestmark = pytest.mark.skipif(
    not MIRROR or shutil.which("terraform") is None,
    reason="runs where there is terraform, and LIMEN_TEST_TERRAFORM names a mirror that has its provider aws",
)

PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    acm          = var.limen
    apigateway   = var.limen
    apigatewayv2 = var.limen
    iam          = var.limen
    lambda       = var.limen
    logs         = var.limen
    sts          = var.limen
  }
}
variable "limen" {}
"""

CONFIGURATION = """
resource "aws_cloudwatch_log_group" "hello" {
  name              = "/aws/lambda/hello"
  retention_in_days = 7
}
resource "aws_lambda_layer_version" "shared" {
  layer_name          = "shared"
  filename            = "app.zip"
  compatible_runtimes = ["python3.11", "java21"]
}
resource "aws_lambda_function" "hello" {
  function_name    = "hello"
  role             = "arn:aws:iam::000000000000:role/lambda"
  handler          = "app.handler"
  runtime          = "python3.11"
  filename         = "app.zip"
  source_code_hash = filebase64sha256("app.zip")
  publish          = true
  layers           = [aws_lambda_layer_version.shared.arn]
  environment { variables = { STAGE = "dev" } }
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.hello.name
  }
  tags = { team = "a" }
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.hello.function_name
  function_version = aws_lambda_function.hello.version
}
resource "aws_lambda_function_event_invoke_config" "live" {
  function_name          = aws_lambda_function.hello.function_name
  qualifier              = aws_lambda_alias.live.name
  maximum_retry_attempts = 0
}
resource "aws_lambda_permission" "http" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hello.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*/*"
}
resource "aws_lambda_permission" "rest" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hello.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest.execution_arn}/*/*"
}
resource "aws_apigatewayv2_api" "http" {
  name          = "http"
  protocol_type = "HTTP"
}
resource "aws_apigatewayv2_integration" "hello" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.invoke_arn
  payload_format_version = "2.0"
}
resource "aws_apigatewayv2_route" "hello" {
  api_id    = aws_apigatewayv2_api.http.id
  route_key = "GET /hello"
  target    = "integrations/${aws_apigatewayv2_integration.hello.id}"
}
resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
}
resource "aws_api_gateway_rest_api" "rest" {
  name = "rest"
}
resource "aws_api_gateway_resource" "proxy" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "{proxy+}"
}
resource "aws_api_gateway_method" "any" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.proxy.id
  http_method   = "ANY"
  authorization = "NONE"
}
resource "aws_api_gateway_integration" "hello" {
  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = aws_api_gateway_resource.proxy.id
  http_method             = aws_api_gateway_method.any.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = aws_lambda_function.hello.invoke_arn
}
resource "aws_api_gateway_deployment" "rest" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  depends_on  = [aws_api_gateway_integration.hello]
}
resource "aws_api_gateway_stage" "dev" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  deployment_id = aws_api_gateway_deployment.rest.id
  stage_name    = "dev"
}
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "*/*"
  settings { metrics_enabled = true }
}
output "apis" {
  value = { http = aws_apigatewayv2_api.http.id, rest = aws_api_gateway_rest_api.rest.id }
}
"""

PRODUCT = """
variable "change" { default = 0 }
resource "aws_iam_role" "logs" {
  name               = "api-logs"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "apigateway.amazonaws.com" } }]
  })
}
resource "aws_api_gateway_account" "all" {
  cloudwatch_role_arn = aws_iam_role.logs.arn
}
resource "aws_api_gateway_rest_api" "pets" {
  name = "pets"
}
resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_rest_api.pets.root_resource_id
  path_part   = "pets"
}
resource "aws_api_gateway_method" "get" {
  rest_api_id        = aws_api_gateway_rest_api.pets.id
  resource_id        = aws_api_gateway_resource.pets.id
  http_method        = "GET"
  authorization      = "NONE"
  api_key_required   = true
  request_parameters = { "method.request.querystring.kind" = false }
}
resource "aws_api_gateway_integration" "get" {
  rest_api_id          = aws_api_gateway_rest_api.pets.id
  resource_id          = aws_api_gateway_resource.pets.id
  http_method          = aws_api_gateway_method.get.http_method
  type                 = "MOCK"
  request_templates    = { "application/json" = jsonencode({ statusCode = 200 }) }
  cache_key_parameters = ["method.request.querystring.kind"]
  cache_namespace      = "pets"
}
resource "aws_api_gateway_method_response" "ok" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  resource_id = aws_api_gateway_resource.pets.id
  http_method = aws_api_gateway_method.get.http_method
  status_code = "200"
}
resource "aws_api_gateway_integration_response" "ok" {
  rest_api_id        = aws_api_gateway_rest_api.pets.id
  resource_id        = aws_api_gateway_resource.pets.id
  http_method        = aws_api_gateway_method.get.http_method
  status_code        = aws_api_gateway_method_response.ok.status_code
  response_templates = { "application/json" = "$context.requestId" }
  depends_on         = [aws_api_gateway_integration.get]
}
resource "aws_api_gateway_deployment" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  depends_on  = [aws_api_gateway_integration_response.ok]
}
resource "aws_api_gateway_stage" "prod" {
  rest_api_id           = aws_api_gateway_rest_api.pets.id
  deployment_id         = aws_api_gateway_deployment.pets.id
  stage_name            = "prod"
  cache_cluster_enabled = true
  cache_cluster_size    = var.change == 0 ? "0.5" : "1.6"
  tags                  = { team = "a" }
}
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled                            = true
    logging_level                              = "INFO"
    data_trace_enabled                         = false
    throttling_rate_limit                      = 100
    throttling_burst_limit                     = 50
    caching_enabled                            = var.change == 0
    cache_ttl_in_seconds                       = 60
    cache_data_encrypted                       = true
    require_authorization_for_cache_control    = var.change == 0
    unauthorized_cache_control_header_strategy = "SUCCEED_WITHOUT_RESPONSE_HEADER"
  }
}
resource "aws_api_gateway_method_settings" "get" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "pets/GET"
  settings {
    caching_enabled        = true
    cache_ttl_in_seconds   = 30
    throttling_rate_limit  = 20.5
    throttling_burst_limit = 10
  }
  depends_on = [aws_api_gateway_method_settings.all]
}
resource "aws_api_gateway_usage_plan" "gold" {
  name         = "gold"
  description  = var.change == 0 ? "first" : "second"
  product_code = "PC1"
  tags         = { team = "a" }
  api_stages {
    api_id = aws_api_gateway_rest_api.pets.id
    stage  = aws_api_gateway_stage.prod.stage_name
    throttle {
      path        = "/pets/GET"
      rate_limit  = var.change == 0 ? 50 : 60
      burst_limit = 20
    }
  }
  throttle_settings {
    rate_limit  = 5.5
    burst_limit = 20
  }
  dynamic "quota_settings" {
    for_each = var.change < 2 ? [var.change] : []
    content {
      limit  = 1000 + quota_settings.value
      offset = 2
      period = var.change == 0 ? "WEEK" : "MONTH"
    }
  }
}
resource "aws_api_gateway_usage_plan" "bare" {
  name = "bare"
  dynamic "throttle_settings" {
    for_each = var.change == 0 ? [] : [1]
    content {
      rate_limit  = 3
      burst_limit = 4
    }
  }
}
resource "aws_api_gateway_api_key" "acme" {
  name        = "acme"
  description = var.change == 0 ? "first" : "second"
  value       = "a-value-of-more-than-twenty-characters"
  customer_id = "c1"
  tags        = { team = "a" }
}
resource "aws_api_gateway_api_key" "made" {
  name    = "made"
  enabled = var.change == 0
}
resource "aws_api_gateway_usage_plan_key" "acme" {
  key_id        = aws_api_gateway_api_key.acme.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.gold.id
}
output "apis" {
  value = { pets = aws_api_gateway_rest_api.pets.id, plan = aws_api_gateway_usage_plan.gold.id }
}
"""


class Terraform:
    """In a directory of its own, against one server."""

    def __init__(self, directory: Path, server: LimenProcess, configuration: str) -> None:
        self.directory = directory
        settings = directory / "terraformrc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n')
        (directory / "main.tf").write_text(PROVIDER + configuration)
        (directory / "app.zip").write_bytes(make_zip({"app.py": CODE}))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_VAR_limen": server.admin_url,
            "CHECKPOINT_DISABLE": "1",
            "AWS_CA_BUNDLE": str(server.ca),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        }

    def __call__(self, *arguments: str, expected: int = 0) -> str:
        finished = subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert finished.returncode == expected, finished.stdout + finished.stderr
        return finished.stdout

    @property
    def apis(self) -> dict[str, str]:
        """What the configuration puts out."""
        state = json.loads((self.directory / "terraform.tfstate").read_text())
        return dict(state["outputs"]["apis"]["value"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LimenProcess]:
    running = LimenProcess(tmp_path / "limen")
    yield running
    running.stop()


@pytest.mark.timeout(240)  # the provider alone takes seconds of processor time for each command
def test_what_terraform_makes_is_as_configured_and_works(tmp_path: Path, server: LimenProcess) -> None:
    terraform = Terraform(tmp_path, server, CONFIGURATION)
    terraform("init", "-input=false")
    terraform("apply", "-auto-approve", "-input=false")
    apis = terraform.apis

    assert server.caller(apis["http"]).get("/hello").body == b"version 1"
    assert server.caller(apis["rest"]).get("/dev/any/path").body == b"version $LATEST"
    terraform("plan", "-detailed-exitcode", "-input=false")  # 2 where something would be changed

    terraform("destroy", "-auto-approve", "-input=false", "-refresh=false")
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("apigateway").get_rest_apis()["items"] == []


@pytest.mark.timeout(400)
def test_a_product_is_made_changed_and_taken_away(tmp_path: Path, server: LimenProcess) -> None:
    terraform = Terraform(tmp_path, server, PRODUCT)
    terraform("init", "-input=false")
    terraform("apply", "-auto-approve", "-input=false")
    caller = server.caller(terraform.apis["pets"])
    key = {"x-api-key": "a-value-of-more-than-twenty-characters"}

    assert caller.get("/prod/pets").status == 403
    first = caller.get("/prod/pets?kind=cat", **key)
    assert (first.status, caller.get("/prod/pets?kind=cat", **key).body) == (200, first.body)
    terraform("plan", "-detailed-exitcode", "-input=false")

    for change in ("1", "2"):
        terraform("apply", "-auto-approve", "-input=false", f"-var=change={change}")
        terraform("plan", "-detailed-exitcode", "-input=false", f"-var=change={change}")
    apigateway = server.client("apigateway")
    plan = apigateway.get_usage_plan(usagePlanId=terraform.apis["plan"])
    assert plan["description"] == "second"
    assert plan["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 60.0, "burstLimit": 20}}
    assert "quota" not in plan
    assert caller.get("/prod/pets", **key).status == 200

    terraform("destroy", "-auto-approve", "-input=false")
    assert apigateway.get_rest_apis()["items"] == apigateway.get_usage_plans()["items"] == []
    assert apigateway.get_api_keys()["items"] == []
