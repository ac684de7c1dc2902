"""The table of services says what botocore's metadata and endpoints say."""

from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.regions import EndpointResolver

from limen.aws.arn import partition_of
from limen.integrations.service_names import (
    GLOBAL,
    SERVICES,
    find_service,
    host_of,
    setting_names_of,
    signing_name_of,
    signing_region_of,
)

WITHOUT_A_MODEL = {"appsync-api", "execute-api"}
"""Data planes of services whose botocore model is of their control plane."""
BREAK_THE_RULE = {"iotdata", "transcribe"}
"""In China `data.ats.iot` and `cn.transcribe`."""
REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1"]


@cache
def session() -> Any:
    return botocore.session.Session()


@cache
def models() -> dict[str, list[dict[str, Any]]]:
    """Metadata by what the table calls a service; several share an endpoint."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in session().get_available_services():
        metadata = session().get_service_model(name).metadata
        signing_name = metadata.get("signingName", "")
        prefix = "iotdata" if signing_name == "iotdata" else metadata["endpointPrefix"]
        found.setdefault(prefix, []).append(metadata)
    return found


@cache
def endpoints() -> Any:
    return EndpointResolver(session().get_data("endpoints"))


ROWS = [name for name in SERVICES if name not in WITHOUT_A_MODEL]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_botocore_says(name: str) -> None:
    known = SERVICES[name]
    candidates = models()[name]

    assert signing_name_of(name) in {found.get("signingName", found["endpointPrefix"]) for found in candidates}
    if known.target:
        assert (known.target, known.json) in {
            (found.get("targetPrefix"), found.get("jsonVersion")) for found in candidates
        }
    if known.version:
        assert known.version in {
            found["apiVersion"] for found in candidates if {"query", "ec2"} & set(found.get("protocols", ()))
        }


@pytest.mark.parametrize("name", ROWS)
def test_services_of_actions_are_called_by_them(name: str) -> None:
    actions = {"json", "query", "ec2"}
    protocols = [set(found.get("protocols", ())) & actions for found in models()[name]]

    if any(protocols):
        assert SERVICES[name].target or SERVICES[name].is_query


@pytest.mark.parametrize("name", [name for name in ROWS if name not in BREAK_THE_RULE])
def test_hosts_are_botocores(name: str) -> None:
    regions = [region for region in REGIONS if name not in GLOBAL or partition_of(region) in GLOBAL[name]]
    for region in regions:
        found = endpoints().construct_endpoint(name, region)

        assert host_of(name, region) == found["hostname"]
        assert signing_region_of(name, region) == found.get("credentialScope", {}).get("region", region)


def test_regions_are_in_their_partitions() -> None:
    for partition in endpoints().get_available_partitions():
        for region in endpoints().get_available_endpoints("dynamodb", partition):
            if "fips" not in region and region != "local":
                assert partition_of(region) == partition, region


@pytest.mark.parametrize("name", [name for name in ROWS if name not in GLOBAL])
def test_an_endpoint_may_be_set_under_the_name_that_sdks_use(name: str) -> None:
    service_ids = {found["serviceId"].lower().replace(" ", "_") for found in models()[name]}

    assert service_ids & set(setting_names_of(name)), (service_ids, setting_names_of(name))


def test_what_is_not_in_the_table_is_signed_under_its_own_name() -> None:
    assert find_service("brandnew")[1].target == ""
    assert signing_name_of("brandnew") == "brandnew"
    assert host_of("brandnew", "eu-west-1") == "brandnew.eu-west-1.amazonaws.com"
    assert setting_names_of("brand-new") == ("brand_new",)


def test_a_subdomain_keeps_the_names_of_its_service() -> None:
    assert find_service("a1b2c3.appsync-api")[0] == "a1b2c3"
    assert signing_name_of("a1b2c3.appsync-api") == "appsync"
    assert host_of("a1b2c3.appsync-api", "eu-west-1") == "a1b2c3.appsync-api.eu-west-1.amazonaws.com"
    assert host_of("my.bucket.s3", "cn-north-1") == "my.bucket.s3.cn-north-1.amazonaws.com.cn"
    assert signing_name_of("runtime.sagemaker") == "sagemaker"
    assert find_service("runtime.sagemaker")[0] == ""


def test_things_talk_to_a_host_of_another_name() -> None:
    assert host_of("iotdata", "us-east-1") == "data-ats.iot.us-east-1.amazonaws.com"
    assert host_of("a1b2-ats.iotdata", "us-east-1") == "a1b2-ats.iot.us-east-1.amazonaws.com"
    assert signing_name_of("a1b2-ats.iotdata") == "iotdata"
