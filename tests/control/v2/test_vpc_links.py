"""VPC links."""

LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/lb/50dc6c495c0c9188/0467ef3c8400ae65"


def test_a_vpc_link_is_made_as_aws_does_and_ready_when_asked_for(control):
    link = control("CreateVpcLink", name="link", subnetIds=["subnet-1"], tags={"team": "a"})
    assert link.pop("createdDate").endswith("Z")
    assert link == {
        "name": "link",
        "securityGroupIds": [],
        "subnetIds": ["subnet-1"],
        "tags": {"team": "a"},
        "vpcLinkId": link["vpcLinkId"],
        "vpcLinkStatus": "PENDING",
        "vpcLinkStatusMessage": "VPC link is provisioning ENIs",
        "vpcLinkVersion": "V2",
    }
    found = control("GetVpcLink", vpcLinkId=link["vpcLinkId"])
    assert found["vpcLinkStatus"] == "AVAILABLE"
    assert found["vpcLinkStatusMessage"] == "VPC link is ready to route traffic"


def test_only_its_name_can_change(control, refused):
    link_id = control("CreateVpcLink", name="link", subnetIds=["subnet-1"])["vpcLinkId"]
    link = control("UpdateVpcLink", vpcLinkId=link_id, name="other", subnetIds=["subnet-2"])
    assert (link["name"], link["subnetIds"]) == ("other", ["subnet-1"])
    assert refused("UpdateVpcLink", vpcLinkId=link_id, name="") == "Name cannot be empty"


def test_a_vpc_link_needs_subnets(refused):
    assert refused("CreateVpcLink", name="link", subnetIds=[]) == "SubnetIds for a vpc link cannot be empty"
    message = refused("CreateVpcLink", name="link", subnetIds=["a b"])
    assert message == "Invalid subnet or security group identifier specified: a b"


def test_a_vpc_link_in_use_is_not_deleted(control, refused):
    link_id = control("CreateVpcLink", name="link", subnetIds=["subnet-1"])["vpcLinkId"]
    api_id = control.api()
    private = {"connectionType": "VPC_LINK", "connectionId": link_id, "integrationUri": LISTENER}
    integration_id = control.integration(api_id, **private)
    assert refused("DeleteVpcLink", vpcLinkId=link_id) == (
        f"Cannot delete vpc link. Vpc link '{link_id}', is referenced in [ANY:{integration_id}] in format of "
        "[Method:Resource]."
    )
    control("DeleteIntegration", apiId=api_id, integrationId=integration_id)
    control("DeleteVpcLink", vpcLinkId=link_id)
    missing = ("NotFoundException", 404, f"Invalid VpcLink identifier specified {link_id}")
    assert control.refuses("GetVpcLink", vpcLinkId=link_id) == missing
