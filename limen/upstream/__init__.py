"""The backend's side of the wire: HTTP/1.1 calls over pooled connections.

origin: scheme, host and port that connections are shared for, and what TLS asks of them. call: one request to a backend
and what becomes of it; streamed call: one whose response is handed on piece by piece as it comes. connection: one TCP
or TLS connection, with at most one call at a time. idle: a connection without a call. stale: an idle connection that
the backend has closed or is about to close. limits: what is bounded, and by how much.
"""
