"""Long work over many rows: written in bulk, taken up again, on two cores."""
