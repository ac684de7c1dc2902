"""What PATCH changes of a stage, and the words of what it refuses (recorded at AWS)."""

import pytest

LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
NEW_SETTING = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
VALID = (
    "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, "
    "/accessLogSettings/destinationArn, /accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, "
    "/{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, "
    "/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit"
    "/{resourcePath}/{httpMethod}/caching/ttlInSeconds, /{resourcePath}/{httpMethod}/caching/enabled, "
    "/{resourcePath}/{httpMethod}/caching/dataEncrypted, "
    "/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, "
    "/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, "
    "/*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit "
    "/*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, "
    "/*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, "
    "/variables/{variable_name}, /tracingEnabled]"
)


@pytest.fixture
def named(control):
    return control.deployed()


@pytest.mark.parametrize(
    ("operation", "member", "value"),
    [
        (("replace", "/description", "live"), "description", "live"),
        (("replace", "/tracingEnabled", "true"), "tracingEnabled", True),
        (("replace", "/tracingEnabled", "yes"), "tracingEnabled", False),
        (("replace", "/cacheClusterEnabled", "true"), "cacheClusterStatus", "AVAILABLE"),
        (("replace", "/cacheClusterSize", "6.1"), "cacheClusterSize", "6.1"),
        (("replace", "/variables/url", "https://a.test"), "variables", {"url": "https://a.test"}),
        (("replace", "/variables", '{"a": "1"}'), "variables", {"a": "1"}),
    ],
)
def test_members_are_replaced(control, named, operation, member, value):
    assert control.patch("UpdateStage", operation, **named)[member] == value
    assert control("GetStage", **named)[member] == value


@pytest.mark.parametrize(
    ("path", "member", "value", "read"),
    [
        ("metrics/enabled", "metricsEnabled", "true", True),
        ("logging/loglevel", "loggingLevel", "INFO", "INFO"),
        ("logging/dataTrace", "dataTraceEnabled", "true", True),
        ("throttling/burstLimit", "throttlingBurstLimit", "10", 10),
        ("throttling/rateLimit", "throttlingRateLimit", "0.5", 0.5),
        ("caching/enabled", "cachingEnabled", "true", True),
        ("caching/ttlInSeconds", "cacheTtlInSeconds", "60", 60),
        ("caching/dataEncrypted", "cacheDataEncrypted", "true", True),
        (
            "caching/requireAuthorizationForCacheControl",
            "requireAuthorizationForCacheControl",
            "false",
            False,
        ),
        (
            "caching/unauthorizedCacheControlHeaderStrategy",
            "unauthorizedCacheControlHeaderStrategy",
            "FAIL_WITH_403",
            "FAIL_WITH_403",
        ),
    ],
)
def test_each_setting_of_methods_has_its_path(control, named, path, member, value, read):
    stage = control.patch("UpdateStage", ("replace", f"/*/*/{path}", value), **named)
    assert stage["methodSettings"] == {"*/*": {**NEW_SETTING, member: read}}


@pytest.mark.parametrize(
    "key", ["pets/GET", "~1pets/GET", "/pets/GET", "pets/{petId}/POST", "~1pets~1{petId}/DELETE", "g/{p+}/PUT", "/GET"]
)
def test_a_method_is_kept_as_it_was_spelled(control, named, key):
    stage = control.patch("UpdateStage", ("replace", f"/{key}/throttling/burstLimit", "1"), **named)
    assert stage["methodSettings"] == {key: {**NEW_SETTING, "throttlingBurstLimit": 1}}
    assert control.patch("UpdateStage", ("remove", f"/{key}"), **named)["methodSettings"] == {}


def test_a_method_begins_with_what_is_set_for_all(control, named):
    settings = control.patch(
        "UpdateStage",
        ("replace", "/*/*/metrics/enabled", "true"),
        ("replace", "/pets/GET/logging/loglevel", "ERROR"),
        ("replace", "/*/*/metrics/enabled", "false"),
        **named,
    )["methodSettings"]
    assert settings["pets/GET"] == {**NEW_SETTING, "metricsEnabled": True, "loggingLevel": "ERROR"}
    assert settings["*/*"]["metricsEnabled"] is False


