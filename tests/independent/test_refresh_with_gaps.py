"""A year with gaps: no roll until it comes late, no population at first, and senders silent in the last month."""

from __future__ import annotations

import pytest

from tests.independent.agreement import AgreementTwice, Run, counted_by_their_agencies, refresh_twice
from tests.independent.cells import key_of
from tests.independent.names import HOME, ROLL
from tests.independent.periods import first_day, months_between

MONTHS = months_between("2021-11", "2022-11")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    case = {
        "seed": 90210, "months": MONTHS, "children": 220, "left_out": (ROLL,),
        "silent_at_the_end": ("health", HOME),
    }  # fmt: skip
    return refresh_twice(tmp_path_factory.mktemp("independent"), case)


SILENT = (
    "nd_waiting_count", "nd_referrals_count", "community_seen_within_18_weeks_pct", "health_advice_within_6_weeks_pct",
    "dsr_referrals_count", "camhs_waiting_count", "camhs_avg_wait_weeks", "ehe_count", "ehe_new_count",
)  # fmt: skip
FROM_THE_ROLL = ("school_pupils_count", "sen_support_count", "sen_support_pct", "ehcp_pupils_pct")


def _computed(step, metric):
    """The cells of a metric that nobody returned."""
    counted = counted_by_their_agencies(step)
    return [cell for cell in step.measured if cell["metric_id"] == metric and key_of(cell) not in counted]


class TestAYearWithGaps(AgreementTwice):
    def test_a_silent_sender_has_no_figures_for_the_month_and_no_stale_ones(self, run):
        last = [cell for cell in run.first.measured if str(cell["period_end"])[:7] == MONTHS[-1]]
        for metric in SILENT:
            month = [cell for cell in last if cell["metric_id"] == metric and cell["grain"] == "month"]
            assert [(cell["dimension"], cell["status"]) for cell in month] == [("all", "x")], metric

    def test_a_rate_and_a_match_wait_for_the_roll(self, run):
        for metric in ("suspensions_rate", "social_care_match_pct"):
            assert {cell["status"] for cell in _computed(run.first, metric)} == {"x"}, metric
            assert "ok" in {cell["status"] for cell in _computed(run.corrected, metric)}, metric

    def test_figures_their_agency_counted_stand_until_records_of_their_month_come(self, run):
        begins = first_day(MONTHS[1])  # the roll that comes late
        ends = {}
        for which, step in (("first", run.first), ("corrected", run.corrected)):
            # What is computed from the roll is of a month, so anything else was returned.
            cells = [cell for cell in step.measured if cell["metric_id"] in FROM_THE_ROLL and cell["grain"] != "month"]
            ends[which] = {cell["period_end"] for cell in cells}
        assert max(ends["first"]) > begins
        assert ends["corrected"] == {end for end in ends["first"] if end < begins} != set()

    def test_without_a_population_of_the_year_or_an_earlier_one_there_is_no_share_of_it(self, run):
        shares = _computed(run.first, "ehe_school_age_pct")
        assert {cell["status"] for cell in shares if cell["period_end"].year < 2022} == {"x"}
        assert "ok" in {cell["status"] for cell in shares}
