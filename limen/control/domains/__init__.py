"""Custom domain names beside the operations on them, which both APIs of API Gateway have.

domain      a document with one configuration for each type of endpoint, named by what it serves
children    what a domain name has below it, under one parent: API mappings, routing rules, its truststore
change      a domain name as it was and as it is to be; checked as a whole, whichever API asks for it
truststore  the certificates of mutual TLS, read from a bucket when a change says where they are
"""
