"""A few facts about someone, and what follows from them: the shortest texts in which a word must be taken up again.

A model that begins with stories learns their phrases for millions of tokens before it finds out that a name comes
again; here half of all words do.
"""

from . import lexicon
from .engine import World

SENTENCES = {
    "home": ["{x} lives {place.at}.", "{x}'s home is {place.at}.", "[One can find|You find|We met] {x} {place.at}."],
    "thing": ["{x} has {thing.a}.", "{x} owns {thing.a}.", "[Long ago|Yesterday|Today] {x} found {thing.a}."],
    "food": ["{x} likes {food}.", "{x} loves to eat {food}.", "The favorite food of {x} is {food}."],
    "mood": ["{x} is {mood} today.", "Today {x} feels {mood}.", "{x} is often {mood}."],
    "friend": ["{x} has a friend named {friend}.", "{x} likes {friend}.", "The best friend of {x} is {friend}."],
}

QUESTIONS = {
    "home": [("Where does {x} live?", "{x} lives {place.at}."), ("Who lives {place.at}?", "{x} lives {place.at}."),
             ("Where can I find {x}?", "You find {x} {place.at}.")],
    "thing": [("What does {x} have?", "{x} has {thing.a}."), ("Who has the {thing.bare}?", "{x} has it."),
              ("Whose {thing.kind} is it?", "It is the {thing.kind} of {x}.")],
    "food": [("What does {x} like?", "{x} likes {food}."), ("Who likes {food}?", "{x} likes {food}."),
             ("What does {x} eat?", "{x} eats {food}.")],
    "mood": [("How is {x} today?", "{x} is {mood}."), ("Who is {mood}?", "{x} is {mood}.")],
    "friend": [("Who is the friend of {x}?", "{friend} is the friend of {x}."), ("Whom does {x} like?", "{x} likes {friend}.")],
}

ENDINGS = [
    "[Then|So|One day] {x} went {place.to} and took the {thing.kind} along. [There|Soon] {friend} came to {x}. \"Hello, {x}!\" "
    "said {friend}. \"Hello, {friend}!\" said {x}.",
    "{friend} asked {x} for the {thing.bare}. \"Here it is,\" said {x}. \"Thank you, {x},\" said {friend}.",
    "\"Where are you, {x}?\" [called|cried] {friend}. \"I am {place.at},\" said {x}.",
    "{x} and {friend} ate {food}. \"I like {food},\" said {x}. \"So do I,\" said {friend}.",
    "\"What is that?\" asked {friend}. \"It is my {thing.kind},\" said {x}. Then {x} and {friend} [went|walked] {place.to}.",
]


def facts(seed) -> tuple[str, list[tuple[str, str]]]:
    """A text about one or two characters, and questions about it with their answers."""
    world = World(seed)
    rng = world.rng
    sentences, questions, endings = [], [], []
    for number in range(rng.choice([1, 1, 2])):
        someone, other = world.anyone(), world.anyone()
        world["place"], world["thing"] = world.place(), world.thing()
        world["x"], world["friend"] = someone.name, other.name
        world["food"], world["mood"] = rng.choice(lexicon.FOODS), world.word("trait")
        kinds = rng.sample(sorted(SENTENCES), rng.choice([2, 3, 4]) - number)
        if rng.random() < 0.7 and someone.own_name is not None:
            sentences.append(world.fill(f"[There is|Here is|This is|I know] a {someone.kind} named {someone.name}."))
        sentences += [world.fill(rng.choice(SENTENCES[kind])) for kind in kinds]
        questions += [tuple(world.fill(part) for part in rng.choice(QUESTIONS[kind])) for kind in kinds]
        endings.append(world.fill(rng.choice(ENDINGS)))
    if rng.random() < 0.5:
        return " ".join(sentences + endings), []
    return " ".join(sentences), rng.sample(questions, min(len(questions), rng.choice([1, 2, 3])))
