"""What programs may write: facts as staff, one or many, and rows of the catalogue.

Every write goes through the service that the admin uses, with its audit
entry; a key's user is who did it. Staff values are written only against what
was looked at (If-Match), so that two writers cannot undo each other unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from shop_plugin.api.access import KeyAuthentication, MayUse
from shop_plugin.api.bodies import BatchBody, FactBody, FactsBody, UploadBody, written_text
from shop_plugin.api.describing import describe
from shop_plugin.api.fields import StrictSerializer
from shop_plugin.api.freshness import make_tag
from shop_plugin.api.idempotency import ONCE_ERRORS, WRITES_ONCE, once
from shop_plugin.api.parameters import LISTING_ID, UNIT, read_unit
from shop_plugin.api.problems import HasChanged, NeedsPrecondition, Refused, problem_responses
from shop_plugin.api.resource import Resource
from shop_plugin.api.serializers import FactSerializer
from shop_plugin.api.views import ListingListView, read_listing_id
from shop_plugin.api.written import (
    BatchOutcomeSerializer,
    FactListSerializer,
    FactOutcomeSerializer,
    UploadOutcomeSerializer,
)
from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.models import Listing
from shop_plugin.services.access.api_keys import Scope
from shop_plugin.services.intake.uploads import upload_rows
from shop_plugin.services.shopping.listing_page import ListingNotFound, get_facts
from shop_plugin.services.staff.fact_batches import FactToWrite, is_of_source, write_facts
from shop_plugin.services.staff.review import ListingChanged, Tag, fingerprint_evidence, save_tags
from shop_plugin.services.staff.values import ValueRefused, read_value

ATTRIBUTE = OpenApiParameter(
    "attribute", str, OpenApiParameter.PATH, enum=list(ATTRIBUTES), description="Key of the fact."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description=(
        "The ETag of the facts that were looked at, or * to write whatever is there. Without it "
        "the answer is 428; where the evidence has changed since, 412."
    ),
)
WRITE_ERRORS = (400, 401, 403, 413, 415, 429)


class WritingResource(Resource):
    """A resource that a key of the right scope may write to."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayUse,)
    scope = Scope.FACTS


