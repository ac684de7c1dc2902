"""Templates that the AWS CDK wrote."""

from typing import Any

import pytest

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.synthesized import find_asset, without_bootstrap
from limen.control.stacks.template import read_template

TOPIC = {"Type": "AWS::SNS::Topic"}
VERSION = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
CHECK = {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "BootstrapVersion"}]}]}}]}


def test_what_the_cdk_asks_of_an_account_is_left_out() -> None:
    document = {
        "Parameters": {"BootstrapVersion": VERSION},
        "Rules": {"CheckBootstrapVersion": CHECK},
        "Resources": {"Topic": TOPIC, "CDKMetadata": {"Type": "AWS::CDK::Metadata"}},
    }

    assert read_template(document).document == {"Resources": {"Topic": TOPIC}}
    assert set(document) == {"Parameters", "Rules", "Resources"}, "the caller's is as it was"


def test_parameters_and_rules_of_other_people_stay() -> None:
    own = {"Type": "String"}
    document: dict[str, Any] = {"Parameters": {"BootstrapVersion": own, "Size": own}, "Resources": {"Topic": TOPIC}}
    assert without_bootstrap(document) == document

    document["Rules"] = {"CheckBootstrapVersion": CHECK, "Mine": CHECK}
    with pytest.raises(TemplateError, match="the section Rules is not served"):
        read_template(document)


@pytest.mark.parametrize(
    ("metadata", "asset"),
    [
        ({"aws:asset:path": "asset.1", "aws:asset:property": "Code"}, ("Code", "asset.1")),
        ({"aws:asset:path": "asset.1"}, None),
        ({"aws:asset:path": {"Ref": "A"}, "aws:asset:property": "Code"}, None),
        ("text", None),
    ],
)
def test_metadata_names_an_asset(metadata: Any, asset: tuple[str, str] | None) -> None:
    assert find_asset({"Type": "AWS::Lambda::Function", "Metadata": metadata}) == asset
