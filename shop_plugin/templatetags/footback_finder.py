"""Template tag for lists that compare a shoe over several needs: ``{% load footback_finder %}``."""

from __future__ import annotations

from typing import Any

from django import template

from shop_plugin.domain.scoring import Assessment
from shop_plugin.templatetags.footback import mark_grade

register = template.Library()


@register.inclusion_tag("footback/partials/grade_letters.html")
def footback_grade_letters(assessment: Assessment | None) -> dict[str, Any]:
    """Show a grade as its letters alone, with the word for those who cannot see them."""
    return {"grade": mark_grade(assessment)}
