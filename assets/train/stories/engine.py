"""The language that plots are written in: templates, and the world that fills them.

A template is a sentence or several, with
  [one|two|three]   one of these, each as likely as the others; they nest, and may be empty;
  {hero}            an entity or text of the world by its name, {hero.his} one of its forms;
  {Hero}, {Hero.he} the same with a capital letter;
  {#happy}          a word of the list of that name in `lexicon.WORDS`;
so that few lines make thousands of sentences. Sentences begin with a capital letter and "a" becomes "an"
without the writer's help.
"""

import random
import re

from . import lexicon

PRONOUNS = {
    "she": ("she", "her", "her", "hers", "herself"),
    "he": ("he", "him", "his", "his", "himself"),
    "it": ("it", "it", "its", "its", "itself"),
}


class Character:
    """Someone in a story: a person with a name, or an animal or creature with or without one.

    Forms: {x} and {x.s} (whose), {x.he} {x.him} {x.his} {x.hers} {x.himself}, {x.kind} "fox", {x.a} "a fox",
    {x.the} "the fox", {x.name} (always the same words), {x.intro} for the first mention: "a little fox named Pip",
    and of creatures {x.home} "den", {x.food} "berries", {x.skill} "run very fast", {x.sound} "yipped".
    """

    def __init__(self, rng, kind, name, gender, person, traits):
        self.rng, self.kind, self.person, self.traits = rng, kind, person, traits
        self.own_name = name
        self.he, self.him, self.his, self.hers, self.himself = PRONOUNS[gender]
        self.a = f"a {kind}"
        self.the = f"the {kind}"
        self.name = name or self.the
        self.home, self.food, self.skill, self.sound = (
            traits[key] for key in ("home", "food", "skill", "sound"))
        self.trait = rng.choice(lexicon.WORDS["trait"])

    def __str__(self):
        if self.own_name and not self.person and self.rng.random() < 0.25:
            return self.the
        return self.name

    @property
    def s(self):
        name = str(self)
        return name + ("'" if name.endswith("s") and self.own_name is None else "'s")

    @property
    def intro(self):
        adjective = self.rng.choice(["", "", "little ", "small ", "young ", self.trait + " ", self.trait + " little "])
        if self.person and self.rng.random() < 0.4:
            return self.name
        if self.own_name is None:
            return f"a {adjective}{self.kind}"
        return f"a {adjective}{self.kind} {self.rng.choice(['named', 'called', 'named'])} {self.own_name}"


class Place:
    """Forms: {x} "the forest", {x.kind} "forest", {x.a} "a quiet forest", {x.at} "in the forest", {x.to} "to the
    forest", {x.sight} something to see there, in the plural: "tall trees"; {x.found} where a thing may lie there:
    "under a fern"."""

    def __init__(self, rng, entry):
        self.kind, preposition, self.sights, self.spots = entry
        self.rng = rng
        self.adjective = rng.choice(lexicon.WORDS["place_adjective"])
        self.at = f"{preposition} the {self.kind}"
        self.to = f"to the {self.kind}"
        self.a = f"a {self.adjective} {self.kind}"
        self.name = f"the {self.kind}"

    def __str__(self):
        return self.name

    @property
    def sight(self):
        return self.rng.choice(self.sights)

    @property
    def found(self):
        return self.rng.choice(self.spots)


class Thing:
    """Forms: {x} "the red kite", {x.kind} "kite", {x.bare} "red kite", {x.a} "a red kite", {x.use} what one does with
    it: "fly it in the wind"; {x.look} its adjective alone."""

    def __init__(self, rng, entry):
        self.kind, self.use = entry
        self.rng = rng
        self.look = rng.choice(lexicon.WORDS["color"] + lexicon.WORDS["look"])
        self.bare = f"{self.look} {self.kind}"
        self.a = f"a {self.bare}"
        self.the = f"the {self.bare}"

    def __str__(self):
        return self.the if self.rng.random() < 0.4 else f"the {self.kind}"


