"""What shoppers see: results, cards, product pages, comparing, finding, fitting."""
