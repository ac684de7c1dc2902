"""Questions to the running server: where its admin port is, and answers signed and verified like those of AWS."""

import html
import http.client
import json
import re
import ssl
import time
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from limen.aws.request import AwsRequest
from limen.cli.failure import CommandError, RefusedError
from limen.config import Settings
from limen.data_dir import Credentials, DataDirectory
from limen.wire import header

TIMEOUT = 10.0
_QUERY_ERROR = re.compile(rb"<Code>(.*?)</Code><Message>(.*?)</Message>", re.DOTALL)
EVERYWHERE = ("0.0.0.0", "::", "127.0.0.1", "::1")  # noqa: S104
"""Addresses that this machine reaches as localhost, the name in every server certificate."""


class AdminAnswer(Struct, frozen=True):
    """`headers` by names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class AdminPort:
    """How a client on this machine reaches the admin port; fails where nothing was ever started."""

    def __init__(self, settings: Settings) -> None:
        data = DataDirectory(settings.data_dir)
        if not data.certificate_authority.exists():
            raise CommandError(f"nothing was ever started in {data.path}: start limen serve first, or give --data-dir")
        ports = data.find_ports()
        self.host = "localhost" if settings.host in EVERYWHERE else settings.host
        self.port = settings.admin_port if ports is None else ports.admin
        self.authority = data.certificate_authority.absolute()
        self.region = settings.region
        self.credentials = _credentials(settings, data)

    @property
    def url(self) -> str:
        return f"https://{self._netloc}"

    def ask(
        self, path: str, *, method: str = "GET", query: str = "", body: bytes = b"", timeout: float = TIMEOUT
    ) -> Any:
        """The JSON that the server answers."""
        return self._answer(AwsRequest(method, path, query, [], body), "limen", timeout)

    def has(self, path: str) -> bool:
        """Whether the server finds it."""
        return self._send(AwsRequest("GET", path, "", []), "limen", TIMEOUT).status == http.client.OK

    def call_aws(self, method: str, path: str, query: str = "", members: dict[str, Any] | None = None) -> Any:
        """The answer of an operation of API Gateway; `path` is encoded as it must be sent."""
        headers = [header(b"Accept", b"application/json")]
        body = b"" if members is None else json.dumps(members).encode()
        return self._answer(AwsRequest(method, path, query, headers, body), "apigateway")

    def call_logs(self, operation: str, members: dict[str, Any]) -> Any:
        """The answer of an operation of CloudWatch Logs."""
        return self._call_json("logs", f"Logs_20140328.{operation}", members)

    def call_users(self, operation: str, members: dict[str, Any]) -> Any:
        """The answer of an operation of Cognito user pools."""
        return self._call_json("cognito-idp", f"AWSCognitoIdentityProviderService.{operation}", members)

    def call_certificates(self, operation: str, members: dict[str, Any]) -> Any:
        """The answer of an operation of ACM."""
        return self._call_json("acm", f"CertificateManager.{operation}", members)

    def call_query(self, service: str, parameters: dict[str, str]) -> bytes:
        """The XML that an operation of the Query protocol answers."""
        headers = [header(b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")]
        return self.send(AwsRequest("POST", "/", "", headers, urlencode(parameters).encode()), service).body

    def call_lambda(self, path: str, query: str = "") -> Any:
        """The answer to a question to the Lambda API."""
        return self._answer(AwsRequest("GET", path, query, []), "lambda")

    def send(self, request: AwsRequest, service: str, timeout: float = TIMEOUT) -> AdminAnswer:
        """The answer as it came; RefusedError where it is an error."""
        answer = self._send(request, service, timeout)
        if answer.status >= http.client.MULTIPLE_CHOICES:
            self._raise_refused(request, answer)
        return answer

    def _call_json(self, service: str, target: str, members: dict[str, Any]) -> Any:
        headers = [
            header(b"Content-Type", b"application/x-amz-json-1.1"),
            header(b"X-Amz-Target", target.encode()),
        ]
        return self._answer(AwsRequest("POST", "/", "", headers, json.dumps(members).encode()), service)

    def _answer(self, request: AwsRequest, service: str, timeout: float = TIMEOUT) -> Any:
        answer = self.send(request, service, timeout)
        try:
            return json.loads(answer.body) if answer.body else None
        except ValueError:
            raise self._is_not_limen(request, answer) from None

    def _raise_refused(self, request: AwsRequest, answer: AdminAnswer) -> None:
        if answer.headers.get("content-type", "").startswith("text/xml"):
            told = _QUERY_ERROR.search(answer.body)
            code, message = (
                [html.unescape(part.decode()) for part in told.groups()] if told else ("", "no reason given")
            )
            raise RefusedError(f"{self.url} answered {answer.status}: {message}", code)
        try:
            told = json.loads(answer.body)
        except ValueError:
            raise self._is_not_limen(request, answer) from None
        reason = told
        if isinstance(told, dict):
            reason = told.get("message") or told.get("Message") or "no reason given"
        code = answer.headers.get("x-amzn-errortype", "")
        raise RefusedError(f"{self.url}{request.path} answered {answer.status}: {reason}", code)

    def _is_not_limen(self, request: AwsRequest, answer: AdminAnswer) -> CommandError:
        return CommandError(f"{self.url}{request.path} answered {answer.status} without JSON: is it Limen?")

    @property
    def _netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def _send(self, request: AwsRequest, service: str, timeout: float) -> AdminAnswer:
        try:
            context = ssl.create_default_context(cafile=str(self.authority))
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=context)
            try:
                target = f"{request.path}?{request.query}" if request.query else request.path
                headers = self._signed_headers(request, service)
                connection.request(request.method, target, request.body or None, headers)
                response = connection.getresponse()
                named = {name.lower(): value for name, value in response.getheaders()}
                return AdminAnswer(response.status, named, response.read())
            finally:
                connection.close()
        except ssl.SSLError as error:
            raise CommandError(f"{self.url} is not trusted by {self.authority}: {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise CommandError(f"no limen answers at {self.url} ({cause}): is it running?") from error

    def _signed_headers(self, request: AwsRequest, service: str) -> dict[str, str]:
        from limen.aws.credentials import AccessKey
        from limen.aws.sigv4 import sign

        host = header(b"Host", self._netloc.encode("idna" if not self._netloc.isascii() else "ascii"))
        signed = replace(request, headers=[host, *request.headers])
        key = AccessKey(self.credentials.access_key_id, self.credentials.secret_access_key)
        added = sign(signed, key, self.region, service, time.time())
        return {name.decode("ascii"): value.decode("ascii") for _, name, value in [*signed.headers, *added]}


def _credentials(settings: Settings, data: DataDirectory) -> Credentials:
    if settings.access_key_id and settings.secret_access_key:
        return Credentials(settings.access_key_id, settings.secret_access_key)
    if not data.credentials_file.exists():
        raise CommandError(
            f"no credentials in {data.path}: the server took LIMEN_ACCESS_KEY_ID and LIMEN_SECRET_ACCESS_KEY; set them"
        )
    return data.credentials()
