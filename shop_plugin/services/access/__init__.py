"""Who may write through the API."""
