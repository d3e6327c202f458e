"""Fables with a lesson: a boaster, greed, a lie, patience, small helps big, before winter, many together."""

from .. import lexicon
from ..engine import Character, Place, Thing

FAST = "fox rabbit horse deer zebra dog cat squirrel kangaroo goat wolf puppy".split()
SLOW = "turtle hedgehog duck mole badger pig cow hen donkey elephant koala panda lamb".split()
HANDY = "monkey raccoon bear squirrel panda koala fox badger mouse otter elf pirate troll".split()
TALKERS = "fox cat dog pig goat raccoon monkey otter rabbit bear wolf badger squirrel beaver elf troll".split()
SMALL = "mouse sparrow ant bee ladybug frog cricket mole chick spider butterfly bluebird".split()
BIG = "bear elephant lion horse cow giraffe wolf tiger dragon giant troll donkey camel deer".split()
WINTER = "fox rabbit mouse squirrel hedgehog badger mole bear beaver raccoon frog otter elf troll cricket".split()
OUTDOORS = "forest river meadow mountain lake farm valley hill orchard village".split()
ELDERLY = ["old turtle", "old owl", "wise crow", "old goose"]
SKILLED = ELDERLY + ["gardener", "baker", "beekeeper", "shepherd", "miller", "cook", "carpenter", "fisherman"]


def cast(world, name, kinds, pronoun, adjectives, child=0.0, named=0.65):
    """Puts someone of one of these kinds into the world as `name`; also what to call and how to introduce them."""
    if world.chance(child):
        kind = {"she": "girl", "he": "boy"}[pronoun]
        own_name = world._fresh(lexicon.GIRLS if pronoun == "she" else lexicon.BOYS)
        traits = {"home": "house", "food": world.pick(*lexicon.FOODS), "skill": "run fast", "sound": "laughed"}
        character = Character(world.rng, kind, own_name, pronoun, True, traits)
    else:
        entries = [entry for entry in lexicon.ANIMALS + lexicon.CREATURES
                   if entry[0] in kinds and entry[0] not in world.taken]
        kind, home, food, skill, sound = world._fresh(entries)
        own_name = world._fresh(lexicon.PET_NAMES) if world.chance(named) else None
        traits = {"home": home, "food": food, "skill": skill, "sound": sound}
        character = Character(world.rng, kind, own_name, pronoun, False, traits)
    world[name] = character
    adjective = world.pick(*adjectives)
    words = f"a {adjective} {character.kind}"
    world[name + "_after"] = f"{own_name}, {words}," if own_name else f"the {character.kind}, who was {adjective},"
    if own_name:
        words += f" {world.pick('named', 'called')} {own_name}"
    world[name + "_full"] = words
    world[name + "_intro"] = own_name if character.person and world.chance(0.3) else words
    return character


def pair(world, first_kinds, second_kinds, first_words, second_words, child=0.0, named=0.65):
    """The hero and the friend, whose pronouns differ."""
    pronouns = ["she", "he"]
    world.rng.shuffle(pronouns)
    cast(world, "hero", first_kinds, pronouns[0], first_words, child)
    cast(world, "friend", second_kinds, pronouns[1], second_words, child / 2, named)
    return world["hero"], world["friend"]


def place_among(world, kinds):
    entries = [entry for entry in lexicon.PLACES if entry[0] in kinds and entry[0] not in world.taken]
    world["place"] = Place(world.rng, world._fresh(entries))
    return world["place"]


def thing_among(world, kinds):
    entries = [entry for entry in lexicon.THINGS if entry[0] in kinds and entry[0] not in world.taken]
    thing = Thing(world.rng, world._fresh(entries))
    if thing.look in ("broken", "soft", "heavy", "round", "tiny"):
        thing.look = world.word("color")
        thing.bare = f"{thing.look} {thing.kind}"
        thing.a, thing.the = f"a {thing.bare}", f"the {thing.bare}"
    world["thing"] = thing
    return thing


def elder_among(world, kinds):
    entries = [entry for entry in lexicon.ELDERS if entry[0] in kinds and entry[0] not in world.taken
               and not any(kind in entry[0].split() for kind in world.taken)]
    kind, pronoun = world._fresh(entries)
    traits = {"home": "house", "food": world.pick(*lexicon.FOODS), "skill": "tell stories", "sound": "smiled"}
    world["elder"] = Character(world.rng, kind, None, pronoun, False, traits)
    return world["elder"]


def definite(phrase):
    """ "a plum cake" -> "the plum cake" """
    first, _, rest = phrase.partition(" ")
    return "the " + rest if first in ("a", "an") else phrase


def words_told(world):
    return sum(len(sentence.split()) for sentences in world.paragraphs for sentence in sentences)


def say_if_short(world, *templates):
    """Goes on only if the story is not long already."""
    if words_told(world) < 200:
        world.say(*templates)


def moral(world, probability, *templates):
    if world.chance(probability) and words_told(world) < 205:
        lesson = world.pick(*templates)
        world.say("[Remember|So remember|The lesson is this]: " + lesson + ".",
                  "[This story tells us|This shows] that " + lesson + ".",
                  "[{Hero} never forgot|{Hero} had learned] that " + lesson + ".",
                  "And [{place.at} they still say|the others still say] that " + lesson + ".")


def keep_facts(world, most=3):
    """Leaves no more than so many of the questions."""
    while len(world.facts) > most:
        world.facts.pop(world.rng.randrange(len(world.facts)))


# A boastful racer.

SIGNALS = {
    "bell": "rang {thing.the}", "whistle": "blew {thing.the}", "drum": "beat {thing.the} three times",
    "scarf": "dropped {thing.the}", "lantern": "lifted {thing.the} high", "flute": "blew one note on {thing.the}",
    "hat": "threw {thing.the} into the air", "umbrella": "opened {thing.the} with a snap",
}


def boastful_racer(world):
    place_among(world, OUTDOORS)
    pair(world, FAST, SLOW, ["proud", "quick", "long-legged", "loud", "boastful", "speedy", "young"],
         ["slow", "calm", "quiet", "round", "patient", "sleepy-looking", "short-legged"], child=0.15)
    elder_among(world, ELDERLY)
    thing_among(world, list(SIGNALS))
    world["signal"] = SIGNALS[world["thing"].kind]
    world["goal"] = world.pick("the crooked tree", "the big gray rock", "the red gate", "the old well",
                               "the white fence", "the wooden bridge", "the tall flagpole", "the hollow log")
    world["prize"] = world.pick("a jar of honey", "a plum cake", "a basket of cherries", "a warm apple pie",
                                "a bag of roasted nuts", "a sweet yellow melon", "a tray of raisin buns")
    world["prize_name"] = definite(world["prize"])
    world["insult"] = world.pick("a sack of potatoes", "a sleepy stone", "cold porridge", "a snail on holiday",
                                 "a cart without wheels", "an old wardrobe")
    course = world.pick("nap", "snack", "shortcut", "kind", "hollow")
    world.ask("{hero.a} and {friend.a} who ran a race", "{hero.a} and {friend.a}", "{hero.a} and {place.a}",
              "a boastful {hero.kind}", "{friend.a}, {hero.a} and {thing.a}", "a race to {goal}",
              "{hero.a} who learned not to boast", "{hero.a} who wanted to win {prize}")
    world.say("[Once upon a time|Long ago|Some years ago], {hero_intro} lived {place.at}. Nobody there could run as "
              "fast, and {hero.he} said so [from breakfast to bedtime|ten times a day|to everyone, even to the "
              "stones].",
              '"[Look at me|Make way|Here I come]! Nobody is [faster|quicker] than I am!" It was {hero_intro}, '
              '[dashing|racing|rushing] along the path {place.at} [as usual|again].',
              "Every morning, {hero_intro} ran around {place} before breakfast. Then {hero.he} [told|reminded] [all "
              "the neighbors|everyone] how fast it had been.",
              "It was never quiet {place.at}, because {hero_intro} was always [bragging|boasting] about {hero.his} "
              "[quick legs|speed].",
              "There was once {hero_intro} who ran so fast that [the dust danced|dry leaves flew up] behind "
              "{hero.him}. That was fine, but {hero.he} [could not stop talking about it|talked about nothing else].",
              "{Place.at} lived {hero_intro}. {Hero} could run like the wind, but {hero.he} [boasted like a "
              "storm|also made as much noise as a storm].")
    world.say("{Friend_intro} lived [nearby|on the other side of the path|close by] and [did everything slowly|never "
              "hurried], but always finished what {friend.he} began.",
              "One of the neighbors was {friend_intro}, who [took small steps|walked slowly] and [hummed|looked "
              "around] on the way.",
              "One day {hero.he} [passed|met|almost bumped into] {friend_intro}, who was [strolling|plodding] along "
              "with a [bag|bundle] on {friend.his} back.")
    world.say(
        '"You move like {insult}!" {hero} [laughed|teased|jeered].',
        '"[Ha|Ho ho]! You are as slow as {insult}," {hero} [said|told {friend.him}|sneered].',
        '{Hero} [grinned|giggled] and said, "I have seen {insult} move faster than you."')
    world.say('"Then race me to {goal}," {friend} [answered|said] [quietly|calmly|without getting angry].',
              'That hurt {friend.his} feelings, so {friend} said, "[Tomorrow we will race|Let us have a race] to '
              '{goal}. Then we will see."',
              '{Friend} [blinked|took a deep breath]. "I may be slow, but I am not afraid of you. Let us race to '
              '{goal}."')
    world.say("{Elder.a} [offered|promised] the winner {prize}.",
              "{Elder.a} agreed to be the judge and [brought|set out] {prize} as the prize.",
              "The prize was {prize}, [chosen|given] by {elder.a}.")
    world.fact("What was the prize?", "The prize was {prize}.")
    world.fact("Where did the race end?", "It ended at {goal}.")
    world.fact("Who was the judge?", "{Elder.name} was the judge.")
    world.new_paragraph()
    world.say("The next [morning|day], {elder} {signal}, and [off they went|the race began].",
              "On [Saturday|Sunday], a crowd [lined the path|gathered]. {Elder} {signal}. [Go|Off they went]!",
              '"Ready? Steady?" {elder} called and {signal}. The race [was on|had started]!')
    world.say("{Hero} shot [forward|away] like an arrow, and {friend} followed, step by step.",
              "{Hero} was [out of sight|far ahead] before {friend} had [taken ten steps|passed the first bush].",
              "In a [blink|moment], {hero} was [far ahead|only a cloud of dust], while {friend} [trotted|plodded] "
              "behind.",
              "{Hero} took the lead at once.", "")
    if course in ("nap", "snack"):
        if course == "nap":
            world.say("Halfway there, {hero} looked back and saw nobody. \"I have time for a [nap|little rest],\" "
                      "{hero.he} [yawned|thought], and {hero.he} lay down in the [shade|soft grass].",
                      "The sun was hot, and {hero} was so sure of winning that {hero.he} [curled up|stretched out] "
                      "[under a bush|in the clover] and closed {hero.his} eyes.")
            world["reason"] = "{hero.he} fell asleep"
        else:
            world["snack"] = world.pick("ripe blackberries", "sweet pears", "wild strawberries", "juicy plums")
            world.say('Halfway there, {hero} [smelled|spotted] {snack} beside the path. "[I have plenty of time|One '
                      'bite cannot hurt]," {hero.he} said. But one bite [became|turned into] fifty.',
                      "Then {hero.he} saw {snack}. Because {hero.he} felt so sure of winning, {hero.he} stopped and "
                      "ate until {hero.his} belly was [round|as tight as a drum].")
            world["reason"] = "{hero.he} stopped to eat"
        world.say("{Friend} did not stop. {Friend.he} was [hot and thirsty|tired], but {friend.he} [told "
                  "{friend.himself}|whispered], \"One more step, and then one more.\"",
                  "Meanwhile {friend} [kept walking|went on and on], past {hero} and up to the last bend.")
        world.say("A loud cheer made {hero} jump. {Hero.he} ran as hard as {hero.he} could, but [it was too late|too "
                  "late]: {friend} was already [touching|leaning against] {goal}!",
                  "When {hero} finally [remembered the race|thought of the race again] and came [panting|puffing] to "
                  "{goal}, {friend} was already there, and everyone was [clapping|cheering].")
        world.fact("Who won the race?", "{Friend.name} won the race.")
        world.fact("Why did {hero.name} lose?", "{Hero.name} lost because {reason}.")
        world.new_paragraph()
        say_if_short(world, "{Hero} hung {hero.his} head, for now everyone had seen how foolish {hero.he} was.",
                     "{Hero.his} ears burned with shame. {Hero.he} had [laughed too soon|thrown the race away].",
                     "At first {hero} was {#angry}, but then {hero.he} had to be honest: it was {hero.his} own fault.",
                     "")
        world.say('"I called you {insult}," {hero} [said|mumbled]. "I am sorry. You [earned|deserve] the prize."',
                  '"[Well done|Congratulations]," {hero.he} said [at last|softly]. "I will never again say that you '
                  'are like {insult}."')
        world.say("{Friend} smiled, took {prize_name} and gave {hero.him} half.",
                  "{Friend} was not [the kind to be mean|one to gloat], so they [shared|ate] {prize_name} together "
                  "beside {goal}.",
                  '"Sit down and help me with this," said {friend} and [shared|pushed over] {prize_name}.')
        moral(world, 0.6, "slow steps that never stop can beat quick ones that do",
              "a race is not won before it is over", "boasting does not carry anyone to the end",
              "steady work beats loud words")
    elif course == "shortcut":
        world["trap"] = world.pick("a deep muddy ditch", "a thick thorn bush", "a sticky bog", "an old fishing net")
        world["tool"] = world.pick("a long branch", "a strong vine", "a piece of rope", "a leather belt")
        world["trap_name"], world["tool_name"] = definite(world["trap"]), definite(world["tool"])
        world.say('"I will take a shortcut and be there [in no time|before {friend.he} blinks]," {hero} '
                  '[thought|said]. But {hero.he} did not look where {hero.he} was going and [landed|ran straight] in '
                  '{trap}.',
                  "To [show off|make it look easy], {hero} left the path and [leaped|jumped] over a [bush|stone]. "
                  "Behind it was {trap}, and {hero.he} was stuck!")
        world.say('The more {hero.he} [kicked|wriggled], the [tighter it held|worse it became]. "Help!" {hero} '
                  '[cried|called].',
                  '{Hero.he} [pulled|twisted] and tugged, but {hero.he} could not get free. "Is anyone there?" '
                  '{hero.he} called in a small voice.')
        world.say('{Friend} heard it. {Friend.he} could have [walked on and won|won the race now], but {friend.he} '
                  'turned around and held out {tool}. "[Hold tight|Grab this]!" {friend.he} said, and pulled.',
                  "Soon {friend} came by. {Friend.he} looked at {goal}, which was very near, and then at {hero}. Then "
                  "{friend.he} fetched {tool} and pulled {hero.him} out.")
        world.fact("What was {hero.name} stuck in?", "{Hero.name} was stuck in {trap}.")
        world.fact("Who helped {hero.name}?", "{Friend.name} pulled {hero.him} out with {tool}.")
        world.new_paragraph()
        if world.chance(0.5):
            world.say("They walked the last bit side by side and touched {goal} at the same [moment|time].",
                      "{Hero} did not run ahead now. Together they [walked|strolled] to {goal}.")
            world.say('{Elder} laughed. "Two winners! Then {prize_name} must be [shared|enough for two]."',
                      '"Who won?" asked {elder}. "[We both did|Both of us]," they said, and so they shared '
                      '{prize_name}.')
            world.fact("Who won the race?", "They both won it together.")
        else:
            world.say('Near {goal}, {hero} stopped and [bowed|stepped aside]. "After you," {hero.he} said. So '
                      '{friend} [won|was first].',
                      "{Hero} was dirty and tired, so {hero.he} let {friend} go first. {Friend} touched {goal} and "
                      "won {prize_name}.")
            world.fact("Who won the race?", "{Friend.name} won the race.")
        say_if_short(world,
                     '"I said that you move like {insult}," {hero} said. "But {insult} would not have [helped|saved] '
                     'me. You are a good friend."', "{Hero} never compared {friend} to {insult} again.",
                     "From then on, when someone boasted {place.at}, {hero} told them about {trap_name} and "
                     "{tool_name}.")
        moral(world, 0.5, "a kind heart is worth more than quick legs",
              "those you laugh at today may save you tomorrow", "pride often ends in the mud")
    elif course == "kind":
        world.say("{Hero} could already see {goal}. Then {hero.he} heard a [cry|crash|yelp] behind {hero.him}: "
                  "{friend} had [tripped over a root|slipped on a wet stone|stepped into a hole] and could not get up.",
                  "Just before {goal}, {hero} looked back to laugh. But {friend} was sitting on the ground, [holding "
                  "a sore foot|with tears on {friend.his} cheeks].")
        world.say("{Hero} thought of {prize_name} and [licked {hero.his} lips|slowed down]. Then {hero.he} thought of "
                  "{friend}, all alone there, and {hero.he} [turned around|ran back].",
                  "For once {hero} did not know what to say. {Hero.he} [wanted|longed for] the prize, but {hero.his} "
                  "legs were already running back.")
        world.say('"Lean on me," said {hero}. "[We go slowly|There is no hurry]." "As slowly as {insult}?" asked '
                  '{friend}, and they both laughed.',
                  '"[Does it hurt|Can you stand]?" {hero} asked and helped {friend}. "Come, we will be as slow as '
                  '{insult}, you and I."')
        world.new_paragraph()
        world.say("When they [limped|came slowly] up to {goal}, {elder} {signal} once more, and the whole crowd "
                  "[cheered|clapped].",
                  "It took them [a long time|until noon] to reach {goal}, but nobody had gone home. Everyone clapped.")
        world.say('"Today you ran the wrong way," said {elder}, "and that was the best run of your life." Then '
                  '{elder} gave them {prize_name}, to share.',
                  "{Elder} gave {prize_name} to both of them, because nobody had lost.")
        say_if_short(world, "{Hero} had won many races, but never before had {hero.he} felt so {#happy}.",
                            "And for the first time {hero} did not boast. {Hero.he} only smiled.")
        world.fact("Why did {hero.name} turn around?", "{Hero.name} turned around because {friend.name} was hurt.")
        world.fact("Who got {prize_name}?", "{Hero.name} and {friend.name} shared it.")
        moral(world, 0.5, "helping is better than winning", "a friend is the best prize")
    else:
        world.say('{Hero} reached {goal} before the [dust had settled|crowd could blink]. "I won! I won!" {hero.he} '
                  '[yelled|crowed|shouted]. But [nobody looked|it was strangely quiet].',
                  "Of course {hero} won. {Hero.he} [danced|hopped] around {goal} and waited for the cheers, but there "
                  "were none.")
        world.say('All of them were watching {friend}, who was [still coming|coming up the path], red in the face but '
                  'not giving up. "[You can do it|Come on]!" they called.',
                  "Much later {friend} came, tired and dusty, and then the crowd [went wild|roared with joy], because "
                  "{friend.he} had not given up.")
        world.new_paragraph()
        world.say('"Why do they cheer for {friend.him} and not for me?" {hero} asked. "Because you laugh at others," '
                  'said {elder}, "and {friend} never does."',
                  "{Hero} sat down with {prize_name}. It did not taste [sweet|good] at all, since there was nobody to "
                  "share it with.")
        world.say('So {hero} went to {friend}. "You are not like {insult}," {hero.he} said. "You are brave. [Have '
                  'some of my prize|Please eat with me]."',
                  '{Hero} thought about it for a long while. Then {hero.he} [carried|took] {prize_name} to {friend} '
                  'and said, "Half is yours. I am sorry that I was so [rude|mean]."')
        say_if_short(world,
                     "After that, they [trained|practiced] together every [morning|evening], and {elder} {signal} for "
                     "them each time.",
                     "When the next race came, {hero} ran beside {friend}, and this time the cheers were for both.")
        world.fact("Who won the race?", "{Hero.name} won the race.")
        world.fact("For whom did the crowd cheer?", "The crowd cheered for {friend.name}.")
        moral(world, 0.5, "nobody cheers for a boaster", "it is good to win, but better to be kind")
    keep_facts(world)


