"""What happens to a request, in the words that all steps share.

exchange: one request and its response. step: a plain function of a plan that decides one thing about an exchange.
record: a function that observes an exchange when it has ended. plan: what a deployed route compiles to.
failure: a row that ends an exchange with a response of the gateway's own. caller: who was authorized.
"""
