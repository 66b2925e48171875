"""The learn pages: what they say, what it rests on, and the guide's own numbers."""
