"""A cell becomes what the contract says it is, or nothing and a fault: nothing is guessed."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.reading import Unreadable
from tests.pipelines.inbox import as_table, staged
from tests.pipelines.templates import EVENTS, HOME, POST16, REQUESTS, RETURN, TIMETABLES, Row, row, rows


@pytest.fixture
def read(tmp_path):
    """What becomes of one cell: its value and the faults of its row."""

    def read_cells(extract: str, column: str, *texts: str) -> list[tuple[object, list[str]]]:
        table = [row(extract, place) | {column: text} for place, text in enumerate(texts, start=1)]
        return [(found[column], found["faults"]) for found in staged(extract, as_table(table), tmp_path)]

    return read_cells


DATES = [
    "2024-01-15", "15/01/2024", "15-Jan-2024", "15-jan-2024", "2024-01-15 00:00:00", "15/01/2024 09:30:00",
    " 2024-01-15 ", "2024-1-15", "15/01/2024 09:30", "2024-01-15T00:00:00", "2024-Jan-15", "2024-Jan-15 00:00:00",
    "45306", "45306.0", "45306.75",
]  # fmt: skip
NO_DATES = [
    "15/01/24", "15-Jan-24", "24-01-15", "01/15/24", "31/02/2024", "2024-13-32", "15.01.2024", "15 January 2024",
    "January 2024", "453061", "4530", "-45306", "0024-01-15", "1899-12-31", "tomorrow", "2024-01-15x",
]  # fmt: skip


def test_dates_are_read_in_every_format_the_contract_declares(read):
    for text, (value, faults) in zip(DATES, read(HOME, "start_date", *DATES), strict=True):
        assert (value, faults) == (date(2024, 1, 15), []), text


def test_what_is_not_a_date_in_a_declared_format_is_refused_two_digit_years_too(read):
    for text, (value, faults) in zip(NO_DATES, read(HOME, "start_date", *NO_DATES), strict=True):
        assert (value, faults) == (None, ["start_date_not_a_date"]), text


@pytest.mark.parametrize("text", ["01/15/2024", "12/31/2024", "2024-15-01", "2024-31-12 00:00:00"])
def test_a_date_that_proves_another_order_refuses_the_whole_file_and_names_its_column(read, text):
    with pytest.raises(Unreadable) as refused:
        read(HOME, "end_date", "15/01/2025", text, "01/02/2025")
    assert (refused.value.code, refused.value.column) == ("end_date_date_order", "end_date")


def test_a_day_and_month_that_could_be_either_are_read_as_agreed(read):
    assert read(HOME, "start_date", "03/04/2024") == [(date(2024, 4, 3), [])]


YES_OR_NO = {
    True: ["1", "true", "TRUE", "Y", "y", "yes", "1.0", " Y "],
    False: ["0", "false", "False", "N", "no", "0.0"],
    None: ["2", "-1", "perhaps", "Y – yes", "x", "t", "ja"],
}


def test_yes_and_no_are_read_as_systems_write_them_and_nothing_else_is(read):
    meant = {text: value for value, texts in YES_OR_NO.items() for text in texts}
    for (text, value), (found, faults) in zip(meant.items(), read(HOME, "known_to_social_care", *meant), strict=True):
        assert found is value, text
        assert faults == ([] if value is not None else ["known_to_social_care_not_yes_or_no"]), text


NUMBERS = {
    "1234": 1234, "1,234": 1234, "£1,234.50": 1234.5, "12%": 12, "12.5": 12.5, "-3.25": -3.25, "0": 0,
    "£ 1,234,567": 1234567, " 7 ": 7, "0012": 12,
}  # fmt: skip
NO_NUMBERS = [
    "1 234",
    "12 34",
    "%12",
    "5£",
    "--5",
    "12,5",
    "1.234,5",
    "12,34",
    "1,23,4",
    "1e5",
    "NaN",
    "inf",
    "Infinity",
    "1 or 2",
    "$5",
    "1,2345",
    "1.2.3",
]


def test_numbers_are_read_with_pounds_percents_and_thousands(read):
    for (text, value), found in zip(NUMBERS.items(), read(RETURN, "value", *NUMBERS), strict=True):
        assert found == (value, []), text


def test_a_number_written_otherwise_is_refused(read):
    for text, found in zip(NO_NUMBERS, read(RETURN, "value", *NO_NUMBERS), strict=True):
        assert found == (None, ["value_not_a_number"]), text


def test_a_percentage_sign_stands_where_a_percentage_may_be_returned_and_nowhere_else(read):
    assert read(RETURN, "value", "12%", "12 %") == [(12, [])] * 2
    assert read(RETURN, "numerator", "12%") == [(None, ["numerator_not_a_number"])]
    assert read(TIMETABLES, "hours_per_week", "12%") == [(None, ["hours_per_week_not_a_number"])]


MARKS = {
    "c": ["c", "C", "*", "<5", "< 10"],
    "x": ["x", "-", "–", "N/A", "n/a", ":", ".."],
    "z": ["z"],
    "low": ["low", "~"],
    None: ["97", "-1", "0"],
}


def test_marks_in_a_return_say_why_there_is_no_number(tmp_path):
    meant = {text: mark for mark, texts in MARKS.items() for text in texts}
    table = [row(RETURN, place, value=text) for place, text in enumerate(meant)]
    for (text, mark), found in zip(meant.items(), staged(RETURN, as_table(table), tmp_path), strict=True):
        assert (found["value_mark"], found["faults"]) == (mark, []), text
        assert (found["value"] is None) == (mark is not None), text


def test_marks_where_records_are_sent_are_faults(read):
    texts = ["*", "<5", "x", "-", "c"]
    assert read(EVENTS, "sessions", *texts) == [(None, ["sessions_not_a_whole_number"])] * len(texts)


def test_whole_numbers_lose_a_trailing_zero_and_nothing_else(read):
    meant = {"7": 7, "7.0": 7, "1,000": 1000, "7.5": None, "seven": None, "12,5": None}
    for (text, value), (found, _) in zip(meant.items(), read(EVENTS, "sessions", *meant), strict=True):
        assert found == value, text


@pytest.mark.parametrize(
    ("extract", "column", "meant"),
    [
        (EVENTS, "category", {"susp": "SUSP", "FIXD": "SUSP", "fixd": "SUSP", " PERM ": "PERM"}),
        (HOME, "sex", {"m": "M", "F": "F", "Male": "Male", "M – male": "M – male"}),
        (HOME, "primary_reason", {"Lifestyle": "lifestyle", "RELIGIOUS": "religious"}),
        (REQUESTS, "request_source", {"1.0": "1", "2": "2", "9": "9"}),
        (REQUESTS, "ethnicity", {"wbri": "WBRI", "ApKn": "APKN"}),
        (POST16, "activity_code", {"230.0": "230", "540": "540"}),
    ],
)
def test_codes_are_matched_without_case_and_stored_as_agreed_and_labels_are_not_guessed(read, extract, column, meant):
    assert read(extract, column, *meant) == [(code, []) for code in meant.values()]


def test_wards_are_matched_without_case_and_with_and_alike(read):
    texts = ["Mackworth and New Zealand", "MACKWORTH & NEW ZEALAND", " mackworth &  new zealand"]
    assert read(HOME, "ward", *texts) == [("Mackworth & New Zealand", [])] * len(texts)


def test_a_ward_elsewhere_is_unknown_and_told(tmp_path):
    outside, inside, blank = staged(
        HOME, as_table([row(HOME, 1, ward="Hilton"), row(HOME, 2), row(HOME, 3, ward="")]), tmp_path
    )
    assert (outside["ward"], outside["ward_is_outside"]) == (None, True)
    assert (inside["ward"], inside["ward_is_outside"]) == ("Abbey", False)
    assert (blank["ward"], blank["ward_is_outside"]) == (None, False)


def test_text_means_itself(read):
    texts = ["001", "NA", "null", "NULL", "1E5", "None", "true", "12.50", "O'Neill; x"]
    assert read(HOME, "nc_year", *texts) == [(text, []) for text in texts]


def test_ids_lose_the_trailing_zero_that_a_spreadsheet_gave_them(tmp_path):
    numbers = ["12345", "12345.0", "012345"]
    table = [row(HOME, place, child_id=number) for place, number in enumerate(numbers)]
    plain, spreadsheet, padded = (one["child_id"] for one in staged(HOME, as_table(table), tmp_path))
    assert plain == spreadsheet
    assert plain != padded, "a lost leading zero is not restored"


HIDDEN = ["\x85", "\x9b", "\x07", "\x1b[31m", "\u202e", "\u2066", "\x7f"]


def test_what_could_steer_a_screen_is_taken_out_of_free_text(tmp_path):
    table = [row(RETURN, place, note=f"Check{hidden}ed") for place, hidden in enumerate(HIDDEN)]
    for found in staged(RETURN, as_table(table), tmp_path):
        assert found["note"].isprintable()
        assert (found["note_was_stripped"], found["faults"]) == (True, [])


def test_what_could_steer_a_screen_is_refused_in_any_other_text(read):
    found = read(HOME, "nc_year", *(f"8{hidden}" for hidden in HIDDEN))
    assert [faults for _, faults in found] == [["nc_year_control_characters"]] * len(HIDDEN)


def without(table: list[Row], *columns: str) -> list[Row]:
    return [{name: text for name, text in one.items() if name not in columns} for one in table]


def test_a_column_left_out_of_the_file_is_empty(tmp_path):
    (found,) = staged(HOME, as_table(without(rows(HOME, 1), "ward", "upn", "nc_year")), tmp_path)
    assert (found["ward"], found["upn"], found["nc_year"], found["faults"]) == (None, None, None, [])


def test_a_row_sent_twice_is_kept_once(tmp_path):
    one, other = rows(HOME, 2)
    found = staged(HOME, as_table([one, other, one, one]), tmp_path)
    assert [row["faults"] for row in found] == [[], [], ["row_duplicate"], ["row_duplicate"]]


def test_rows_that_share_a_key_and_differ_are_all_refused(tmp_path):
    one, other = rows(HOME, 2)
    found = staged(HOME, as_table([one, other, one | {"sex": "M"}, one]), tmp_path)
    assert [set(row["faults"]) for row in found] == [
        {"spell_id_duplicate"},
        set(),
        {"spell_id_duplicate"},
        {"spell_id_duplicate", "row_duplicate"},
    ]


def test_the_same_key_without_a_key_is_no_duplicate(tmp_path):
    blank = row(HOME, spell_id="")
    assert [found["faults"] for found in staged(HOME, as_table([blank, blank]), tmp_path)] == [[], []]


def test_the_same_figure_in_another_breakdown_is_another_key(tmp_path):
    table = [row(RETURN, 1), row(RETURN, 2), row(RETURN, 1, category="team 1", grain="quarter")]
    assert [found["faults"] for found in staged(RETURN, as_table(table), tmp_path)] == [[], [], []]
