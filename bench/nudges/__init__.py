"""The mailer measured: how soon it sees that nothing is due, how fast it claims and sends."""
