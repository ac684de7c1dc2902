"""What authorizers need that outlives plans; owned by a worker."""


class AuthorizerTools:
    """One for each worker: caches and keys are shared by all its plans."""