# Greed.

def greedy_one(world):
    place_among(world, OUTDOORS)
    pair(world, HANDY, HANDY, ["greedy", "plump", "hungry", "selfish", "clever but greedy", "young"],
         ["sensible", "gentle", "thin", "cheerful", "kind", "modest"], child=0.25)
    elder_among(world, SKILLED)
    world["food"] = world.pick("cherries", "nuts", "plums", "pears", "cookies", "honey cakes", "peaches", "figs",
                               "raisin buns", "strawberries")
    course = world.pick("tree", "bridge", "jar", "hide", "wish")
    world.ask("a greedy {hero.kind}",
              "{hero.a} and {friend.a}",
              "{hero.a} and {place.a}",
              "{hero.a} who wanted too many {food}",
              "{hero.a} who learned to share",
              "{hero.a} who loved {food}",
              "{hero.a} who wanted more and more")
    world.say("{Hero_intro} loved {food} [more than anything|above all else]. {Hero.he} [could never get enough of "
              "them|always wanted more].",
              '[Once|Once upon a time], {place.at}, there lived {hero_full} whose favorite word was "more". '
              '{Hero.he} wanted more sun, more sleep and, most of all, more {food}.',
              '"Mine, mine, all mine!" That was the song that {hero_intro} sang all day long {place.at}. {Hero.he} '
              'sang it about {hero.his} bed, about {hero.his} pillow and, loudest of all, about {food}.',
              "There once was {hero_full} who could not see [a bowl|a plate] of {food} without [emptying it|reaching "
              "for the last one].",
              "When {hero_intro} was given one of something, {hero.he} wanted two. When {hero.he} was given two, "
              "{hero.he} wanted ten, and when it came to {food}, {hero.he} wanted them all.")
    world.say("{Hero.his} neighbor, {friend_intro}, was different and [took only what was needed|gave away half of "
              "every meal].",
              "{Hero} had a friend, {friend_intro}, who was [happy with little|content with a small plate].",
              "Next door lived {friend_intro}, who [shared everything, even the last crumb|liked to share].")
    world.new_paragraph()
    if course == "tree":
        world["count"] = world.pick("three", "four", "five", "six")
        world.say('One [morning|afternoon], they found {place.at} a [strange|silver|humming] little tree. "Each day I '
                  'give you {count} {food}," the tree [whispered|rustled], "but never shake me."',
                  'One day {elder} showed them a magic tree {place.at}. Every morning, {count} {food} [dropped|fell] '
                  'from it, like a gift. "Only do not shake it," said {elder}.')
        world.say("For a week, [all was well|they came each day], and they shared the {food}. Then {hero} grew "
                  "[restless|impatient].",
                  '{Friend} was [delighted|thankful]. But {hero} lay awake at night and thought, "Why only {count}?"')
        world.say("So one night {hero.he} [crept|sneaked|tiptoed] out [with a big sack|with the biggest basket], "
                  "grabbed the trunk and shook it with all {hero.his} might.",
                  '"I want all of them now," {hero} said to {hero.himself}, and while the moon shone, {hero.he} shook '
                  'the tree until the branches [creaked|groaned].')
        world.say("Not one fell down. Instead, the leaves [turned gray|curled up], and the tree [stood there bare and "
                  "dry|looked as dry as straw].",
                  "There was a long sigh. The tree [closed its leaves|folded its branches] and became a dry "
                  "[stick|stump].")
        world.new_paragraph()
        world.say("{Hero} [sobbed|wept] all night, because now there was nothing left. In the morning {hero.he} told "
                  "{friend} the truth.",
                  '"What have I done?" {hero} cried. {Hero.he} ran to {friend} and [confessed|told {friend.him}] '
                  'everything.')
        world.say('{Friend} was [sad|unhappy], but {friend.he} did not shout. "[We could water it|Let us care for '
                  'it]," {friend.he} [said|suggested]. "Maybe it will forgive us."',
                  '"A tree can heal," said {friend}, "but it needs time and [water|care]."')
        if world.chance(0.6):
            world.say("Every day {hero} carried water to it, asking for nothing. In spring, a [green|tiny] bud "
                      "appeared, and then, plop, {count} {food} fell at {hero.his} feet. {Hero} gave the first one to "
                      "{friend}.",
                      'Together they watered it through the whole summer. At last the tree [woke|opened a leaf] and '
                      'dropped {count} {food}, and {hero} said, "Thank you, that is enough."')
            world.fact("What did {hero.name} do to mend the harm?", "{Hero.name} watered the tree.")
        else:
            world.say("The tree never came back. But they planted an [ordinary|honest] seed in its place, and {hero} "
                      "learned to wait for [what grew|whatever grew].",
                      "They watered it for a year, and nothing grew. Since then, whenever {hero} had {food}, "
                      "{hero.he} gave {friend} half, and that tasted sweeter than magic.")
        world.fact("Who shook the tree?", "{Hero.name} shook the tree.")
        world.fact("How many {food} did the tree give each day?", "It gave {count} {food} each day.")
        moral(world, 0.5, "those who want everything may end with nothing", "it is wise to say \"enough\"",
              "a gift must not be grabbed")
    elif course == "bridge":
        world["bag"] = world.pick("a wheelbarrow", "two huge baskets", "a giant sack", "three buckets and a hat")
        world["animal_below"] = world.pick("the fish", "the ducks", "the frogs")
        world.say('In [late summer|August], {elder} had too many {food} and said, "[Come and take some|Take as many '
                  'as you can carry], but mind the old bridge."',
                  'One [bright|warm] morning, {elder} [rang the doorbell|knocked]. "I have {food} for everyone," '
                  '{elder} said. "Cross the little bridge and take some. But be careful, it is old."')
        world.say("{Friend} filled one [small|little] bag. {Hero} [brought|came with] {bag} and piled the {food} up "
                  "to {hero.his} chin.",
                  "{Friend} took a handful. But {hero} [loaded|filled] {bag}, and then {hero.he} even tucked some "
                  "under {hero.his} chin.")
        world.say('"That is too much. The bridge will not hold you," {friend} warned. "[Nonsense|Pooh]," {hero} '
                  'puffed. "You are only jealous."',
                  '"Leave some for later," said {friend}. "[No|Never]! Someone else might eat them," {hero} answered '
                  'and staggered on.')
        world.say("In the middle of the bridge, the boards [cracked|went snap]. Splash! Down went {hero}, and all the "
                  "{food} [floated|bobbed] away [down the stream|with the current].",
                  "The bridge [swayed|wobbled], and a board broke with a crack. {Hero} fell into the cold stream, and "
                  "{animal_below} ate every one of the {food}.")
        world.new_paragraph()
        world.say("{Friend} ran down and [pulled|dragged] {hero} to the bank. {Hero.he} was dripping, shivering and "
                  "[sad|unhappy].",
                  "{Hero} [spluttered|coughed] and held on to a [root|post] until {friend} [helped|pulled] {hero.him} "
                  "out.")
        world.say('Then {friend} opened the small bag and gave {hero.him} half of the {food}. "[Eat|Here], you need '
                  'them," {friend.he} said.',
                  '"Do you like {food}?" asked {friend} and smiled, for {friend.he} knew the answer. They ate what '
                  'was in the small bag, taking turns.')
        world.say("The next day, {hero} [brought a hammer|came with nails and boards] and [mended|repaired] the "
                  "bridge for {elder}. As a reward, {elder} offered {hero.him} more {food}. {Hero} took just one.",
                  "{Hero} repaired the bridge, plank by plank. After that, one small bag was enough for {hero.him}.")
        world.fact("What did {hero.name} carry the {food} in?", "{Hero.name} carried them in {bag}.")
        world.fact("What broke?", "The bridge broke.")
        world.fact("Who gave {hero.name} half of a small bag?", "{Friend.name} gave {hero.him} half.")
        moral(world, 0.5, "who carries too much may lose it all",
              "a small bag that comes home is better than a big one that does not")
    elif course == "jar":
        world["jar"] = world.pick("a tall blue jar", "a clay pot", "a green glass jar", "a stone jug with a thin neck")
        world["jar_name"] = definite(world["jar"])
        world.say('One [rainy|windy] afternoon, {elder} put {jar} on the table. "There are {food} in it," {elder} '
                  'said. "Each of you may take [one handful|some]."',
                  'On the way home they [found|saw] {jar} on a wall, with a note from {elder}: "Here are {food} for '
                  'all who pass. Take one handful."')
        world.say("{Hero} pushed in first, [reached deep inside|stuck {hero.his} whole arm in] and [grabbed|clutched] "
                  "as many as {hero.his} fingers could hold.",
                  "Before {friend} could say a word, {hero} had an arm in it up to the elbow, and {hero.his} fist was "
                  "full.")
        world.say("But when {hero.he} wanted to pull, {hero.his} fist was too [thick|fat] for the narrow neck. "
                  "{Hero.he} was stuck!",
                  "Then {hero.he} pulled. And pulled. {Hero.his} hand would not come out!")
        world.say('{Hero} [hopped|ran] in circles with {jar_name} on {hero.his} arm. "It has bitten me!" {hero.he} '
                  '[howled|wailed].',
                  "{Hero} shook {hero.his} arm, [rubbed it with soap|poured oil on it] and yelled, but nothing helped.")
        world.new_paragraph()
        world.say('{Friend} tried not to laugh. "Nothing is holding you," {friend.he} said. "[You are holding the '
                  '{food}|It is you that holds on]. Let go."',
                  '"Open your fingers," said {friend}. "But then I will lose my {food}!" cried {hero}. "Would you '
                  'rather keep it on your arm forever?" asked {friend}.')
        world.say("[It was hard|That was not easy], but at last {hero} let go. Plop! The hand was free. Then "
                  "{hero.he} took out two, one after the other.",
                  "{Hero} [frowned|whimpered], thought hard and opened {hero.his} hand. It slipped out at once.")
        world.say("{Friend} simply [tipped|turned over] {jar_name}, and the {food} rolled out, enough for "
                  "[both|everyone].",
                  "After that they took turns, and there were {food} left over for {elder}, too.")
        say_if_short(world, "{Hero} gave {elder} the [biggest|best] one, because {hero.he} was [ashamed|sorry].",
                     '"Next time I will take less," {hero} promised, and {hero.he} kept {hero.his} word.',
                     'From then on, when {hero} wanted too much, {friend} only had to say "jar", and both of them '
                     'laughed.')
        world.fact("Where was {hero.name} stuck?", "{Hero.his} hand was stuck in {jar_name}.")
        world.fact("What was in {jar_name}?", "There were {food} in it.")
        moral(world, 0.5, "you must sometimes let go to be free", "who grabs too much gets nothing")
    elif course == "hide":
        world["hiding"] = world.pick("under the floor", "in a hole behind the house", "at the back of a dark cellar",
                                     "in an old chest", "in a dry well")
        world["thief"] = world.pick("ants", "beetles", "hungry rats", "green mold")
        world.say('One autumn day, {hero} [found|discovered] a whole cart of {food} that {elder} [no longer '
                  'wanted|could not sell]. "[Share them with the others|Give some to everyone]," said {elder}.',
                  '{Elder} gave {hero} [forty|fifty|a hundred] {food}. "[They are for you and your friends|Share them '
                  'well]," {elder} said.')
        world.say("But {hero} told nobody. {Hero.he} carried them home in the dark and hid them {hiding}.",
                  "{Hero} nodded, but as soon as nobody was looking, {hero.he} hid every one of them {hiding}.")
        world.say('When {friend} knocked and asked, "Do you have anything to eat?" {hero} called through the door, '
                  '"[Not a crumb|Nothing at all]!"',
                  'Then {friend} came by with an empty [plate|bowl]. "Have you got something for a hungry friend?" '
                  '{friend.he} asked. "[No|Sorry, no]," {hero} said quickly.')
        world.say("Day and night {hero} [guarded|watched] the treasure. {Hero.he} did not sleep, {hero.he} did not "
                  "play, and at every [creak|rustle] {hero.he} jumped.",
                  "{Hero.he} was so afraid of thieves that {hero.he} never went out. {Hero.he} grew [pale|thin] and "
                  "lonely.")
        world.new_paragraph()
        world.say("After [two weeks|a month] {hero.he} wanted to [count|enjoy] them at last. But what was that? The "
                  "{food} were [gray|soft] and smelled [awful|terrible]. It was the work of {thief}.",
                  "At last {hero.he} opened the hiding place and [gasped|shrieked]. There were {thief} everywhere, "
                  "and not one good bite was left.")
        world.say("{Hero} sat on the doorstep and [sniffed|cried]. {Friend} came, but not to [laugh|scold]: "
                  "{friend.he} brought {hero.him} a bowl of [barley|onion|bean] soup.",
                  'Just then {friend} came with half a loaf of bread. "You look hungry," {friend.he} said. "[Take '
                  'it|Eat this]."')
        world.say('"You share with me, though I hid {food} from you?" {hero} [asked|whispered]. "[Of course|Yes]," '
                  'said {friend}. "You are my friend."',
                  'Then {hero} was very ashamed and told {friend.him} about the {food}. "I would have [given|offered] '
                  'you half of them," {hero.he} said, "if I had been wise."')
        world.say("When {elder} brought {hero.him} another basket the next year, {hero} opened the door wide and "
                  "invited everybody.",
                  "The next time {hero} got {food}, {hero.he} hid nothing. {Hero.he} put them all on a long table, "
                  "and {friend} got the first one.")
        world.fact("Where did {hero.name} hide the {food}?", "{Hero.name} hid them {hiding}.")
        world.fact("Who brought {hero.name} something to eat?", "{Friend.name} brought {hero.him} something to eat.")
        moral(world, 0.5, "what you share cannot be stolen", "food that is shared tastes best",
              "a full cellar does not warm a lonely heart")
    else:
        world["fish"] = world.pick("a golden fish", "a silver bird", "a green beetle", "a white moth", "a copper frog")
        world["fish_name"] = definite(world["fish"])
        world["trouble"] = world.pick("a net", "a bottle", "a thorny hedge", "a bucket")
        world.say('One evening, {hero} freed {fish} from {trouble}. "Thank you," said {fish_name}. "[You may wish for '
                  'something|I will grant you a wish]."',
                  'One [misty|quiet] morning, {hero} saw {fish} that was trapped in {trouble} and let it go. "For '
                  'that you get a wish," said {fish_name}.')
        world.say('"I wish for a bowl of {food}!" cried {hero}. At once there it was. {Hero} had not [finished|eaten '
                  'half of it] when {hero.he} shouted, "No, a barrel! No, a whole house full of {food}!"',
                  '{Hero} asked for a plate of {food}, and there it stood. "That was too easy," {hero.he} thought. "I '
                  'should have asked for a hill of them. [Hey|Wait]! I want a hill of {food}!"')
        world.say('"Are you sure?" asked {fish_name}. "[Quite sure|Hurry up]!" said {hero}.',
                  '"Is one plate not enough?" {fish_name} asked sadly. "Nothing is ever enough for me," said {hero}.')
        world.say("[Bump|Rumble|Whoosh]! {Food} came down like rain. They filled the [room|garden], they broke the "
                  "[chairs|table], and soon only the tip of {hero.his} nose stuck out.",
                  "Then {food} poured from the sky. They covered {hero.his} feet, then {hero.his} belly, then "
                  "{hero.his} ears. {Hero} could not move.")
        world.new_paragraph()
        world.say('"Help!" {hero} called in a muffled voice. {Friend} heard it and [began to dig|came with a shovel]. '
                  '{Friend.he} dug all [day|night] until {hero} was free.',
                  "Luckily {friend} came by. {Friend.he} called the neighbors, and they all [dug|ate] their way to "
                  "{hero}.")
        world.say('"I never want to see {food} again," {hero} groaned. "[Then let us give them away|There are many '
                  'who are hungry]," said {friend}.',
                  '{Hero} had a terrible stomachache. "What a fool I was," {hero.he} [moaned|sighed]. "One bowl was '
                  'plenty."')
        world.say("So they loaded a cart, and everyone {place.at} had {food} for supper, and there were some for "
                  "{fish_name}, too.",
                  "They gave the {food} to all who lived {place.at}. {Hero} kept a single bowl, just as in {hero.his} "
                  "first wish.")
        world.say('When {fish_name} came again and asked for {hero.his} next wish, {hero} said, "[I have all I need|I'
                  ' have a good friend, and that is enough]."',
                  "{Hero} thanked {friend}, and from that day on {hero.he} wished only for things that could be "
                  "shared.")
        world.fact("Who gave {hero.name} a wish?", "{Fish_name} gave {hero.him} a wish.")
        world.fact("Where had {fish_name} been trapped?", "It had been trapped in {trouble}.")
        world.fact("Who came to help {hero.name}?", "{Friend.name} came to help {hero.him}.")
        moral(world, 0.4, "too much of a good thing is a bad thing", "\"enough\" is a golden word")


