"""Events between footback and its host: two that the host sends, the others for it to hear.

Nothing inside footback listens to the outward ones. The inward ones are heard
by ``adapters/host_signals.py``: send them inside the transaction that changes
the row; it is read after the commit, and what fails there never reaches the sender.
"""

from django.dispatch import Signal

#: To be sent by a host when a product or one of its sizes changed or went: instance, using.
product_changed = Signal()
#: To be sent by a host when an order or one of its lines changed: instance, using.
order_changed = Signal()

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
