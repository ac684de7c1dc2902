"""Every operation with input of all kinds: it is answered or refused, never a bug."""

import contextlib
import random
import re
import sys

import pytest

from limen.aws.errors import AwsError
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from limen.control.v1.operations import OPERATIONS
from tests.control.v1.test_authorizers import TOKEN
from tests.control.v1.test_domain_names import NAMED, REGIONAL
from tests.control.v1.test_vpc_links import TARGET

V1 = load_service("apigateway")
TEXTS = ("", "x", "a/b", "é\0", "{}", "[]", "200", "GET", "MOCK", "'s'", "https://x.test", "arn:aws:x", "true", "-1")
PATHS = ("/a/b/c", "/requestParameters/x", "/types/~1", "", "/", "x", "/webAclArn", "/accessLogSettings")


def declared_paths(operation):
    """The templates of what an UpdateX takes, filled with texts of all kinds."""
    paths = getattr(sys.modules[OPERATIONS[operation].__module__], "PATCH_PATHS", None)
    templates = [] if paths is None else [row.template for _, row, _ in paths._rows]
    return [re.sub(r"{\w+\+?}", text, template) for template in templates for text in ("x", "a:b", "*/*", "~1p/GET")]


class Inputs:
    """Values of a model's shapes, some right, most wrong."""

    def __init__(self, seed, known, paths):
        self._random = random.Random(seed)
        self._known = known
        self._paths = paths

    def members(self, shape):
        wanted = [
            (name, member)
            for name, member in shape.members.items()
            if member.is_required or self._random.random() < 0.6
        ]
        return {name: self._member(name, member) for name, member in wanted}

    def _member(self, name, member):
        if name in self._known and self._random.random() < 0.9:
            return self._known[name]
        return self._value(member.shape)

    def _value(self, shape):
        if shape.type == "structure":
            made = self.members(shape)
            return made | ({"path": self._random.choice(self._paths)} if "op" in shape.members else {})
        if shape.type == "list":
            return [self._value(shape.element) for _ in range(self._random.randrange(3))]
        if shape.type == "map":
            return {self._random.choice(TEXTS): self._value(shape.element) for _ in range(self._random.randrange(3))}
        if shape.type == "boolean":
            return self._random.random() < 0.5
        if shape.type in ("integer", "long", "double"):
            return self._random.choice((-1, 0, 1, 50, 10**9))
        if shape.type == "blob":
            return self._random.choice(TEXTS).encode()
        return self._random.choice(shape.enum or TEXTS)


def put_certificate(call):
    """One that takes no time to make."""
    call.documents.put("ClientCertificate", call.scope, "abc123", {"clientCertificateId": "abc123"})
    return "abc123"


@pytest.fixture
def known(control):
    """Labels of paths that name something, by the names of the model."""
    named = control.method()
    control("PutIntegration", **named, type="MOCK")
    control("PutMethodResponse", **named, status_code="200")
    control("PutIntegrationResponse", **named, status_code="200")
    api = {"restapi_id": named["restapi_id"]}
    deployment_id = control("CreateDeployment", **api, stageName="prod", variables={"a": "1"})["id"]
    stages = [{"apiId": api["restapi_id"], "stage": "prod"}]
    quota = {"limit": 10, "period": "WEEK"}
    plan_id = control("CreateUsagePlan", name="basic", apiStages=stages, quota=quota)["id"]
    key_id = control("CreateApiKey", name="ann")["id"]
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=key_id, keyType="API_KEY")
    part = {"location": {"type": "API"}, "properties": "{}"}
    certificate_id = control.run(put_certificate)
    control("CreateDomainName", **REGIONAL)
    control("CreateBasePathMapping", **NAMED, restApiId=api["restapi_id"], basePath="pets", stage="prod")
    return named | {
        "api_Key": key_id,
        "authorizer_id": control("CreateAuthorizer", **api, **TOKEN)["id"],
        "base_path": "pets",
        "clientcertificate_id": certificate_id,
        "deploymentId": deployment_id,
        "deployment_id": deployment_id,
        "doc_version": control("CreateDocumentationVersion", **api, documentationVersion="1.0")["version"],
        "domain_name": "api.example.com",
        "endDate": "2016-08-04",
        "keyId": key_id,
        "model_name": "Empty",
        "parent_id": named["resource_id"],
        "part_id": control("CreateDocumentationPart", **api, **part)["id"],
        "requestvalidator_id": control("CreateRequestValidator", **api, name="v")["id"],
        "resource_arn": f"arn:aws:apigateway:us-east-1::/restapis/{api['restapi_id']}/stages/prod",
        "response_type": "THROTTLED",
        "restApiId": api["restapi_id"],
        "sdk_type": "javascript",
        "stage_name": "prod",
        "startDate": "2016-08-01",
        "status_code": "200",
        "usageplanId": plan_id,
        "vpclink_id": control("CreateVpcLink", name="pets", targetArns=[TARGET])["id"],
    }


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_no_input_is_a_bug(control, known, operation):
    described, paths = V1.operation(operation), [*PATHS, *declared_paths(operation)]
    for seed in range(30):
        members = Inputs(seed, known, paths).members(described.input)
        with contextlib.suppress(AwsError):
            validate(described, members)
            control(operation, **members)
