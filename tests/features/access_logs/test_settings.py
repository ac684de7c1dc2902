"""Which log groups can be files, and which never leave the directory of logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.access_logs.settings import log_group_of
from limen.gateway.errors import PlanError

ARN = "arn:aws:logs:us-east-1:000000000000:log-group:"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("orders", "orders"),
        ("orders:*", "orders"),
        ("/aws/http-api/orders_1.x#y", "aws/http-api/orders_1.x#y"),
        ("a..b", "a..b"),
    ],
)
def test_a_log_group_is_a_relative_path(name: str, path: str) -> None:
    assert log_group_of(ARN + name) == path


@pytest.mark.parametrize(
    "arn",
    [ARN, ARN + "..", ARN + "../x", ARN + "/../x", ARN + "a/../../x", ARN + "a//b", ARN + "./a", ARN + "a b",
     ARN + "a\x00", ARN + "a\nb", ARN + "/", ARN + "a" * 300, "orders",
     "arn:aws:firehose:us-east-1:000000000000:deliverystream/x"],
)  # fmt: skip
def test_what_is_no_log_group_or_no_file_is_refused(arn: str) -> None:
    with pytest.raises(PlanError, match=r"accessLogSettings\.destinationArn"):
        log_group_of(arn)


@given(st.text(alphabet="ab./#-_\\~:\n", min_size=1, max_size=30))
def test_no_name_leads_out_of_the_directory(name: str) -> None:
    try:
        path = log_group_of(ARN + name)
    except PlanError:
        return
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(path.split("/"))
