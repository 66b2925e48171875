"""One file per command; each makes one call into a service."""
