"""Facts, reasons, lengths and prices as words for people."""
