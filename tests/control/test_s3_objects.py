"""Objects of S3, served by moto: as whom they are read, and what is said where they cannot be."""

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
from moto.server import ThreadedMotoServer

from limen.control.objects import ObjectError
from limen.control.s3_objects import S3Objects, S3Settings


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def s3(url: str) -> Any:
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    for bucket in ("plain", "kept"):
        client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket="plain", Key="a/b c+d.pem", Body=b"content")
    return client


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the environment offers, none of which is to be used."""
    config = tmp_path / "config"
    config.write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "xx-nowhere-1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")
    return config


def at(endpoint: str | None, profile: str | None = None, extra_ca: str | None = None) -> S3Objects:
    return S3Objects(S3Settings(profile, endpoint, "us-east-1", extra_ca))


def refused(objects: S3Objects, bucket: str, key: str, version: str | None = None, most: int = 100) -> ObjectError:
    with pytest.raises(ObjectError) as caught:
        objects.read(bucket, key, version, most)
    return caught.value


def test_an_object_is_read(url: str, s3: Any) -> None:
    found = at(url).read("plain", "a/b c+d.pem", None, 100)

    assert (found.content, found.version) == (b"content", None)


def test_a_version_is_read_even_when_there_is_a_newer_one(url: str, s3: Any) -> None:
    first = s3.put_object(Bucket="kept", Key="k", Body=b"first")["VersionId"]
    second = s3.put_object(Bucket="kept", Key="k", Body=b"second")["VersionId"]

    assert at(url).read("kept", "k", first, 100).content == b"first"
    newest = at(url).read("kept", "k", None, 100)
    assert (newest.content, newest.version) == (b"second", second)


def test_more_than_was_asked_for_is_refused(url: str, s3: Any) -> None:
    assert at(url).read("plain", "a/b c+d.pem", None, 7).content
    assert str(refused(at(url), "plain", "a/b c+d.pem", most=6)) == "s3://plain/a/b c+d.pem has more than 6 bytes"


@pytest.mark.parametrize(
    ("bucket", "key", "version", "code", "text"),
    [
        ("plain", "gone", None, "NoSuchKey", "s3://plain/gone does not exist in S3 at"),
        ("nowhere", "k", None, "NoSuchBucket", "s3://nowhere/k cannot be read: S3 at"),
        ("kept", "k", "00000000-0000-0000-0000-000000000000", "NoSuchVersion", "s3://kept/k has no version '0000"),
        ("../x", "k", None, "NoSuchBucket", "'../x' is no name of a bucket"),
        (
            "arn:aws:s3:us-east-1:1:accesspoint/x",
            "k",
            None,
            "NoSuchBucket",
            "'arn:aws:s3:us-east-1:1:accesspoint/x' is",
        ),
        ("plain", "", None, "NoSuchKey", "the key of an object in 'plain' must have 1 to 1024 bytes"),
        ("plain", "../kept/k", None, "NoSuchKey", "the key of an object in 'plain' must not have . or .."),
    ],
)
def test_what_is_not_there_is_told(
    url: str, s3: Any, bucket: str, key: str, version: str | None, code: str, text: str
) -> None:
    s3.put_object(Bucket="kept", Key="k", Body=b"first")
    error = refused(at(url), bucket, key, version)

    assert (error.code, str(error)[: len(text)]) == (code, text)


def test_a_server_that_is_not_there_is_told_without_its_credentials() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = refused(at(f"http://id:secret@127.0.0.1:{port}"), "plain", "k")

    expected = f"s3://plain/k cannot be read: S3 at http://127.0.0.1:{port} cannot be reached, or broke off"
    assert str(error) == f"{expected} (endpoint connection)"


@pytest.mark.parametrize("endpoint", [None, "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"])
def test_without_settings_both_ways_are_named(endpoint: str | None) -> None:
    error = refused(at(endpoint), "trust", "k")

    assert str(error) == (
        "no setting says where the bucket 'trust' is: give it a directory in [buckets] of limen.toml, "
        "or say where S3 is, or as whom to ask AWS for it: LIMEN_AWS_ENDPOINT_URL_S3 or [aws] profile"
    )


def test_a_profile_without_credentials_is_named() -> None:
    text = str(refused(at(None, profile="dev"), "trust", "k"))
    assert text == "no credentials of [aws] profile 'dev': The config profile (dev) could not be found"


class Recorded:
    """Takes the place of the network below botocore."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Exception) -> None:
        self.requests: list[Any] = []

        def send(_: object, request: Any) -> None:
            self.requests.append(request)
            raise answer

        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)


@pytest.mark.parametrize(
    ("endpoint", "host", "key"),
    [
        (None, "https://trust.s3.amazonaws.com/k", "AKDEV"),
        ("https://s3.vpce-1a2b.amazonaws.com", "https://s3.vpce-1a2b.amazonaws.com/trust/k", "AKDEV"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/trust/k", "test"),
        ("http://minio:sec%2Fret@127.0.0.1:9000", "http://127.0.0.1:9000/trust/k", "minio"),
    ],
)
def test_aws_alone_is_signed_for_by_the_profile(
    surroundings: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str | None, host: str, key: str
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")  # moto would look for it too, were it for all tests
    surroundings.write_text("[profile dev]\naws_access_key_id = AKDEV\naws_secret_access_key = secret\n")
    recorded = Recorded(monkeypatch, botocore.exceptions.ConnectTimeoutError(endpoint_url="there"))

    error = refused(at(endpoint, profile="dev"), "trust", "k")

    assert "cannot be reached, or broke off (connect timeout)" in str(error)
    assert recorded.requests[0].url == host
    assert f"Credential={key}/".encode() in recorded.requests[0].headers["Authorization"]


def test_denied_access_names_who_asked(url: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
    Recorded(monkeypatch, denied)

    error = refused(at(url), "plain", "k")

    assert error.code == "AccessDenied"
    assert f"S3 at {url} denies access to s3://plain/k: the access key of its endpoint may not read it" in str(error)


def test_further_authorities_are_trusted_beside_the_usual_ones(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("MINE")
    objects = at("https://127.0.0.1:9", extra_ca=str(authority))
    trusted = objects._trusted()

    assert isinstance(trusted, bool) is False
    text = Path(str(trusted)).read_text()
    assert "BEGIN CERTIFICATE" in text and text.endswith("MINE\n")


def test_a_server_that_trickles_is_not_waited_for_beyond_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.control.s3_objects.DEADLINE", 0.2)
    done = threading.Event()

    def trickle(listening: socket.socket) -> None:
        accepted, _ = listening.accept()
        with accepted, contextlib.suppress(OSError):
            accepted.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not done.wait(0.02):
                accepted.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=trickle, args=(listening,))
        server.start()
        error = refused(at(f"http://127.0.0.1:{listening.getsockname()[1]}"), "plain", "k")
        done.set()
        server.join(5)
    assert str(error) == "s3://plain/k cannot be read: it did not come within 0.2 seconds"


def test_objects_on_their_way_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.control.s3_objects.MOST_AT_ONCE", 1)
    monkeypatch.setattr("limen.control.s3_objects.DEADLINE", 0.05)
    objects, done = at("http://127.0.0.1:9"), threading.Event()
    started: list[str] = []

    def wait(_: S3Objects, bucket: str, *__: object) -> None:
        started.append(bucket)
        done.wait(5)

    monkeypatch.setattr(S3Objects, "_fetch", wait)
    for bucket in ("first", "second"):
        assert "did not come within" in str(refused(objects, bucket, "k"))
    done.set()
    assert started == ["first"]
