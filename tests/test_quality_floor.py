"""The gate itself can fail."""

from tests.quality_floor import losses

FLOOR = {"heldout_sha256": "a", "figures": {"micro_f1": 0.9, "stage_accuracy": 0.97}}


def test_a_lower_score_breaks_the_floor() -> None:
    found = {"heldout_sha256": "a", "figures": {"micro_f1": 0.89, "stage_accuracy": 0.99}}
    assert losses(FLOOR, found) == ["micro_f1 0.8900 is below the floor 0.9000"]


def test_an_equal_or_higher_score_holds() -> None:
    assert losses(FLOOR, {"heldout_sha256": "a", "figures": {"micro_f1": 0.9, "stage_accuracy": 0.98}}) == []


def test_other_data_are_no_proof() -> None:
    assert "not those" in losses(FLOOR, {"heldout_sha256": "b", "figures": {"micro_f1": 1.0, "stage_accuracy": 1.0}})[0]
