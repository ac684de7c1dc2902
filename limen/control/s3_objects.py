"""Objects of S3, or of a server like it, where and as whom `[aws]` says: an endpoint that is set, or the profile.

The rules are those of integrations (limen.integrations.service_endpoints): what the environment or the machine itself
would offer as credentials, endpoints or settings is never used.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

import contextlib
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.control.aws_profile import load_profile
from limen.control.objects import (
    ACCESS_DENIED,
    NO_SUCH_BUCKET,
    NO_SUCH_KEY,
    NO_SUCH_VERSION,
    ObjectError,
    StoredObject,
    too_large,
)
from limen.integrations.service_endpoints import LOCAL_KEY, is_of_aws, split_key

CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0
DEADLINE = 60.0
"""Seconds for one object, however steadily it comes."""
MOST_AT_ONCE = 16
"""Objects on their way, those among them that nobody waits for any more."""
ATTEMPTS = 2
PIECE = 64 << 10

_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_DOTS = frozenset({".", ".."})
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "/dev/null", None),
    "credentials_file": (None, None, "/dev/null", None),
}
"""Variables of botocore's session, as (key, variable of the environment, default, conversion)."""


class S3Settings(Struct, frozen=True):
    """`profile`, `endpoint`: of `[aws]`, the endpoint that counts for S3, perhaps with credentials in it."""

    profile: str | None
    endpoint: str | None
    region: str
    extra_ca: str | None = None


