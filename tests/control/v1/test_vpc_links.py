"""VPC links of REST APIs."""

import pytest

TARGET = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/1234"


def test_a_link_starts_and_is_ready_at_once(control):
    link = control("CreateVpcLink", name="pets", description="d", targetArns=[TARGET], tags={"team": "a"})
    expected = {"id": link["id"], "name": "pets", "description": "d", "targetArns": [TARGET], "tags": {"team": "a"}}
    assert link == expected | {"status": "PENDING"}
    ready = expected | {"status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use"}
    assert control("GetVpcLink", vpclink_id=link["id"]) == ready
    assert control.items("GetVpcLinks") == [ready]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": ""}, "Name cannot be empty"),
        ({"targetArns": ["invalid-arn"]}, "Invalid ARN. ARN is not well formed invalid-arn"),
        ({"targetArns": []}, "Exactly one target ARN must be specified for a vpc link"),
        ({"targetArns": [TARGET, TARGET]}, "Exactly one target ARN must be specified for a vpc link"),
    ],
)
def test_what_is_no_link_is_refused(refused, members, message):
    assert refused("CreateVpcLink", **{"name": "pets", "targetArns": [TARGET]} | members) == message


def test_name_and_description_can_be_changed(control, refused_patch):
    named = {"vpclink_id": control("CreateVpcLink", name="pets", targetArns=[TARGET])["id"]}
    operations = (("replace", "/name", "cats"), ("replace", "/description", "new"))
    changed = control.patch("UpdateVpcLink", *operations, **named)
    assert (changed["name"], changed["description"]) == ("cats", "new")
    assert refused_patch("UpdateVpcLink", ("replace", "/name", ""), **named) == "Name cannot be empty"
    path = "/targetArns"
    assert refused_patch("UpdateVpcLink", ("add", path, TARGET), **named) == f"Invalid patch path {path}"


def test_a_link_in_use_stays(control, refused):
    link_id = control("CreateVpcLink", name="pets", targetArns=[TARGET])["id"]
    named = control.method()
    through = {"connectionType": "VPC_LINK", "connectionId": link_id, "uri": "http://pets.test", "httpMethod": "GET"}
    control("PutIntegration", type="HTTP_PROXY", **named, **through)
    assert refused("DeleteVpcLink", vpclink_id=link_id) == (
        f"Cannot delete vpc link. Vpc link '{link_id}', is referenced in "
        f"[GET:{named['resource_id']}:{named['restapi_id']}] in format of [Method:Resource:Api]."
    )
    control("DeleteIntegration", **named)
    assert control("DeleteVpcLink", vpclink_id=link_id) == {}
    refusal = control.refuses("GetVpcLink", vpclink_id=link_id)
    assert refusal == ("NotFoundException", 404, "Invalid Vpc Link identifier specified")
