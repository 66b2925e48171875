"""What the API gives out, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shop_plugin.api.fields import Choice
from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    Gender,
    Options,
    SourceKind,
    Span,
    UseCategory,
)
from shop_plugin.domain.fit_votes import FitCounts, Runs, Share
from shop_plugin.domain.scoring import Assessment, Cap, Contribution, Reason, Verdict
from shop_plugin.models import Listing
from shop_plugin.services.search.facets import FacetKind
from shop_plugin.services.shop.guides import guides_at_hand
from shop_plugin.services.shop.shelf import Shelf
from shop_plugin.services.shopping.buyers_word import BuyersWord
from shop_plugin.services.shopping.cards import Card
from shop_plugin.services.shopping.facet_groups import FacetCount, FacetGroup
from shop_plugin.services.shopping.listing_page import Evidence, Fact, ListingPage, SizeOffer
from shop_plugin.services.words.explaining import (
    Explanation,
    condition_label,
    describe_match,
    explain,
)
from shop_plugin.services.words.prices import Price

GRADES = ("A", "B", "C", "D", "E")
# Some 5 KB each, a card 2 KB.
_MATCHES: Shelf[dict[str, Any]] = Shelf(room=2048)
_CARDS: Shelf[dict[str, Any]] = Shelf(room=4096)


class PriceSerializer(serializers.Serializer[Price]):
    """A price. ``minor`` is in the smallest unit of the currency."""

    minor = serializers.IntegerField(min_value=0)
    currency = serializers.CharField(help_text=_("ISO 4217; empty where the shop states none"))
    text = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why a match is what it is: a stable code with parameters, and its sentence."""

    code = serializers.CharField()
    params = serializers.DictField(
        child=serializers.JSONField(),
        help_text=_("lengths in micrometres, limits in hundredths of a point"),
    )
    guideline = serializers.CharField(help_text=_("id in the guide; empty for a note"))
    evidence = serializers.CharField(help_text=_("how good the evidence of the guideline is"))
    tone = Choice(["good", "neutral", "limit", "unknown"], component="Tone")
    sentence = serializers.CharField()
    short = serializers.CharField()


class MatchSerializer(serializers.Serializer[Assessment]):
    """The Guide match as it is listed. Scores are hundredths of a point, null where not scored.

    Needs the unit of lengths as ``context["unit"]``.
    """

    condition = serializers.CharField()
    formula_version = serializers.CharField()
    verdict = Choice([item.value for item in Verdict], component="Verdict")
    low = serializers.IntegerField(allow_null=True, min_value=0, max_value=10_000)
    high = serializers.IntegerField(allow_null=True, min_value=0, max_value=10_000)
    grade_low = Choice(
        GRADES,
        component="Grade",
        allow_blank=True,
        help_text=_("the letter of low, which is sure"),
    )
    grade_high = Choice(GRADES, component="Grade", allow_blank=True)
    coverage = serializers.IntegerField(
        min_value=0, max_value=1000, help_text=_("how much of the score is settled, per mille")
    )
    confidence = serializers.IntegerField(
        min_value=0, max_value=1000, help_text=_("how sure the sources are, per mille")
    )
    text = serializers.SerializerMethodField()

    def get_text(self, assessment: Assessment) -> str:
        """Return the match in one sentence."""
        return describe_match(assessment, unit=self.context["unit"])


class ContributionSerializer(serializers.Serializer[Contribution]):
    """What one factor adds: subscores per mille, points in hundredths, worst and best."""

    factor = serializers.CharField()
    guideline = serializers.CharField()
    weight = serializers.IntegerField(min_value=0, max_value=1000)
    low = serializers.IntegerField(min_value=0, max_value=1000)
    high = serializers.IntegerField(min_value=0, max_value=1000)
    points_low = serializers.IntegerField(min_value=0)
    points_high = serializers.IntegerField(min_value=0)


class CapSerializer(serializers.Serializer[Cap]):
    """A limit of the whole score, in hundredths of a point."""

    code = serializers.CharField()
    limit = serializers.IntegerField(min_value=0)
    limit_low = serializers.IntegerField(min_value=0)
    is_certain = serializers.BooleanField()


