"""AWS Certificate Manager's API: certificates of custom domain names, brought along or issued by this server.

imported     a certificate that somebody brought, with its private key
requested    one that this server issued at once, and renews in time
stand-in     one that it issued for a domain name whose certificate ARN it does not know
authority    what it signs with: the one of a data directory for names that nobody has on the web, or one that may sign
             for a few names alone. They are kept in the store, so that all nodes have the same, and stand in `ca.pem`

Private keys are sealed in the store, bound to what they are of.
"""
