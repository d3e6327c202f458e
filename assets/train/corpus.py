"""Stories, chats and questions as training documents, and the tokenizer that is made for them.

    python corpus.py FOLDER [--documents 60000]

writes FOLDER/tokenizer.json, FOLDER/train.npy, FOLDER/primer.npy and FOLDER/held_out.npy: the tokens of all documents one
after the other, each from <|begin|> to <|end|>. A document follows from its number alone, so every run makes the same.
"""

import argparse
import multiprocessing
import pathlib
import random

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from stories import answers, lexicon
from stories.facts import facts
from stories.engine import World
from stories.plots import all_plots

BEGIN, END, USER, ASSISTANT = SPECIAL = ["<|begin|>", "<|end|>", "<|user|>", "<|assistant|>"]
VOCABULARY = 3072
TOKENIZER_DOCUMENTS = 30_000
PRIMER_DOCUMENTS = 30_000
HELD_OUT_DOCUMENTS = 2_000
PLOTS = all_plots()
NAMES = {*lexicon.GIRLS, *lexicon.BOYS, *lexicon.PET_NAMES}

REQUESTS = """Tell me a story about {}.|Write a story about {}.|Can you tell me a story about {}?|Tell a story about {}.
|Please tell me a story about {}.|I want a story about {}.|Write a short story about {}.|Tell me about {}.
|A story about {}, please.|Could you write a little story about {}?|Make up a story about {}.
|Please write a story about {}.|Tell me a short story about {}.|Give me a story about {}.""".replace("\n", "").split("|")


def document(number: int | str) -> str:
    """The document of this number: half are plain stories, the rest chats."""
    rng = random.Random(f"document {number}")
    if rng.random() < 0.05:
        return primer(f"facts {number}")
    if rng.random() < 0.04:
        return BEGIN + "".join(turn(question, answer) for question, answer in answers.small_talk(rng))
    world = World(f"world {number}")
    rng.choice(PLOTS)(world)
    story = world.text()
    if rng.random() < 0.5:
        return BEGIN + story + END
    request = rng.choice(REQUESTS).format(without_capital(world.fill(rng.choice(world.asks))))
    if rng.random() < 0.15:
        request = request[0].lower() + request[1:].rstrip(".?")
    turns = [(request, story)]
    if world.facts and rng.random() < 0.5:
        turns += rng.sample(world.facts, min(len(world.facts), rng.choice([1, 1, 2])))
    if rng.random() < 0.1:
        turns.insert(0, answers.greeting(rng))
    return BEGIN + "".join(turn(question, answer) for question, answer in turns)


def primer(seed: str) -> str:
    """Facts with questions, or with what came of them."""
    text, questions = facts(seed)
    return BEGIN + text + END + "".join(turn(question, answer) for question, answer in questions)


def turn(question: str, answer: str) -> str:
    return USER + question + ASSISTANT + answer + END


def without_capital(phrase: str) -> str:
    """The phrase as it stands within a sentence; names keep their capital."""
    return phrase if phrase.split()[0] in NAMES else phrase[0].lower() + phrase[1:]


def train_tokenizer(documents) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    # Every name becomes one token, at the beginning of a line and within it.
    documents = documents + ["\n".join(f"{name} {name}" for name in sorted(NAMES))] * 1000
    for special in SPECIAL:
        documents = [document.replace(special, "\n") for document in documents]
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=60_000)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool() as pool:
        documents = pool.map(document, range(arguments.documents), chunksize=500)
        first = pool.map(primer, range(PRIMER_DOCUMENTS), chunksize=500)
        held_out = pool.map(document, [f"held out {number}" for number in range(HELD_OUT_DOCUMENTS)], chunksize=100)
    seen = set(documents)
    held_out = [text for text in held_out if text not in seen]
    tokenizer = train_tokenizer(documents[:TOKENIZER_DOCUMENTS])
    tokenizer.save(str(arguments.folder / "tokenizer.json"))
    for name, texts in [("primer", first), ("train", documents), ("held_out", held_out)]:
        encodings = tokenizer.encode_batch(texts)
        tokens = np.concatenate([np.array(encoding.ids, np.uint16) for encoding in encodings])
        np.save(arguments.folder / f"{name}.npy", tokens)
        words = sum(len(text.split()) for text in texts)
        print(f"{name}: {len(texts)} documents, {words} words, {len(tokens)} tokens")
    print(f"{len(seen)} documents differ; {len(PLOTS)} plots")


if __name__ == "__main__":
    main()
