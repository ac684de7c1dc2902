"""The examples, as users run them."""