class S3Objects:
    """Owned by the control process, used by any thread. Nothing is loaded before the first object is wanted."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Any = None
        self._authorities: Any = None
        """A file, as long as the client lives."""
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)

    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        """Raises ObjectError."""
        shown = f"s3://{bucket}/{key}"
        if not _BUCKET.fullmatch(bucket):
            raise ObjectError(f"{bucket!r} is no name of a bucket", NO_SUCH_BUCKET)
        if not 1 <= len(key.encode(errors="replace")) <= 1024:
            raise ObjectError(f"the key of an object in {bucket!r} must have 1 to 1024 bytes", NO_SUCH_KEY)
        if not _DOTS.isdisjoint(key.split("/")):
            # Servers that resolve dots would look in another bucket than whoever asks was allowed to read.
            raise ObjectError(f"the key of an object in {bucket!r} must not have . or .. between slashes", NO_SUCH_KEY)
        return self._read_in_time(partial(self._fetch, bucket, key, version, most), shown)

    def _read_in_time(self, fetch: Callable[[], StoredObject], shown: str) -> StoredObject:
        """In a thread of its own: a server that sends a byte now and then keeps that, and not who waits for it."""
        ends = time.monotonic() + DEADLINE
        late = ObjectError(f"{shown} cannot be read: it did not come within {DEADLINE:g} seconds")
        if not self._free.acquire(timeout=DEADLINE):
            raise late
        fetched: Future[StoredObject] = Future()

        def run() -> None:
            try:
                fetched.set_result(fetch())
            except BaseException as error:
                fetched.set_exception(error)
            finally:
                self._free.release()

        threading.Thread(target=run, name="object of S3", daemon=True).start()
        try:
            return fetched.result(max(0.0, ends - time.monotonic()))
        except TimeoutError:
            raise late from None

    def _fetch(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        shown = f"s3://{bucket}/{key}"
        client = self._opened(bucket)
        wanted = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version is not None else {})
        import botocore.exceptions as failures  # in here as in limen.control.aws_profile

        try:
            answer = client.get_object(**wanted)
            with contextlib.closing(answer["Body"]) as body:
                content = _read_body(body, answer.get("ContentLength", 0), most, shown)
        except ObjectError:
            raise
        except failures.ClientError as error:
            raise self._told(error.response.get("Error", {}), shown, version) from None
        except (failures.ConnectionError, failures.HTTPClientError) as error:
            raise self._cut_off(shown, error) from None
        except failures.BotoCoreError as error:
            self._client = None  # its credentials may be the problem, and somebody may log in
            raise ObjectError(f"{shown} cannot be read from {self._place}: {str(error).rstrip('.')}") from None
        except Exception as error:  # of what reads the body, such as urllib3's
            raise self._cut_off(shown, error) from None
        return StoredObject(content, answer.get("VersionId"))

    @property
    def _place(self) -> str:
        endpoint = self._settings.endpoint
        return "S3" if endpoint is None else f"S3 at {split_key(endpoint)[0]}"

    def _told(self, error: dict[str, Any], shown: str, version: str | None) -> ObjectError:
        code, message = str(error.get("Code", "")), str(error.get("Message", ""))
        if code in ("403", "Forbidden", ACCESS_DENIED[0]):
            text = f"{self._place} denies access to {shown}: {self._signer} may not read it, or it does not exist"
            return ObjectError(text, ACCESS_DENIED)
        if code == NO_SUCH_BUCKET[0]:
            return ObjectError(f"{shown} cannot be read: {self._place} has no such bucket", NO_SUCH_BUCKET)
        if code in ("404", NO_SUCH_KEY[0]):
            return ObjectError(f"{shown} does not exist in {self._place}", NO_SUCH_KEY)
        if version is not None and code in (NO_SUCH_VERSION[0], "InvalidArgument", "405", "MethodNotAllowed"):
            return ObjectError(f"{shown} has no version {version!r} in {self._place}", NO_SUCH_VERSION)
        self._client = None  # its key may have expired, and another one be in the profile
        return ObjectError(f"{shown} cannot be read from {self._place}: {code}: {message}", (code, message))

    @property
    def _signer(self) -> str:
        if self._settings.endpoint is not None and not is_of_aws(self._settings.endpoint):
            return "the access key of its endpoint"
        return f"[aws] profile {self._settings.profile!r}"

    def _cut_off(self, shown: str, error: Exception) -> ObjectError:
        kind = type(error).__name__.removesuffix("Error")
        how = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
        return ObjectError(f"{shown} cannot be read: {self._place} cannot be reached, or broke off ({how})")

    def _opened(self, bucket: str) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self._open(bucket)
            return self._client

    def _open(self, bucket: str) -> Any:
        settings = self._settings
        url, key = split_key(settings.endpoint) if settings.endpoint is not None else (None, None)
        if url is None or (key is None and is_of_aws(url)):
            if settings.profile is None:
                raise ObjectError(
                    f"no setting says where the bucket {bucket!r} is: give it a directory in [buckets] of limen.toml, "
                    "or say where S3 is, or as whom to ask AWS for it: LIMEN_AWS_ENDPOINT_URL_S3 or [aws] profile"
                )
            try:
                credentials = load_profile(settings.profile)
            except Exception as error:  # as in limen.control.aws_profile
                text = f"no credentials of [aws] profile {settings.profile!r}: {str(error).rstrip('.')}"
                raise ObjectError(text) from None
        else:
            credentials = _fixed(key or LOCAL_KEY)
        return self._client_of(url, credentials)

    def _client_of(self, url: str | None, credentials: Any) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        session = Session(session_vars=_NO_FILES)
        session.register_component("credential_provider", _Given(credentials))
        config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": "auto" if url is None else "path"},
            ignore_configured_endpoint_urls=True,
            proxies={},
            defaults_mode="legacy",
        )
        return session.create_client(
            "s3",
            region_name=self._settings.region,
            endpoint_url=url,
            config=config,
            verify=self._trusted(),
        )

    def _trusted(self) -> bool | str:
        """Whom else `upstream_ca` trusts, in one file with those whom botocore does."""
        if self._settings.extra_ca is None:
            return True
        from botocore.httpsession import get_cert_path

        self._authorities = NamedTemporaryFile(suffix=".pem")  # noqa: SIM115
        for path in (get_cert_path(True), self._settings.extra_ca):
            self._authorities.write(Path(path).read_bytes() + b"\n")
        self._authorities.flush()
        return str(self._authorities.name)


class _Given:
    """What a session of botocore asks for credentials, which knows only these."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Any:
        return self._credentials


def _fixed(key: AccessKey) -> Any:
    from botocore.credentials import Credentials

    return Credentials(key.id, key.secret, key.session_token)


def _read_body(body: Any, length: int, most: int, shown: str) -> bytes:
    if length > most:
        raise too_large(shown, most)
    deadline = time.monotonic() + DEADLINE
    content = bytearray()
    while piece := body.read(PIECE):
        content += piece
        if len(content) > most:
            raise too_large(shown, most)
        if time.monotonic() > deadline:
            raise ObjectError(f"{shown} cannot be read: it did not come within {DEADLINE:g} seconds")
    return bytes(content)