class DetailedMatchSerializer(MatchSerializer):
    """The Guide match of one condition with all it is made of."""

    # A listing has ten, and listings that state the same share them: each is worded once.

    condition_label = serializers.SerializerMethodField()
    base_low = serializers.IntegerField(allow_null=True, min_value=0)
    base_high = serializers.IntegerField(allow_null=True, min_value=0)
    contributions = ContributionSerializer(many=True)
    caps = CapSerializer(many=True)
    reasons = serializers.SerializerMethodField()

    def to_representation(self, instance: Assessment) -> dict[str, Any]:
        """Return the match as plain values, which nobody changes."""
        key = (instance, self.context["unit"], get_language(), *guides_at_hand())
        shown = _MATCHES.find(key)
        if shown is None:
            shown = super().to_representation(instance)
            _MATCHES.keep(key, shown)
        return shown

    def get_condition_label(self, assessment: Assessment) -> str:
        """Return the name of the condition."""
        return condition_label(assessment.condition)

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, assessment: Assessment) -> list[dict[str, Any]]:
        """Return every reason with its sentence, what limits first."""
        explanations = explain(assessment, unit=self.context["unit"])
        return list(pair_reasons(assessment.reasons, explanations))


class CardSerializer(serializers.Serializer[Card]):
    """One listing in a list."""

    id = serializers.IntegerField(source="listing_id")
    title = serializers.CharField()
    brand = serializers.CharField(help_text=_("empty where not stated"))
    use_category = Choice([item.value for item in UseCategory], component="UseCategory")
    category_label = serializers.CharField()
    gender = Choice([item.value for item in Gender], component="Gender")
    availability = Choice(Listing.Availability.values, component="Availability")
    price = PriceSerializer(allow_null=True)
    url = serializers.CharField(help_text=_("the shop's own page; empty where there is none"))
    image_url = serializers.CharField(help_text=_("empty where there is none"))
    match = MatchSerializer(source="assessment", allow_null=True)
    reasons = serializers.SerializerMethodField()
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text=_("names of the facts that nobody states")
    )
    sizes_in_stock = serializers.ListField(child=serializers.CharField(), source="sizes")

    def to_representation(self, instance: Card) -> dict[str, Any]:
        """Return the card as plain values, which nobody changes."""
        shown = _CARDS.find(instance.fingerprint)
        if shown is None:
            shown = super().to_representation(instance)
            _CARDS.keep(instance.fingerprint, shown)
        return shown

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, card: Card) -> list[dict[str, Any]]:
        """Return the two strongest reasons."""
        stored = card.assessment.reasons if card.assessment else ()
        return list(pair_reasons(stored, card.reasons))


class ListingListSerializer(serializers.Serializer[Any]):
    """One page of listings."""

    total = serializers.IntegerField(min_value=0, help_text=_("how many the criteria find"))
    page = serializers.IntegerField(
        min_value=1, allow_null=True, help_text=_("null where the list was asked for by a cursor")
    )
    page_size = serializers.IntegerField(min_value=1)
    page_count = serializers.IntegerField(min_value=0)
    is_past_end = serializers.BooleanField()
    next = serializers.CharField(
        allow_null=True, help_text=_("path of what follows, by a cursor; null at the end")
    )
    previous = serializers.CharField(
        allow_null=True, help_text=_("path of what comes before, by a cursor; null at the start")
    )
    results = CardSerializer(many=True, source="cards")


class FacetCountSerializer(serializers.Serializer[FacetCount]):
    """One value of a facet, and how many listings a click on it gives."""

    value = serializers.CharField(help_text=_("to be sent as the parameter of the facet"))
    label = serializers.CharField()
    count = serializers.IntegerField(
        min_value=0,
        help_text=_("the total with this value alone chosen in its facet, all else unchanged"),
    )
    is_chosen = serializers.BooleanField()
    is_unknown = serializers.BooleanField()


