"""What a stage leaves for the next one survives, or is refused with the reason."""

import errno
import json

import pytest
import torch

from ewc_plugin import anchor as anchors
from ewc_plugin.anchor import Anchor, decayed, load, save, trace
from ewc_plugin.errors import AnchorError


def factored(value):
    return {"layer.rows": torch.full((3,), value), "layer.columns": torch.full((2,), value * 1.5)}


def an_anchor(*terms):
    theta = {"layer.A": torch.randn(4, 2), "layer.B": torch.randn(3, 4)}
    about = {"terms": list(range(len(terms))), "fingerprints": {"layer": "0123"}, "history": [{"stage": "foundation"}]}
    return Anchor("delta", "factored", theta, {"layer": 2.0}, terms, about)


def test_an_anchor_that_was_saved_is_loaded_bit_for_bit(tmp_path):
    made = an_anchor(factored(1.0), factored(2.0))
    found = load(save(made, tmp_path))
    assert (found.space, found.form, found.scalings) == ("delta", "factored", {"layer": 2.0})
    assert all(torch.equal(found.theta[name], made.theta[name]) for name in made.theta)
    assert [t["layer.rows"].tolist() for t in found.fisher] == [[1.0] * 3, [2.0] * 3]
    assert found.about["history"] == [{"stage": "foundation"}]


@pytest.mark.parametrize("name", ["anchor.safetensors", "fisher.safetensors"])
def test_a_torn_file_is_detected_and_named(tmp_path, name):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(AnchorError, match=rf"{name}: expected the file as it was written; found \d+ bytes"):
        load(folder)


def test_a_single_altered_byte_is_detected(tmp_path):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    content = bytearray((folder / "fisher.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "fisher.safetensors").write_bytes(content)
    with pytest.raises(AnchorError, match="torn or was altered"):
        load(folder)


def test_a_missing_file_and_a_missing_anchor_are_told_apart(tmp_path):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    (folder / "anchor.safetensors").unlink()
    with pytest.raises(AnchorError, match=r"anchor\.safetensors.*no such file"):
        load(folder)
    with pytest.raises(AnchorError, match="ewc_save: true"):
        load(tmp_path / "nothing")


def test_a_torn_description_is_named(tmp_path):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    text = (folder / "ewc.json").read_text(encoding="utf-8")
    (folder / "ewc.json").write_text(text[:40], encoding="utf-8")
    with pytest.raises(AnchorError, match=r"ewc\.json.*not JSON"):
        load(folder)


def test_an_anchor_of_another_format_version_is_refused(tmp_path):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    about = json.loads((folder / "ewc.json").read_text(encoding="utf-8"))
    (folder / "ewc.json").write_text(json.dumps({**about, "version": 99}), encoding="utf-8")
    with pytest.raises(AnchorError, match="version 1 of the format; found version 99"):
        load(folder)


def test_a_full_disk_leaves_the_old_anchor_untouched(tmp_path, monkeypatch):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(anchors, "_write", full)
    with pytest.raises(AnchorError, match=r"No space left.*The trained model is saved"):
        save(an_anchor(factored(5.0)), tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["ewc"]


def test_a_later_anchor_replaces_the_earlier_one_whole(tmp_path):
    save(an_anchor(factored(1.0)), tmp_path)
    save(an_anchor(factored(1.0), factored(7.0)), tmp_path)
    assert len(load(tmp_path / "ewc").fisher) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["ewc"]


def test_diagonals_of_two_stages_add_up_with_the_earlier_one_decayed():
    earlier = Anchor("weights", "dense", {}, {}, ({"w": torch.tensor([4.0, 2.0])},), {})
    (kept,) = decayed(earlier, {"w": torch.tensor([1.0, 1.0])}, form="dense", gamma=0.5)
    assert kept["w"].tolist() == [3.0, 2.0]


def test_factored_terms_of_two_stages_are_kept_apart_and_the_earlier_one_decayed():
    kept = decayed(an_anchor(factored(4.0)), factored(1.0), form="factored", gamma=0.5)
    assert [float(t["layer.rows"][0]) for t in kept] == [2.0, 1.0]
    # u vᵀ/Σu is halved when u and v are
    old, new = factored(4.0), kept[0]
    whole = torch.outer(old["layer.rows"], old["layer.columns"]) / old["layer.rows"].sum()
    half = torch.outer(new["layer.rows"], new["layer.columns"]) / new["layer.rows"].sum()
    torch.testing.assert_close(half, whole / 2)


def test_gamma_zero_forgets_the_earlier_stages():
    assert len(decayed(an_anchor(factored(4.0)), factored(1.0), form="factored", gamma=0.0)) == 1


def test_the_trace_is_the_sum_of_f_in_every_form():
    assert trace(factored(2.0), "factored") == {"layer": 6.0}
    assert trace({"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]])}, "dense") == {"w": 10.0}
