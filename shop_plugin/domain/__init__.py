"""What footwear is, what good means, and when it wears out. Imports no framework."""