# A lie that is found out.

TREATS = [("a blueberry pie", "blue"), ("a cherry cake", "red"), ("a jar of strawberry jam", "red"),
          ("a bowl of chocolate cream", "brown"), ("a pumpkin tart", "orange"), ("a plum pudding", "purple"),
          ("a raspberry roll", "pink"), ("a lemon cake", "yellow")]
FRAGILE = ["lamp", "cup", "mirror", "clock", "teapot", "jar", "violin", "kite", "guitar", "flute", "umbrella",
           "music box", "telescope", "candle", "pencil", "toy car"]


def lie_found_out(world):
    place_among(world, OUTDOORS + ["town"])
    pair(world, TALKERS, TALKERS, ["lively", "cheeky", "young", "clever", "wild", "playful"],
         ["honest", "quiet", "shy", "friendly", "good-natured", "gentle"], child=0.4, named=1)
    elder_among(world, SKILLED)
    thing_among(world, FRAGILE)
    course = world.pick("stain", "broken", "ill", "guide")
    world.ask("{hero.a} who told a lie",
              "{hero.a} and {friend.a}",
              "{hero.a} and {place.a}",
              "a lie that was found out",
              "{hero.a} who learned to tell the truth",
              "why {hero.a} stopped lying",
              "{hero.a}, {friend.a} and a lie")
    if course == "stain":
        treat, world["stain"] = world.pick(*TREATS)
        world["treat"], world["treat_name"] = treat, definite(treat)
        world["stain_food"] = treat.split(" ", 1)[1]
        world["guest"] = world.pick("the birthday party", "the summer feast", "the school fair", "Sunday tea")
        world["part"] = world.pick("chin", "nose", "left ear", "cheek", "forehead")
        world.say("{Elder} had made {treat} for {guest} and put it on the windowsill to cool. {Hero_intro} [came "
                  "past|walked by] and [sniffed|smelled it].",
                  "On the windowsill stood {treat}, still warm. {Elder} had made it for {guest}. {Hero_intro} [saw it "
                  "and swallowed|could not look away].",
                  '"Nobody touches this before {guest}," {elder} said, and put {treat} on the shelf. {Hero_intro} '
                  '[nodded|promised], but {hero.his} belly rumbled.',
                  "In a house {place.at} it smelled wonderful, because {elder} had made {treat} for {guest}. The "
                  "smell [tickled|reached] the nose of {hero_intro}.")
        world.say('"Just one [lick|little taste]," {hero.he} told {hero.himself}. One became two, two became ten, and '
                  'then the dish was [empty|clean].',
                  "{Hero.he} only wanted a tiny bite from the edge, but it was so good that {hero.he} [ate and "
                  "ate|could not stop] until nothing was left.",
                  "When {elder} [left the room|went to the well], {hero} gobbled it all up, as fast as {hero.he} "
                  "could.")
        world.new_paragraph()
        world.say('"Who has eaten my {stain_food}?" cried {elder}. {Hero} [went pale|looked at the floor]. "It was '
                  '{friend.name}," {hero.he} [said quickly|stammered].',
                  'Soon {elder} came back and saw the empty dish. "Who did this?" "Not me! I saw {friend.name} run '
                  'away," {hero} [lied|said], and {hero.his} heart beat fast.')
        world.say('{Friend_after} was called in. "[But I was at the pond all day|I have only just come]," {friend.he} '
                  'said, and tears came to {friend.his} eyes.',
                  'Poor {friend_after} had just come to visit. "I did not do it," {friend.he} said [softly|again and '
                  'again]. "[Please believe me|I would never do that]."')
        world.say("{Elder} looked from one to the other. \"How strange,\" {elder.he} said. \"{Friend.name} is clean, "
                  "but there is a {stain} spot on somebody's {part}.\"",
                  '"Then why," asked {elder} slowly, "is the {part} of {friend.name} clean, while yours is {stain}?"',
                  "Then {elder} held up a mirror. There, right on the {part} of {hero.name}, was a big {stain} "
                  "[spot|smear]!")
        world.say('{Hero} touched {hero.his} {part} and turned red. "It was me," {hero.he} whispered. "[I was '
                  'afraid|I did not want to be scolded], so I lied."',
                  'There was no way out. {Hero} burst into tears. "I ate it, and I lied, and I am sorry," {hero.he} '
                  'sobbed.')
        world.new_paragraph()
        world.say('"Eating it was naughty," said {elder}, "but [blaming|accusing] a friend was worse." {Hero} '
                  '[nodded|hung {hero.his} head] and said sorry to {friend} as well.',
                  '{Hero} went to {friend} first. "[Can you forgive me|Are you still my friend]?" {hero.he} asked. '
                  '{Friend} thought about it and [nodded|held out a hand].')
        world.say('Then all three of them put on aprons and made a new one for {guest}. {Hero} did [the stirring|the '
                  'washing up] and did not [lick the spoon|taste a drop] until {friend} said, "Now you may."',
                  "To make up for it, {hero} helped to bake another one for {guest}, and {friend} got the biggest "
                  "piece.",
                  "At {guest} there was no {stain_food}, only dry bread, and {hero} told everyone why. That was hard, "
                  "but afterwards {hero.he} felt [light|better].")
        world.say("",
                  "Whenever {hero} was tempted to lie again, {hero.he} [touched|rubbed] {hero.his} {part} and told "
                  "the truth instead.",
                  '"A lie always leaves a spot," {friend} liked to say, and tapped {hero} on the {part}.')
        world.fact("Who ate the {stain_food}?", "{Hero.name} ate it.")
        world.fact("Whom did {hero.name} blame?", "{Hero.name} blamed {friend.name}.")
        world.fact("How was the lie found out?", "There was a {stain} spot on the {part} of {hero.name}.")
    elif course == "broken":
        world["spot"] = world["place"].found
        world["the_thing"] = world["thing"].the
        world["finder"] = world.pick("a hen", "the postman", "a magpie", "an old dog")
        world.ask("{hero.a} and {thing.a}", "{hero.a} who broke {thing.a}")
        world.say('{Elder} had {thing.a} that {elder.he} [treasured|loved|was very proud of]. "You may look at it, '
                  'but please do not [touch it|play with it]," {elder.he} told {hero_intro}.',
                  "Of all the things {elder} owned, the dearest was {thing.a}. {Hero_intro} often came to [admire "
                  "it|look at it].",
                  "One rainy day, {hero_intro} was visiting {elder}. On the table stood {thing.a}, and {hero} wanted "
                  "so much to hold it.")
        world.say("One moment alone, and {hero} had it in {hero.his} hands. It slipped. [Crash|Crack]! It was broken.",
                  "But when {elder} went [to fetch some wood|out for a moment], {hero} picked it up and twirled "
                  "around with it. It [flew|fell] against the wall and broke in two.",
                  "{Hero} only meant to lift it, but {hero.his} elbow bumped the cupboard. [Bang|Crack]! {The_thing} "
                  "lay in pieces.")
        world.say("Trembling, {hero.he} gathered the pieces and hid them {place.at}, {spot}.",
                  "{Hero.he} was so {#scared} that {hero.he} wrapped the pieces in a cloth, ran {place.to} and hid "
                  "them {spot}.")
        world.new_paragraph()
        world.say('"Where is my {thing.kind}?" asked {elder}. "[A thief took it|The wind blew it out of the window]," '
                  'said {hero}, "or maybe it was {friend.name}."',
                  'When {elder} asked about it, {hero} said, "I think {friend.name} [borrowed it|took it]. I saw '
                  '{friend.him} with a [bundle|big bag]."')
        world.say("Now everyone looked [crossly|coldly] at {friend_after} and nobody asked {friend.him} to play.",
                  "So {friend_after} who had done nothing wrong, was [sent home|scolded] and went away with "
                  "{friend.his} head down.")
        if world.chance(0.5):
            world.say("{Hero} saw {friend} sitting alone in the [rain|dust], and {hero.his} stomach hurt. That night "
                      "{hero.he} could not sleep: the lie felt like a stone under the pillow.",
                      "That evening even {hero.food} tasted like dust to {hero}, because {hero.he} kept thinking of "
                      "{friend.s} sad face.")
            world.say('In the morning {hero} took the pieces from {hero.his} hiding place and carried them to '
                      '{elder}. "I broke it, and I lied about it," {hero.he} said.',
                      'At sunrise {hero.he} ran {place.to}, dug out the pieces and brought them to {elder}. '
                      '"{Friend.name} is innocent. It was me," {hero.he} said.')
            world.fact("Who told {elder.name} the truth?", "{Hero.name} told {elder.him} the truth.")
        else:
            world.say("But the next day, {finder} [found|discovered] the pieces, wrapped in a cloth that had the name "
                      "of {hero} on it.",
                      "Two days later, {finder} brought {elder} the pieces, together with a glove. It was the glove "
                      "of {hero}.")
            world.say('"Is there something you want to tell me?" asked {elder}. {Hero} swallowed hard. "Yes. I broke '
                      'it. {Friend.name} had nothing to do with it."',
                      "{Hero} wanted to invent another story, but {hero.he} saw how {elder} looked, and out came the "
                      "truth, all of it.")
            world.fact("Who found the pieces?", "{Finder} found them.")
        world.new_paragraph()
        world.say("{Elder} was quiet for a while. \"A broken thing can be [glued|mended],\" {elder.he} said. "
                  "\"[Broken trust|A friend's heart] takes longer. Go and begin.\"",
                  '"It was only a thing," said {elder}, "but {friend.name} is a friend. Go to {friend.him} first."')
        world.say("So {hero} [baked|picked] something nice for {friend}, said sorry, and together they [glued|put] "
                  "the pieces [back together|into place], one by one.",
                  "{Hero} told everyone {place.at} that {friend} had done nothing. Then the two of them sat down with "
                  "a pot of glue and mended {thing.the}.")
        world.say("There was a thin crack in it now. Each time {hero} saw the crack, {hero.he} remembered to be "
                  "honest.",
                  'It never looked quite as good as before, but {elder} loved it even more, "because," {elder.he} '
                  'said, "now there is some truth in it."')
        world.fact("What did {hero.name} break?", "{Hero.name} broke {thing.the}.")
        world.fact("Where did {hero.name} hide the pieces?", "{Hero.name} hid them {spot}.")
    elif course == "ill":
        world["chore"] = world.pick("pull weeds", "dig potatoes", "scrub the pots", "stack firewood", "paint the fence",
                                    "sweep the yard")
        world["ache"] = world.pick("stomach", "head", "throat", "back", "knee")
        world["treat"] = world.pick("the puppet show", "the circus", "the swimming pond", "the ice cream shop",
                                    "the fair")
        world["medicine"] = world.pick("onion tea", "bitter root soup", "cold fish oil", "nettle juice")
        world.say('"Today we all {chore}," said {elder}. {Hero_intro} [groaned|made a face], because {hero.he} wanted '
                  'to [stay in bed|play].',
                  "There was much work {place.at}, and everyone had to {chore}. Everyone but {hero_intro}, who had an "
                  "idea.",
                  "{Hero_intro} did not like to {chore}. So when {elder} called {hero.him} one [sunny|mild] morning, "
                  "{hero.he} pulled the blanket up to {hero.his} nose.")
        world.say('"[Ow|Ouch]! My {ache} hurts," {hero} [moaned|whined]. "I [must stay|have to stay] in bed." It did '
                  'not hurt at all.',
                  "{Hero} held {hero.his} {ache} and [moaned|sighed] so loudly that the windows shook. But nothing "
                  "hurt. It was a lie.")
        world.say('So {friend_intro} did the work of two. {Friend.he} [sweated|puffed] and {friend.his} hands got '
                  'sore, but {friend.he} thought, "Poor thing, so ill."',
                  '{Friend_intro} felt sorry for {hero.him}. "[Rest well|Get well soon]," {friend.he} said. "I will '
                  'do your part, too."')
        world.say("As soon as everyone was gone, {hero} [jumped on the bed|danced around the room] and laughed about "
                  "how clever {hero.he} was.",
                  "")
        world.new_paragraph()
        world.say('At noon {elder} clapped {elder.his} hands. "You have worked so well that we will all go to '
                  '{treat}!" Everyone cheered.',
                  'When the work was done, {elder} had a surprise. "Now I take you all to {treat}," {elder.he} said.')
        world.say('{Hero} heard it through the window and came [rushing|running] out. "I want to come, too!" "With a '
                  'bad {ache}?" asked {elder}. "No, no. You need {medicine} and [sleep|rest]."',
                  '"Wait for me!" {hero} [called|shouted] and leaped down the steps. {Elder} raised {elder.his} '
                  'eyebrows. "That {ache} got well very [fast|suddenly]," {elder.he} said. "To be safe, drink some '
                  '{medicine} first."')
        world.say('{Hero} looked at the cup of {medicine} and at the others. "My {ache} never hurt," {hero.he} '
                  '[admitted|confessed]. "I lied so that I would not have to {chore}."',
                  'One sip of the {medicine} was enough. "[Stop|Yuck]! I was not ill. I only pretended," {hero} '
                  'confessed, and a tear rolled down.')
        world.new_paragraph()
        if world.chance(0.5):
            world.say("{Elder} was disappointed. The others went to {treat}, and {hero} stayed behind with a [rake "
                      "and a bucket|broom and a brush] to finish what was left.",
                      '"Thank you for the truth," said {elder}. "But today you stay and finish the work." And so '
                      '{hero} did, all alone.')
            world.say('In the evening, {friend} came back and brought {hero.him} a [paper star|sugar stick] from '
                      '{treat}. "Next time we go together," {friend.he} said. "[And we work together|After the '
                      'work]," said {hero}.',
                      'When {friend} came home and told {hero.him} about {treat}, {hero} listened and said, "I am '
                      'sorry that you had to do my part. Next week I will do yours."')
            world.fact("Did {hero.name} go to {treat}?", "No, {hero.name} had to stay behind.")
        else:
            world.say('{Friend} was hurt, for {friend.he} had worked for two. But then {friend.he} said, "Let '
                      '{hero.him} come, if {hero.he} does my part tomorrow."',
                      '"Then tomorrow you do the work of two," {friend} said with a grin. "[Gladly|I promise]," said '
                      '{hero}.')
            world.say("So {hero} went along to {treat}. And the next day {hero.he} kept the promise, and {friend} lay "
                      "in the grass and watched.",
                      'They all went to {treat}, and it was fun. The day after, {hero} worked from morning to night, '
                      'while {friend} held {friend.his} {ache} and called, "[Ow|Oh], my {ache}!" They laughed until '
                      'it really hurt.')
            world.fact("What did {hero.name} promise?", "{Hero.name} promised to do the work of two.")
        world.fact("What did {hero.name} say was hurting?", "{Hero.name} said that {hero.his} {ache} was hurting.")
        world.fact("What did {hero.name} not want to do?", "{Hero.name} did not want to {chore}.")
        world.fact("Who did the work of two?", "{Friend.name} did the work of two.")
    else:
        world["goal"] = world.pick("the waterfall", "the honey tree", "the hot spring", "the blue cave",
                                   "the old lighthouse")
        world["sign"] = world.pick("the sound of a stream", "the smoke of a chimney", "a row of old fence posts",
                                   "the ringing of a far bell")
        world["snack"] = world.pick("cheese rolls", "egg sandwiches", "apple cakes", "rice balls", "corn bread")
        world.say('"I know the way to {goal}," said {hero_intro}. "I have been there a hundred times." That was not '
                  'true. {Hero.he} had never been there at all.',
                  '{Hero_intro} liked to be [admired|important]. So when someone asked about the way to {goal}, '
                  '{hero.he} said, "I know it well!" It was a lie.',
                  'Everybody {place.at} wanted to see {goal}, but nobody knew the way. "I do," said {hero_intro}, '
                  'though {hero.he} did not.')
        world.say("{Friend_intro} believed {hero.him}, packed some {snack}, and off they went.",
                  '{Friend_intro} clapped {friend.his} hands. "[Wonderful|Great]! Take me there," {friend.he} said '
                  'and packed {snack} for two.')
        world.new_paragraph()
        world.say('"Left," said {hero}. "Now right. Now left again." But [the path grew thinner|the bushes grew '
                  'thicker], and the sun sank lower.',
                  "{Hero} marched ahead and pointed here and there. After an hour they passed a [split|mossy] rock. "
                  "After two hours they passed it again.")
        world.say('"Did we not see this [stump|stone] before?" asked {friend}. "There are many of them," said {hero}, '
                  'but {hero.his} voice shook.',
                  '"Are you sure?" asked {friend}. "[Of course|Quite sure]," {hero} said, but {hero.he} did not look '
                  'at {friend.him}.')
        world.say('Then [fog came up|it began to get dark], and an owl hooted. {Friend} shivered. "I am {#scared}," '
                  '{friend.he} said. "How far is it?"',
                  "At last they stood in front of a [swamp|steep cliff], and there was no path any more.")
        world.say('{Hero} sat down and covered {hero.his} face. "I do not know the way," {hero.he} said. "I never '
                  'did. I lied because I wanted you to [like|admire] me."',
                  'Then {hero} could not go on lying. "I have never been to {goal}," {hero.he} said in a tiny voice. '
                  '"I am so sorry."')
        world.new_paragraph()
        world.say('{Friend} was {#angry} for a moment. Then {friend.he} [took a deep breath|passed {hero.him} one of '
                  'the {snack}]. "Now that I know the truth, we can think," {friend.he} said.',
                  '"I would like you even if you knew no way at all," said {friend}. "But now we must both '
                  '[listen|look] carefully."')
        world.say("They noticed {sign} and followed it, hand in hand, until they saw the lights of home.",
                  "It was {sign} that saved them. They followed it step by step and came home [late|after dark], "
                  "dirty and tired.")
        world.say('The next time someone asked about {goal}, {hero} said, "I do not know the way, but {elder} does." '
                  'So {elder} [drew a map|took them], and they saw it at last, and ate {snack} there.',
                  "A week later, they asked {elder}, who really knew the way. They reached {goal} by noon, and this "
                  "time {hero} walked behind and was happy.")
        world.say("", '"I do not know" became four words that {hero} was not afraid to say.')
        world.fact("Where did they want to go?", "They wanted to go to {goal}.")
        world.fact("What helped them to get home?", "They followed {sign}.")
        world.fact("Why did {hero.name} lie?", "{Hero.name} wanted to be admired.")
    moral(world, 0.4, "a lie runs fast, but the truth catches up with it",
          "it is hard to tell the truth, but harder to live with a lie", "an honest word keeps a friend",
          "one lie always needs another")