class _FactsResource(WritingResource):
    """Facts of one listing, under an ETag that stands for the evidence behind them."""

    def tag(self, request: Request, listing_id: int, unit: str) -> str:
        """Return the strong ETag: the evidence, then all else that words the answer."""
        rest = make_tag(request.path, unit).partition('"')[2][:12]
        return f'"{fingerprint_evidence(listing_id)}.{rest}"'

    def read_body(
        self, body: type[StrictSerializer], request: Request
    ) -> tuple[dict[str, Any], str]:
        """Return what was sent and the unit of lengths in the answer."""
        unit = read_unit(request.GET)
        serializer = body(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data, unit

    def write(
        self,
        request: Request,
        listing_id: int,
        values: Mapping[str, str | None],
        *,
        reason: str,
        unit: str,
        pointer: str,
    ) -> Response:
        """Save the values as staff and return what changed.

        :raises NeedsPrecondition: without If-Match.
        :raises HasChanged: where it names other evidence.
        :raises Refused: for a value that is none of its attribute.
        :raises Http404: where there is no such listing, or the key is for another source.
        """
        own_source = request.auth.source
        if own_source and not is_of_source(listing_id=listing_id, source=own_source):
            raise no_listing()
        seen = self._read_precondition(request, listing_id)
        tags, errors = [], []
        for attribute, text in values.items():
            try:
                value = read_value(attribute=attribute, text=text) if text is not None else None
                tags.append(Tag(attribute, value, text or ""))
            except ValueRefused as error:
                place = pointer.format(attribute=attribute)
                errors.append({"pointer": place, "code": "value_refused", "detail": str(error)})
        if errors:
            raise Refused(_("A value is none of its attribute; see errors."), errors)
        try:
            outcome = save_tags(
                listing_id=listing_id,
                tags=tags,
                author=request.user,
                now=timezone.now(),
                seen=seen,
                reason=say_reason(request, reason),
            )
        except ListingChanged as error:
            raise HasChanged from error
        except Listing.DoesNotExist as error:
            raise no_listing() from error
        shown = {
            "facts": get_facts(listing_id, keys=tuple(values), unit=unit),
            "changed": outcome.changed,
            "outranked": outcome.outranked,
            "match_before": outcome.match_before,
            "match_after": outcome.match_after,
        }
        response = Response(FactOutcomeSerializer(shown, context={"unit": unit}).data)
        response["ETag"] = self.tag(request, listing_id, unit)
        return response

    def _read_precondition(self, request: Request, listing_id: int) -> str:
        """Return the fingerprint that If-Match names, empty for any."""
        header = request.headers.get("If-Match", "").strip()
        if not header:
            raise NeedsPrecondition
        try:
            current = fingerprint_evidence(listing_id)
        except Listing.DoesNotExist as error:
            raise no_listing() from error
        if header == "*":
            return ""
        named = {tag.strip('"').partition(".")[0] for tag in parse_etags(header)}
        if current not in named:
            raise HasChanged
        return current


class FactsView(_FactsResource):
    """The facts of one listing."""

    @describe(
        operation_id="getFacts",
        auth=[],
        summary="Read the facts of a listing",
        description=(
            "Each with its sources and their words, the believed first. The ETag stands for the "
            "evidence; send it as If-Match to write."
        ),
        parameters=[UNIT, LISTING_ID],
        responses={200: FactListSerializer, **problem_responses(400, 404, 406, 429)},
        tags=["facts"],
    )
    def get(self, request: Request, listing_id: str) -> HttpResponseBase:
        """Return the facts."""
        unit, number = read_unit(request.GET), read_listing_id(listing_id)
        return _read_facts(self, request, number, unit)

    @describe(
        operation_id="setFacts",
        summary="Set or take back several facts of a listing",
        description="All of them or none, as one decision, with the new Guide match.",
        parameters=[UNIT, LISTING_ID, IF_MATCH],
        request=FactsBody,
        responses={
            200: FactOutcomeSerializer,
            **problem_responses(*WRITE_ERRORS, 404, 412, 422, 428),
        },
        tags=["facts"],
    )
    def patch(self, request: Request, listing_id: str) -> Response:
        """Set several facts."""
        body, unit = self.read_body(FactsBody, request)
        return self.write(
            request,
            read_listing_id(listing_id),
            body["facts"],
            reason=body.get("reason", ""),
            unit=unit,
            pointer="/facts/{attribute}/value",
        )


class FactView(_FactsResource):
    """One fact of one listing."""

    @describe(
        operation_id="getFact",
        auth=[],
        summary="Read one fact of a listing",
        description="Known or not, with all that is said of it.",
        parameters=[UNIT, LISTING_ID, ATTRIBUTE],
        responses={200: FactSerializer, **problem_responses(400, 404, 406, 429)},
        tags=["facts"],
    )
    def get(self, request: Request, listing_id: str, attribute: str) -> HttpResponseBase:
        """Return the fact."""
        unit, number = read_unit(request.GET), read_listing_id(listing_id)
        return _read_facts(self, request, number, unit, attribute=_known(attribute))

    @describe(
        operation_id="setFact",
        summary="Set one fact of a listing as staff",
        description=(
            "The staff value before it stays readable. A source above staff (a lab, the maker) "
            "may still be believed instead; outranked says so."
        ),
        parameters=[UNIT, LISTING_ID, ATTRIBUTE, IF_MATCH],
        request=FactBody,
        responses={
            200: FactOutcomeSerializer,
            **problem_responses(*WRITE_ERRORS, 404, 412, 422, 428),
        },
        tags=["facts"],
    )
    def put(self, request: Request, listing_id: str, attribute: str) -> Response:
        """Set the fact."""
        key = _known(attribute)
        body, unit = self.read_body(FactBody, request)
        return self.write(
            request,
            read_listing_id(listing_id),
            {key: written_text(body)},
            reason=body.get("reason", ""),
            unit=unit,
            pointer="/value",
        )

    @describe(
        operation_id="withdrawFact",
        summary="Take the staff value of a fact back",
        description="The other sources speak again. Where there was none, nothing changes.",
        parameters=[UNIT, LISTING_ID, ATTRIBUTE, IF_MATCH],
        request=None,
        responses={
            200: FactOutcomeSerializer,
            **problem_responses(400, 401, 403, 404, 412, 428, 429),
        },
        tags=["facts"],
    )
    def delete(self, request: Request, listing_id: str, attribute: str) -> Response:
        """Take the fact back."""
        key, unit = _known(attribute), read_unit(request.GET)
        number = read_listing_id(listing_id)
        return self.write(request, number, {key: None}, reason="", unit=unit, pointer="")


class FactBatchView(WritingResource):
    """Facts of many listings."""

    most_body_bytes = 256 * 1024

    @describe(
        operation_id="setManyFacts",
        summary="Set or take back facts of many listings",
        description=(
            "What is written of one listing is written together; none stops the others. The "
            "answer says of each what became of it, in the order in which they were sent."
        ),
        parameters=[WRITES_ONCE],
        request=BatchBody,
        responses={200: BatchOutcomeSerializer, **problem_responses(*WRITE_ERRORS, *ONCE_ERRORS)},
        tags=["facts"],
    )
    @once
    def post(self, request: Request) -> Response:
        """Write the batch."""
        body = read_sent(request, BatchBody)
        results = write_facts(
            facts=[_to_write(item) for item in body["facts"]],
            author=request.user,
            now=timezone.now(),
            only_source=request.auth.source,
            reason=say_reason(request, body.get("reason", "")),
        )
        counts = Counter(result.state.value for result in results)
        shown = {name: counts[name] for name in ("changed", "unchanged", "failed")}
        return Response(BatchOutcomeSerializer({**shown, "results": results}).data)


class ListingsView(WritingResource, ListingListView):
    """Listings: read by anybody, brought in by a program."""

    scope = Scope.CATALOG
    most_body_bytes = 8 * 1024 * 1024

    @describe(
        operation_id="uploadListings",
        summary="Bring listings in or change them",
        description=(
            "Rows as footback_import takes them, cleaned and refused by the same rules. What "
            "changed is read and assessed at once. Sending the same rows again changes nothing."
        ),
        parameters=[WRITES_ONCE],
        request=UploadBody,
        responses={200: UploadOutcomeSerializer, **problem_responses(*WRITE_ERRORS, *ONCE_ERRORS)},
        tags=["listings"],
    )
    @once
    def post(self, request: Request) -> Response:
        """Take the rows in."""
        body = read_sent(request, UploadBody)
        results = upload_rows(
            rows=body["rows"],
            source=body["source"],
            author=request.user,
            now=timezone.now(),
            only_source=request.auth.source,
            reason=say_reason(request, body.get("reason", "")),
        )
        counts = Counter(result.state.value for result in results)
        shown = {name: counts[name] for name in ("created", "updated", "unchanged", "refused")}
        return Response(UploadOutcomeSerializer({**shown, "results": results}).data)


def say_reason(request: Request, reason: str) -> str:
    """Return the reason for the audit log, with the key that was used."""
    return " ".join(filter(None, (reason, f"(API key {request.auth})")))


def read_sent(request: Request, body: type[StrictSerializer]) -> dict[str, Any]:
    """Return what was sent; a query string is refused, for none means anything here."""
    read_unit(request.GET, allowed=())
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def no_listing() -> Http404:
    """Return the error for an id that is no listing."""
    return Http404(_("There is no listing with this id."))


def _read_facts(
    view: _FactsResource, request: Request, listing_id: int, unit: str, *, attribute: str = ""
) -> HttpResponseBase:
    try:
        if known := view.answer_known(request, view.tag(request, listing_id, unit)):
            return known
        facts = get_facts(listing_id, keys=(attribute,) if attribute else (), unit=unit)
    except (ListingNotFound, Listing.DoesNotExist) as error:
        raise no_listing() from error
    if attribute:
        return Response(FactSerializer(facts[0]).data)
    return Response(FactListSerializer({"facts": facts}).data)


def _known(attribute: str) -> str:
    if attribute not in ATTRIBUTES:
        raise Http404(_("There is no such attribute; the schema lists them."))
    return attribute


def _to_write(item: Mapping[str, Any]) -> FactToWrite:
    return FactToWrite(
        attribute=item["attribute"],
        text=None if item["value"] is None else written_text(dict(item)),
        listing_id=item.get("listing"),
        source=item.get("source", ""),
        external_id=item.get("external_id", ""),
        seen=item.get("evidence", ""),
    )
