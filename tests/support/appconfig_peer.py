"""A stand-in for AWS AppConfig's GetConfiguration, written from botocore's service model: moto's server lacks it.

It takes the request that the model describes, verifies its signature, and answers as the model's output is shaped.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session

from limen.aws.request import AwsRequest
from limen.aws.signature import find_signature, verify
from limen.wire import header

SECRET = "test"
"""What Limen signs with for an endpoint that is set without a key."""


class AppConfigPeer:
    """`configurations` is version, content type and content by (application, environment, configuration)."""

    def __init__(self) -> None:
        self.configurations: dict[tuple[str, ...], tuple[str, str, bytes]] = {}
        self.clients: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _handler_for(peer: AppConfigPeer) -> type[BaseHTTPRequestHandler]:
    model = botocore.session.get_session().get_service_model("appconfig").operation_model("GetConfiguration")
    asks_for = {
        name: member.serialization["name"]
        for name, member in model.input_shape.members.items()
        if member.serialization.get("location") == "querystring"
    }
    answers_in = {
        name: member.serialization["name"]
        for name, member in model.output_shape.members.items()
        if member.serialization.get("location") == "header"
    }
    template = model.http["requestUri"].split("/")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            if not self._is_signed():
                return self._answer(403, {}, b'{"Message": "signature"}')
            parts = urlsplit(self.path)
            place = self._place(parts.path)
            asked = parse_qs(parts.query)
            client = asked.get(asks_for["ClientId"], [""])[0]
            if place is None or not client:
                return self._answer(400, {}, b'{"Message": "a parameter is missing"}')
            peer.clients.append(client)
            found = peer.configurations.get(place)
            if found is None:
                headers = {"x-amzn-ErrorType": "ResourceNotFoundException"}
                return self._answer(404, headers, b'{"Message": "not found"}')
            version, content_type, content = found
            is_known = asked.get(asks_for["ClientConfigurationVersion"]) == [version]
            headers = {answers_in["ConfigurationVersion"]: version, answers_in["ContentType"]: content_type}
            return self._answer(200, headers, b"" if is_known else content)

        def _place(self, path: str) -> tuple[str, ...] | None:
            segments = path.split("/")
            if len(segments) != len(template):
                return None
            named = [(unquote(given), known) for given, known in zip(segments, template, strict=True)]
            if any(given != known for given, known in named if not known.startswith("{")):
                return None
            return tuple(given for given, known in named if known.startswith("{"))

        def _is_signed(self) -> bool:
            path, _, query = self.path.partition("?")
            headers = [header(name.encode(), value.encode()) for name, value in self.headers.items()]
            request = AwsRequest("GET", path, query, headers, b"")
            try:
                signature = find_signature(request)
                if signature is None or signature.scope.service != model.service_model.signing_name:
                    return False
                verify(request, signature, SECRET)
            except Exception:
                return False
            return True

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """The test looks at `clients`."""

    return Handler
