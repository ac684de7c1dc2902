"""uvicorn as the control process uses it, for the admin port and the port of user pools."""

import asyncio
import contextlib
from typing import Any

import uvicorn
from starlette.types import ASGIApp

STOP_INTERVAL = 0.2
"""Seconds between two looks at the connections of a server that stops."""


def http_server(app: ASGIApp, drain_timeout: float, **options: Any) -> "HttpServer":
    """`options`: more of uvicorn's."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # who calls is who connects, whatever X-Forwarded-For says
        timeout_graceful_shutdown=int(drain_timeout),
        server_header=False,
        h11_max_incomplete_event_size=65536,
        **options,
    )
    return HttpServer(config)


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handlers: this process has one way to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    async def wait_answered(self, serving: asyncio.Task[None]) -> None:
        """Requests are answered, idle connections dropped: for each asyncio would wait 30 s that TLS ends in order."""
        while not serving.done():
            # Before uvicorn looks: a transport that is closed once more lets nobody abort it.
            self._drop_idle()
            self.should_exit = True
            await asyncio.wait({serving}, timeout=STOP_INTERVAL)
        await serving

    def _drop_idle(self) -> None:
        for connection in list(self.server_state.connections):
            with contextlib.suppress(AttributeError):  # of a transport closed twice, which has no protocol left
                transport = connection.transport
                is_idle = transport.is_closing() or not self.server_state.tasks
                if is_idle and transport.get_write_buffer_size() == 0:
                    transport.abort()