class FacetGroupSerializer(serializers.Serializer[FacetGroup]):
    """A facet with its values in the order to show them."""

    key = serializers.CharField()
    label = serializers.CharField()
    help = serializers.CharField(help_text=_("how a shoe counts whose value is not exactly known"))
    kind = Choice([item.value for item in FacetKind], component="FacetKind", source="facet.kind")
    values = serializers.SerializerMethodField()
    hidden = serializers.IntegerField(min_value=0, help_text=_("rarer values that are not listed"))

    @extend_schema_field(FacetCountSerializer(many=True))
    def get_values(self, group: FacetGroup) -> list[dict[str, Any]]:
        """Return the values; written out, for there are some hundred and fifty in an answer."""
        return [
            {
                "value": item.value,
                "label": item.label,
                "count": item.count,
                "is_chosen": item.is_chosen,
                "is_unknown": item.is_unknown,
            }
            for item in group.values
        ]


class FacetListSerializer(serializers.Serializer[Any]):
    """All facets with the counts for some criteria."""

    total = serializers.IntegerField(min_value=0, help_text=_("how many the criteria find"))
    facets = FacetGroupSerializer(many=True)


class EvidenceSerializer(serializers.Serializer[Evidence]):
    """What one source says of one attribute, in its own words."""

    text = serializers.CharField(help_text=_("the value for people"))
    original = serializers.CharField(help_text=_("the value as it was written"))
    source_kind = Choice([item.value for item in SourceKind], component="SourceKind")
    source_label = serializers.CharField()
    confidence = serializers.IntegerField(min_value=0, max_value=1000)
    quote = serializers.CharField(help_text=_("verbatim"))
    field = serializers.CharField(help_text=_("where the quote stands"))
    start = serializers.IntegerField(
        allow_null=True, help_text=_("in title or description; null where the text has changed")
    )
    end = serializers.IntegerField(allow_null=True)
    observed_at = serializers.DateTimeField(allow_null=True)
    is_believed = serializers.BooleanField()


