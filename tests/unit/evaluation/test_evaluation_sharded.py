"""Where each forward needs every rank (ZeRO-3): equally many forwards everywhere, or none."""

import threading

import pytest
import torch
from toy_host import ToyEncoder, tiny_llama

from ewc_plugin.evaluation import Settings, evaluate

SETTINGS = Settings(batch_size=2, max_new_tokens=5)
PATIENCE = 20


class CollectiveRanks:
    """Threads for ranks: a collective that one of them never enters breaks the barrier."""

    def __init__(self, rank, world_size, shared):
        self.rank, self.world_size, self.shared = rank, world_size, shared

    def meet(self, value):
        self.shared["parts"][self.rank] = value
        self.shared["barrier"].wait(timeout=PATIENCE)
        parts = list(self.shared["parts"])
        self.shared["barrier"].wait(timeout=PATIENCE)
        return parts

    def sum(self, tensor):
        return sum(self.meet(tensor))

    def gather(self, values):
        parts = self.meet(values)
        return [v for part in parts for v in part] if self.rank == 0 else []


class Sharded(torch.nn.Module):
    """A model whose every forward waits for the other ranks, and which generates until the last of them is done."""

    def __init__(self, ranks):
        super().__init__()
        self.inner, self.ranks, self.forwards = tiny_llama(), ranks, 0
        self.config, self.synced = self.inner.config, []
        next(self.inner.parameters()).ds_id = 0
        self.inner.forward_alone = self.inner.forward
        self.inner.forward = self.together

    def get_base_model(self):
        return self.inner

    def get_input_embeddings(self):
        return self.inner.get_input_embeddings()

    def together(self, input_ids=None, attention_mask=None, logits_to_keep=0, **named):
        self.forwards += 1
        self.ranks.meet(None)
        return self.inner.forward_alone(
            input_ids=input_ids, attention_mask=attention_mask, logits_to_keep=logits_to_keep, **named
        )

    def forward(self, **named):
        return self.inner.forward(**named)

    def generate(self, synced_gpus=None, **named):
        self.synced.append(synced_gpus)
        self.inner.forward, collective = self.inner.forward_alone, self.inner.forward
        try:
            return self.inner.generate(**named)
        finally:
            self.inner.forward = collective


def on_ranks(world_size, sets, encoder=None):
    """The result on rank 0, and each rank's model."""
    shared = {"parts": [None] * world_size, "barrier": threading.Barrier(world_size)}
    ranks = [CollectiveRanks(rank, world_size, shared) for rank in range(world_size)]
    models, results, errors = [Sharded(r) for r in ranks], [None] * world_size, []

    def work(rank):
        try:
            results[rank] = evaluate(
                models[rank], sets, encoder=encoder or ToyEncoder(), settings=SETTINGS, ranks=ranks[rank]
            )
        except Exception as error:
            errors.append(error)
            shared["barrier"].abort()

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(world_size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results, models, errors


@pytest.mark.parametrize("count", [1, 4, 7, 8])
def test_every_rank_runs_equally_many_forwards_and_each_item_counts_once(write_set, chats, encoder, count):
    sets = [write_set("a", chats[:count]), write_set("b", chats[:3], task="translation")]
    results, models, errors = on_ranks(3, sets)
    assert errors == []
    alone = evaluate(tiny_llama(), sets, encoder=encoder, settings=SETTINGS)
    assert len({model.forwards for model in models}) == 1
    assert results[0].failed == {}
    assert [r["id"] for r in results[0].records["a"]] == [r["id"] for r in alone.records["a"]]
    for name, cell in alone.cells.items():
        assert results[0].cells[name]["loss"]["value"] == pytest.approx(cell["loss"]["value"], rel=1e-5)
    assert results[0].cells.keys() == alone.cells.keys()
    assert [r["answer"] for r in results[0].records["b"]] == [r["answer"] for r in alone.records["b"]]


def test_ranks_generate_equally_often_and_in_step(write_set, chats):
    _, models, errors = on_ranks(3, [write_set("b", chats[:7], task="translation")])
    assert errors == []
    # 7 items are 3 a rank (two of them one item twice), and 3 are 2 batches of 2
    assert [model.synced for model in models] == [[True, True]] * 3


def test_one_process_with_whole_weights_does_not_generate_in_step(write_set, chats, encoder, monkeypatch):
    model, seen = tiny_llama(), []
    whole = model.generate
    monkeypatch.setattr(model, "generate", lambda **named: seen.append("synced_gpus" in named) or whole(**named))
    evaluate(model, [write_set("b", chats[:3], task="translation")], encoder=encoder, settings=SETTINGS)
    assert seen == [False]  # short ones go together


def test_a_set_that_one_rank_cannot_encode_fails_on_all_before_any_forward(write_set, chats, monkeypatch):
    whole = ToyEncoder.encode

    def encode(self, messages):
        if messages[-1]["content"] == chats[1]["messages"][-1]["content"]:
            raise ValueError("only the second rank sees this item")
        return whole(self, messages)

    monkeypatch.setattr(ToyEncoder, "encode", encode)
    results, models, errors = on_ranks(2, [write_set("a", chats[:4]), write_set("b", chats[4:6])])
    assert errors == []
    assert "only the second rank" in results[0].failed["a"]
    assert results[0].cells["b"]["loss"]["n"] == 2
    assert [model.forwards for model in models] == [1, 1]  # of b


def test_a_failure_inside_a_forward_stops_the_run(write_set, chats, monkeypatch):
    """Contained on one rank it would leave the others waiting for this one's weights for ever."""
    whole = Sharded.together

    def together(self, **named):
        if self.ranks.rank == 1:
            raise MemoryError("no room for the logits")
        return whole(self, **named)

    monkeypatch.setattr(Sharded, "together", together)
    _, _, errors = on_ranks(2, [write_set("a", chats[:4])])
    assert any(isinstance(error, MemoryError) for error in errors)
    assert len(errors) == 2


def test_a_batch_without_any_answer_runs_its_forward_too(model):
    from ewc_plugin.evaluation.encoder import Encoded
    from ewc_plugin.evaluation.likelihood import answer_likelihoods

    calls, whole = [], model.forward

    def forward(input_ids=None, attention_mask=None, logits_to_keep=0, **named):
        calls.append(input_ids.shape)
        return whole(input_ids=input_ids, attention_mask=attention_mask, logits_to_keep=logits_to_keep, **named)

    model.forward = forward
    found = answer_likelihoods(model, [Encoded([1, 5], []), Encoded([1], [])], pad_token_id=0, batch_size=2)
    assert (found, calls) == ([(0.0, 0)] * 2, [(2, 2)])
