"""What a host pushes from its back office: order lines, withdrawn listings, erasures.

Every item is answered by itself, in the order in which they were sent. A key
that is for one source writes to that source alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from shop_plugin.api.bodies import ErasureBody, OrdersBody, WithdrawalBody
from shop_plugin.api.describing import describe
from shop_plugin.api.idempotency import ONCE_ERRORS, WRITES_ONCE, once
from shop_plugin.api.problems import problem_responses
from shop_plugin.api.writing import WRITE_ERRORS, WritingResource, read_sent, say_reason
from shop_plugin.api.written import (
    ErasuresOutcomeSerializer,
    OrdersOutcomeSerializer,
    WithdrawalOutcomeSerializer,
)
from shop_plugin.services.access.api_keys import Scope
from shop_plugin.services.intake.order_uploads import upload_orders
from shop_plugin.services.intake.withdrawals import (
    WithdrawalOutcome,
    WithdrawalState,
    withdraw_each,
)
from shop_plugin.services.people.erasure import ErasureLogError
from shop_plugin.services.people.erasure_requests import PersonToErase, erase_people


class CannotErase(APIException):
    """Erasures cannot be written down just now, so none is done."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            detail=_(
                "Nobody was erased: the shop cannot write its list of erasures. Its staff must "
                "look at it (footback_doctor); send the request again later."
            )
        )


class OrdersView(WritingResource):
    """Order lines."""

    scope = Scope.ORDERS
    most_body_bytes = 1024 * 1024
    is_about_a_person = True

    @describe(
        operation_id="uploadOrders",
        summary="Bring order lines in or change them",
        description=(
            "Rows as footback_import takes them for purchases, cleaned and refused by the same "
            "rules. Send a line again whenever it changes: delivered, returned (in "
            "quantity_returned), cancelled. The same rows again change nothing; of several about "
            "one line the last counts."
        ),
        parameters=[WRITES_ONCE],
        request=OrdersBody,
        responses={200: OrdersOutcomeSerializer, **problem_responses(*WRITE_ERRORS, *ONCE_ERRORS)},
        tags=["orders"],
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Take the order lines in."""
        body = read_sent(request, OrdersBody)
        results = upload_orders(
            rows=body["rows"],
            source=body["source"],
            author=request.user,
            now=timezone.now(),
            only_source=request.auth.source,
            reason=say_reason(request, body.get("reason", "")),
        )
        shown = [
            {
                "pointer": f"/rows/{number}",
                "state": result.state,
                "has_listing": result.has_listing,
                "problems": result.problems,
            }
            for number, result in enumerate(results)
        ]
        counts = _count(shown, "created", "updated", "unchanged", "refused")
        return Response(OrdersOutcomeSerializer({**counts, "results": shown}).data)


class WithdrawalsView(WritingResource):
    """Listings that are gone."""

    scope = Scope.CATALOG
    most_body_bytes = 256 * 1024

    @describe(
        operation_id="withdrawListings",
        summary="Withdraw listings that are gone from the shop",
        description=(
            "By their own ids. Nothing is deleted: a withdrawn listing is in no list and in no "
            "recommendation, its own resource stays, and a row about it brings it back."
        ),
        parameters=[WRITES_ONCE],
        request=WithdrawalBody,
        responses={
            200: WithdrawalOutcomeSerializer,
            **problem_responses(*WRITE_ERRORS, *ONCE_ERRORS),
        },
        tags=["listings"],
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Withdraw the listings."""
        body = read_sent(request, WithdrawalBody)
        own_source = request.auth.source
        if own_source and body["source"] != own_source:
            results: Sequence[WithdrawalOutcome] = [
                WithdrawalOutcome(None, external_id, WithdrawalState.FAILED, "no_listing")
                for external_id in body["ids"]
            ]
        else:
            results = withdraw_each(
                source=body["source"],
                names=body["ids"],
                author=request.user,
                now=timezone.now(),
                reason=say_reason(request, body.get("reason", "")),
            )
        tally = Counter(result.state.value for result in results)
        counts = {name: tally[name] for name in ("withdrawn", "unchanged", "failed")}
        return Response(WithdrawalOutcomeSerializer({**counts, "results": results}).data)


class ErasuresView(WritingResource):
    """Erasures of people's data."""

    scope = Scope.CONTACTS
    most_body_bytes = 64 * 1024
    is_about_a_person = True

    @describe(
        operation_id="eraseContacts",
        summary="Erase people's data for good",
        description=(
            "By customer id, by address, or both. What is held goes, waiting mails are "
            "cancelled, and it cannot be taken back. The answer is the same for somebody who is "
            "not known; sending it again does nothing. A key without a source erases every "
            "account with the address, one with a source its own accounts alone."
        ),
        parameters=[WRITES_ONCE],
        request=ErasureBody,
        responses={
            200: ErasuresOutcomeSerializer,
            **problem_responses(*WRITE_ERRORS, *ONCE_ERRORS, 503),
        },
        tags=["contacts"],
    )
    @once
    def post(self, request: Request) -> HttpResponseBase:
        """Erase the people."""
        body = read_sent(request, ErasureBody)
        source = body.get("source", "") or request.auth.source
        people = [
            PersonToErase(source, person.get("customer_id", ""), person.get("email", ""))
            for person in body["people"]
        ]
        try:
            results = erase_people(
                people=people,
                now=timezone.now(),
                only_source=request.auth.source,
                author=request.user,
                reason=say_reason(request, body.get("reason", "")),
            )
        except ErasureLogError as error:
            raise CannotErase from error
        shown = [
            {
                "pointer": f"/people/{number}",
                "state": result.state,
                "code": result.code,
                "detail": result.detail,
            }
            for number, result in enumerate(results)
        ]
        counts = _count(shown, "erased", "refused")
        return Response(ErasuresOutcomeSerializer({**counts, "results": shown}).data)


def _count(results: Sequence[dict[str, Any]], *states: str) -> dict[str, int]:
    counts = Counter(str(result["state"]) for result in results)
    return {state: counts[state] for state in states}
