"""Outward events for a host. Nothing inside footback listens to them."""

from django.dispatch import Signal

#: Sent after a listing's Guide match changed: listing_id, low, high (1/100 point), verdict.
score_changed = Signal()
#: Sent after a mail was accepted by the mail server: message_uuid.
message_sent = Signal()
#: Sent after a person unsubscribed: contact_id.
contact_unsubscribed = Signal()
