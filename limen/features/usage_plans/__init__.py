"""Usage plans: which API keys open which stages, how fast and how often."""
