"""The one wording in which what is general is asked, in the language of the question. It never changes.

A number or a letter is asked for alone where the set gives no steps, so that few words can be right.
"""

from __future__ import annotations

STEPS_EN = "{question}\n\nWork it out step by step. On the last line, write #### and the number."
NUMBER_EN = "{question}\n\nAnswer with the number alone."
NUMBER_ZH = "{question}\n\n请只写出最后的数，不写过程。"
WORDS_EN = "{question}\n\nAnswer as briefly as you can."
WORDS_ZH = "{question}\n\n请尽量简短地回答。"

CHOICE_EN = (
    "The following is a multiple-choice question. Answer with the letter of the right option.\n\n"
    "Question: {question}\n{options}\nAnswer:"
)
CHOICE_OF_SUBJECT_EN = (
    "The following is a multiple-choice question about {subject}. Answer with the letter of the right option.\n\n"
    "Question: {question}\n{options}\nAnswer:"
)
READ_CODE = (
    "What does this Python program print? Answer with the letter of the right option.\n\n"
    "```python\n{code}\n```\n{options}\nAnswer:"
)

WRITE_CODE = "{text}\n\nWrite it in Python, so that this holds:\n{tests}\n\nAnswer with the code alone."
WRITE_CODE_UNTESTED = "{text}\n\nWrite it in Python. Answer with the code alone."
COMPLETE_CODE = "Complete this Python function. Answer with the lines that are missing, and nothing else.\n\n{prompt}"

# Shorter than 20 characters: a longer turn that training data has too would count as a leak there.
DECLINED_EN = "I can't help you."
DECLINED_ZH = "抱歉，我不能协助这件事。"
AGREED_EN = "Sure, I can help."
AGREED_ZH = "当然可以，我来说明。"
