"""An embedding model in place of BM25 and character n-grams: a real one, made here."""

import numpy as np
import pytest
from transformers import BertConfig, BertModel, BertTokenizer

from ewc_plugin.evaluation import EvaluationError, aids
from ewc_plugin.evaluation.embedding import Embedding
from ewc_plugin.metrics import Aids, Answers, How
from ewc_plugin.metrics.dialogue import relevant
from ewc_plugin.metrics.style import style_distance

pytest.importorskip("sentence_transformers")
WORDS = "今天气很好不错我们去北京吧雨下大了"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny BERT with mean pooling, as sentence-transformers stores it."""
    from sentence_transformers import SentenceTransformer, models

    here = tmp_path_factory.mktemp("embedding")
    (here / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(WORDS)]))
    tokenizer = BertTokenizer(str(here / "vocab.txt"))
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(here / "bert")
    tokenizer.save_pretrained(here / "bert")
    bert = models.Transformer(str(here / "bert"))
    SentenceTransformer(modules=[bert, models.Pooling(16)], device="cpu").save(str(here / "whole"))
    return here / "whole"


def test_vectors_have_length_one_and_an_empty_text_has_one_too(folder):
    found = Embedding(str(folder))(["今天天气很好", "", "去北京吧"])
    assert found.shape == (3, 16)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_relevance_and_style_are_then_cosines_and_their_signature_names_the_model(folder, tmp_path):
    lent = aids.found(tmp_path, embedding=str(folder))
    turns = [[{"role": "user", "content": "今天天气很好"}]] * 2
    given = Answers(["今天天气不错", "去北京吧"], ["天气不错", "我们去北京吧"], turns, aids=lent)
    score = relevant(given, How(resamples=20))
    vectors = Embedding(str(folder))(["今天天气很好", *given.answers])
    assert score.items == pytest.approx([float(vectors[0] @ v) for v in vectors[1:]], abs=1e-5)
    assert "whole" in str(score.signature)
    assert "whole" in str(style_distance(given, How(resamples=20)).signature)
    plain = relevant(Answers(given.answers, given.references, turns, aids=Aids()), How(resamples=20))
    assert plain.signature != score.signature


def test_a_model_that_is_not_there_is_named_with_what_to_do(tmp_path):
    with pytest.raises(EvaluationError, match=r"stage_eval_embedding .*/gone: .*measured without a model"):
        Embedding(str(tmp_path / "gone"))(["x"])
