"""Faults of rows: each file holds sound rows too, and only what is faulty is set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

from tests.broken_extracts import forms
from tests.broken_extracts.entries import (
    SECRET,
    SECRET_NUMBER,
    Entry,
    Make,
    Spot,
    aside,
    bare,
    cells,
    content,
    refused,
    warned,
)
from tests.pipelines.inbox import CONTRACTS, as_table
from tests.pipelines.templates import (
    ADVICE,
    ALTERNATIVE,
    ATTENDANCE,
    BREAKS,
    CASES,
    COMMUNITY,
    COMPLEX,
    COSTS,
    DISPUTES,
    EARLY_YEARS,
    EVENTS,
    HOME,
    JUSTICE,
    MISSING,
    PLACES,
    PLANS,
    POST16,
    REFERRALS,
    REQUESTS,
    RETURN,
    RETURNS,
    REVIEWS,
    ROLL,
    THERAPY,
    TIMETABLES,
)

# What can be written in every form.
_FORMS: Final = tuple(forms.FORMS)


def _spoilt(faults: list[tuple[str, str, str, dict[str, str]]]) -> Iterator[Entry]:
    """One entry for each fault of a cell, in one form of file after the other."""
    for (name, extract, code, changes), form in zip(faults, cycle(_FORMS), strict=False):
        yield aside(name, extract, code, cells(form, **changes))


DATES: Final = [
    ("a day that is in no calendar", REQUESTS, "received_date_not_a_date", {"received_date": "31/02/2025"}),
    ("a year of two digits", ROLL, "date_of_birth_not_a_date", {"date_of_birth": f"17/03/12 {SECRET}"}),
    ("a year of two digits and nothing else", CASES, "start_date_not_a_date", {"start_date": "11/02/25"}),
    ("a day in words", REVIEWS, "meeting_date_not_a_date", {"meeting_date": "Monday 16th June"}),
    ("a month instead of a day", ADVICE, "received_date_not_a_date", {"received_date": "2025-05"}),
    ("a year before anybody was born", HOME, "date_of_birth_not_a_date", {"date_of_birth": "1812-03-17"}),
    ("a year that lost its century", BREAKS, "start_date_not_a_date", {"start_date": "0024-06-01"}),
    ("zeros for a date", MISSING, "located_date_not_a_date", {"located_date": "00/00/0000"}),
    ("a word for a date", DISPUTES, "closed_date_not_a_date", {"closed_date": f"ongoing {SECRET}"}),
    ("two dates in one cell", THERAPY, "assessment_date_not_a_date", {"assessment_date": "2025-06-12 / 2025-06-19"}),
    ("dots in a date", COMMUNITY, "first_contact_date_not_a_date", {"first_contact_date": "01.04.2025"}),
    ("a date without marks between", COMPLEX, "event_date_not_a_date", {"event_date": "20250619"}),
    ("the end of time for no end", HOME, "end_date_after_month_end", {"end_date": "9999-12-31", "end_reason": "other"}),
    ("a contact after the month", COMMUNITY, "closed_date_after_month_end", {"closed_date": "2025-10-01"}),
    ("a month that the year lacks", ATTENDANCE, "month_not_a_month", {"month": "2025-13"}),
    ("a planned month in words", PLACES, "planned_opening_not_a_month", {"planned_opening": "Sept 2026"}),
    ("a day instead of a month", ATTENDANCE, "month_not_a_month", {"month": "2025-09-30"}),
]  # fmt: skip

NUMBERS: Final = [
    ("a decimal comma", ALTERNATIVE, "weekly_cost_not_a_number", {"weekly_cost": f"{SECRET_NUMBER},34"}),
    ("a decimal comma with a point for thousands", COSTS, "transport_annual_cost_not_a_number",
     {"transport_annual_cost": f"1.{SECRET_NUMBER},5"}),
    ("a decimal comma in hours", TIMETABLES, "hours_per_week_not_a_number", {"hours_per_week": "12,5"}),
    ("not a number", DISPUTES, "remedy_gbp_not_a_number", {"remedy_gbp": "NaN"}),
    ("without end", DISPUTES, "remedy_gbp_not_a_number", {"remedy_gbp": "inf"}),
    ("below every number", COSTS, "transport_annual_cost_not_a_number", {"transport_annual_cost": "-Infinity"}),
    ("a number in the notation of science", ALTERNATIVE, "weekly_cost_not_a_number", {"weekly_cost": "3.1E+02"}),
    ("thousands parted in the wrong place", COSTS, "transport_annual_cost_not_a_number",
     {"transport_annual_cost": "1,23,456"}),
    ("a blank inside a number", ALTERNATIVE, "weekly_cost_not_a_number", {"weekly_cost": "1 234"}),
    ("a blank inside a whole number", PLACES, "commissioned_places_not_a_whole_number",
     {"commissioned_places": "1 2"}),
    ("a percentage in a column of pounds", COSTS, "transport_annual_cost_not_a_number",
     {"transport_annual_cost": "12%"}),
    ("a currency that was not agreed", DISPUTES, "remedy_gbp_not_a_number", {"remedy_gbp": "€150"}),
    ("a number in brackets for one below zero", DISPUTES, "remedy_gbp_not_a_number", {"remedy_gbp": "(150)"}),
    ("the sign behind the number", COSTS, "transport_annual_cost_not_a_number", {"transport_annual_cost": "150-"}),
    ("an error of Excel", ALTERNATIVE, "weekly_cost_not_a_number", {"weekly_cost": "#REF!"}),
    ("a mark for few in records", PLACES, "filled_places_not_a_whole_number", {"filled_places": "<5"}),
    ("a star in records", ATTENDANCE, "sessions_attended_not_a_whole_number", {"sessions_attended": "*"}),
    ("a word for a number", EVENTS, "sessions_not_a_whole_number", {"sessions": f"four {SECRET}"}),
    ("half of a whole", PLACES, "planned_places_not_a_whole_number", {"planned_places": "6.5"}),
    ("the letter O for a nought", ATTENDANCE, "sessions_attended_not_a_whole_number", {"sessions_attended": "3O"}),
    ("more than any whole number", PLACES, "filled_places_not_a_whole_number",
     {"filled_places": "99999999999999999999"}),
    ("less than nothing", PLACES, "filled_places_out_of_range", {"filled_places": f"-{SECRET_NUMBER}"}),
    ("no session", EVENTS, "sessions_out_of_range", {"sessions": "0"}),
    ("more sessions than a week has", ALTERNATIVE, "sessions_per_week_out_of_range", {"sessions_per_week": "11"}),
    ("more hours than a week of school", TIMETABLES, "hours_per_week_out_of_range", {"hours_per_week": "25.5"}),
    ("too young for the extract", POST16, "academic_age_out_of_range", {"academic_age": "15"}),
    ("an age in words", POST16, "academic_age_not_a_whole_number", {"academic_age": "eighteen"}),
    ("a figure in words", RETURN, "value_not_a_number", {"value": f"about {SECRET_NUMBER}"}),
    ("a figure with a decimal comma", RETURNS[0], "value_not_a_number", {"value": "97,5"}),
    ("a count below nothing", RETURNS[2], "value_negative", {"value": f"-{SECRET_NUMBER}"}),
    ("a percentage for a count", RETURNS[3], "value_percent_unexpected", {"value": "97%"}),
    ("a figure that is not there", RETURN, "value_missing", {"value": ""}),
]  # fmt: skip

CODES: Final = [
    ("a label for a code", JUSTICE, "sex_unknown_code", {"sex": "Female"}),
    ("a code and its label", REQUESTS, "request_source_unknown_code", {"request_source": "1 - parent"}),
    ("a label for a need", PLANS, "primary_need_unknown_code", {"primary_need": "Autism"}),
    ("a code that was never agreed", REFERRALS, "pathway_unknown_code", {"pathway": SECRET}),
    ("two codes in one cell", MISSING, "reason_unknown_code", {"reason": "moved_in; other"}),
    ("a control character in a code", HOME, "primary_reason_unknown_code", {"primary_reason": "life\u0085style"}),
    ("a code of another extract", ROLL, "phase_unknown_code", {"phase": "sixth form"}),
    ("neither yes nor no", CASES, "disabled_not_yes_or_no", {"disabled": "perhaps"}),
    ("both yes and no", EVENTS, "plan_in_year_not_yes_or_no", {"plan_in_year": "Y/N"}),
    ("a two for yes", TIMETABLES, "known_to_social_care_not_yes_or_no", {"known_to_social_care": "2"}),
    ("a required code that is not there", COMPLEX, "event_type_missing", {"event_type": ""}),
    ("blanks for a required code", EARLY_YEARS, "record_type_missing", {"record_type": " \u00a0 "}),
    ("a required date that is not there", THERAPY, "referral_date_missing", {"referral_date": ""}),
    ("a required id that is not there", BREAKS, "package_id_missing", {"package_id": ""}),
    ("a required answer that is not there", EVENTS, "under_assessment_missing", {"under_assessment": ""}),
]  # fmt: skip

IDENTIFIERS: Final = [
    ("a UPN with the wrong letter", HOME, "upn_check_letter", {"upn": "A801200005001"}),
    ("a UPN with a letter that no UPN has", MISSING, "upn_format", {"upn": "I801200005001"}),
    ("a UPN of twelve characters", ROLL, "upn_format", {"upn": "A80120000500"}),
    ("a UPN in the notation of science", TIMETABLES, "upn_format", {"upn": "8.31E+11"}),
    ("a word for a UPN", EARLY_YEARS, "upn_format", {"upn": f"unknown {SECRET}"}),
    ("a reason for a UPN where one is required", ALTERNATIVE, "upn_stated_reason", {"upn": "UN1"}),
    ("the tenth reason for a UPN where one is required", ATTENDANCE, "upn_stated_reason", {"upn": "un10"}),
    ("an eleventh reason for a UPN", PLANS, "upn_format", {"upn": "UN11"}),
    ("an NHS number with the wrong last digit", REFERRALS, "nhs_number_check_digit", {"nhs_number": "9990000000"}),
    ("an NHS number that lost its leading nought", COMMUNITY, "nhs_number_format", {"nhs_number": "999000001"}),
    ("an NHS number that is hyphened otherwise", CASES, "nhs_number_format", {"nhs_number": "9990/000/018"}),
    ("an NHS number in the notation of science", COMPLEX, "nhs_number_format", {"nhs_number": "9.99E+09"}),
    ("a URN that lost its leading nought", ROLL, "school_urn_format", {"school_urn": "12345"}),
    ("a name for a URN", PLANS, "school_urn_format", {"school_urn": f"{SECRET} Academy"}),
]  # fmt: skip
CELLS: Final = [*_spoilt(DATES), *_spoilt(NUMBERS), *_spoilt(CODES), *_spoilt(IDENTIFIERS)]

# Characters that not every form can hold.
CONTROLS: Final = [
    aside("a bell in a cell", HOME, "nc_year_control_characters", cells(nc_year=f"{SECRET}\x07")),
    aside("a change of direction in a name", ALTERNATIVE, "provider_control_characters",
          cells(provider=f"The \u202e{SECRET}")),
    aside("an isolate of direction in an id", CASES, "child_id_control_characters",
          cells("UTF-16 with bars", child_id=f"\u2067{SECRET}\u2069")),
    aside("a terminal's commands in a cell", EARLY_YEARS, "setting_control_characters",
          cells(setting=f"\x1b[31m{SECRET}")),
    aside("a line break in a cell", MISSING, "nc_year_control_characters", cells(nc_year=f"8\n{SECRET}")),
    aside("a line break of old Macintoshes in a cell", HOME, "nc_year_control_characters",
          cells("every cell in quotes", nc_year=f"8\r{SECRET}")),
    aside("a line break in a cell of a workbook", TIMETABLES, "nc_year_control_characters",
          cells("a workbook", nc_year=f"8\n{SECRET}")),
    aside("a control character in Parquet", REVIEWS, "plan_id_control_characters",
          cells("Parquet", plan_id=f"{SECRET}\x00P")),
    aside("a control character of the upper half", PLACES, "school_name_control_characters",
          cells(school_name="St\u009bMary")),
    warned("control characters in a note", RETURN, "note_control_characters", cells(note=f"{SECRET}\x07\u202e ")),
    warned("a reason for a UPN where none is required", BREAKS, "upn_stated_reason", cells("a workbook", upn="UN3")),
    warned("a reason for a UPN in small letters", REQUESTS, "upn_stated_reason", cells(upn=" un3 ")),
    warned("a ward of another council", JUSTICE, "ward_outside_area", cells("Parquet", ward=f"{SECRET} Street")),
    warned("a postcode for a ward", COMPLEX, "ward_outside_area", cells(ward="ZZ99 3VZ")),
    warned("a young person of 25", REQUESTS, "date_of_birth_age_25",
           cells("a workbook", date_of_birth="1999-03-04", phase="post_16")),
]  # fmt: skip


def _joined(change: Callable[[list[str]], list[str]]) -> Make:
    """Four sound rows, and a fifth whose fields are others; no program adds quotes."""

    def make(spot: Spot) -> Path:
        table = spot.table(5)
        table[3] = change(table[3])
        return content(bare(table))(spot)

    return make


def _with(*more: Callable[[Spot], list[dict[str, str]]], form: str = "plain") -> Make:
    """Four sound rows and some more below them."""

    def make(spot: Spot) -> Path:
        write = forms.FORMS[form]
        added = [one for rows in more for one in rows(spot)]
        return write(spot.path(write.ending), as_table([*spot.rows(4), *added]))

    return make


def _zeros_far_down(spot: Spot) -> Path:
    """Zeros where a disk or a line failed, below the first lines that are looked at."""
    table = spot.table(80)
    table[60][1] = f"{SECRET}\x00\x00"
    return content(bare(table))(spot)


def _total_between(spot: Spot) -> Path:
    """A total that stands among the rows, so that it cannot be told from one."""
    table = spot.table(4)
    total = ["Total", *([""] * (len(table[0]) - 1))]
    return forms.FORMS["plain"](spot.path(), [*table[:3], total, *table[3:]])


def _total_below(extract: str, **said: str) -> Make:
    def make(spot: Spot) -> Path:
        table = spot.table(5)
        total = [said.get(name, "") for name in table[0]]
        total[0] = "Total"
        return forms.FORMS["a workbook" if extract == COSTS else "plain"](
            spot.path("xlsx" if extract == COSTS else "csv"), [*table, total]
        )

    return make


SHAPES: Final = [
    aside("a row of too few fields", REFERRALS, "row_too_few_fields", _joined(lambda line: line[:-1]), rows=5),
    aside("a row of too many fields", THERAPY, "row_too_many_fields", _joined(lambda line: [*line, SECRET]), rows=5),
    aside("a comma that no quotes hold", EARLY_YEARS, "row_too_many_fields",
          _joined(lambda line: [*line[:-1], f"Acorns, {SECRET}"]), rows=5),
    aside("zeros in a cell far down", REVIEWS, "plan_id_control_characters", _zeros_far_down, rows=80),
    aside("the same row twice", HOME, "row_duplicate", _with(lambda spot: [spot.row(2)])),
    aside("the same row three times", CASES, "row_duplicate",
          _with(lambda spot: [spot.row(2), spot.row(2)], form="a workbook"), set_aside=2),
    aside("the same row twice but for blanks", REFERRALS, "row_duplicate",
          _with(lambda spot: [{name: f" {text} " for name, text in spot.row(1).items()}])),
    aside("rows that contradict each other", PLANS, "plan_id_duplicate",
          _with(lambda spot: [spot.row(5), spot.row(5, primary_need="SEMH")], form="Parquet"), set_aside=2),
    aside("three rows that contradict each other", DISPUTES, "case_id_duplicate",
          _with(lambda spot: [spot.row(5, issue=issue) for issue in ("delay", "contents", "other")]), set_aside=3),
    aside("a pupil twice in one school and month", ATTENDANCE, "upn_duplicate",
          _with(lambda spot: [spot.row(5), spot.row(5, sessions_attended="33", sessions_unauthorised_absence="2")]),
          set_aside=2),
    aside("two figures for one cell", RETURNS[2], "indicator_id_duplicate",
          _with(lambda spot: [spot.row(5), spot.row(5, value="96")]), set_aside=2),
    aside("a total among the rows", BREAKS,
          {f"{one.name}_missing" for one in CONTRACTS[BREAKS].columns if one.required and one.name != "package_id"},
          _total_between),
    aside("a cell of a hundred thousand characters", EVENTS, "row_cell_too_long", cells(nc_year=SECRET * 17_000)),
    aside("a cell of a hundred thousand characters in Parquet", ADVICE, "row_cell_too_long",
          cells("Parquet", request_id=SECRET * 17_000)),
    warned("a total that differs", ATTENDANCE, "control_total_differs",
           _total_below(ATTENDANCE, sessions_possible="191")),
    warned("a total of costs that differs", COSTS, "control_total_differs",
           _total_below(COSTS, annual_cost="£229,999")),
]  # fmt: skip


def _all(extract: str, code: str, form: str, **changes: str) -> Entry:
    """Rows that all have the same fault."""

    def make(spot: Spot) -> Path:
        write = forms.FORMS[form]
        return write(spot.path(write.ending), as_table(spot.rows(4, **changes)))

    return refused(f"no usable row: {code}", extract, "no_usable_rows", make, rows=4, also=code)


UNUSABLE: Final = [
    _all(ROLL, "enrolment_unknown_code", "a workbook", enrolment="Current"),
    _all(EARLY_YEARS, "sex_missing", "plain", sex=""),
    _all(RETURNS[0], "indicator_id_unknown", "Parquet", indicator_id=SECRET),
]


def _other_order(extract: str, form: str, column: str, text: str) -> Entry:
    return refused(f"{text} in {column}", extract, f"{column}_date_order", cells(form, **{column: text}))


ORDERS: Final = [
    _other_order(REFERRALS, "plain", "referral_date", "09/30/2024"),
    _other_order(PLANS, "a workbook", "start_date", "05/19/2023"),
    _other_order(DISPUTES, "Parquet", "opened_date", "2025-17-02"),
    _other_order(CASES, "UTF-8 with a mark and semicolons", "date_of_birth", "3/17/2012"),
]
ENTRIES: Final[list[Entry]] = [*CELLS, *CONTROLS, *SHAPES, *UNUSABLE, *ORDERS]
