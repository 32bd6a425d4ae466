"""The questions of a data sheet, in our own words and for archives of patches.

After T. Gebru, J. Morgenstern, B. Vecchione, J. Wortman Vaughan, H. Wallach, H. Daumé III and K. Crawford: Datasheets
for Datasets. Communications of the ACM 64 (12), 2021, section 3. Questions of theirs that an archive of patches
answers together are one question here.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and the key under which its answer stands in the configuration."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Questions about one stage in the life of a data set."""

    title: str
    questions: tuple[Question, ...]


def _section(title: str, **questions: str) -> Section:
    return Section(title, tuple(Question(key, text) for key, text in questions.items()))


SECTIONS = (
    _section(
        "Motivation",
        purpose="What was the data set made for? Which task or which gap did its makers have in mind?",
        creators="Who made it, and on whose behalf?",
        funding="Who paid for it?",
    ),
    _section(
        "Composition",
        instances="What does one entry stand for? Are there several kinds?",
        how_many="How many entries are there, of each kind?",
        sampling="Is this everything there is, or a sample? If a sample, of what, and what does it stand for?",
        content="What does an entry consist of: raw measurements, or something computed from them?",
        labels="What is each entry labelled with?",
        missing="What is missing from entries, and why?",
        relations="How do entries belong together, for example by place, time or source image?",
        splits="Which splits are recommended, and why these?",
        errors="Which errors, noise and repetitions are known?",
        external="Does it need anything from elsewhere? Will that stay as it is, and on which terms?",
        confidential="Does it hold anything that is confidential or protected by law?",
        offensive="Does it show anything that could hurt, frighten or offend?",
        people="Does it say anything about people: can persons or groups be told, directly or with other data?",
    ),
    _section(
        "Collection",
        acquisition="How did the content of an entry come about: measured, reported, or derived? Was it checked?",
        instruments="With which instruments, programs or people's work was it gathered?",
        strategy="If it is a sample: by which rule were entries chosen?",
        collectors="Who did the work, and how were they paid?",
        period="Over which time was it gathered, and is that the time that the content is of?",
        ethics="Did anybody review whether it is right to gather this? With what result?",
        consent="If it is about people: do they know, have they agreed, and can they take that back?",
        impact="Has anybody looked at what it may do to those whom it is about?",
    ),
    _section(
        "Preprocessing, cleaning, labelling",
        preprocessing="What was done to the data before it was published: cutting, calibration, cleaning, labelling?",
        raw_kept="Is the data from before that kept, and where?",
        software="Is the software for that available, and where?",
    ),
    _section(
        "Uses",
        used_for="What has it been used for already?",
        publications="Where are works listed that use it?",
        other_tasks="What else could it be used for?",
        risks="What about how it was made should its users know, so that nobody is treated unfairly or harmed?",
        unsuitable="What should it not be used for?",
    ),
    _section(
        "Distribution",
        third_parties="Is it given to others than those for whom it was made?",
        how_distributed="How is it given away? Does it have a DOI?",
        when="When was it, or will it be, published?",
        licence="Under which licence or terms?",
        restrictions="Has anybody else put terms on its content?",
        export_controls="Does export control or other law apply to it?",
    ),
    _section(
        "Maintenance",
        maintainer="Who hosts it and looks after it?",
        contact="How can they be reached?",
        erratum="Is there a list of errors?",
        updates="Will it be updated: by whom, how often, and how is that told?",
        retention="If it is about people: is there a limit to how long it is kept?",
        old_versions="Will older versions stay available?",
        contributions="How can others extend it or contribute, and who checks what they bring?",
    ),
)
KEYS = tuple(question.key for section in SECTIONS for question in section.questions)


def check_keys(answers: object) -> object:
    """Refuse an answer to a question that there is not.

    Raises
    ------
    ValueError
        A key is none of `KEYS`; the message names the nearest one.
    """
    for key in answers if isinstance(answers, dict) else ():
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, n=1, cutoff=0.0)[0]
            raise ValueError(f"unknown question {key!r}; the nearest is {near!r} (known: {', '.join(KEYS)})")
    return answers
