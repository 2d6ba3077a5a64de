"""What people fear to lose: arithmetic, English, code, and the sense of what to refuse. Nothing of it is trained on.

The column group `general`, protected. Public files in their own formats; for those who have none, a small set of our
own lies in converters/samples/general. Texts stay as they are.
"""

from __future__ import annotations

from converters.contract import Dataset, Download, Format, GitHub, Hub, Source
from converters.sources.general import choices, code, refusals, short_answers

OWN = "LicenseRef-own"  # a line of our samples says that it is Apache-2.0


def _measured(name: str, task: str, eval_task: str) -> Dataset:
    return Dataset(name, task, 0, eval_task, purpose="evaluation")


SOURCE = Source(
    name="general",
    group="general",
    licence="Apache-2.0",
    origin="https://github.com/openai/grade-school-math, https://github.com/google-research/url-nlp, "
    "https://github.com/hendrycks/test, https://allenai.org/data/arc, https://github.com/openai/human-eval, "
    "https://github.com/google-research/google-research, https://github.com/paul-rottger/xstest, "
    "https://github.com/Libr-AI/do-not-answer; our own: converters/samples/general",
    formats=(
        Format(
            "gsm8k",
            "GSM8K: question, answer that ends in #### 42",
            "record",
            short_answers.is_gsm8k,
            short_answers.from_gsm8k,
            has_columns=short_answers.has_question_and_answer,
            datasets=(short_answers.GSM8K,),
            licence="MIT",
        ),
        Format(
            "mgsm",
            "MGSM's mgsm_zh.tsv: a question, a tab and a number on each line",
            "line",
            short_answers.is_mgsm,
            short_answers.from_mgsm,
            datasets=(short_answers.MGSM,),
            licence="CC-BY-4.0",
        ),
        Format(
            "mgsm_columns",
            "MGSM in Chinese on the hub: question, answer, answer_number, equation_solution",
            "record",
            short_answers.is_mgsm_row,
            short_answers.from_mgsm_row,
            datasets=(short_answers.MGSM,),
            licence="CC-BY-SA-4.0",
        ),
        Format(
            "mmlu",
            "MMLU's csv, which has no header: question, four options, letter",
            "stream",
            choices.is_mmlu_row,
            choices.from_mmlu_row,
            begins=choices.begins_mmlu,
            records=choices.mmlu_rows,
            datasets=(choices.MMLU,),
            licence="MIT",
        ),
        Format(
            "mmlu_columns",
            "MMLU on the hub: question, subject, choices, answer",
            "record",
            choices.is_mmlu,
            choices.from_mmlu,
            datasets=(choices.MMLU,),
            licence="MIT",
        ),
        Format(
            "arc",
            "ARC: id, question, answerKey, choices (inside question, or beside it on the hub)",
            "record",
            choices.is_arc,
            choices.from_arc,
            has_columns=choices.has_arc_columns,
            datasets=(choices.ARC,),
            licence="CC-BY-SA-4.0",
        ),
        Format(
            "mbpp",
            "MBPP: task_id, text (or prompt), code, test_list",
            "record",
            code.is_mbpp,
            code.from_mbpp,
            datasets=(code.MBPP,),
            licence="CC-BY-4.0",
        ),
        Format(
            "humaneval",
            "HumanEval: task_id, prompt, entry_point, canonical_solution, test",
            "record",
            code.is_humaneval,
            code.from_humaneval,
            datasets=(code.HUMANEVAL,),
            licence="MIT",
        ),
        Format(
            "xstest",
            "XSTest's csv: id, prompt, type, label, focus, note",
            "record",
            refusals.is_xstest,
            refusals.from_xstest,
            datasets=(refusals.XSTEST,),
            licence="CC-BY-4.0",
        ),
        Format(
            "do_not_answer",
            "Do-Not-Answer: id, risk_area, types_of_harm, specific_harms, question",
            "record",
            refusals.is_do_not_answer,
            refusals.from_do_not_answer,
            datasets=(refusals.DO_NOT_ANSWER,),
            licence="CC-BY-NC-SA-4.0",
        ),
        Format(
            "requests",
            "any requests: prompt, refuse (true or false), and perhaps answer, category",
            "record",
            refusals.is_request,
            refusals.from_request,
            has_columns=refusals.has_request,
            datasets=(refusals.OWN,),
            licence=OWN,
        ),
        Format(
            "questions",
            "any questions: question, answer, kind (number or text)",
            "record",
            short_answers.is_question,
            short_answers.from_question,
            datasets=(short_answers.ENGLISH, short_answers.ARITHMETIC),
            licence=OWN,
        ),
        Format(
            "programs",
            "programs to read: code, choices, answer, and perhaps subject",
            "record",
            choices.is_program,
            choices.from_program,
            datasets=(choices.CODE,),
            licence=OWN,
        ),
    ),
    datasets=(
        _measured(short_answers.ENGLISH, "answer an English question in a few words", "english"),
        _measured(short_answers.ARITHMETIC, "work out a sum or a word problem, Chinese or English", "arithmetic"),
        _measured(choices.CODE, "say what a Python program prints, one of four", "multiple_choice"),
        _measured(refusals.OWN, "refuse what is harmful and answer what only looks so", "refusal"),
        _measured(short_answers.GSM8K, "work out a word problem in steps", "arithmetic"),
        _measured(short_answers.MGSM, "work out a word problem in Chinese", "arithmetic"),
        _measured(choices.MMLU, "choose one of four answers, in English", "multiple_choice"),
        _measured(choices.ARC, "choose the answer of a science question, in English", "multiple_choice"),
        _measured(code.MBPP, "write a short Python program", "code"),
        _measured(code.HUMANEVAL, "complete a Python function", "code"),
        _measured(refusals.XSTEST, "refuse what is harmful and answer what only looks so", "refusal"),
        _measured(refusals.DO_NOT_ANSWER, "refuse what is harmful", "refusal"),
    ),
    wanted=(
        "GSM8K's test.jsonl, MGSM's mgsm_zh.tsv",
        "MMLU's data/ folder, ARC's folder",
        "mbpp.jsonl, HumanEval.jsonl.gz",
        "xstest_prompts.csv, Do-Not-Answer's data_en.csv",
        "or converters/samples/general, which comes with this package",
    ),
    ignored={
        "*_socratic.jsonl": "the questions of GSM8K again, with other steps",
        "socratic": "the questions of GSM8K again, with other steps",
        "auxiliary_train": "training data, not MMLU's own",
        "auxiliary_train-*": "training data, not MMLU's own",
        "data/train.jsonl": "GSM8K's training part: name the file itself to have it",
        "main/train-*": "GSM8K's training part: name the file itself to have it",
        "ARC-*/ARC-*-Train.*": "ARC's training part: name the file itself to have it",
        "ARC-*/train-*": "ARC's training part: name the file itself to have it",
        "example_model_solutions.jsonl": "answers of models",
        "*_completions*": "answers of models",
        "example_problem.jsonl": "HumanEval's example of its format",
    },
    downloads=(
        Download("gsm8k", Hub("openai/gsm8k", "AI-ModelScope/gsm8k", files=("main/test-*.parquet",)), "MIT"),
        Download("mgsm", Hub("juletxara/mgsm", files=("mgsm_zh.tsv",)), "CC-BY-SA-4.0"),
        Download("mmlu", Hub("cais/mmlu", "cais/mmlu", files=("all/test-*.parquet",)), "MIT"),
        Download("ai2_arc", Hub("allenai/ai2_arc", "allenai/ai2_arc", files=("ARC-*/test-*.parquet",)), "CC-BY-SA-4.0"),
        Download("mbpp", Hub("google-research-datasets/mbpp", files=("full/test-*.parquet",)), "CC-BY-4.0"),
        Download("human-eval", GitHub("openai/human-eval", paths=("data/HumanEval.jsonl.gz",)), "MIT"),
        Download("xstest", GitHub("paul-rottger/xstest", paths=("xstest_prompts.csv",)), "CC-BY-4.0"),
        Download(
            "do-not-answer", Hub("LibrAI/do-not-answer", files=("data/*.parquet",)), "CC-BY-NC-SA-4.0", usual=False
        ),
    ),
)
