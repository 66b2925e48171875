"""The demo's own mail: an SMTP sink that stores what arrives, and pages to read it."""