@pytest.mark.parametrize(
    "path",
    [
        "/foo",
        "/variables/a/b",
        "/lit/ANY/caching/enabled",
        "/*/GET/caching/enabled",
        "/pets/*/caching/enabled",
        "/GET/caching/enabled",
        "/*/*/caching/size",
    ],
)
def test_other_paths_are_told_the_valid_ones(named, refused_patch, path):
    message = refused_patch("UpdateStage", ("replace", path, "true"), **named)
    assert message == f"Invalid method setting path: {path}. Must be one of: {VALID}"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            ("remove", "/*/*"),
            "Cannot remove method setting */* because there is no method setting for this method ",
        ),
        (
            ("remove", "/canarySettings/stageVariableOverrides"),
            "Cannot remove method setting canarySettings/stageVariableOverrides because there is no method setting "
            "for this method ",
        ),
        (
            ("remove", "/canarySettings/foo"),
            "Cannot remove method setting canarySettings/foo because there is no method setting for this method ",
        ),
        (
            ("add", "/canarySettings/deploymentId", "x"),
            "Invalid add operation with path: /canarySettings/deploymentId",
        ),
        (("replace", "/deploymentId", "abc123"), "Deployment id does not exist"),
        (("replace", "/canarySettings/deploymentId", "abc123"), "Deployment id does not exist"),
        (
            ("replace", "/accessLogSettings/foo", "x"),
            "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, "
            "/accessLogSettings/format]",
        ),
        (("replace", "/accessLogSettings/format", ""), "Access Log value must not be empty"),
        (
            ("replace", "/*/*/logging/loglevel", "DEBUG"),
            "Invalid logging level specified: DEBUG. Must be one of [OFF, ERROR, INFO]",
        ),
        (
            ("replace", "/*/*/caching/ttlInSeconds", "3601"),
            "Invalid cache TTL specified: 3601. It must be from 0 to 3600 seconds",
        ),
        (
            ("replace", "/webAclArn", "arn:aws:wafv2:x"),
            "Limen does not serve web ACLs of AWS WAF: webAclArn cannot be set",
        ),
        (
            ("replace", "/variables", "[]"),
            "Invalid value of /variables specified: it must be a JSON object of strings",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(named, refused_patch, operation, message):
    assert refused_patch("UpdateStage", operation, **named) == message


def test_a_refused_operation_takes_all_others_back(control, named, refused_patch):
    refused_patch("UpdateStage", ("replace", "/description", "new"), ("replace", "/foo", "x"), **named)
    assert "description" not in control("GetStage", **named)


def test_access_logs_are_set_and_taken_away(control, named, refused_patch):
    stage = control.patch(
        "UpdateStage",
        ("replace", "/accessLogSettings/destinationArn", f"{LOG_GROUP}:*"),
        ("replace", "/accessLogSettings/format", "$context.requestId"),
        **named,
    )
    assert stage["accessLogSettings"] == {"destinationArn": LOG_GROUP, "format": "$context.requestId"}
    half = control.patch("UpdateStage", ("remove", "/accessLogSettings/format"), **named)
    assert half["accessLogSettings"] == {"destinationArn": LOG_GROUP}
    control.patch("UpdateStage", ("add", "/accessLogSettings/format", "$context.requestId"), **named)
    message = refused_patch("UpdateStage", ("replace", "/accessLogSettings/destinationArn", "nowhere"), **named)
    assert message.startswith("Invalid ARN specified in the request")
    assert "accessLogSettings" not in control.patch("UpdateStage", ("remove", "/accessLogSettings"), **named)


def test_variables_go_by_name(control, named):
    control.patch("UpdateStage", ("replace", "/variables/a", "1"), ("replace", "/variables/b", "2"), **named)
    assert control.patch("UpdateStage", ("remove", "/variables/a"), **named)["variables"] == {"b": "2"}
    assert "variables" not in control.patch("UpdateStage", ("remove", "/variables"), **named)


def test_a_client_certificate_has_to_be_there(control, named):
    operation = ("replace", "/clientCertificateId", "abc123")
    refusal = control.refuses_patch("UpdateStage", operation, **named)
    assert refusal == ("NotFoundException", 404, "Invalid Client Certificate identifier specified")
    made = control("GenerateClientCertificate")["clientCertificateId"]
    stage = control.patch("UpdateStage", ("replace", "/clientCertificateId", made), **named)
    assert stage["clientCertificateId"] == made
    assert "clientCertificateId" not in control.patch("UpdateStage", ("replace", "/clientCertificateId", ""), **named)


# --- canaries


def test_a_canary_is_made_with_its_first_member(control, named):
    deployment_id = control("GetStage", **named)["deploymentId"]
    stage = control.patch(
        "UpdateStage",
        ("replace", "/canarySettings/percentTraffic", "10.5"),
        ("replace", "/canarySettings/stageVariableOverrides/sv1", "val2"),
        **named,
    )
    assert stage["canarySettings"] == {
        "deploymentId": deployment_id,
        "percentTraffic": 10.5,
        "stageVariableOverrides": {"sv1": "val2"},
        "useStageCache": False,
    }
    assert "canarySettings" not in control.patch("UpdateStage", ("remove", "/canarySettings"), **named)


def test_variables_of_a_canary_go_by_name(control, named, refused_patch):
    sv1 = "/canarySettings/stageVariableOverrides/sv1"
    control.patch("UpdateStage", ("replace", sv1, "a"), ("replace", sv1.replace("1", "2"), "b"), **named)
    stage = control.patch("UpdateStage", ("remove", sv1), **named)
    assert stage["canarySettings"]["stageVariableOverrides"] == {"sv2": "b"}
    assert refused_patch("UpdateStage", ("remove", sv1), **named).startswith(f"Cannot remove method setting {sv1[1:]} ")


def test_a_canary_by_its_deployment_has_no_traffic(control, named):
    other = control("CreateDeployment", restapi_id=named["restapi_id"])["id"]
    stage = control.patch("UpdateStage", ("replace", "/canarySettings/deploymentId", other), **named)
    assert stage["canarySettings"] == {"deploymentId": other, "percentTraffic": 0.0, "useStageCache": False}


def test_a_canary_is_promoted_by_copies(control):
    named = control.deployed(variables={"sv1": "val1", "sv0": "val0"})
    canary = {"percentTraffic": 10.5, "stageVariableOverrides": {"sv1": "val2", "sv2": "val3"}}
    made = control("CreateDeployment", restapi_id=named["restapi_id"], stageName="prod", canarySettings=canary)
    stage = control(
        "UpdateStage",
        patchOperations=[
            {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0.0"},
            {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
            {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
        ],
        **named,
    )
    assert stage["deploymentId"] == made["id"]
    assert stage["variables"] == {"sv0": "val0", "sv1": "val2", "sv2": "val3"}
    assert stage["canarySettings"]["percentTraffic"] == 0.0


@pytest.mark.parametrize(
    ("path", "source", "message"),
    [
        (
            "/canarySettings/stageVariableOverrides",
            "/variables",
            "Invalid copy operation with path: /canarySettings/stageVariableOverrides and from /variables. Valid "
            "copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, "
            "/canarySettings/stageVariableOverrides]",
        ),
        ("/deploymentId", "/canarySettings/deploymentId", "Promotion not available. Canary does not exist."),
    ],
)
def test_other_copies_are_refused(named, refused, path, source, message):
    operations = [{"op": "copy", "path": path, "from": source}]
    assert refused("UpdateStage", patchOperations=operations, **named) == message


@pytest.mark.parametrize(
    ("value", "is_taken"), [("-1", True), ("0", True), ("0.5", True), ("-0.5", False), ("-2", False)]
)
def test_a_rate_is_one_or_none(control, named, refused_patch, value, is_taken):
    operation = ("replace", "/*/*/throttling/rateLimit", value)
    if is_taken:
        settings = control.patch("UpdateStage", operation, **named)["methodSettings"]["*/*"]
        assert settings["throttlingRateLimit"] == float(value)
    else:
        message = refused_patch("UpdateStage", operation, **named)
        assert message == f"Invalid throttling rate limit specified: {value}"
