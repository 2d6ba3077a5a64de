"""What a stage leaves for the next one survives, or is refused with the reason."""

import errno
import json

import pytest
import torch

from ewc_plugin import anchor as anchors
from ewc_plugin.anchor import Anchor, Term, examine, load, online, save, separate, trace
from ewc_plugin.errors import AnchorError
from ewc_plugin.fisher import Example
from ewc_plugin.tensors import StoredTensors, write


def factored(value, stage="foundation"):
    fisher = {"layer.rows": torch.full((3,), value), "layer.columns": torch.full((2,), value * 1.5)}
    return Term("factored", fisher, about={"stage": stage})


def dense(value, stage):
    return Term("dense", {"w": torch.tensor(value)}, about={"stage": stage})


def kronecker(seed=0):
    made = torch.Generator().manual_seed(seed)
    sizes = {"G": 3, "C": 2}
    fisher = {f"layer.{s}.U": torch.randn(n, 2, generator=made) for s, n in sizes.items()}
    return Term("kronecker", fisher | {f"layer.{s}.d": torch.rand(n, generator=made) for s, n in sizes.items()})


def written_out(term):
    """F of the one layer, (3·2, 3·2), from what a term stores."""
    f = term.fisher
    if term.form == "factored":
        return torch.outer(f["layer.rows"], f["layer.columns"]) / f["layer.rows"].sum()
    G, C = (f[f"layer.{s}.U"] @ f[f"layer.{s}.U"].T + f[f"layer.{s}.d"].diag() for s in "GC")
    return torch.kron(G, C)


def an_anchor(*terms):
    theta = {"layer.A": torch.randn(4, 2), "layer.B": torch.randn(3, 4)}
    probe = (Example((1, 5, 7), (-100, 5, 7)), Example((1, 9), (-100, 9)))
    return Anchor("delta", (theta,), terms, {"layer": torch.randn(6)}, {"history": ["foundation"]}, probe)


def test_an_anchor_that_was_saved_is_loaded_bit_for_bit(tmp_path):
    made = an_anchor(factored(1.0), factored(2.0))
    found = load(save(made, tmp_path))
    assert found.space == "delta"
    assert [(t.form, t.centre, t.about["stage"]) for t in found.terms] == [("factored", 0, "foundation")] * 2
    assert all(torch.equal(found.theta[name], made.theta[name]) for name in made.theta)
    assert torch.equal(found.base["layer"], made.base["layer"])
    assert [t.fisher["layer.rows"].tolist() for t in found.terms] == [[1.0] * 3, [2.0] * 3]
    assert (found.probe, found.about["history"]) == (made.probe, ["foundation"])


@pytest.mark.parametrize("check", [load, examine])
@pytest.mark.parametrize("name", ["anchor.safetensors", "fisher.safetensors", "probe.safetensors"])
def test_a_torn_file_is_detected_and_named(tmp_path, name, check):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(AnchorError, match=rf"{name}: expected the file as it was written; found \d+ bytes instead of"):
        check(folder)


@pytest.mark.parametrize("check", [load, examine])
def test_a_single_altered_byte_is_detected(tmp_path, check):
    folder = save(an_anchor(factored(1.0)), tmp_path)
    content = bytearray((folder / "fisher.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "fisher.safetensors").write_bytes(content)
    with pytest.raises(AnchorError, match=r"sha256 .* torn or was altered"):
        check(folder)


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
    with pytest.raises(AnchorError, match="version 2 of the format; found version 99"):
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
    assert len(load(tmp_path / "ewc").terms) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["ewc"]


def test_an_anchor_may_be_written_over_the_one_that_it_was_made_from(tmp_path):
    first = load(save(an_anchor(factored(1.0)), tmp_path))
    save(Anchor("delta", first.centres, (*first.terms, factored(2.0)), first.base), tmp_path)
    assert [float(t.fisher["layer.rows"][0]) for t in load(tmp_path / "ewc").terms] == [1.0, 2.0]


def test_every_rank_but_one_reads_all_tensors_and_writes_nothing(tmp_path):
    asked = []

    class Gathered(dict):
        def __getitem__(self, name):
            asked.append(name)
            return super().__getitem__(name)

    made = Anchor("weights", (Gathered(w=torch.ones(2)),), (Term("dense", Gathered(w=torch.ones(2))),))
    save(made, tmp_path / "out", writes=False)
    assert asked == ["w", "w"]
    assert not (tmp_path / "out").exists()


# -- several stages --------------------------------------------------------------------------------------------


def test_diagonals_of_two_stages_add_up_with_the_earlier_one_decayed():
    (kept,) = online([dense([4.0, 2.0], "a")], dense([1.0, 1.0], "b"), gamma=0.5)
    assert kept.fisher["w"].tolist() == [3.0, 2.0]
    assert kept.about["sum_of"] == ["a", "b"]
    (later,) = online([kept], dense([0.0, 1.0], "c"), gamma=0.5)
    assert (later.fisher["w"].tolist(), later.about["sum_of"]) == ([1.5, 2.0], ["a", "b", "c"])


def test_terms_that_are_no_diagonals_are_kept_apart_and_the_earlier_one_decayed():
    for old, new in ((factored(4.0), factored(1.0)), (kronecker(0), kronecker(1))):
        kept = online([old], new, gamma=0.5)
        torch.testing.assert_close(written_out(kept[0]), written_out(old) / 2)
        torch.testing.assert_close(written_out(kept[1]), written_out(new))
        assert kept[0].about["decay"] == 0.5


def test_online_brings_all_terms_to_the_newest_weights_and_separate_leaves_each_at_its_own():
    earlier = [Term("factored", factored(1.0).fisher, centre=1), factored(2.0)]
    assert [t.centre for t in online(earlier, factored(3.0), gamma=1.0)] == [0, 0, 0]
    assert [t.centre for t in separate(earlier, factored(3.0))] == [2, 1, 0]


def test_gamma_zero_forgets_the_earlier_stages():
    assert len(online([factored(4.0)], factored(1.0), gamma=0.0)) == 1


def test_the_trace_is_the_sum_of_f_in_every_form():
    assert trace(factored(2.0)) == {"layer": 6.0}
    assert trace(Term("dense", {"w": torch.tensor([[1.0, 2.0], [3.0, 4.0]])})) == {"w": 10.0}
    assert trace(kronecker())["layer"] == pytest.approx(float(written_out(kronecker()).trace()))


# -- many tensors ----------------------------------------------------------------------------------------------


def test_tensors_beyond_the_limit_go_to_several_files_and_are_found_in_all(tmp_path):
    made = {f"layer{i}": torch.randn(10, 10) for i in range(5)}
    names = write(made.items(), tmp_path, "fisher", limit=900)
    assert len(names) == 3
    found = StoredTensors([tmp_path / name for name in names])
    assert set(found) == set(made)
    assert all(torch.equal(found[name], made[name]) for name in made)


@pytest.mark.parametrize(("start", "stop"), [(0, 42), (0, 1), (5, 23), (41, 42), (7, 14)])
def test_a_slice_of_the_flattened_tensor_is_read_alone(tmp_path, start, stop):
    matrix = torch.arange(42.0).reshape(6, 7)
    found = StoredTensors([tmp_path / name for name in write([("m", matrix), ("v", matrix[0])], tmp_path, "x")])
    assert found.slice("m", start, stop).tolist() == matrix.flatten()[start:stop].tolist()
    assert found.slice("v", 2, 5).tolist() == [2.0, 3.0, 4.0]
