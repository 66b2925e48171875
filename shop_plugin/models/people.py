"""The people a shop may write to, what allows it, and what forbids it for ever."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.mail_addresses import mask_key


class Contact(models.Model):
    """A customer. ``email`` is empty where the host gave none, and after erasure.

    No condition of a person is ever stored here or anywhere else.
    """

    source = models.CharField(max_length=64, verbose_name=_("source"))
    external_id = models.CharField(max_length=191, verbose_name=_("external id"))
    email = models.EmailField(max_length=254, blank=True, verbose_name=_("email"))
    email_hash = models.CharField(max_length=64, blank=True, db_index=True)
    is_mailable = models.BooleanField(
        default=True,
        help_text=_("false where the address was made up or the host gave none"),
        verbose_name=_("is mailable"),
    )
    first_name = models.CharField(max_length=100, blank=True, verbose_name=_("first name"))
    language = models.CharField(max_length=8, blank=True, verbose_name=_("language"))
    chosen_language = models.CharField(
        max_length=8,
        blank=True,
        help_text=_("the person's own choice; it outweighs the host's"),
        verbose_name=_("chosen language"),
    )
    own_mails_per_year = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("the person's own limit"),
        verbose_name=_("own mails per year"),
    )
    own_days_between = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("days between two mails, the person's own wish"),
        verbose_name=_("own days between"),
    )
    country = models.CharField(max_length=2, blank=True, verbose_name=_("country"))
    timezone = models.CharField(max_length=64, blank=True, verbose_name=_("timezone"))
    unsubscribe_token = models.CharField(
        max_length=22, unique=True, help_text=_("random, stored, never expires")
    )
    created_at = models.DateTimeField(verbose_name=_("created at"))
    erased_at = models.DateTimeField(null=True, blank=True, verbose_name=_("erased at"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="footback_contact_identity"
            )
        ]
        permissions = [
            ("view_contact_address", _("Can see e-mail addresses in full")),
            ("export_contact", _("Can hand out all that is held about a person")),
            ("erase_contact", _("Can erase a person's data for good")),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{mask_key(self.external_id)}"


class Consent(models.Model):
    """Why a person may be written to. Append-only."""

    class Basis(models.TextChoices):
        EXPRESS = "express", _("express consent")
        SOFT_OPT_IN = "soft_opt_in", _("soft opt-in at a purchase")
        CASL_IMPLIED = "casl_implied", _("implied by a purchase (Canada)")
        NONE = "none", _("withdrawn")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    basis = models.CharField(max_length=12, choices=Basis.choices, verbose_name=_("basis"))
    source = models.CharField(max_length=100, blank=True, verbose_name=_("source"))
    wording_version = models.CharField(max_length=40, blank=True, verbose_name=_("wording version"))
    country = models.CharField(max_length=2, blank=True, verbose_name=_("country"))
    at = models.DateTimeField(verbose_name=_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["contact", "-at"], name="footback_consent_latest")]

    def __str__(self) -> str:
        return f"{self.contact_id}: {self.basis}"


class Suppression(models.Model):
    """An address that must not be written to, kept as a keyed hash; survives erasure.

    One that only rests ``ends_at`` a time; without it the entry is for ever.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        HARD_BOUNCE = "hard_bounce", _("the address does not exist")
        SOFT_BOUNCES = "soft_bounces", _("bounced again and again; rests for a while")
        COMPLAINT = "complaint", _("marked as spam")
        STAFF = "staff", _("entered by staff")
        ERASED = "erased", _("the person's data was erased")

    email_hash = models.CharField(max_length=64, unique=True, verbose_name=_("email hash"))
    reason = models.CharField(max_length=12, choices=Reason.choices, verbose_name=_("reason"))
    at = models.DateTimeField(verbose_name=_("at"))
    ends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("empty: never"),
        verbose_name=_("ends at"),
    )
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("when the data was erased; it is erased again should a backup bring it back"),
        verbose_name=_("erased at"),
    )

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        indexes = [models.Index(fields=["reason", "-at"], name="footback_suppression_reason")]

    def __str__(self) -> str:
        return f"{self.reason} {self.at:%Y-%m-%d}"
