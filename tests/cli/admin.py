"""An admin port that answers what a test wants, over TLS of a real local authority, and checks signatures."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limen.aws.errors import AwsError
from limen.aws.request import AwsRequest
from limen.aws.signature import check_freshness, find_signature, verify
from limen.data_dir import DataDirectory, Ports
from limen.downstream.authority import ensure_authority
from limen.downstream.tls import server_context
from limen.wire import header


@contextmanager
def running(
    path: Path, answers: dict[str, tuple[int, Any] | tuple[int, Any, dict[str, str]]], service: str = "limen"
) -> Iterator[DataDirectory]:
    """`answers`: status, JSON (or bytes) and headers by path; what is not signed for `service` is answered with 403."""
    data = DataDirectory.open(path)
    authority = ensure_authority(data.path)
    credentials = data.credentials()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            status, answer, *more = answers[self.path] if self._is_signed() else (403, {"message": "not signed"})
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in more[0].items() if more else ():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _is_signed(self) -> bool:
            headers = [header(name.encode(), value.encode()) for name, value in self.headers.items()]
            path, _, query = self.path.partition("?")
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            request = AwsRequest(self.command, path, query, headers, sent)
            signature = find_signature(request)
            if signature is None or signature.scope.service != service:
                return False
            check_freshness(signature, time.time())
            try:
                verify(request, signature, credentials.secret_access_key)
            except AwsError:
                return False
            return signature.access_key_id == credentials.access_key_id

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = server_context(authority.server).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with data.lock():
            data.record_ports(Ports(1, server.server_address[1]))
            yield data
    finally:
        server.shutdown()
        server.server_close()