# Patience.

def patience(world):
    place_among(world, ["farm", "village", "garden", "valley", "hill", "lake", "river", "meadow", "forest"])
    pronoun = world.pick("she", "he")
    hero = cast(world, "hero", TALKERS + ["kitten", "puppy", "mouse", "frog"], pronoun,
                ["impatient", "lively", "restless", "hasty", "young", "busy"], child=0.45)
    elder_among(world, SKILLED)
    world["wait"] = world.pick("three days", "a week", "two weeks", "nine days", "ten days")
    course = world.pick("seed", "loaf", "bird", "knot", "music", "cocoon")
    world.ask("{hero.a} who learned to be patient",
              "an impatient {hero.kind}",
              "{hero.a} and {place.a}",
              "{hero.a} and {elder.a}",
              "{hero.a} who could not wait")
    world.say("{Hero_intro} hated to wait. {Hero.he} [ate soup before it was cool|opened presents the night "
              "before|ran down the stairs three at a time].",
              '"Now! I want it now!" That was what {hero_intro} said [most often|ten times a day] {place.at}.',
              "{Place.at} there was {hero_full} who did everything in a hurry: [washing, eating and even "
              "sleeping|even yawning|even resting].",
              "[Long ago|Once upon a time], {hero_intro} lived {place.at}. {Hero.he} was [always in a rush|never able "
              "to wait], and so {hero.he} [often|always] had [crumbs on the floor|a burned tongue] and [bruised "
              "knees|crooked buttons].",
              "Waiting made {hero_intro} itch all over. If something took longer than a sneeze, {hero.he} [tapped "
              "{hero.his} feet|sighed loudly].")
    if course == "seed":
        world["seed"] = world.pick("a pumpkin seed", "a sunflower seed", "a bean", "a peach stone", "an acorn",
                                   "a melon seed")
        world["seed_name"] = definite(world["seed"])
        world["pot"] = world.pick("a clay pot", "an old boot", "a blue bowl", "a tin can", "a cracked teacup")
        world.ask("{hero.a} who planted {seed}", "{hero.a} and {seed}")
        world.say('One spring day, {elder} gave {hero.him} {seed}. "[Plant it and wait|Put it in the earth]," {elder} '
                  'said. "[It knows what to do|Good things take time]."',
                  "In spring {hero.he} got {seed} from {elder}, put it into {pot} and poured water on it.")
        world.say("An hour later, {hero} dug it up to see if it had grown. It had not. After supper {hero.he} dug it "
                  "up again.",
                  '{Hero} sat down in front of it and stared. Nothing. "[Grow|Hurry up]!" {hero.he} shouted, and '
                  'poked in the soil with a stick.',
                  "Five times a day, {hero} scratched away the earth to look. There was only {seed_name}, dirty and "
                  "wrinkled.")
        world.new_paragraph()
        world.say('"It does not work!" {hero.he} complained to {elder}. {Elder} [laughed|smiled]. "Would you fall '
                  'asleep if someone pulled off your blanket all the time?" "No," said {hero}.',
                  '{Elder} found {hero.him} [stamping|grumbling]. "A seed needs dark and peace," said {elder}. "Each '
                  'time you look, it must begin anew."')
        world.say("So {hero} covered it up once more, and {hero.he} sat on {hero.his} hands. To make the time pass, "
                  "{hero.he} [painted the door|learned a song|counted clouds].",
                  "{Hero} promised to leave it alone for {wait}. It was the longest time of {hero.his} life. "
                  "{Hero.he} watered it and [hummed to it|went away quickly].")
        world.say('After {wait}, a green tip [peeked|pushed] out of the soil. "[Good morning|Hello there]," {hero} '
                  'whispered, and {hero.he} did not even touch it.',
                  "Then, one mild morning, there was a tiny green hook in the earth. {Hero} [squealed|danced] on the "
                  "spot.")
        world.new_paragraph()
        world.say("By the end of summer, the plant was taller than {hero.he} was.",
                  "The plant grew and grew, leaf after leaf, up to the window.")
        world.say('And when someone asked how {hero.he} had done it, {hero} said, "[I did not dig|I sat on my hands]."',
                  "{Hero} gave {elder} [a bunch of leaves and flowers|the first flower], and {elder} gave {hero.him} "
                  "something, too: {seed}, for the next spring.",
                  'In autumn {hero} put a new seed into {pot}, said "Good night" to it, and went off to play.')
        world.fact("What did {hero.name} plant?", "{Hero.name} planted {seed}.")
        world.fact("Who told {hero.name} to wait?", "{Elder.name} told {hero.him} to wait.")
        world.fact("Why did the seed not grow at first?", "It did not grow because {hero.name} kept digging.")
    elif course == "loaf":
        world["loaf"] = world.pick("a honey loaf", "a nut cake", "a cheese bread", "an apple braid", "a cinnamon cake",
                                   "a carrot cake")
        world["loaf_name"] = definite(world["loaf"])
        world["waiting"] = world.pick("washed all the spoons", "drew a picture with flour", "told each other riddles",
                                      "swept the floor twice", "folded paper boats")
        world.ask("{hero.a} who baked {loaf}", "{hero.a} and {loaf}")
        world.say("One day {hero.he} helped {elder} to bake {loaf}. They [kneaded|stirred] the dough, and {hero} "
                  "liked that, because there was something to do.",
                  "One afternoon, {hero.he} wanted to surprise everyone with {loaf}. {Elder} showed {hero.him} how to "
                  "mix flour, eggs and butter.")
        world.say('"Now it must [rest|rise] under a cloth," said {elder}. "[How long|Why]?" asked {hero}, and after '
                  'one minute {hero.he} lifted the cloth.',
                  'Then it went into the hot oven. "Leave the door shut," {elder} said, "until the [sand has run '
                  'through|bell rings]." But {hero} opened it at once, just to peek.')
        world.say("{Hero.he} peeked again, and again. Cold air came in, and pfff, {loaf_name} sank and became as flat "
                  "as a [plate|slipper].",
                  "When {elder} turned around for a moment, {hero} pulled it out. It looked brown, but inside it was "
                  "as wet as [mud|glue].")
        world.new_paragraph()
        world.say('{Hero} was so [sad|unhappy] that {hero.his} lip trembled. "[It is ruined|I spoiled it]," {hero.he} '
                  'said.', '"Bah," said {hero}, tasting it. {Hero.he} wanted to throw the spoon into the corner.')
        world.say('"Let us try it once more," said {elder}. "While it bakes, we do something nice together. That is '
                  'the trick."',
                  '{Elder} did not scold. "Dough is like a baby," {elder} said. "You cannot tell it to hurry. Come, '
                  'we make another one."')
        world.say("This time they {waiting}, and {hero} forgot to look. Suddenly a wonderful smell filled the room.",
                  "While they waited, they {waiting}. {Hero} looked at the oven door many times, but {hero.he} kept "
                  "{hero.his} hands behind {hero.his} back.")
        world.say("Out came {loaf_name}, [high and golden|round as a hill]. {Hero} clapped {hero.his} hands and, for "
                  "once, waited until it was cool.",
                  'And there it was: {loaf_name}, crisp outside and soft inside. "[Waiting has a taste|This is what '
                  'waiting tastes like]!" {hero} said with a full mouth.')
        world.say("", "From that day on, {hero} did not mind the oven door, as long as there was something else to do.")
        world.fact("What did they bake?", "They baked {loaf}.")
        world.fact("What did they do while they waited?", "They {waiting}.")
        world.fact("Who helped {hero.name} to bake?", "{Elder.name} helped {hero.him}.")
    elif course == "bird":
        world["bird"] = world.pick("a shy wren", "a small gray dove", "a red-breasted robin", "a wild kingfisher",
                                   "a tiny yellow finch", "a brown squirrel with one torn ear")
        world["bird_name"] = definite(world["bird"])
        world["crumbs"] = world.pick("oat flakes", "bread crumbs", "sunflower seeds", "bits of apple", "dried berries")
        world.ask("{hero.a} and {bird}", "{hero.a} who wanted to be friends with {bird}")
        world.say('One morning {hero.he} saw {bird} on the fence. "[Come here|I want to stroke you]!" {hero} shouted '
                  'and ran towards it. In a flash, it was gone.',
                  'A new guest had come to live {place.at}: {bird}. {Hero} wanted to be friends at once, so {hero.he} '
                  'jumped out and called, "Hello!" It fled.')
        world.say("{Hero.he} tried it with a net, with a [whistle|trap] and with loud singing. Each time it fled "
                  "[higher|farther away].",
                  "Day after day {hero} chased it, and day after day it was faster.")
        world.new_paragraph()
        world.say('"It does not like me," {hero} said sadly. {Elder} shook {elder.his} head. "It does not know you. '
                  'Sit down, be still, and let it come to you."',
                  '"You are as loud as a thunderstorm," said {elder}. "Who would come near a thunderstorm? Be like a '
                  '[tree|stone] for a while."')
        world.say("So {hero} sat down with some {crumbs} in {hero.his} open hand. {Hero.his} nose itched and "
                  "{hero.his} foot fell asleep, but {hero.he} did not move.",
                  "The next day, {hero} put down some {crumbs} and sat beside them, quiet as moss. Nothing came. "
                  "{Hero.he} [sighed|yawned], but {hero.he} stayed.")
        world.say("On the first day it only watched from afar. On the second day it came to the [gate|bush]. After "
                  "{wait} it was only one step away.",
                  "Each day it came a bit closer, one hop and then another, and each day {hero} learned to breathe "
                  "more softly.")
        world.new_paragraph()
        world.say("And then, when {hero} had almost given up hope, {bird_name} [hopped|jumped] onto {hero.his} hand "
                  "and ate. Its feet were light and warm.",
                  "At last, after {wait}, {bird_name} landed on {hero.his} knee and picked up the {crumbs}. {Hero} "
                  "could feel its heart beat.")
        world.say('"It came!" {hero} told {elder} in a whisper. "I did nothing at all!" "[You waited|You were '
                  'still]," said {elder}. "That is the hardest thing to do."',
                  "{Hero} did not shout for joy. {Hero.he} only smiled, very quietly, so that it would stay.")
        world.fact("What did {hero.name} want to be friends with?", "{Hero.name} wanted to be friends with {bird}.")
        world.fact("What did {hero.name} offer it?", "{Hero.name} offered it some {crumbs}.")
        world.fact("Who gave {hero.name} advice?", "{Elder.name} gave {hero.him} advice.")
    elif course == "knot":
        thing_among(world, ["kite", "necklace", "rope", "scarf", "sled", "lantern", "bell", "balloon", "whistle"])
        if world["thing"].kind in ("rope", "scarf"):
            thing_among(world, ["kite", "sled", "bell"])
        world["event"] = world.pick("the harvest feast", "the lantern walk", "the spring parade",
                                    "the birthday of a friend")
        world.ask("{hero.a} and {thing.a}", "{hero.a} and a knot")
        world.say("{Hero} had {thing.a} on a long string, and {hero.he} wanted to show it at {event}. But when "
                  "{hero.he} took it out, the string was one big [knot|tangle].",
                  "On the morning of {event}, {hero.he} wanted to get {hero.his} {thing.bare}, which hung on a long "
                  "string. Oh no! The string was [full of knots|all tangled up].")
        world.say("{Hero.he} pulled with both hands. The knot got tighter. {Hero.he} pulled with {hero.his} teeth. It "
                  "got tighter still.",
                  '"Stupid string!" {hero.he} scolded and [tugged|jerked] at it with all {hero.his} strength, until '
                  'the knot was as hard as a nut.')
        world.say("\"I will cut it!\" {hero} cried and [looked for|ran for] the scissors.", "")
        world.new_paragraph()
        world.say('"Stop," said {elder}, who had been watching. "If you pull at a knot, it fights back. Be gentle and '
                  'look where it begins."',
                  '{Elder} came by and bent over it. "The more you hurry, the longer it will take," said {elder}. '
                  '"[Loosen|Wiggle] it, one loop at a time."')
        world.say("{Hero} took a deep breath, sat down and searched for the end. {Hero.he} pushed it through one "
                  "loop, and then through the next.",
                  "So {hero} counted to ten, and then {hero.he} picked at the string with {hero.his} fingertips, "
                  "slowly, loop by loop.")
        world.say("Outside, the others were already [singing|laughing]. {Hero.his} ears wanted to run to them, but "
                  "{hero.his} hands stayed calm.",
                  "Once {hero.he} nearly lost {hero.his} temper again. But {elder} hummed a little tune, and that "
                  "helped.")
        world.say("And all at once, the knot fell open like a flower. The string was straight!",
                  "Then the last loop slid away. The string lay smooth and long on the floor.")
        world.new_paragraph()
        world.say("{Hero} ran out and came just in time for {event}. Everyone admired {thing.the}.",
                  "With {thing.the} in {hero.his} hand, {hero} arrived at {event} a bit late, but very "
                  "[happy|glad|pleased].")
        world.say('On the way home {hero.he} met a child who was pulling at a knotted shoelace. "Wait," said {hero}. '
                  '"I will show you. It begins with a deep breath."',
                  'That night {hero.he} wound up the string very neatly. "So there will be no more knots," {hero.he} '
                  'told {elder}. "And if there are, I know what to do."')
        world.fact("What hung on the string?", "{Thing.the} hung on the string.")
        world.fact("Where did {hero.name} want to go?", "{Hero.name} wanted to go to {event}.")
        world.fact("Who told {hero.name} to be gentle?", "{Elder.name} told {hero.him} to be gentle.")
    elif course == "music":
        thing_among(world, ["flute", "guitar", "violin", "whistle"])
        world["song"] = world.pick("a song about the rain", "a lullaby", "a wedding dance", "a song about a sailor",
                                   "the march of the ants")
        world["song_name"] = definite(world["song"])
        world["sounded"] = world.pick("a door that needs oil", "a goose with a cold", "a cart on stones",
                                      "a cat in a bucket")
        world.ask("{hero.a} and {thing.a}", "{hero.a} who learned to play {song}")
        world.say('{Elder} could play {song} so well that even the [wind|birds] stopped to listen. "I want to play '
                  'like that. Today!" said {hero}.',
                  "One evening {hero.he} heard {elder} play {song}. The next day {hero.he} got {thing.a} and wanted "
                  "to play the same thing.")
        world.say("But when {hero.he} tried it on {thing.the}, it sounded like {sounded}.",
                  "{Hero} took {thing.the} and began. It sounded like {sounded}, and the neighbors closed their "
                  "windows.")
        world.say('"It is broken," {hero} [grumbled|said] and pushed it under the bed.',
                  "{Hero.he} tried it three times, and then {hero.he} threw it on the [pillow|sofa] in a rage.")
        world.new_paragraph()
        world.say('{Elder} picked it up again. "How long did I practice, do you think?" "[An hour|A day]?" "Ten '
                  'years," said {elder}. "One small bit each day."',
                  '"Do you know how one eats a giant pie?" asked {elder}. "One bite at a time. Today you learn the '
                  'first note. No more."')
        world.say("So {hero} learned one note. It was boring. On the next day {hero.he} learned a second one, and the "
                  "two of them sounded nice together.",
                  "Every day before supper, {hero} practiced as long as it took for the [kettle to boil|sun to leave "
                  "the wall]. Some days it went badly, and {hero.he} went on anyway.")
        world.say("Spring passed, and so did summer. One note joined the other, like beads on a thread.",
                  "The leaves fell, the snow came, and the snow melted again. {Hero} still practiced.")
        world.new_paragraph()
        world.say("One night, {hero} played {song_name} from beginning to end, without one wrong note. It was quiet "
                  "{place.at}, and everybody listened.",
                  "And one morning it simply happened: {song_name} came out, round and clear, and {elder} [began to "
                  "dance|wiped away a tear].")
        world.say('"That was not {sounded}," said {elder}. "[That was you|That was music]."',
                  'A little neighbor ran up. "I want to play like that. Today!" {Hero} laughed. "Then sit down. Here '
                  'is the first note."')
        world.fact("What did {hero.name} learn to play?", "{Hero.name} learned to play {song}.")
        world.fact("How did it sound at first?", "At first it sounded like {sounded}.")
        world.fact("Who taught {hero.name}?", "{Elder.name} taught {hero.him}.")
    else:
        world["worm"] = world.pick("a fat green caterpillar", "a striped caterpillar", "a hairy brown caterpillar")
        world["worm_name"] = definite(world["worm"])
        world["wings"] = world.pick("orange and black wings", "sky-blue wings", "red and yellow wings",
                                    "wings as white as paper", "wings as green as grass")
        world["leaf"] = world.pick("cabbage", "nettle", "oak", "fennel")
        world.ask("{hero.a} and {worm}", "{hero.a} who waited for a butterfly")
        world.say("One day {hero.he} became friends with {worm} that lived on {leaf} leaves. They [played|talked] "
                  "every day.",
                  "{Hero.his} best friend was {worm}, who ate {leaf} leaves and told funny stories.")
        world.say('"I must sleep now," {worm_name} said one evening, and it spun a gray [case|bag] around itself. '
                  '"[Wait for me|Do not wake me]." Then it was silent.',
                  'But one morning the friend was gone. Under a leaf there hung a [small|brown] cocoon, and from it '
                  'came a sleepy voice: "Wait for me."')
        world.say('{Hero} waited five minutes. Then {hero.he} [knocked|tapped]. "Are you ready?" There was no answer.',
                  "{Hero} tapped on it, shook the twig and sang loudly. Nothing moved.")
        world.new_paragraph()
        world.say('"I will open it with a [thorn|pin]," {hero} decided. "No!" called {elder}. "If you open it too '
                  'early, your friend will never fly."',
                  '{Hero.he} had already fetched a [needle|knife] when {elder} came. "Inside, something soft is '
                  'growing," {elder} said. "It will come when it is strong. You must trust it."')
        world.say("So {hero} [sat beside it|came every day], in the sun and in the rain. Once {hero.he} held a leaf "
                  "over it, to keep off the hail.",
                  "It was hard, but {hero} put down the tool. {Hero.he} made a little roof out of bark for the cocoon "
                  "and told it stories instead.")
        world.say("{Wait} went by. Then there was a soft crackle.",
                  "After {wait}, the cocoon [trembled|shook] and split open, all by itself.")
        world.new_paragraph()
        world.say('Out climbed a butterfly with {wings}. "You waited," it said. "Look what I have [become|made]!"',
                  "{Hero} held {hero.his} breath. A butterfly with {wings} crept out, shook itself and smiled a smile "
                  "that {hero.he} knew well.")
        world.say("It flew three times around {hero.his} head and landed on {hero.his} nose, and it still told funny "
                  "stories.",
                  "They played {place.at} until sunset, one on the ground and one in the air.",
                  '"Would you like some {leaf}?" asked {hero}. "No, thank you," said the butterfly. "I like flowers '
                  'now. But the stories are the same."')
        world.fact("Who told {hero.name} not to open the cocoon?", "{Elder.name} told {hero.him} not to open it.")
        world.fact("What did the wings look like?", "The butterfly had {wings}.")
        world.fact("How long did it take?", "It took {wait}.")
    moral(world, 0.45, "good things need time", "patience opens what force cannot",
          "those who wait with a calm heart do not wait in vain", "hurry makes a slow day")