class World:
    """One story: who and what is in it, what was said so far, and how one could have asked for it."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.taken = set()
        self.names = {}
        self.paragraphs = [[]]
        self.asks = []
        self.facts = []
        self["hero"] = self.anyone()
        self["friend"] = self.anyone()
        self["elder"] = self.elder()
        self["place"] = self.place()
        self["thing"] = self.thing()

    def __setitem__(self, name, value):
        self.names[name] = value

    def __getitem__(self, name):
        return self.names[name]

    # Who and what: each is new to the story.

    def child(self):
        gender = self.rng.choice(["she", "he"])
        name = self._fresh(lexicon.GIRLS if gender == "she" else lexicon.BOYS)
        kind = {"she": "girl", "he": "boy"}[gender]
        traits = {"home": "house", "food": self.rng.choice(lexicon.FOODS), "skill": self.rng.choice(
            ["run fast", "climb trees", "sing", "draw pictures", "tell jokes", "whistle", "count to a hundred"]),
            "sound": "laughed"}
        return Character(self.rng, kind, name, gender, True, traits)

    def animal(self):
        return self._being(lexicon.ANIMALS, 0.6)

    def creature(self):
        """Someone out of a fairy tale, or a thing that is alive: a dragon, a robot, a cloud."""
        return self._being(lexicon.CREATURES, 0.5)

    def anyone(self):
        draw = self.rng.random()
        return self.child() if draw < 0.35 else self.animal() if draw < 0.8 else self.creature()

    def elder(self):
        """A grown-up: a grandmother, a baker, an old turtle."""
        kind, gender = self._fresh(lexicon.ELDERS)
        traits = {"home": "house", "food": self.rng.choice(lexicon.FOODS), "skill": "tell stories", "sound": "smiled"}
        return Character(self.rng, kind, None, gender, False, traits)

    def place(self):
        return Place(self.rng, self._fresh(lexicon.PLACES))

    def thing(self):
        return Thing(self.rng, self._fresh(lexicon.THINGS))

    def _being(self, entries, with_name):
        kind, home, food, skill, sound = self._fresh(entries)
        named = self.rng.random() < with_name
        name = self._fresh(lexicon.PET_NAMES) if named else None
        genders = lexicon.GENDERS.get(kind, ["she", "he"] if named else ["she", "he", "it"])
        gender = self.rng.choice(genders)
        return Character(self.rng, kind, name, gender, False, dict(home=home, food=food, skill=skill, sound=sound))

    def _fresh(self, entries):
        """One that is not in the story yet; if all are, any: a plot may have drawn and dropped many."""
        def key(entry):
            return entry if isinstance(entry, str) else entry[0]

        entry = self.rng.choice([entry for entry in entries if key(entry) not in self.taken] or entries)
        self.taken.add(key(entry))
        return entry

    # Choosing.

    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, *choices):
        return self.rng.choice(choices)

    def word(self, name):
        return self.rng.choice(lexicon.WORDS[name])

    # Telling.

    def say(self, *templates):
        """Goes on with one of these templates; an empty one says nothing."""
        if sentence := self.fill(self.rng.choice(templates)):
            self.paragraphs[-1].append(sentence)

    def new_paragraph(self):
        if self.paragraphs[-1]:
            self.paragraphs.append([])

    def ask(self, *templates):
        """Ways in which one could have asked for this story; short noun phrases or sentences:
        "a fox who lost a key"."""
        self.asks += templates

    def fact(self, question, answer):
        """A question about this story and its answer, a full sentence each."""
        self.facts.append((self.fill(question), self.fill(answer)))

    def fill(self, template):
        return tidy(self._expand(template))

    def text(self):
        return "\n\n".join(" ".join(sentences) for sentences in self.paragraphs if sentences)

    def _expand(self, template):
        # Innermost alternatives first.
        while (match := re.search(r"\[([^\[\]]*)\]", template)) is not None:
            chosen = self.rng.choice(match.group(1).split("|"))
            template = template[:match.start()] + chosen + template[match.end():]
        expanded = re.sub(r"\{([^{}]+)\}", lambda match: self._lookup(match.group(1)), template)
        return self._expand(expanded) if "{" in expanded or "[" in expanded else expanded

    def _lookup(self, path):
        if path.startswith("#"):
            return self.word(path[1:])
        first, _, form = path.partition(".")
        value = self.names.get(first) or self.names[first[0].lower() + first[1:]]
        text = str(getattr(value, form) if form else value)
        return text[0].upper() + text[1:] if first[0].isupper() else text


VOWEL_SOUND = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])(?!(?:one|once|uni|use|usu|eu)\w*\b)|\b([Aa]) (?=hour\b|honest)")


def tidy(text):
    """Mends spaces, articles and the capital letters of sentences."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([,.!?;:])", r"\1", text)
    text = VOWEL_SOUND.sub(lambda match: f"{match.group(1) or match.group(2)}n ", text)
    # After `!"` or `?"` the sentence may go on ("Stop!" said the fox); after `."` it has ended.
    return re.sub(r'(^"?|[.!?]\s+"?|\."\s+"?)([a-z])', lambda match: match.group(1) + match.group(2).upper(), text)
