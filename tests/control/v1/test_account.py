"""The account in a region."""

import pytest

ROLE = "arn:aws:iam::000000000000:role/logs"
NEW = {
    "apiKeyVersion": "4",
    "features": ["UsagePlans"],
    "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
}


def test_an_account_is_there_from_the_beginning(control):
    assert control("GetAccount") == NEW


def test_the_limit_of_all_apis_is_shown_where_one_is_set(control):
    control.set(account_throttle=(200.0, 50))
    assert control("GetAccount")["throttleSettings"] == {"burstLimit": 50, "rateLimit": 200.0}


def test_a_role_is_set_in_its_region_and_taken_away(control):
    changed = control.patch("UpdateAccount", ("replace", "/cloudwatchRoleArn", ROLE))
    assert changed == control("GetAccount") == NEW | {"cloudwatchRoleArn": ROLE}
    assert control("GetAccount", region="eu-west-1") == NEW
    assert control.patch("UpdateAccount", ("replace", "/cloudwatchRoleArn", "")) == NEW


def test_usage_plans_are_a_feature_that_stays(control, refused_patch):
    assert control.patch("UpdateAccount", ("add", "/features", "UsagePlans")) == NEW
    message = refused_patch("UpdateAccount", ("remove", "/features", "UsagePlans"))
    assert message == "Usage Plans cannot be disabled once they have been enabled"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            ("replace", "/cloudwatchRoleArn", "logs"),
            "The role ARN does not have required permissions set to API Gateway",
        ),
        (("add", "/features", "Canaries"), "Invalid feature specified: Canaries. Must be one of [UsagePlans]"),
        (("replace", "/throttleSettings/burstLimit", "1"), "Invalid patch path /throttleSettings/burstLimit"),
    ],
)
def test_other_changes_are_refused(refused_patch, operation, message):
    assert refused_patch("UpdateAccount", operation) == message
