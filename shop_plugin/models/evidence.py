"""Who says what about a listing, and what is believed in the end."""

from __future__ import annotations

from itertools import combinations

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, Left
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import ATTRIBUTES, LEVELS, SourceKind
from shop_plugin.domain.bands import (
    FASTENING_BANDS,
    GRADES,
    HEEL_BANDS,
    HEEL_EDGES_UM,
    NOT_ENOUGH,
    NOT_SCORED,
    UNCLEAR,
)
from shop_plugin.models.listing import Listing


class Observation(models.Model):
    """What one source says of one attribute. Never overwritten: a loser stays readable.

    A span is ``low_milli`` to ``high_milli`` in thousandths of the attribute's
    unit; any other value is ``options``, the answers still possible, sorted
    and joined by commas.
    """

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("waits for a person")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        UNCLEAR = "unclear", _("nobody could tell")
        SUPERSEDED = "superseded", _("superseded")

    # The index below begins with the listing; one of its own would be written for nothing.
    listing = models.ForeignKey(
        Listing,
        on_delete=models.CASCADE,
        related_name="observations",
        db_index=False,
        verbose_name=_("listing"),
    )
    attribute = models.CharField(
        max_length=32, choices=[(key, key) for key in ATTRIBUTES], verbose_name=_("attribute")
    )
    low_milli = models.BigIntegerField(null=True, blank=True)
    high_milli = models.BigIntegerField(null=True, blank=True)
    options = models.CharField(max_length=200, blank=True)
    original = models.CharField(
        max_length=200, blank=True, help_text=_("the value as written"), verbose_name=_("original")
    )
    source_kind = models.CharField(
        max_length=10,
        choices=[(item.value, item.value) for item in SourceKind],
        verbose_name=_("source kind"),
    )
    rule = models.CharField(max_length=64, verbose_name=_("rule"))
    confidence = models.PositiveSmallIntegerField(
        help_text=_("thousandths"), verbose_name=_("confidence")
    )
    quote = models.TextField(blank=True, verbose_name=_("quote"))
    field = models.CharField(max_length=100, blank=True, verbose_name=_("field"))
    start = models.PositiveIntegerField(null=True, blank=True, verbose_name=_("start"))
    end = models.PositiveIntegerField(null=True, blank=True, verbose_name=_("end"))
    content_hash = models.CharField(
        max_length=32,
        blank=True,
        help_text=_("of the listing when this was read"),
        verbose_name=_("content hash"),
    )
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.ACCEPTED, verbose_name=_("state")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("author"),
    )
    observed_at = models.DateTimeField(verbose_name=_("observed at"))

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        indexes = [
            models.Index(fields=["listing", "state"], name="footback_observation_listing"),
            models.Index(
                fields=["attribute", "listing"],
                name="footback_observation_waiting",
                condition=models.Q(state="suggested"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(low_milli__isnull=False, high_milli__isnull=False, options="")
                    | (
                        models.Q(low_milli__isnull=True, high_milli__isnull=True)
                        & ~models.Q(options="")
                    )
                ),
                name="footback_observation_one_value",
            )
        ]

    def __str__(self) -> str:
        shown = self.options or f"{self.low_milli}..{self.high_milli}"
        return f"{self.attribute} = {shown} ({self.source_kind})"


