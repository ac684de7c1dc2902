"""Terraform itself with custom domain names, where somebody asks for it: they do not drift, are served, and go."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.e2e import test_terraform as terraform
from tests.support.client_certificates import SERVER, Wish, bundle, make, make_client, make_root
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend

pytestmark = terraform.pytestmark

CONFIGURATION = """
variable "change" { default = 0 }
variable "backend" {}
resource "aws_acm_certificate" "requested" {
  domain_name               = "api.shop.test"
  subject_alternative_names = ["*.shop.test"]
  validation_method         = "DNS"
  tags                      = { team = var.change == 0 ? "a" : "b" }
}
resource "aws_acm_certificate_validation" "requested" {
  certificate_arn = aws_acm_certificate.requested.arn
}
resource "aws_acm_certificate" "imported" {
  certificate_body  = file("server.pem")
  private_key       = file("server-key.pem")
  certificate_chain = file("root.pem")
}
resource "aws_apigatewayv2_api" "shop" {
  name                         = "shop"
  protocol_type                = "HTTP"
  target                       = var.backend
  disable_execute_api_endpoint = true
}
resource "aws_apigatewayv2_stage" "prod" {
  api_id      = aws_apigatewayv2_api.shop.id
  name        = "prod"
  auto_deploy = true
}
resource "aws_apigatewayv2_domain_name" "api" {
  domain_name = "api.shop.test"
  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.requested.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
  dynamic "mutual_tls_authentication" {
    for_each = var.change < 2 ? [1] : []
    content { truststore_uri = "s3://trust/clients.pem" }
  }
  tags = { team = "a" }
}
resource "aws_apigatewayv2_api_mapping" "orders" {
  api_id          = aws_apigatewayv2_api.shop.id
  domain_name     = aws_apigatewayv2_domain_name.api.id
  stage           = aws_apigatewayv2_stage.prod.id
  api_mapping_key = var.change == 0 ? "orders/v1" : "orders/v2"
}
resource "aws_api_gateway_rest_api" "rest" {
  name = "rest"
}
resource "aws_api_gateway_method" "get" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_rest_api.rest.root_resource_id
  http_method   = "GET"
  authorization = "NONE"
}
resource "aws_api_gateway_integration" "get" {
  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = aws_api_gateway_rest_api.rest.root_resource_id
  http_method             = aws_api_gateway_method.get.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "GET"
  uri                     = var.backend
}
resource "aws_api_gateway_deployment" "rest" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  depends_on  = [aws_api_gateway_integration.get]
}
resource "aws_api_gateway_stage" "prod" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  deployment_id = aws_api_gateway_deployment.rest.id
  stage_name    = "prod"
}
resource "aws_api_gateway_domain_name" "rest" {
  domain_name              = "rest.shop.test"
  regional_certificate_arn = aws_acm_certificate.imported.arn
  security_policy          = "TLS_1_2"
  endpoint_configuration { types = ["REGIONAL"] }
}
resource "aws_api_gateway_base_path_mapping" "rest" {
  api_id      = aws_api_gateway_rest_api.rest.id
  domain_name = aws_api_gateway_domain_name.rest.domain_name
  stage_name  = aws_api_gateway_stage.prod.stage_name
  base_path   = var.change == 0 ? "first" : "second"
}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LimenProcess]:
    directory, root = tmp_path / "limen", make_root()
    (directory / "trust").mkdir(parents=True)
    (directory / "trust" / "clients.pem").write_text(bundle(root))
    (directory / "limen.toml").write_text(f'[buckets]\ntrust = "{directory / "trust"}"\n')
    make_client(root, "ana").write(directory, "ana")
    names = x509.SubjectAlternativeName([x509.DNSName("rest.shop.test")])
    wish = Wish(is_authority=False, signs=False, uses=(SERVER,), extensions=((names, False),))
    make(names.get_values_for_type(x509.DNSName)[0], root, wish).write(tmp_path, "server")
    root.write(tmp_path, "root")
    running = LimenProcess(directory)
    yield running
    running.stop()


def call(server: LimenProcess, name: str, path: str, *options: str | Path) -> str:
    line = ["curl", "-sS", "--noproxy", "*", "--resolve", f"{name}:{server.port}:127.0.0.1", *map(str, options)]
    done = subprocess.run(
        [*line, f"https://{name}:{server.port}{path}"],
        cwd=server.directory,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(600)  # the provider alone takes seconds of processor time for each command
def test_domain_names_are_made_changed_and_taken_away(
    tmp_path: Path, server: LimenProcess, backend: RecordingBackend
) -> None:
    run = terraform.Terraform(tmp_path, server, CONFIGURATION)
    run.environment["TF_VAR_backend"] = backend.url
    known = ("--cert", "ana.pem", "--key", "ana-key.pem")
    run("init", "-input=false")
    run("apply", "-auto-approve", "-input=false")

    assert json.loads(call(server, "api.shop.test", "/orders/v1/42", "--cacert", server.ca, *known))["target"] == "/42"
    assert call(server, "api.shop.test", "/orders/v1/42", "--cacert", server.ca) == '{"message":"Forbidden"}'
    assert json.loads(call(server, "rest.shop.test", "/first", "--cacert", tmp_path / "root.pem"))["method"] == "GET"
    run("plan", "-detailed-exitcode", "-input=false")

    for change in ("1", "2"):
        run("apply", "-auto-approve", "-input=false", f"-var=change={change}")
        run("plan", "-detailed-exitcode", "-input=false", f"-var=change={change}")
    assert json.loads(call(server, "api.shop.test", "/orders/v2/42", "--cacert", server.ca))["target"] == "/42"
    assert json.loads(call(server, "rest.shop.test", "/second", "--cacert", tmp_path / "root.pem"))["method"] == "GET"

    run("destroy", "-auto-approve", "-input=false")
    assert server.client().get_domain_names()["Items"] == []
    assert server.client("acm").list_certificates()["CertificateSummaryList"] == []
