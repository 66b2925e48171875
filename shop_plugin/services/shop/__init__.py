"""What the shop itself sets: clock, numbers, languages, limits, and how loud its mailer is."""
