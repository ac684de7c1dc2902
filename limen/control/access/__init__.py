"""Who may do what on the admin port: every call is weighed by the policies of the one who signed it.

**asking**: one action on one resource, of which a call may need several.
**weigh**: identity-based policies allow it, none denies it, and boundary and session policies allow it as well.
**guard**: weighs the calls of AWS APIs, and Limen's own questions by the actions that it names for them.
"""