# A small one helps a big one.

def small_helps_big(world):
    place_among(world, OUTDOORS + ["garden"])
    pair(world, BIG, SMALL, ["big", "strong", "huge", "mighty", "tall", "enormous"],
         ["tiny", "small", "very small", "little", "wee"])
    first = world.pick("rain", "puddle", "door", "hunger", "lost")
    then = world.pick("thorn", "latch", "fog", "crack", "sleep", "fire")
    world["small_food"] = world.pick("a crumb of cake", "a drop of honey", "half a raspberry", "a bit of pear",
                                     "a sugar grain", "a sunflower seed")
    world.ask("{hero.a} and {friend.a}",
              "{hero.a} and {place.a}",
              "{friend.a} who helped {hero.a}",
              "a small {friend.kind} and a big {hero.kind}",
              "{hero.a} who was kind to {friend.a}",
              "kindness that was repaid",
              "{friend.a} and {place.a}")
    world.say("{Hero_intro} lived {place.at}. {Hero.he} was so big that [the ground shook|the cups rattled] when "
              "{hero.he} [sneezed|walked].",
              "[Once upon a time|Long ago|One year], {place.at}, {hero_intro} was [out for a walk|on the way home].",
              '"Careful!" [squeaked|cried|called] a thin voice. {Hero_intro} [stopped|stood still], one foot in the '
              'air, and looked down.',
              "Everyone {place.at} knew {hero_intro}, for [it was hard not to see {hero.him}|{hero.his} shadow was as "
              "large as a barn].",
              "One [windy|cloudy|gray] morning, {hero_intro} came [stomping|strolling] along the path {place.at}.")
    if first == "rain":
        world["favor"] = "{hero.name} kept {friend.him} dry in the rain"
        world["favor_said"] = "you kept me dry in the rain"
        world.say("Rain came down in ropes, and under a bent leaf sat {friend_intro}, soaked and [shaking|trembling]. "
                  "{Hero} stood over {friend.him} like a roof until the sun [returned|came out].",
                  'In a sudden shower, {hero} saw {friend_intro} who was [clinging|holding on] to a stalk. "Come '
                  'under my chin," {hero} said. "It is dry there."')
    elif first == "puddle":
        world["favor"] = "{hero.name} lifted {friend.him} out of a puddle"
        world["favor_said"] = "you lifted me out of a puddle"
        world.say("In a muddy puddle, {friend_intro} was [paddling|splashing] for dear life. {Hero} [held "
                  "out|lowered] a twig and lifted {friend.him} out.",
                  "There, in a puddle as deep as a soup bowl, {friend_intro} [was about to sink|called for help]. "
                  "{Hero} fished {friend.him} out and [dried|warmed] {friend.him} with {hero.his} breath.")
    elif first == "door":
        world["favor"] = "{hero.name} moved a stone from {friend.his} door"
        world["favor_said"] = "you moved a stone from my door"
        world.say("Before a tiny house stood {friend_intro} and [wept|sobbed], because a stone had rolled in front of "
                  "the door. With one [push|nudge], {hero} moved it away.",
                  "{Friend_intro} could not get home: a heavy stone lay in front of {friend.his} door. For {hero} it "
                  "was as light as a [pea|button], and {hero.he} rolled it aside.")
    elif first == "hunger":
        world["favor"] = "{hero.name} gave {friend.him} {small_food}"
        world["favor_said"] = "you gave me {small_food}"
        world.say("At {hero.his} feet sat {friend_intro}, pale and hungry. {Hero} [bent down|knelt] and gave "
                  "{friend.him} {small_food}.",
                  '{Hero} was eating lunch when {friend_intro} crept closer and stared at the food. "Help yourself," '
                  'said {hero} and held out {small_food}.')
    else:
        world["favor"] = "{hero.name} carried {friend.him} home"
        world["favor_said"] = "you carried me home"
        world.say("On a leaf sat {friend_intro} who had lost the way home and was crying. {Hero} set {friend.him} on "
                  "{hero.his} head and carried {friend.him} to the right [tree|bush].",
                  "{Friend_intro} was lost in the high grass, and each blade looked like the last one. {Hero} picked "
                  "{friend.him} up and carried {friend.him} home in ten steps.")
    world.say('"Thank you," {friend} [said|piped]. "One day I will help you, too." {Hero} [chuckled|laughed kindly]. '
              '"You? Help me? [You are smaller than my nose!|How could you do that?]"',
              '"I will not forget that," said {friend}. "[When you need me|If you are ever in trouble], call me." '
              '"Sweet of you," said {hero} and thought, "{Friend.he} is much too small to help anyone."',
              '{Friend} bowed. "I owe you a favor." "[Never mind|Oh, do not bother]," {hero} [boomed|said]. "What '
              'could such a little one do for me?"')
    world.new_paragraph()
    world.say("[Some weeks|A month|Three weeks] later, {hero} got into trouble {hero.himself}.",
              "[Summer went by|Time passed|The moon grew round twice].",
              "Many days passed. {Hero} had almost forgotten about it.")
    if then == "thorn":
        world.say("{Hero} stepped on a thorn, and it went in deep. {Hero.he} [roared|howled] and hopped on the other "
                  "foot, but it was too small for {hero.him} to grip.",
                  "One day a tiny thorn got stuck in {hero.his} heel, too small to see and too sore to bear. {Hero} "
                  "limped along and moaned.")
        world["trouble"] = "had a thorn in {hero.his} foot"
        world["deed"] = "pulled out the thorn"
        world["tries"] = "The blacksmith came with big tongs, and the doctor with a long spoon"
        world.say('{Friend} [crawled|climbed] between the toes, where nobody else could reach. "[Hold still|Do not '
                  'giggle]. One, two, out!" And the thorn was gone.',
                  "But {friend} saw it from close up, like a tree trunk. {Friend.he} tied a thread around it, pulled "
                  "and pulled, and plop, out it came.")
    elif then == "latch":
        world.say("Some hunters caught {hero} and locked {hero.him} up in a shed with walls of iron. {Hero.he} pushed "
                  "and kicked, but the door did not move.",
                  "{Hero} went into an old tower to look around. Bang! The heavy door fell shut, and the latch "
                  "outside dropped down.")
        world["trouble"] = "was locked in"
        world["deed"] = "opened the latch from outside"
        world.say("{Friend} heard the thumping. {Friend.he} ran up the door, crept into the rusty lock and "
                  "[pushed|wiggled] until it went click, and the door swung open.",
                  "Nobody heard {hero.him}, except for {friend}, who came, climbed up to the latch and put all "
                  "{friend.his} weight on it. It was just enough. Click!")
    elif then == "fog":
        world.say("A thick fog came down, and {hero} could not see {hero.his} own feet. Somewhere near was a "
                  "[cliff|deep swamp]. {Hero.he} dared not take another step.",
                  "One evening the fog was like milk. {Hero} walked in circles, cold and {#scared}, and did not know "
                  "left from right.")
        world["trouble"] = "was lost in the fog"
        world["deed"] = "led {hero.him} through the fog"
        world.say('Then a thin voice said, "I know every [pebble|blade of grass] down here. Let me sit in your ear." '
                  'It was {friend}! "Left," {friend.he} said. "Stop. Now right."',
                  '"Follow my voice!" someone called. It was {friend}, who knew the ground from close up. {Friend.he} '
                  'went ahead and sang, and {hero} followed the song.')
    elif then == "crack":
        world["jewel"] = world.pick("{hero.his} only key", "a ring that had belonged to {hero.his} grandmother",
                                    "{hero.his} lucky coin", "{hero.his} silver medal")
        world["jewel_short"] = next(word for word in ("key", "ring", "coin", "medal") if word in world["jewel"].split())
        world.say("{Hero} dropped {jewel}, and it rolled into a narrow crack between two rocks. {Hero.he} could see "
                  "it shine, but not even {hero.his} smallest finger fit in.",
                  "Clink! {Jewel} fell through a gap in the floor. {Hero} lay on {hero.his} belly, poked about with a "
                  "stick and almost cried.")
        world["trouble"] = "had dropped {hero.his} {jewel_short} into a crack"
        world["deed"] = "fetched the {jewel_short} out of the crack"
        world.say('"That crack is as wide as a street," said {friend}, who had come along. {Friend.he} slipped '
                  'inside, and soon the {jewel_short} came out, and {friend} behind it.',
                  "{Friend} did not ask long. {Friend.he} vanished into the dark and came back, pushing the "
                  "{jewel_short} in front of {friend.him}.")
    elif then == "sleep":
        world.say("{Hero} could not sleep any more. For five nights {hero.he} rolled from one side to the other, and "
                  "{hero.his} eyes were [red|as small as slits].",
                  "A cough had kept {hero} awake all week. {Hero.he} was so tired that {hero.he} walked into trees.")
        world["trouble"] = "could not sleep"
        world["deed"] = "sang {hero.him} to sleep"
        world.say("Then {friend} sat down on the pillow, right beside {hero.his} ear, and [hummed|sang] the softest "
                  "of songs. It was so quiet that {hero} had to lie still to hear it. And then {hero.he} slept.",
                  '"Big noises keep you awake," said {friend}. "Small ones do not." {Friend.he} whispered a story, '
                  'all in one breath, and before it ended, {hero} was snoring.')
    else:
        world.say("One night, while {hero} slept like a log, a spark fell into the straw beside {hero.his} bed, and "
                  "smoke began to rise.",
                  "{Hero} had fallen asleep near the campfire. The wind turned, and the dry leaves began to glow.")
        world["trouble"] = "slept while a fire began"
        world["deed"] = "woke {hero.him} before the fire could spread"
        world.say("{Friend} smelled the smoke. {Friend.he} shouted, but the big ears did not hear. So {friend.he} "
                  "crept into {hero.his} nose and tickled. Atchoo! {Hero} sat up and stamped out the fire.",
                  "{Friend} saw it and did the only thing that {friend.he} could: {friend.he} pulled at {hero.his} "
                  "eyelashes, again and again. {Hero} awoke just in time and poured a bucket of water over the flames.")
    world.new_paragraph()
    world.say('"You said that I was too small," {friend} said. "[I was wrong|You were just the right size]," {hero} '
              'answered [and blushed|in a low voice].',
              '"How can I thank you?" asked {hero}. "You already did," said {friend}, "[before I helped you|long '
              'ago]. Remember? {Favor_said}."',
              '{Hero} remembered how {hero.he} had laughed, and {hero.he} was ashamed. "[A big heart can live in a '
              'small body|You are small only on the outside]," {hero.he} said.')
    world.say("That evening they shared supper: a bucketful for {hero} and {small_food} for {friend}.",
              "From that day on, {friend} rode on {hero.his} shoulder, and the two were [never apart|always together].",
              "Since then, {hero} looked down before each step, and whenever {hero.he} met someone small, {hero.he} "
              "said good day.",
              "{Hero} gave {friend.him} {small_food}, and {friend} gave {hero.him} a smile, and both were "
              "[full|happy].")
    world.fact("What did {hero.name} do for {friend.name}?", "{Favor}.")
    world.fact("What was the trouble of {hero.name}?", "{Hero.name} {trouble}.")
    world.fact("What did {friend.name} do for {hero.name}?", "{Friend.name} {deed}.")
    moral(world, 0.5, "no one is too small to help", "a kind deed comes back when it is needed most",
          "kindness is never wasted", "size does not make a friend")