class FactSpanSerializer(serializers.Serializer[Span]):
    """A closed interval in thousandths of the unit: micrometres, milligrams."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()


class FactSerializer(serializers.Serializer[Fact]):
    """One attribute: what is believed, and all that is said of it."""

    key = Choice(list(ATTRIBUTES), component="Attribute")
    label = serializers.CharField()
    text = serializers.CharField()
    unit = serializers.SerializerMethodField(help_text=_("mm, g, or empty"))
    span = serializers.SerializerMethodField()
    options = serializers.SerializerMethodField()
    is_known = serializers.BooleanField()
    is_disputed = serializers.BooleanField(help_text=_("sources of equal rank disagree"))
    is_scored = serializers.BooleanField(help_text=_("the general match reads it"))
    evidence = EvidenceSerializer(many=True)

    def get_unit(self, fact: Fact) -> str:
        """Return the unit of the attribute."""
        return ATTRIBUTES[fact.key].unit

    @extend_schema_field(FactSpanSerializer(allow_null=True))
    def get_span(self, fact: Fact) -> dict[str, int] | None:
        """Return the value of a length or weight; null where unknown and for other kinds."""
        value = fact.value
        return {"low": value.low, "high": value.high} if isinstance(value, Span) else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_options(self, fact: Fact) -> list[str] | None:
        """Return the answers still possible; null where unknown and for lengths and weights."""
        return sorted(fact.value.members) if isinstance(fact.value, Options) else None


class SizeOfferSerializer(serializers.Serializer[SizeOffer]):
    """One size of a listing."""

    label = serializers.CharField()
    system = serializers.CharField(help_text=_("empty where not stated"))
    width = serializers.CharField(help_text=_("empty where not stated"))
    is_in_stock = serializers.BooleanField()


class ShareSerializer(serializers.Serializer[Share]):
    """So many of so many people, with the Wilson interval of the share at 95 %."""

    part = serializers.IntegerField(min_value=0)
    number = serializers.IntegerField(min_value=1)
    low = serializers.IntegerField(min_value=0, max_value=1000, help_text=_("per mille"))
    high = serializers.IntegerField(min_value=0, max_value=1000, help_text=_("per mille"))


class FitVotesSerializer(serializers.Serializer[FitCounts]):
    """How many buyers said how the sizes run."""

    small = serializers.IntegerField(min_value=0)
    true = serializers.IntegerField(min_value=0, source="neither")
    large = serializers.IntegerField(min_value=0)


class ReturnReasonsSerializer(serializers.Serializer[FitCounts]):
    """How many pairs came back for which reason."""

    too_small = serializers.IntegerField(min_value=0, source="small")
    too_big = serializers.IntegerField(min_value=0, source="large")
    other = serializers.IntegerField(min_value=0, source="neither")


class ArchVotesSerializer(serializers.Serializer[FitCounts]):
    """How many buyers said how much the shoe supports the arch."""

    none = serializers.IntegerField(min_value=0, source="small")
    moderate = serializers.IntegerField(min_value=0, source="neither")
    excellent = serializers.IntegerField(min_value=0, source="large")


class WidthVotesSerializer(serializers.Serializer[FitCounts]):
    """How many buyers said how wide the shoe is."""

    narrow = serializers.IntegerField(min_value=0, source="small")
    true = serializers.IntegerField(min_value=0, source="neither")
    wide = serializers.IntegerField(min_value=0, source="large")


class BuyersSerializer(serializers.Serializer[BuyersWord]):
    """What buyers said. It changes no match and no fit."""

    code = Choice(
        [item.value for item in Runs],
        component="Runs",
        allow_blank=True,
        help_text=_("how the sizes run; empty where nobody said"),
    )
    texts = serializers.ListField(child=serializers.CharField(), help_text=_("for people"))
    votes = FitVotesSerializer(allow_null=True)
    share = ShareSerializer(
        allow_null=True,
        help_text=_("of those who say the code; null where too few do"),
    )
    return_reasons = ReturnReasonsSerializer(allow_null=True, source="returns")
    arch_votes = ArchVotesSerializer(allow_null=True, source="arch")
    width_votes = WidthVotesSerializer(allow_null=True, source="width")


class ListingSerializer(serializers.Serializer[ListingPage]):
    """One listing with its facts, their sources, and its matches."""

    id = serializers.IntegerField(source="listing_id")
    source = serializers.CharField()
    external_id = serializers.CharField(help_text=_("the listing's id in its source"))
    title = serializers.CharField()
    brand = serializers.CharField()
    description = serializers.CharField()
    use_category = Choice([item.value for item in UseCategory], component="UseCategory")
    category_label = serializers.CharField()
    gender = Choice([item.value for item in Gender], component="Gender")
    availability = Choice(Listing.Availability.values, component="Availability")
    is_withdrawn = serializers.BooleanField(help_text=_("gone from the shop; never in a list"))
    price = PriceSerializer(allow_null=True)
    url = serializers.CharField()
    image_url = serializers.CharField()
    sizes = SizeOfferSerializer(many=True)
    buyers = BuyersSerializer()
    facts = FactSerializer(many=True)
    unknown = serializers.ListField(child=serializers.CharField())
    match = DetailedMatchSerializer(source="assessment", allow_null=True)
    matches = DetailedMatchSerializer(
        source="assessments",
        many=True,
        help_text=_("one per condition, general first; choose among them on the reader's side"),
    )
    disclaimer = serializers.CharField()
    updated_at = serializers.DateTimeField()


def pair_reasons(
    reasons: Sequence[Reason], explanations: Iterable[Explanation]
) -> Iterable[dict[str, Any]]:
    """Yield every explanation with the parameters of the reason it explains."""
    waiting: dict[str, list[Reason]] = {}
    for reason in reasons:
        waiting.setdefault(reason.code, []).append(reason)
    for item in explanations:
        reason = waiting[item.code].pop(0)
        yield {
            "code": item.code,
            "params": dict(reason.params),
            "guideline": item.guideline,
            "evidence": item.evidence,
            "tone": item.tone,
            "sentence": item.sentence,
            "short": item.short,
        }
