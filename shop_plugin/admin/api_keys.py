"""Keys of programs: a list, a form to make one, and actions to replace or revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.readonly import ReadOnlyAdmin, show_state
from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import (
    SCOPE_LABELS,
    KeyNotFound,
    NewKey,
    Scope,
    create_key,
    describe_state,
    find_idle_scopes,
    revoke_key,
    rotate_key,
    scopes_of,
)

OVERLAP = timedelta(hours=24)
LONGEST_LIFE_DAYS = 3650
_NO_RIGHT = _("its user may not")
STATES = {
    "active": (_("active"), "good"),
    "expired": (_("expired"), "quiet"),
    "revoked": (_("revoked"), "bad"),
    "user inactive": (_("user inactive"), "bad"),
}


class ApiKeyForm(forms.ModelForm):
    """What a new key is for. It always acts in the name of whoever makes it."""

    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[(scope.value, label) for scope, label in SCOPE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        required=False,
        min_value=1,
        max_value=LONGEST_LIFE_DAYS,
        help_text=_("Empty: it does not end by itself."),
    )

    class Meta:
        model = ApiKey
        fields = ["name", "source"]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Who may use the API. A key is shown once, when it is made."""

    empty_help = _("A program of the shop needs a key to use the API.")
    list_display = [
        "name",
        "prefix",
        "state",
        "user",
        "shown_scopes",
        "source",
        "last_used_at",
        "expires_at",
    ]
    list_filter = ["source"]
    list_select_related = ["user"]
    ordering = ["-created_at", "-pk"]
    actions = ["replace", "revoke"]
    readonly_fields = [
        "name",
        "prefix",
        "state",
        "user",
        "shown_scopes",
        "source",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow making keys to whoever may add them."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_replace_permission(self, request: HttpRequest) -> bool:
        """Allow replacing to whoever may both add and change keys."""
        return self.has_add_permission(request) and self.has_revoke_permission(request)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Allow revoking to whoever may change keys."""
        return admin.ModelAdmin.has_change_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Show what a new key needs, or all that is known of an old one."""
        return list(self.readonly_fields) if obj else ["name", "scopes", "source", "days"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        """Let a new key be filled in."""
        return list(self.readonly_fields) if obj else []

    def get_form(
        self, request: HttpRequest, obj: object = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Return the form of a new key."""
        return super().get_form(request, obj, change, form=ApiKeyForm, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key; it is shown by :meth:`response_add`."""
        now, days = timezone.now(), form.cleaned_data["days"]
        new = create_key(
            name=form.cleaned_data["name"],
            scopes=[Scope(scope) for scope in form.cleaned_data["scopes"]],
            source=form.cleaned_data["source"],
            user=request.user,
            now=now,
            expires_at=None if days is None else now + timedelta(days=days),
            actor=request.user,
        )
        obj.pk, obj.prefix, obj.user_id = new.key.pk, new.key.prefix, new.key.user_id
        request.new_key = new

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key, this once."""
        return self._show(request, request.new_key)

    @admin.display(description=_("scopes"))
    def shown_scopes(self, key: ApiKey) -> str:
        """Return what it may do, and which of that its user lacks the right to."""
        idle = find_idle_scopes(key)
        marked = (f"{scope} ({_NO_RIGHT})" if scope in idle else scope for scope in scopes_of(key))
        return ", ".join(marked)

    @admin.display(description=_("state"))
    def state(self, key: ApiKey) -> SafeString:
        """Return whether the key works, as a mark."""
        state = describe_state(key, now=timezone.now())
        label, tone = STATES[state]
        return show_state(state.replace(" ", "_"), label, tone=tone)

    @admin.action(description=_("Replace the selected key (the old one works 24 more hours)"))
    def replace(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Make the key that replaces one of one's own, and show it."""
        chosen = list(queryset[:2])
        own = len(chosen) == 1 and chosen[0].user_id == request.user.pk
        if not own:
            text = gettext("Select one key of your own: the new one writes in the same name.")
            self.message_user(request, text, messages.ERROR)
            return None
        try:
            new = rotate_key(
                prefix=chosen[0].prefix, now=timezone.now(), overlap=OVERLAP, actor=request.user
            )
        except KeyNotFound:
            text = gettext("This key has ended already. Make a new one.")
            self.message_user(request, text, messages.ERROR)
            return None
        return self._show(request, new)

    replace.allowed_permissions = ["replace"]  # type: ignore[attr-defined]

    @admin.action(description=_("Revoke the selected keys at once"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """Take keys back for good."""
        count = 0
        for key in queryset:
            try:
                revoke_key(prefix=key.prefix, now=timezone.now(), actor=request.user)
            except KeyNotFound:
                continue  # it has ended already
            count += 1
        text = ngettext("%(count)d key was revoked.", "%(count)d keys were revoked.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    revoke.allowed_permissions = ["revoke"]  # type: ignore[attr-defined]

    def _show(self, request: HttpRequest, new: NewKey) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The new key"),
            "opts": self.opts,
            "media": self.media,
            "key": new.key,
            "token": new.token,
        }
        response = TemplateResponse(request, "footback/admin/api_key_created.html", context)
        add_never_cache_headers(response)
        return response
