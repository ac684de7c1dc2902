"""Custom domain names: from the host and path that a client asks for to a stage of an API.

domain name     a host that the owner chose, exact or a wildcard (`*.example.com`), with a certificate of its own
mapping         the key (base path) below which a stage answers; the empty key answers what no other does
routing rule    conditions on headers and base path, in order of priority, and the stage that they lead to
routing mode    whether mappings, rules, or rules and then mappings lead to a stage
truststore      the authorities whose client certificates a domain name with mutual TLS accepts
"""