# The lazy and the busy, before winter.

def before_winter(world):
    place_among(world, ["forest", "river", "meadow", "farm", "valley", "hill", "orchard", "garden", "mountain", "pond"])
    pair(world, WINTER, WINTER, ["lazy", "sleepy", "carefree", "dreamy", "jolly"],
         ["busy", "hard-working", "careful", "thoughtful", "neat"], child=0.1)
    thing_among(world, ["flute", "drum", "guitar", "violin", "hat", "scarf", "blanket", "pillow", "kite"])
    world["lounge"] = world.pick("lay in the hammock", "floated on a raft", "counted clouds", "slept in the shade",
                                 "made daisy chains", "blew dandelions")
    world["store"] = world.pick("apples", "nuts", "dried mushrooms", "sweet roots", "chestnuts", "pumpkins")
    world["gap"] = world.pick("a hole in the roof", "a broken window", "a crooked door", "a crack in the wall")
    world["gap_name"] = definite(world["gap"])
    course = world.pick("beg", "roof", "just in time", "music", "twist")
    world.ask("a lazy {hero.kind} and a busy {friend.kind}",
              "{hero.a} and {friend.a}",
              "{hero.a} and {place.a}",
              "{hero.a} who was not ready for winter",
              "a lazy {hero.kind}",
              "{friend.a} who gathered {store} for the winter",
              "winter {place.at}")
    world.say('All summer long, {hero_intro} {lounge} {place.at}. "[How lovely|What a life]!" {hero.he} liked to say.',
              "It was a golden autumn {place.at}. {Hero_intro} {lounge}, while next door {friend_intro} "
              "[carried|gathered] {store}.",
              '"Come and play!" called {hero_intro}. "[Not now|No time], winter is coming," answered {friend_intro}, '
              'who was carrying a [basket|load] of {store}.',
              "{Place.at} lived two neighbors. {Hero_intro} {lounge} all day, and {friend_intro} worked from dawn to "
              "dusk.",
              "In late summer, when the [evenings grew cool|swallows gathered], {friend_intro} began to collect "
              "{store}. But {hero_intro} {lounge}.",
              "[Yawn|Snore]! That was {hero_intro}, waking up at noon, as usual. Outside, {friend_intro} had been at "
              "work for hours.")
    if friend_unmet(world):
        world.say("{Hero.his} neighbor, {friend_intro}, was never idle. {Friend.he} gathered {store}, chopped wood "
                  "and stuffed moss into every crack.")
    if course == "music":
        thing_among(world, ["flute", "drum", "guitar", "violin"])
        world.ask("{hero.a} and {thing.a}")
        world.say("The only thing that {hero} did was play {thing.the}, and the whole neighborhood listened.",
                  "But {hero} had {thing.a}, and when {hero.he} played it, everyone's work went more easily.")
    world.say('"Your house has {gap}," said {friend}. "You should mend it." "[Tomorrow|Next week|Some other day]," '
              '{hero} [yawned|said].',
              '"Have you [filled your cellar|stored any food]?" asked {friend}. "And what about {gap_name}?" {Hero} '
              'waved a hand. "Winter is far away."',
              'The house of {hero} had {gap}, and the cellar was empty. "[I will do it later|There is plenty of '
              'time]," {hero} told {friend}.')
    world.fact("What was wrong with the house of {hero.name}?", "It had {gap}.")
    world.fact("What did {friend.name} gather?", "{Friend.name} gathered {store}.")
    world.new_paragraph()
    if course == "just in time":
        world["alarm"] = world.pick("a wild goose", "an old crow", "a swallow", "a gray heron")
        world["alarm_name"] = definite(world["alarm"])
        world.say('Then {alarm} [landed|rested] on the fence. "[Snow|Frost] comes in three days," it [called|croaked] '
                  'and flew on.',
                  'One morning there was ice on the puddle, as thin as paper. A cold wind blew, and {alarm} cried, '
                  '"[Hurry|Winter]!"')
        world.say('{Hero} jumped up. {Hero.he} looked at the empty shelves and felt {#scared}. "What have I done? No, '
                  'what have I not done?"',
                  "All at once {hero.he} was wide awake. There was no food, no wood, and there was {gap}!")
        world.say('{Hero.he} ran to {friend}. "I was [silly|lazy]. Please teach me how to work!" "[Take this '
                  'hammer|Roll up your sleeves]," said {friend}. "There is time, if we start now."',
                  '"Help me, please," {hero.he} begged. {Friend} could have said no. But {friend.he} said, "We begin '
                  'with {gap_name}."')
        world.new_paragraph()
        world.say("For three days {hero} [hammered|sawed], picked and carried. {Hero.his} back ached and {hero.his} "
                  "hands got blisters, but {hero.he} did not stop.",
                  "They mended {gap_name}, they filled the shelves, and they worked by lantern light until midnight.")
        world.say("When the first flakes fell, {hero} was sitting by {hero.his} own fire, with {store} on the shelf. "
                  "It felt wonderful, because {hero.he} had earned it.",
                  "On the third evening it began to snow. {Hero} closed the door, and not a breath of wind came in.")
        world.say('"And now," said {hero}, "we may be lazy, both of us." And all winter long, they were.',
                  "{Hero} invited {friend} to supper, and they laughed about {alarm_name} and the great hurry.")
        world.fact("Who warned {hero.name}?", "{Alarm} warned {hero.him}.")
    elif course == "twist":
        world.say("{Friend} worked so hard that {friend.he} forgot to rest. {Friend.he} did not [laugh|sing], and "
                  "{friend.he} never looked at the red leaves.",
                  "But {friend} overdid it. {Friend.he} filled one cellar, then a second, and even dreamed of {store}.")
        world.say('In the week before the first snow, {friend} [fell ill|fainted beside the woodpile]. "I cannot get '
                  'up," {friend.he} whispered, "and half of the {store} are still outside."',
                  "Then {friend.he} slipped from the ladder and hurt {friend.his} leg, and the last {store} were "
                  "still lying in the rain.")
        world.say("{Hero} [came by|heard it] and, for the first time in {hero.his} life, {hero.he} hurried. {Hero.he} "
                  "carried in the {store} and lit the stove.",
                  '"Stay in bed," said {hero}. "I know all about beds. I will do the work." And {hero.he} really did, '
                  'day after day.')
        world.new_paragraph()
        world.say("In the evenings {hero} showed {friend} how to do nothing: how to listen to the wind and how to "
                  "breathe slowly. {Friend} got better.",
                  "{Hero} learned how good it feels to finish something. And {friend} learned from {hero} how to nap.")
        world.say("Together they mended {gap_name} as well. Winter came, and they [shared|ate] the {store}, working a "
                  "little and resting a little.",
                  'When the snow fell, {friend} said, "Come and live with me until spring. Your house has {gap}, and '
                  'I have enough {store} for two."')
        world.fact("Who carried in the {store}?", "{Hero.name} carried them in.")
    else:
        world.say("But winter was not far away. One night the wind [howled|turned], and in the morning everything was "
                  "white.",
                  "Then the snow came, early and [thick|deep]. The paths were gone and the pond was hard as stone.",
                  "The first storm came in November. It [rattled at|shook] the shutters and buried the garden in snow.")
        if course == "roof":
            world.say("Icy air and snow came in through {gap_name}. {Hero} [put on every coat|crept under the bed], "
                      "but {hero.his} teeth chattered.",
                      "Because of {gap_name}, there was soon snow on the table, snow in the bed and an icicle on "
                      "{hero.his} nose.")
            world.say('All night {hero.he} shivered. In the morning {hero} waded through the snow to {friend}. "May I '
                      '[warm my hands|come in]?" {hero.he} asked.',
                      "{Hero} could not stand it any longer. {Hero.he} walked to the lit window of {friend} and "
                      "knocked.")
            world.say('"Come in," said {friend}. "But tomorrow we mend your house, in the snow, and you climb the '
                      'ladder." {Hero} nodded.',
                      '{Friend} gave {hero.him} hot [broth|milk] and a hammer. "The drink is for today," {friend.he} '
                      'said. "The hammer is for tomorrow."')
            world.new_paragraph()
            world.say("It was hard work. The nails were icy and the boards were wet, and what would have taken an "
                      "hour in summer took [two days|all week].",
                      'With stiff fingers {hero} hammered, while {friend} held the ladder. "In summer this was easy," '
                      '{hero} groaned.')
            world.say("But at last it was done, and {hero.his} room grew warm. {Hero} was proud: it was the first "
                      "thing that {hero.he} had ever [mended|finished].",
                      "When the last nail was in, they sat by {hero.his} stove, and no flake came in.")
            world.say("The next summer, {hero} {lounge} only on Sundays. On all the other days {hero.he} worked "
                      "beside {friend}.",
                      'In spring, when the first flower opened, {hero} asked, "What must we do for next winter?" '
                      '{Friend} laughed so much that {friend.he} had to sit down.')
            world.fact("Who helped to mend the house?", "{Friend.name} helped to mend it.")
        elif course == "beg":
            world.say("{Hero} looked into {hero.his} cellar. There was one [dry bean|old onion], and even that had a "
                      "hole in it.",
                      "{Hero.his} stomach growled like a bear. On the shelf there was nothing but dust.")
            world.say('{Hero.he} knocked at the door of {friend}. "Could you spare some {store}?" {hero.he} asked in '
                      'a small voice. "What did you do all summer?" asked {friend}. "I {lounge}," {hero} whispered.',
                      'So {hero.he} went to {friend} through the deep snow. "I was foolish," {hero.he} said. "I '
                      '{lounge}, and you warned me. Now I am hungry."')
            world.say('{Friend} thought about it. "I will share, but not for nothing. You can [wash the dishes|sweep '
                      'the floor] and shovel the snow."',
                      '"Sit down and eat," said {friend}. "And after that, there is wood to chop."',
                      '{Friend} did not have the heart to send {hero.him} away. "Half of my {store} are yours," '
                      '{friend.he} said, "if you help me in spring."')
            world.new_paragraph()
            world.say("{Hero} did as {hero.he} was told. To {hero.his} surprise, work made the food taste better.",
                      "So {hero} stayed, worked and ate, and the winter went by more quickly than {hero.he} had "
                      "thought.")
            world.say('When the snow melted, {hero} got up before sunrise and mended {gap_name}. Then {hero.he} stood '
                      'at {friend.s} door with a basket. "I am ready," {hero.he} said.',
                      "In spring {hero} kept {hero.his} word. {Hero.he} planted, picked and carried beside {friend}, "
                      "and by autumn both cellars were full of {store}.")
            world.say('"Shall we be lazy for a bit?" asked {friend} on the last warm day. "One hour," said {hero}, '
                      'and that hour was the best of all.',
                      "")
            world.fact("Who gave {hero.name} something to eat?", "{Friend.name} gave {hero.him} something to eat.")
        else:
            world.say("{Hero} was cold and hungry. {Hero.he} had nothing left but {thing.the}.",
                      "Snow blew in through {gap_name}. {Hero} took {thing.the} under {hero.his} arm and went out to "
                      "look for help.")
            world.say("Next door, {friend} had food enough, but it was so [quiet|dark] and dull that {friend.he} "
                      "counted the {store} again and again, just to hear a voice.",
                      "{Friend} was warm and full, but {friend.he} was terribly bored. The evenings were long, and "
                      "there was nobody to talk to.")
            world.say('There was a knock. "I did not gather {store}," said {hero}, "but I gathered songs. May I trade '
                      'one for a bowl of soup?" {Friend} smiled. "Come in!"',
                      '"I cannot pay," said {hero} at the door, "except with music." "Music is what I need," said '
                      '{friend} and pulled {hero.him} in.')
            world.new_paragraph()
            world.say("So {hero} played, and {friend} cooked, and the whole house rang. Soon the other neighbors "
                      "came, too, and brought [chairs|cake].",
                      "Every night there was a concert now. {Friend} tapped {friend.his} feet, and {hero} ate until "
                      "{hero.he} was full.")
            world.say("In return for the food, {hero} also learned to [chop wood|cook], and {friend} learned to play "
                      "three notes on {thing.the}.",
                      'When spring came, {hero} mended {gap_name} {hero.himself}. "One can sing while one works," '
                      '{hero.he} had found out.')
            world.say("The next autumn they gathered {store} together, and {hero} made up a song for it.",
                      '"You fed my belly," said {hero}. "You fed my heart," answered {friend}.')
            world.fact("What did {hero.name} play?", "{Hero.name} played {thing.the}.")
            world.fact("What did {hero.name} give for the food?", "{Hero.name} gave music for it.")
    if course == "music":
        moral(world, 0.4, "songs are also a gift", "everyone has something to share")
    elif course == "twist":
        moral(world, 0.5, "there is a time to work and a time to rest", "too much work is as bad as too little")
    else:
        moral(world, 0.5, "whoever sleeps all summer will shiver all winter",
              "what must be done should be done in time", "tomorrow is a long word", "work first makes rest sweet")


