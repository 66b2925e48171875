"""What a shopper asks for, and the indexes that answer it: in memory and in plain SQL."""
