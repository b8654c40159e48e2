"""The closed list of caveats a definition may name: what a reader should know before using a figure."""

from __future__ import annotations

from typing import Final

CAVEATS: Final[dict[str, str]] = {
    "backlog_lowers_percentage": (
        "Plans that were already late count when they are issued, so clearing a backlog lowers this percentage "
        "for a while even as new requests are dealt with in time."
    ),
    "late_recording_restates": (
        "Schools may report an event weeks after it happened; it then counts in the month in which it happened, "
        "so recent months can still rise."
    ),
    "exceptions_not_removed": "Cases with a lawful exception to the 20 weeks are counted like all others.",
    "wait_so_far": "The wait counts from referral to the day of the figure, for children still waiting.",
    "closed_kept_24_months": (
        "Each month's list holds referrals closed in the last 24 months, so a longer look back is not possible "
        "from one list."
    ),
    "unlinked_children_not_counted": (
        "Children are linked across agencies by number. A child whose numbers are missing or differ is not found, "
        "so the true figure can be higher."
    ),
    "counted_by_sender": "The service sends this figure already counted; the records behind it are not shared.",
    "not_known_lowers": (
        "Young people whose activity is not known stay in the denominator, which lowers the percentage."
    ),
    "registered_only": "Only children known to the council are counted.",
    "academic_age": "Age is the age on 31 August before the school year.",
    "wider_area": "The service covers a wider area than Derby, and the figure is for all of it.",
    "small_numbers": "Where few children or cases are behind a figure, a single one can move it a lot.",
    "only_those_who_answered": "Only those who answered are counted, and they may not speak for everyone.",
    "new_cohort_each_year": (
        "Each year's figure is of a different group of children or young people, not of the same ones growing older."
    ),
    "results_provisional_at_first": (
        "Results sent before the Department for Education publishes the final ones can still change."
    ),
    "assessment_changed_2022": (
        "The assessment changed in the school year 2021/22, so figures of earlier years cannot be compared."
    ),
    "no_progress_score_2025_2026": (
        "There is no Progress 8 for the school years 2024/25 and 2025/26, because the Key Stage 2 tests of these "
        "pupils were cancelled."
    ),
    "more_than_one_measure": (
        "This can stand for more than one measure, and the figure alone does not say which of them was sent."
    ),
    "read_by_category": "A figure for all categories together says little; read each category by itself.",
    "started_only": "Only children who have started are in the figure; those still waiting are not.",
    "longest_wait_is_one_case": "This is the longest wait, so one case alone can set it.",
    "events_not_people": "This counts events and not people, so one person can count more than once.",
    "each_person_once": "Each person counts once in a period, so the figures of several periods cannot be added up.",
    "coverage_is_not_use": (
        "Covered means that a team serves the school or setting, not that every child there has had help."
    ),
    "builds_up_over_financial_year": (
        "This builds up from April to March, so a figure part-way through is usually lower than the year's result."
    ),
    "reliability_being_checked": (
        "In September 2025 the partnership was still working to find out how reliable this figure is."
    ),
    "planned_not_delivered": "This is planned or committed and not yet delivered, so it can still change.",
    "forecast_until_year_end": "Until the accounts of the financial year are closed, this can rest on a forecast.",
    "cohort_matures": (
        "The figure follows those who asked in the period, and what is known of them now: it can still rise as "
        "later months come in."
    ),
    "outcome_known_now": "The outcome is the one known at the latest delivery, and may still change.",
    "population_estimate": "The number of residents is an estimate for the middle of a year, not a count.",
}
