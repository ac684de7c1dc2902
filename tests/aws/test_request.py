"""A request to an AWS API, as it came over HTTP."""

import pytest

from limen.aws.request import AwsRequest, query_parameters
from limen.wire import header


def test_a_header_sent_twice_is_joined():
    request = AwsRequest("GET", "/", "", [header(b"X-One", b"a"), header(b"x-one", b"b")])

    assert request.find_header("x-one") == "a,b"
    assert request.find_header("x-two") is None


def test_query_parameters_keep_their_order_and_are_decoded():
    assert list(query_parameters("b=%C3%BC&&a&b=x+y%2Bz=")) == [("b", "ü"), ("a", ""), ("b", "x y+z=")]


def test_a_query_that_is_not_utf_8_is_a_value_error():
    with pytest.raises(ValueError, match="utf-8"):
        list(query_parameters("a=%ff"))
