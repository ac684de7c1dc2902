"""VPC links: which address a private integration leads to."""

import pytest

from limen.features.vpc_links import VpcLinks

LISTENER = "arn:aws:elasticloadbalancing:us-east-2:123456789012:listener/app/lb/50dc6c495c0c9188/0467ef3c8400ae65"
SERVICE = "arn:aws:servicediscovery:us-east-2:123456789012:service/srv-id"


def private(uri: str, link: str = "link1") -> dict[str, str]:
    return {"integrationUri": uri, "connectionType": "VPC_LINK", "connectionId": link}


def test_the_most_exact_key_applies() -> None:
    links = VpcLinks(
        {
            LISTENER: "http://listener:1",
            SERVICE: "http://service:2",
            f"{SERVICE}?stage=prod": "http://prod:3",
            "link1": "https://link:4/",
        }
    )

    assert links.get_address(private(LISTENER), {}) == "http://listener:1"
    assert links.get_address(private(f"{SERVICE}?stage=prod"), {}) == "http://prod:3"
    assert links.get_address(private(f"{SERVICE}?stage=test"), {}) == "http://service:2"
    assert links.get_address(private("arn:aws:other"), {}) == "https://link:4"


def test_stage_variables_choose_the_link() -> None:
    links = VpcLinks({"blue1": "http://blue:1"})

    assert links.get_address(private(LISTENER, "${stageVariables.link}"), {"link": "blue1"}) == "http://blue:1"
    with pytest.raises(LookupError, match="no variable 'link'"):
        links.get_address(private(LISTENER, "${stageVariables.link}"), {})


def test_what_has_no_address_names_the_setting() -> None:
    with pytest.raises(LookupError, match=r"\[vpc_links\] has no address for '.*srv-id' or for the link 'link1'"):
        VpcLinks({}).get_address(private(SERVICE), {})


@pytest.mark.parametrize("address", ["", "backend:80", "ftp://backend", "http://backend/path", "http://user@backend"])
def test_an_address_is_scheme_host_and_port(address: str) -> None:
    with pytest.raises(ValueError, match=r"\[vpc_links\] link1"):
        VpcLinks({"link1": address})
