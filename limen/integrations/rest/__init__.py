"""Who answers a request of a REST API: a backend asked as it came, a backend asked by template, or nobody (MOCK).

expression: what a mapping says, `method.request.header.X`. place: what it sets, `integration.request.path.id`. reading:
one message while its parameters are mapped. treatment: what becomes of a header on its way through. content handling:
whether a body is text or bytes, and what it is turned into. selection: which integration response applies.
"""
