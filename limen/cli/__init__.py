"""What a person types. One command a file; what is heavy is imported inside a command, so that others start fast."""