class EarlierText(models.Model):
    """What a listing said when staff decided about it; kept once the host says something else.

    A staff value finds it by the content hash it was set for. It goes when no
    value rests on it any more.
    """

    # The constraint's index begins with the listing; one of its own would be written for nothing.
    listing = models.ForeignKey(
        Listing, on_delete=models.CASCADE, related_name="earlier_texts", db_index=False
    )
    content_hash = models.CharField(max_length=32)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    raw_attributes = models.JSONField(default=dict)
    kept_at = models.DateTimeField(help_text=_("when the host changed it"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "content_hash"], name="footback_earliertext_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.listing_id} until {self.kept_at:%Y-%m-%d}"


# "none" and something more are both possible, but not everything is.
_UNCLEAR_LEVELS = [
    ",".join(("0", *others)) for size in (1, 2) for others in combinations(LEVELS[1:], size)
]


def _level_band(column: str) -> models.GeneratedField:
    """Return the column of ``bands.level_band``, computed by the database."""
    return models.GeneratedField(
        expression=models.Case(
            models.When(**{column: ",".join(LEVELS)}, then=models.Value(None)),
            models.When(**{f"{column}__in": _UNCLEAR_LEVELS}, then=models.Value(UNCLEAR)),
            default=Left(column, 1),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )


def _heel_band(low: str, high: str) -> models.GeneratedField:
    """Return the column of ``bands.heel_band``, computed by the database."""
    first, second, third = HEEL_EDGES_UM
    return models.GeneratedField(
        expression=models.Case(
            models.When(**{f"{high}__isnull": True}, then=models.Value(None)),
            models.When(
                models.Q(**{f"{low}__lte": first, f"{high}__gt": second})
                | models.Q(**{f"{low}__lte": second, f"{high}__gt": third}),
                then=models.Value(UNCLEAR),
            ),
            *(
                models.When(**{f"{high}__lte": edge}, then=models.Value(band))
                for edge, band in zip(HEEL_EDGES_UM, HEEL_BANDS, strict=False)
            ),
            default=models.Value(HEEL_BANDS[-1]),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )


def _grade_band() -> models.GeneratedField:
    """Return the column of ``bands.grade_band``, computed by the database."""
    return models.GeneratedField(
        expression=models.Case(
            models.When(verdict="", then=models.Value(None)),
            models.When(verdict="not_enough", then=models.Value(NOT_ENOUGH)),
            models.When(grade_low__in=GRADES, then=models.F("grade_low")),
            default=models.Value(NOT_SCORED),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )


def _toe_band() -> models.GeneratedField:
    """Return the column of ``bands.toe_band``, computed by the database."""
    return models.GeneratedField(
        expression=models.Case(
            models.When(toe_shape__contains=",", then=models.Value(UNCLEAR)),
            default=models.F("toe_shape"),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )


def _fastening_band() -> models.GeneratedField:
    """Return the column of ``bands.fastening_band``, computed by the database."""
    return models.GeneratedField(
        expression=models.Case(
            models.When(fastening__isnull=True, then=models.Value(None)),
            *(
                models.When(fastening__in=_texts_of(members), then=models.Value(band))
                for band, members in FASTENING_BANDS.items()
            ),
            default=models.Value(UNCLEAR),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )


def _texts_of(members: frozenset[str]) -> list[str]:
    """Return every set of these answers as the column holds it: sorted, joined by commas."""
    return [
        ",".join(chosen)
        for size in range(1, len(members) + 1)
        for chosen in combinations(sorted(members), size)
    ]


def _match_order() -> models.GeneratedField:
    """Return the rank of a match: the higher lower end first, then the higher upper end.

    Ascending and never null, so that one plain index serves every database;
    what has no match comes last.
    """
    return models.GeneratedField(
        expression=models.Case(
            models.When(match_low__isnull=True, then=models.Value(1)),
            default=models.F("match_low") * -20_000 - models.F("match_high"),
        ),
        output_field=models.IntegerField(),
        db_persist=True,
    )


def _worth() -> models.GeneratedField:
    """Return what one more fact is worth to shoppers: its narrowing times who would see it.

    One is added to the demand, so that in a shop that says nothing of it the
    narrowing alone gives the order.
    """
    return models.GeneratedField(
        expression=Coalesce(models.F("narrowing"), 0) * (models.F("demand") + 1),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )


class FootwearProfile(models.Model):
    """What is believed of a listing: typed columns for search and scoring. Unknown is null.

    Lengths are in micrometres. Level and choice columns hold the answers
    still possible, sorted and joined by commas ("1,2,3"); null is unknown.
    The ``match_*`` columns, ``telling`` and ``narrowing`` repeat the general
    assessment of ``assessed_hash``, so that a result page needs no join;
    ``demand`` repeats what the host counts. ``worth`` orders the work list. The ``*_band``
    columns are what the facets filter and count by; the database keeps them.
    """

    listing = models.OneToOneField(
        Listing, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    heel_height_low_um = models.IntegerField(null=True, blank=True)
    heel_height_high_um = models.IntegerField(null=True, blank=True)
    forefoot_height_low_um = models.IntegerField(null=True, blank=True)
    forefoot_height_high_um = models.IntegerField(null=True, blank=True)
    drop_low_um = models.IntegerField(null=True, blank=True)
    drop_high_um = models.IntegerField(null=True, blank=True)
    arch_support = models.CharField(max_length=8, null=True, blank=True)
    cushioning = models.CharField(max_length=8, null=True, blank=True)
    removable_insole = models.BooleanField(null=True, blank=True)
    orthotic_friendly = models.BooleanField(null=True, blank=True)
    toe_shape = models.CharField(max_length=64, null=True, blank=True)
    fastening = models.CharField(max_length=120, null=True, blank=True)
    # Every known attribute, these columns' included, as FootwearAttributes.as_snapshot() wrote it.
    snapshot = models.JSONField(default=dict)
    conflicts = models.CharField(max_length=300, blank=True, help_text=_("attributes in dispute"))
    flags = models.CharField(
        max_length=300,
        blank=True,
        default="",
        help_text=_("ids of the rules of plausibility that the facts break"),
        verbose_name=_("flags"),
    )
    attribute_hash = models.CharField(max_length=32)
    resolved_at = models.DateTimeField()

    assessed_hash = models.CharField(max_length=32, blank=True)
    formula_version = models.CharField(max_length=16, blank=True)
    match_low = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("1/100 point"))
    match_high = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("1/100 point"))
    coverage = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("thousandths"))
    verdict = models.CharField(max_length=24, blank=True)
    grade_low = models.CharField(max_length=1, blank=True)
    grade_high = models.CharField(max_length=1, blank=True)
    # The factor of which one more fact would tell most, by how much it would narrow the match in
    # 1/100 point, and looks at the page, a pair sold counting as fifty.
    telling = models.CharField(max_length=2, blank=True)
    narrowing = models.PositiveSmallIntegerField(null=True, blank=True)
    demand = models.BigIntegerField(default=0)

    match_order = _match_order()
    worth = _worth()
    grade_band = _grade_band()
    arch_band = _level_band("arch_support")
    cushioning_band = _level_band("cushioning")
    heel_band = _heel_band("heel_height_low_um", "heel_height_high_um")
    toe_band = _toe_band()
    fastening_band = _fastening_band()

    class Meta:
        indexes = [
            # Holds all that filtering and counting reads, so that the wide rows stay untouched.
            models.Index(
                fields=["grade_band", "arch_band", "cushioning_band", "heel_band", "listing"],
                name="footback_profile_bands",
            ),
            models.Index(
                fields=[
                    "toe_band",
                    "fastening_band",
                    "removable_insole",
                    "orthotic_friendly",
                    "listing",
                ],
                name="footback_profile_details",
            ),
            models.Index(fields=["match_order", "listing"], name="footback_profile_best_first"),
            models.Index(
                fields=["listing"],
                name="footback_profile_flagged",
                condition=models.Q(flags__gt=""),
            ),
            models.Index(fields=["-worth", "-listing"], name="footback_profile_worth_first"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.verdict or 'not assessed'}"


class AttributeSnapshot(models.Model):
    """One distinct set of known attributes. Listings that state the same share it."""

    attribute_hash = models.CharField(max_length=32, primary_key=True)
    snapshot = models.JSONField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.attribute_hash


class Assessment(models.Model):
    """The Guide match of one set of attributes for one profile under one formula.

    A listing points here by the ``attribute_hash`` of its profile. Rows of an
    older formula are kept, so that any past score can be shown and replayed.
    All numbers are integers: ``low`` and ``high`` in 1/100 point, ``coverage``
    and ``confidence`` in thousandths.
    """

    attribute_hash = models.CharField(max_length=32, verbose_name=_("attribute hash"))
    condition = models.CharField(max_length=24, verbose_name=_("condition"))
    formula_version = models.CharField(max_length=16, verbose_name=_("formula version"))
    verdict = models.CharField(max_length=24, verbose_name=_("verdict"))
    low = models.PositiveSmallIntegerField(null=True)
    high = models.PositiveSmallIntegerField(null=True)
    grade_low = models.CharField(max_length=1, blank=True)
    grade_high = models.CharField(max_length=1, blank=True)
    coverage = models.PositiveSmallIntegerField(default=0, verbose_name=_("coverage"))
    confidence = models.PositiveSmallIntegerField(default=0, verbose_name=_("confidence"))
    # Of the general match alone: the factor of which one more fact would tell most, and by how
    # much it would narrow the match, in 1/100 point.
    telling = models.CharField(max_length=2, blank=True)
    narrowing = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.JSONField(help_text=_("contributions, caps and reason codes"))
    computed_at = models.DateTimeField(verbose_name=_("computed at"))

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.UniqueConstraint(
                fields=["attribute_hash", "condition", "formula_version"],
                name="footback_assessment_identity",
            )
        ]
        indexes = [
            models.Index(
                fields=["formula_version", "condition", "-low"], name="footback_assessment_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.verdict} ({self.formula_version})"
