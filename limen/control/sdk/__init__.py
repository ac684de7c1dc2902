"""SDKs that GetSdk hands out: clients of one deployed stage, made from its methods.

**method function**: a function of the client that stands for one method, named after its path and verb.
**files/**: what every JavaScript SDK holds beside its own `apigClient.js`.
"""
