"""Who may write through the API, how often anybody may ask, and answers kept for repeats."""
