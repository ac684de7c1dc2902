"""Who answers a request: what an integration document compiles to.

integration: the document that names a backend and how to call it. target: where a call goes, an origin and a path.
mapping: parameters of an exchange put into other places, in the words of HTTP APIs (`overwrite:header.x`). place: what
a mapping writes (header, query string, path, status code). source: what a mapping reads (`$request.header.x`).
"""
