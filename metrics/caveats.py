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
}
