"""Tags by ARN."""

import pytest

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1234"


@pytest.fixture
def arns(control):
    api_id = control.api()
    control("CreateStage", apiId=api_id, stageName="$default")
    link_id = control("CreateVpcLink", name="link", subnetIds=["subnet-1"])["vpcLinkId"]
    configurations = [{"certificateArn": CERTIFICATE}]
    control("CreateDomainName", domainName="a.example.com", domainNameConfigurations=configurations)
    root = "arn:aws:apigateway:us-east-1::"
    return [
        f"{root}/apis/{api_id}",
        f"{root}/apis/{api_id}/stages/$default",
        f"{root}/vpclinks/{link_id}",
        f"{root}/domainnames/a.example.com",
        f"arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F{api_id}%2Fstages%2F%24default",
    ]


def test_tags_come_and_go(control, arns):
    for arn in arns:
        assert control("GetTags", **{"resource-arn": arn}) == {"tags": {}}
        assert control("TagResource", **{"resource-arn": arn}, tags={"team": "a", "cost": "1"}) == {}
        control("TagResource", **{"resource-arn": arn}, tags={"team": "b"})
        assert control("GetTags", **{"resource-arn": arn}) == {"tags": {"team": "b", "cost": "1"}}
        control("UntagResource", **{"resource-arn": arn}, tagKeys=["team", "cost", "nothing"])


def test_tags_are_seen_on_what_they_are_on(control):
    api_id = control.api(tags={"team": "a"})
    control("TagResource", **{"resource-arn": f"arn:aws:apigateway:us-east-1::/apis/{api_id}"}, tags={"b": "c"})
    assert control("GetApi", apiId=api_id)["tags"] == {"team": "a", "b": "c"}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"aws:a": ""}, "Invalid tag key specified: aws:a. Tag keys cannot start with 'aws:'"),
        ({"AWS:a": ""}, "Invalid tag key specified: AWS:a. Tag keys cannot start with 'aws:'"),
        ({"": "a"}, "Invalid tag key specified: "),
        ({"k" * 129: ""}, f"Invalid tag key specified: {'k' * 129}"),
        ({"k": "v" * 257}, "Invalid tag value specified for tag key k"),
        ({"k": "a;b"}, "Invalid tag value specified for tag key k"),
        ({f"k{number}": "" for number in range(51)}, "The number of tags exceeds the limit of 50 tags per resource"),
    ],
)
def test_tags_keep_to_the_rules(control, refused, tags, message):
    arn = f"arn:aws:apigateway:us-east-1::/apis/{control.api()}"
    assert refused("TagResource", **{"resource-arn": arn}, tags=tags) == message


@pytest.mark.parametrize("arn", ["nothing", "arn:aws:s3:::bucket", "arn:aws:apigateway:us-east-1"])
def test_what_is_no_arn_is_refused(refused, arn):
    assert refused("GetTags", **{"resource-arn": arn}) == f"Invalid ARN. ARN is not well formed {arn}"


@pytest.mark.parametrize(
    "resource", ["/apis/nobody", "/apis/nobody/stages/a", "/restapis/abc", "/vpclinks/a", "/", "/apis/"]
)
def test_what_is_not_there_is_not_found(control, resource):
    refused = control.refuses("GetTags", **{"resource-arn": f"arn:aws:apigateway:us-east-1::{resource}"})
    assert refused == ("NotFoundException", 404, "Invalid resource ARN specified")


def test_what_belongs_to_others_is_not_found(control):
    arn = f"arn:aws:apigateway:us-east-1::/apis/{control.api()}"
    for elsewhere in ({"region": "eu-west-1"}, {"account": "111111111111"}):
        assert control.refuses("GetTags", **{"resource-arn": arn}, **elsewhere)[1] == 404
        assert control.refuses("TagResource", **{"resource-arn": f"{arn}/stages/a"}, tags={}, **elsewhere)[1] == 404