def friend_unmet(world):
    """Whether the story has not spoken of the friend yet."""
    told = " ".join(world.paragraphs[-1])
    return world["friend"].kind not in told and (world["friend"].own_name or "?") not in told


# Many together.

# course: places, what is stuck, how to call it, where, why that is bad, what comes of moving it
OBSTACLES = {
    "tree": (["forest", "valley", "village", "hill"],
             ["a fallen tree", "an old oak that the storm had thrown down", "a long pine trunk"],
             "the tree", "across the only path", "nobody could get to the mill or the shop",
             "they sawed a piece off and made a long bench out of it"),
    "cart": (["village", "farm", "valley", "market"], ["a cart full of {load}", "a wagon with {load}"],
             "the cart", "in the deep mud", "the load had to be at the fair by noon",
             "the driver gave each of them some of the {load}"),
    "boat": (["lake", "river", "beach", "harbor"],
             ["a fishing boat", "a wooden boat with a blue stripe", "an old rowing boat"],
             "the boat", "on dry sand, far from the water", "there would be no fish for supper",
             "they all sailed out and caught a net full of fish"),
    "stone": (["village", "farm", "valley", "mountain", "garden"], ["a boulder", "a gray rock as high as a door"],
              "the rock", "on top of the only well", "everyone was thirsty",
              "they drew up cool water and drank, one after the other"),
    "pumpkin": (["farm", "garden", "village"], ["a giant pumpkin", "a pumpkin as big as a hut"],
                "the pumpkin", "in the vegetable bed", "the great pumpkin contest was that very day",
                "their pumpkin won the first prize, and they made soup of it for everybody"),
}


