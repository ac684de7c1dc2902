"""AWS services that an HTTP API calls by itself, "first-class integrations".

subtype: service and action in one name, `SQS-SendMessage`; every subtype has version 1.0. action: what a subtype calls.
parameter: what the action takes, under the name that AWS documents for the subtype. member: what the parameter is
called in the service's own request, whose protocol is JSON, a form (query) or REST.
"""
