"""What the shop itself sets: clock, numbers, guide, languages, and how loud its mailer is."""
