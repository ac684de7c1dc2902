"""Our signatures are botocore's, for any path, query, headers and body."""

import datetime
from unittest.mock import patch
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.credentials import AccessKey
from limen.aws.request import AwsRequest
from limen.aws.sigv4 import (
    Scope,
    canonical_path,
    canonical_query,
    canonical_query_as_sent,
    sign,
    sign_text,
)

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
KEY = AccessKey("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
paths = st.lists(words.map(lambda word: quote(word, safe="")), max_size=4).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(st.tuples(words, words), max_size=4).map(
    lambda pairs: "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
)
header_values = st.text(st.sampled_from("aZ09 ,;=/-_."), max_size=12)
headers = st.dictionaries(st.sampled_from(["X-One", "x-two", "Content-Type", "ACCEPT"]), header_values)


def signed_by_botocore(method: str, url: str, given_headers: dict[str, str], body: bytes, token: str | None) -> str:
    request = AWSRequest(method, url, headers=dict(given_headers), data=body)
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        SigV4Auth(Credentials(KEY.id, KEY.secret, token), "execute-api", "eu-west-1").add_auth(request)
    return request.headers["Authorization"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    paths,
    queries,
    headers,
    st.binary(max_size=20),
    st.sampled_from([None, "session/token+="]),
)
def test_signatures_are_botocores(method, path, query, given_headers, body, token):
    url = f"https://localhost:8443{path}" + (f"?{query}" if query else "")
    sent = [(name.lower().encode(), name.encode(), value.encode()) for name, value in given_headers.items()]
    request = AwsRequest(
        method, urlsplit(url).path, urlsplit(url).query, [(b"host", b"Host", b"localhost:8443"), *sent], body
    )

    added = sign(request, AccessKey(KEY.id, KEY.secret, token), "eu-west-1", "execute-api", NOW.timestamp())

    authorization = {lower: value for lower, _, value in added}[b"authorization"].decode()
    assert authorization == signed_by_botocore(method, url, given_headers, body, token)


def test_the_signature_of_the_aws_example():
    """From the documentation of AWS: GET https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08."""
    text = (
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    )

    signature = sign_text(KEY.secret, Scope("20150830", "us-east-1", "iam"), text)

    assert signature == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


def test_paths_are_normalised_and_encoded_twice():
    assert canonical_path("/v2/tags/arn%3Aaws%2Fapis") == "/v2/tags/arn%253Aaws%252Fapis"
    assert canonical_path("/a//b/./c/../d/") == "/a/b/d/"
    assert canonical_path("/../..") == "/"
    assert canonical_path("") == "/"
    assert canonical_path("//") == "/"


def test_queries_are_sorted_and_encoded():
    assert canonical_query("b=2&a=%7E+x&a=&c") == "a=&a=~%20x&b=2&c="
    assert canonical_query_as_sent("b=2&a=%7E+x&a=&c") == "a=&a=%7E+x&b=2&c="
