"""Spreadsheets of staff, as CSV and as workbooks."""
