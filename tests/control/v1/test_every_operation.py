"""Every operation with input of all kinds: it is answered or refused, never a bug."""

import contextlib
import random

import pytest

from limen.aws.errors import AwsError
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from limen.control.v1.operations import OPERATIONS

V1 = load_service("apigateway")
TEXTS = ("", "x", "a/b", "é\0", "{}", "[]", "200", "GET", "MOCK", "'s'", "https://x.test", "arn:aws:x", "true", "-1")
PATHS = ("/name", "/description", "/a/b/c", "/requestParameters/x", "/types/~1", "", "/", "x", "/policy", "/schema")
FAMILIES = (
    "RestApi",
    "Resource",
    "Method",
    "MethodResponse",
    "Integration",
    "IntegrationResponse",
    "Model",
    "RequestValidator",
    "GatewayResponse",
)
OF_THIS_PACKAGE = sorted(
    name
    for name in OPERATIONS
    if name.removeprefix("Create")
    .removeprefix("Put")
    .removeprefix("Update")
    .removeprefix("Get")
    .removeprefix("Delete")
    .rstrip("s")
    in FAMILIES
)


class Inputs:
    """Values of a model's shapes, some right, most wrong."""

    def __init__(self, seed, known):
        self._random = random.Random(seed)
        self._known = known

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
            return made | ({"path": self._random.choice(PATHS)} if "path" in shape.members else {})
        if shape.type == "list":
            return [self._value(shape.element) for _ in range(self._random.randrange(3))]
        if shape.type == "map":
            return {self._random.choice(TEXTS): self._value(shape.element) for _ in range(self._random.randrange(3))}
        if shape.type == "boolean":
            return self._random.random() < 0.5
        if shape.type in ("integer", "long", "double"):
            return self._random.choice((-1, 0, 1, 50, 10**9))
        return self._random.choice(shape.enum or TEXTS)


@pytest.mark.parametrize("operation", OF_THIS_PACKAGE)
def test_no_input_is_a_bug(control, operation):
    named = control.method()
    control("PutIntegration", **named, type="MOCK")
    control("PutMethodResponse", **named, status_code="200")
    control("PutIntegrationResponse", **named, status_code="200")
    validator = control("CreateRequestValidator", restapi_id=named["restapi_id"], name="v")["id"]
    known = named | {
        "parent_id": named["resource_id"],
        "status_code": "200",
        "model_name": "Empty",
        "response_type": "THROTTLED",
        "requestvalidator_id": validator,
    }
    described = V1.operation(operation)
    for seed in range(60):
        members = Inputs(seed, known).members(described.input)
        with contextlib.suppress(AwsError):
            validate(described, members)
            control(operation, **members)
