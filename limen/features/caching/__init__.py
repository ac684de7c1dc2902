"""Responses of methods of REST APIs, kept for who asks the same again (developer guide, "Enabling API caching").

key: the values of what a method declares as cacheKeyParameters. entry: one kept response. group: the entries of one
cacheNamespace, by key. shelf: the groups of one deployment on one stage. flight: one request that is on its way to
the backend for all that ask for its key meanwhile. mark: what a stage says of its last flush.
"""
