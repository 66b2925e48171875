"""Handing mails to a mail server, and what is kept where that or the database fails."""
