"""How long a pair lasts, what is worn of it, and how it is looked after."""