def many_together(world):
    course = world.pick("tree", "cart", "boat", "stone", "pumpkin")
    places, blocks, world["it"], world["where"], world["need"], world["reward"] = OBSTACLES[course]
    place_among(world, places)
    pronouns = ["she", "he", world.pick("she", "he")]
    cast(world, "hero", BIG + TALKERS, pronouns[0], ["strong", "proud", "stubborn", "sturdy", "young"], child=0.2)
    cast(world, "friend", TALKERS + SLOW, pronouns[1], ["quick", "clever", "round", "cheerful", "bossy"])
    cast(world, "third", SLOW + WINTER, pronouns[2], ["calm", "broad", "shy", "sleepy", "loud"], named=0)
    cast(world, "small", SMALL, world.pick("she", "he"), ["tiny", "very small", "little"])
    world["load"] = world.pick("cabbages", "pears", "apples", "cheese wheels", "melons")
    world["block"] = world.pick(*blocks)
    world["block_name"] = definite(world["block"])
    world["chant"] = world.pick("Heave ho", "One, two, three", "All together now", "Push, push, push", "Now or never")
    how = world.pick("count", "proud", "rollers", "last")
    world.ask("{hero.a} and {friend.a}",
              "{hero.a}, {friend.a} and {small.a}",
              "{hero.a} and {place.a}",
              "{block} that nobody could move",
              "how they moved {block}",
              "{small.a} who helped to move {block}",
              "friends who worked together")
    world.say("One [windy|misty|bright] morning, {block} was stuck {where} {place.at}. That was bad, because {need}.",
              "There was trouble {place.at}. {Block} was stuck {where}, and {need}.",
              '"How did that get there?" somebody asked. {Block} was stuck {where} {place.at}, and {need}.',
              "All was quiet {place.at} until somebody shouted for help. {Block} was stuck {where}, and {need}.",
              "After a [long|stormy|wet] night, {block} was stuck {where} {place.at}, and {need}.",
              '"Oh no, look at that!" {Block} was stuck {where} {place.at}. Everyone [groaned|was upset], for {need}.',
              "Nobody {place.at} had ever seen such a thing: {block} was stuck {where}. And {need}!",
              "[Long ago|Once], {place.at}, {block} got stuck {where}. People [scratched their heads|wrung their "
              "hands], because {need}.")
    world.new_paragraph()
    world.say('First came {hero_intro}. "[I am strong|Step back]. I can do it alone," {hero.he} [said|declared]. '
              '{Hero.he} pushed until {hero.his} face was [red|purple], but {it} did not move.',
              '"Leave it to me," said {hero_intro} and took a deep breath. {Hero.he} [pulled|shoved] and '
              'grunted. {It} stayed where it was.',
              "{Hero_intro} [took a run|leaned against it] and pushed with all {hero.his} might. It was like pushing "
              "a mountain.")
    if how == "proud":
        world.say('"Shall I help you?" asked {friend_intro}. "[No need|I need no one]," {hero} panted. {Third_intro} '
                  'offered a hand, too, but {hero} shook {hero.his} head.',
                  '{Friend_intro} and {third_intro} came to watch. "[Can we do anything|Do you need help]?" they '
                  'asked. "No!" {hero} [snapped|growled].')
    else:
        world.say('"Let me try," said {friend_intro}. {Friend.he} pulled and [puffed|jerked]. Nothing. Then '
                  '{third_intro} tried. Nothing.',
                  '{Friend_intro} and {third_intro} came to watch. "Do you need help?" they asked. Each of them '
                  'tried, one after the other, but {it} was too heavy.')
    if how == "proud":
        world.say("An hour went by. {Hero} had sore arms and a [scratched knee|bump on {hero.his} head], and {it} had "
                  "not moved by an inch.",
                  "{Hero} tried it with the left shoulder, with the right shoulder and with {hero.his} back. At last "
                  "{hero.he} sat down and [panted|wiped {hero.his} brow].")
        world.say('Then {small_intro} said, "It is no shame to ask." {Hero} looked at {small}, and at the others, and '
                  'swallowed. "Please," {hero.he} said, "will you help me?"',
                  'It was {small_intro} who sat down beside {hero.him}. "Your friends are waiting for one little '
                  'word," {small} said. {Hero} sighed. "Please?" {hero.he} asked.')
        world.fact("What did {hero.name} have to say?", "{Hero.name} had to say \"please\".")
    elif how == "count":
        world.say("So they all tried at once. But {hero} pushed to the left, {friend} pulled to the right, and "
                  "{third} got squeezed in the middle.",
                  "Then they did it together, but what a mess! One pushed while another rested, and they stepped on "
                  "each other's toes and quarreled.")
        world.say('"Stop!" called {small_intro} from the top of {it}. "You are all strong, but never at the same '
                  'time. Listen to me! I will [count|call]."',
                  '{Small_intro} [hopped|climbed] onto {it}. "May I say something?" {small.he} asked. "You need a '
                  'beat. When I call, everyone pushes the same way."')
        world.fact("What went wrong at first?", "They did not push at the same time.")
    elif how == "rollers":
        world["roller"] = world.pick("round logs", "smooth broomsticks", "old pipes", "wooden barrels")
        world.say('{Small_intro} looked under {it}. "You push against the ground," {small.he} said. "What if there '
                  'were {roller} under it?"',
                  'Everyone wanted to give up. But {small_intro} was watching a ball that rolled down the path. '
                  '"Round things are easy," {small.he} said. "Let us fetch {roller}!"')
        world.say("They laughed at first, but then they [ran off|went] and brought {roller}, as many as they could "
                  "find. {Hero} lifted one edge a bit, and {friend} pushed them under.",
                  "{Friend} knew where there were some, {third} dragged them there, and {hero} wedged them in with a "
                  "long pole.")
        world.fact("What did they put under {it}?", "They put {roller} under it.")
        world.fact("Who had the idea?", "{Small.name} had the idea.")
    else:
        world.say("So they made a row: {hero}, then {friend}, then {third}. They pulled at a thick rope. {It} shook, "
                  "but it did not come.",
                  "They all pushed side by side, {hero}, {friend} and {third}. {It} creaked. It tilted a tiny bit, "
                  "and then it slid back.")
        world.say('"I can help, too," said {small_intro}. "[You are no bigger than a button|You weigh less than a '
                  'sneeze]," said {friend}. "[But I am not nothing|A little is more than nothing]," {small} answered '
                  'and joined them.',
                  '"Wait for me!" {Small_intro} came running. {Friend} wanted to laugh, but {hero} said, "[Every bit '
                  'counts|Let {small.him} try]."')
        world.fact("Who joined them last?", "{Small.name} joined them last.")
    world.new_paragraph()
    world.say('"{Chant}!" {small} called. "{Chant}!" Feet dug into the earth and shoulders pressed. {It} trembled, '
              'creaked, and then, with a [jolt|groan], it moved!',
              'So they stood close together and took a deep breath. "{Chant}!" they shouted. There was a crack and a '
              'rumble, and {it} began to [slide|move].',
              '"{Chant}!" they sang, and pushed all at once. Nothing. "{Chant}!" {It} [wobbled|rocked]. "{Chant}!" '
              'And off it went!')
    world.say("They [tumbled|fell] over each other and laughed until they had hiccups. Soon the work was done, and "
              "{reward}.",
              "What a cheer there was! Soon it was done, and {reward}.",
              "When it was done, {reward}.")
    say_if_short(world,
                 '"I thought that I was strong," said {hero}. "But we are stronger." And {hero.he} lifted {small} up, '
                 'so that everyone could cheer.',
                 '"Who did it?" asked {third}. "I did," said {small}, "and you, and {hero}, and {friend}. [None of us '
                 'alone|All of us]."', "{Hero} shook hands with everyone, with {small} too, very carefully.",
                 '"Next time I will ask sooner," said {hero}.')
    world.say("",
              'And when something was too heavy {place.at}, they only had to call "{chant}!" and all came running.',
              "For years they told how {small} and the others had moved {block_name}.")
    world.fact("What was stuck?", "{Block} was stuck {where}.")
    world.fact("What did they shout?", "They shouted \"{chant}\".")
    moral(world, 0.5, "many together can do what one alone cannot", "even the smallest push counts",
          "a shared load is a light one", "it is wise to ask for help")


PLOTS = [boastful_racer, greedy_one, lie_found_out, patience, small_helps_big, before_winter, many_together]
