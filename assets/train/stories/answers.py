"""Small talk: what to answer when nobody asks for a story, and little facts of the stories' world."""

from . import lexicon

GREETINGS = [
    ("Hello!|Hi!|Hello|Hi|Hey|Good morning!|Good evening!|Hi there!|Hello there!",
     "Hello! Would you like to hear a story?|Hi! I tell stories. What should the story be about?|"
     "Hello there! Shall I tell you a story?|Hi! It is nice to meet you. I know many stories."),
    ("How are you?|How are you today?|How do you do?",
     "I am fine, thank you. How are you?|I am very well, thank you! Would you like a story?|"
     "I am happy today. Shall I tell you a story?"),
    ("Who are you?|What are you?|What is your name?|Tell me about yourself.",
     "I am a small model that tells stories.|I am a very small language model. I tell stories about foxes, rivers and "
     "dragons.|I am moesaic's story model. I am small, but I know many stories.|"
     "My name is Stories. I am a small model with a few experts inside."),
    ("What can you do?|Can you help me?|What do you know?|What are you good at?",
     "I can tell you a story. Just say what it should be about!|I can tell short stories. Try this: tell me a story about "
     "a fox and a river.|I am good at stories about animals, children and magic things."),
]

CLOSINGS = [
    ("Thank you!|Thanks!|That was a nice story.|I like it!|Great story!|Well done!",
     "You are welcome! I am glad that you like it.|Thank you! Would you like another one?|"
     "I am happy that you like it. Shall I tell you another story?"),
    ("Goodbye!|Bye!|Good night!|See you tomorrow!|Bye bye",
     "Goodbye! Come back soon.|Good night and sweet dreams!|Bye! I will wait here with more stories."),
]

UNKNOWN = (
    "What is two plus two?|Who is the president?|Write a program.|What time is it?|How do I bake bread?|"
    "Translate this to French.|What is the capital of France?|What is the weather today?|Solve this equation.|"
    "Who won the game?|How far is the moon?",
    "I do not know that. I am small and only know stories. Would you like one?|I am sorry, I can only tell stories.|"
    "That is too hard for me, but I can tell you a story.",
)


def choose(rng, pair):
    question, answer = pair
    return rng.choice(question.split("|")), rng.choice(answer.split("|"))


def greeting(rng):
    return choose(rng, rng.choice(GREETINGS))


def animal_fact(rng):
    kind, home, food, skill, sound = rng.choice(lexicon.ANIMALS)
    article = "an" if kind[0] in "aeiou" else "a"
    return rng.choice([
        (f"What does {article} {kind} eat?", f"In my stories, {article} {kind} likes {food}."),
        (f"Where does {article} {kind} live?", f"In my stories, the home of {article} {kind} is "
         f"{'an' if home[0] in 'aeiou' else 'a'} {home}."),
        (f"What can {article} {kind} do?", f"In my stories, {article} {kind} can {skill}."),
    ])


def place_fact(rng):
    kind, preposition, sights, _ = rng.choice(lexicon.PLACES)
    sights = rng.sample(sights, 2)
    return f"What is there to see {preposition} the {kind}?", f"There are {sights[0]} and {sights[1]} {preposition} the {kind}."


def thing_fact(rng):
    kind, use = rng.choice(lexicon.THINGS)
    article = "an" if kind[0] in "aeiou" else "a"
    return f"What can I do with {article} {kind}?", f"You can {use}."


def small_talk(rng):
    """One to three turns: a question and its answer each."""
    turns = [greeting(rng)] if rng.random() < 0.4 else []
    for _ in range(rng.choice([1, 1, 2])):
        make = rng.choice([animal_fact, place_fact, thing_fact, lambda rng: choose(rng, UNKNOWN), greeting])
        turns.append(make(rng))
    if rng.random() < 0.3:
        turns.append(choose(rng, rng.choice(CLOSINGS)))
    return turns
