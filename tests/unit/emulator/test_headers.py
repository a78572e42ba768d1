from __future__ import annotations

from cognito_credentials.emulator.headers import Headers


def test_names_are_compared_ignoring_case_and_returned_as_spelled():
    headers = Headers([("Host", "a"), ("X-Value", "1"), ("x-value", "2")])
    assert (headers.get("HOST"), headers.get("x-VALUE"), headers.get("Missing")) == ("a", "1", None)
    assert (headers.get_all("X-VALUE"), headers.get_all("Missing")) == (["1", "2"], ())
    assert "hOST" in headers
    assert "Missing" not in headers
    assert list(headers) == ["Host", "X-Value", "x-value"]


def test_changes_retain_the_order_of_the_other_fields():
    headers = Headers([("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")])
    headers.replace("a", "5")
    headers.add("b", "6")
    headers.remove("Missing")
    assert headers.items() == [("B", "2"), ("C", "4"), ("a", "5"), ("b", "6")]
    assert headers.get_all("B") == ["2", "6"]


def test_a_copy_is_independent():
    headers = Headers([("A", "1")])
    copied = headers.copy()
    copied.add("a", "2")
    headers.remove("A")
    assert (headers.items(), copied.items()) == ([], [("A", "1"), ("a", "2")])
