"""footback: sourced shoe facts, an honest Guide match, and mails that know when to be silent."""

__version__ = "0.1.0"
