"""A real Ray with two workers writes what the local engine writes."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def ray():
    found = pytest.importorskip("ray", reason="the extra `ray` is not installed")
    yield found
    found.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_ray_writes_the_same_bytes(run, written, belle_file, ray):
    first = belle_file(*[(f"第{n}个问题是什么？", f"第{n}个答案。") for n in range(3000)], ("空", ""), name="a.json")
    second = belle_file(*[(f"第{n}个问题是什么？", f"第{n}个答案。") for n in range(2900, 3100)], name="b.json")
    options = ("--eval-share", "0.1", "--max-eval", "50")
    assert run("belle", first, second, *options).code == 0
    local = written.bytes()
    assert run("belle", first, second, *options, "--engine", "ray", "--workers", "2").code == 0
    assert written.bytes() == local
    assert run("belle", first, second, *options, "--engine", "ray", "--workers", "2", "--limit", "40").code == 0
    assert written.manifest("belle")["counts"]["examples"] == 40


@pytest.mark.filterwarnings("ignore")
def test_a_cut_file_is_the_same_error_on_ray(run, written, belle_file, ray, tmp_path):
    import gzip

    path = belle_file(*[(f"第{n}个问题是什么？", f"第{n}个答案。") for n in range(3000)])
    data = gzip.compress(path.read_bytes())
    (tmp_path / "cut.json.gz").write_bytes(data[: len(data) // 2])
    local, on_ray = (run("belle", "cut.json.gz", "--engine", engine) for engine in ("local", "ray"))
    assert local.code == on_ray.code == 2
    assert local.err == on_ray.err
    assert "cut.json.gz" in local.err
    assert not written.bytes()


@pytest.mark.filterwarnings("ignore")
def test_a_mistake_that_the_first_record_shows_is_the_same_error_on_ray(run, written, write_lines, ray):
    path = write_lines("law.jsonl", {"id": "1", "law": "法"}, {"id": "2", "law": "法"})
    local, on_ray = (run("custom", path, "--engine", engine) for engine in ("local", "ray"))
    assert local.code == on_ray.code == 2
    assert local.err == on_ray.err
    assert "--columns prompt=" in local.err


def test_without_ray_the_package_to_install_is_named(run, belle_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run("belle", belle_file(("问题", "答案")), "--engine", "ray")
    assert result.code == 2
    assert "pip install 'llamafactory-ewc[ray]'" in result.err
