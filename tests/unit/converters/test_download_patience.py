"""How long is waited, and which files are parts of one table: arithmetic without a network."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime, timedelta

import pytest

from converters.contract import SourceError
from converters.downloads.choice import first_parts, safe
from converters.downloads.patience import Patience, retry_after
from converters.downloads.told import size
from converters.downloads.transport import shown
from converters.downloads.wanted import Entry, Validators


def test_waits_double_up_to_the_longest():
    patience = Patience(first_wait=1, longest_wait=10)
    assert [patience.wait(failures, None) for failures in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_what_a_server_asks_for_is_waited_for_whole():
    assert Patience(longest_wait=10).wait(1, 45) == 45


def test_retry_after_is_a_number_or_a_date():
    then = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert retry_after("7") == 7
    assert 95 < (retry_after(then) or 0) <= 100
    assert retry_after(email.utils.format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)) == 0
    assert [retry_after(text) for text in (None, "", "soon", "-3", "²", "27 Nov 9999999999 06:00 +99999999999")] == [
        None
    ] * 6


def test_a_weak_etag_is_no_condition_for_half_a_file():
    assert Validators(etag='W/"1"').condition == ""
    assert Validators(etag='W/"1"', modified="Mon").condition == "Mon"
    assert Validators(etag='"1"', modified="Mon").condition == '"1"'


@pytest.mark.parametrize(
    ("paths", "first"),
    [
        (["a/train-00001-of-00002.parquet", "a/train-00000-of-00002.parquet"], ["a/train-00000-of-00002.parquet"]),
        (["0000.parquet", "0001.parquet"], ["0000.parquet"]),
        (["train-00000-of-00002.parquet", "test-00000-of-00001.parquet"], ["test-0", "train-0"]),
        (["x/train-00000-of-00001.parquet", "y/train-00000-of-00001.parquet"], ["x/", "y/"]),
        (["Belle_open_source_0.5M.json", "train_2M_CN.json"], ["Belle", "train_2M"]),
    ],
)
def test_of_numbered_parts_the_first_is_a_look(paths, first):
    found = [entry.path for entry in first_parts([Entry(path, "") for path in paths])]
    assert len(found) == len(first)
    assert all(path.startswith(start) for path, start in zip(found, first, strict=True))


def test_an_address_is_shown_without_what_may_be_secret():
    assert shown("https://me:password@cdn.example/a/b.zip?X-Amz-Signature=abc#d") == "https://cdn.example/a/b.zip"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "..\\x", "C:/x", ""])
def test_no_path_of_a_server_leads_out_of_the_folder(path):
    with pytest.raises(SourceError):
        safe(path)


def test_a_hidden_name_is_shown_or_the_readers_would_pass_it_over():
    assert safe(".data/.x.json") == "data/x.json"


def test_sizes_are_read_at_a_glance():
    assert [size(count) for count in (None, 0, 999, 1_000, 1_940_000_000, 250_000_000_000)] == [
        "size unknown",
        "0 B",
        "999 B",
        "1.0 kB",
        "1.9 GB",
        "250 GB",
    ]
