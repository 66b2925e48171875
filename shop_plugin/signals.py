"""Outward events for a host. Nothing inside footback listens to them."""

from django.dispatch import Signal

#: Sent after a listing's Guide match changed: listing_id, low, high (1/100 point), verdict.
score_changed = Signal()
#: Sent after a mail was accepted by the mail server: message_uuid.
message_sent = Signal()
#: Sent after a person unsubscribed: contact_id.
contact_unsubscribed = Signal()
#: Sent after a person asked for the mails again, by an act of their own: contact_id.
contact_subscribed = Signal()
#: Sent after a person's data was erased: contact_ids, and accounts, the (source, id) of each at
#: the host as they were before.
contact_erased = Signal()
