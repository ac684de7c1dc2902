"""IAM and STS: who there is, what their policies say, and sessions (AWS Identity and Access Management API).

**user, role, group**: a document each, with all that belongs to it: keys, inline policies, ARNs of attached ones.
**inline policy**: belongs to one of them. **managed policy**: a document of its own, in up to five versions.
**trust policy**: who may assume a role. **boundary**: a managed policy; what it does not allow, no other can.
**identity**: a user or a role as a request is weighed: `identities` makes its record of the documents.
"""
