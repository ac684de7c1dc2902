"""How an AWS API behaves on the wire; knows nothing of gateways.

service model: what botocore says of one AWS service. operation: one thing that a service does.
shape: the type of a value; member: a named value in a structure; wire name: what a member is called in a request.
request: what a client sent. signature: what it claims about itself. call: a parsed, validated, authenticated request.
output: what an operation gives back, keyed by wire names. answer: the HTTP response made of it.
"""
