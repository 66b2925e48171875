"""From texts to observations, from these to a profile, from a profile to a Guide match."""
