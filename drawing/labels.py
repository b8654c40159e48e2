"""Words for codes: themes, dimensions, categories, extracts. A code nobody put into words is spelt out."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from data_contracts.contract import code_labels, extract_titles
from data_contracts.contract import load as load_contracts

THEMES: Final = {
    "ehc_plans": "EHC plans",
    "health_waits": "Health waits",
    "mental_health": "Mental health",
    "attendance_and_exclusion": "Attendance and exclusion",
    "children_not_in_school": "Children not in school",
    "achievement": "Achievement",
    "needs_and_early_years": "Needs and early years",
    "places_and_money": "Places and money",
    "preparing_for_adulthood": "Preparing for adulthood",
    "care_and_complex_needs": "Care and complex needs",
    "voice_and_workforce": "Voice and workforce",
}

GRAINS: Final = {
    "month": "Month",
    "quarter": "Quarter",
    "calendar_ytd": "Calendar year to date",
    "academic_ytd": "School year to date",
    "financial_ytd": "Financial year to date",
    "rolling_12m": "12 months to date",
}

DIMENSIONS: Final = {
    "all": "Everyone",
    "sen_provision": "SEN provision",
    "nc_year": "School year group",
    "primary_need": "Main need",
    "primary_reason": "Main reason",
    "primary_concern": "Main concern",
    "reason_1": "Main reason",
    "ethnicity_group": "Ethnic group",
    "age_band": "Age",
    "age_group": "Age",
    "known_to_social_care": "Known to social care",
    "plan_in_year": "EHC plan during the year",
    "sen_support_in_year": "SEN support during the year",
    "under_assessment": "Being assessed for a plan",
    "in_area": "In the local area",
    "rag": "Risk rating",
    "ldd": "Learning difficulty or disability",
}

YES: Final = "Yes"
NO: Final = "No"

# Codes that mean the same wherever they occur.
SHARED: Final = {
    "all": "Everyone",
    "unknown": "Not known",
    "true": YES,
    "false": NO,
    "camhs": "CAMHS",
}

WORDS: Final = {
    "ehc": "EHC",
    "sen": "SEN",
    "send": "SEND",
    "nd": "neurodevelopmental",
    "upn": "UPN",
    "urn": "URN",
    "nhs": "NHS",
    "sen2": "SEN2",
}


def spelt_out(code: str) -> str:
    """A code as words: `speech_and_language` becomes `Speech and language`."""
    words = " ".join(WORDS.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]


def theme_label(theme: str) -> str:
    """A theme as its heading."""
    return THEMES.get(theme) or spelt_out(theme)


def grain_label(grain: str, is_by_year: bool = False) -> str:
    """The length of a period in words; a year to date of which only whole years are known is a year."""
    label = GRAINS.get(grain) or spelt_out(grain)
    return label.removesuffix(" to date") if is_by_year else label


def grain_phrase(grain: str, is_by_year: bool = False) -> str:
    """The length of a period as it stands under a chart: `by month`, `by school year`, `school year to date`."""
    label = in_sentence(grain_label(grain, is_by_year))
    return f"by {label}" if is_by_year or grain in ("month", "quarter") else label


def dimension_label(dimension: str) -> str:
    """What a breakdown is by; two-way dimensions join both."""
    parts = [DIMENSIONS.get(part) or spelt_out(part) for part in dimension.split("*")]
    return " and ".join([parts[0], *[in_sentence(part) for part in parts[1:]]])


def dimension_phrase(dimension: str) -> str:
    """What a breakdown is by, inside a sentence."""
    return in_sentence(dimension_label(dimension))


def in_sentence(label: str) -> str:
    """A label inside a sentence: no capital, unless it begins with an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def category_label(dimension: str, category: str) -> str:
    """A category in words; ages keep their figures, wards and other names stand as sent."""
    dimensions, codes = dimension.split("*"), category.split("*")
    if len(dimensions) != len(codes):
        return category
    names = [_one_category(d, c) for d, c in zip(dimensions, codes, strict=True)]
    return ", ".join([names[0], *[in_sentence(name) for name in names[1:]]])


def known_label(column: str, code: str) -> str:
    """The words agreed for a code of a column; empty if there are none."""
    return code_labels().get(column, {}).get(code) or SHARED.get(code, "")


def _one_category(dimension: str, code: str) -> str:
    if known := known_label(dimension, code):
        return known
    if dimension in ("age_band", "age_group", "age"):
        return f"{spelt_out(code).replace('-', ' to ')} years"
    if dimension == "nc_year":
        return f"Year {code}" if code.isdigit() else {"R": "Reception"}.get(code, code)
    return code if code != code.lower() else spelt_out(code)


@cache
def agencies_with_an_extract() -> frozenset[str]:
    """The agencies with whom at least one extract was agreed."""
    return frozenset(contract.agency for contract in load_contracts().values())


def extract_label(extract: str) -> str:
    """What an extract is called on a page; `agency/extract` and `extract` alike."""
    name = first_extract(extract)
    return extract_titles().get(name) or spelt_out(name)


def first_extract(extract: str) -> str:
    """The name of the first extract in a metric's list (`agency/extract + agency/extract`), without its agency."""
    return re.split(r"[+;,]", extract, maxsplit=1)[0].strip().rpartition("/")[2]
