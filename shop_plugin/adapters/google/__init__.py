"""Google Merchant: product feeds as a table and as XML, in and out."""
