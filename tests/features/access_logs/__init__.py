"""Access logs: settings, formats, records, writing."""
