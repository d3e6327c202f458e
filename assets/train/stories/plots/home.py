"""At home and at school: bedtime, baking, learning, rainy days, new babies and pets, first days and loose teeth."""

from .. import lexicon
from ..engine import Character, Thing

HOME_ANIMALS = """fox rabbit bear mouse squirrel hedgehog pig cat dog badger mole beaver otter raccoon panda koala
kitten puppy lamb monkey elephant lion tiger goat penguin duck sheep wolf donkey""".split()
HOME_CREATURES = "dragon robot troll elf witch princess prince wizard giant fairy".split()
SAFE_HOMES = "den burrow cave hole tree castle tower cottage workshop barn stable house".split()
LOOKS = lexicon.WORDS["color"] + ["striped", "spotted", "shiny", "old", "new", "soft", "checkered", "bright"]
CALLS = {"mother": ["Mom", "Mama"], "father": ["Dad", "Papa"], "grandmother": ["Grandma", "Granny"],
         "grandfather": ["Grandpa", "Grandad"], "aunt": ["Auntie"], "uncle": ["Uncle"]}
FAMILY = {"mother": "she", "father": "he", "grandmother": "she", "grandfather": "he", "aunt": "she", "uncle": "he"}


def someone(world, *without, traits="curious gentle kind quiet polite dreamy playful thoughtful cheerful"):
    """A he or she who can live in a house; never one of the kinds or pronouns in `without`."""
    while True:
        draw = world.rng.random()
        if draw < 0.5:
            character = world.child()
        else:
            entries, names = (lexicon.ANIMALS, HOME_ANIMALS) if draw < 0.87 else (lexicon.CREATURES, HOME_CREATURES)
            kind, home, food, skill, sound = world.pick(*[entry for entry in entries if entry[0] in names])
            gender = world.pick("she", "he")
            gender = {"princess": "she", "witch": "she", "prince": "he", "wizard": "he"}.get(kind, gender)
            name = world._fresh(lexicon.PET_NAMES) if world.chance(0.65) else None
            character = Character(world.rng, kind, name, gender, False,
                                  {"home": home, "food": food, "skill": skill, "sound": sound})
        if character.kind not in without and character.he not in without:
            break
    character.trait = world.pick(*traits.split())
    return character


def relative(world, hero, *kinds):
    """Someone of the hero's family, called "his mother"; {call} is how the hero speaks to her."""
    kind = world.pick(*(kinds or FAMILY))
    traits = {"home": "house", "food": world.pick(*lexicon.FOODS), "skill": "tell stories", "sound": "smiled"}
    character = Character(world.rng, kind, None, FAMILY[kind], False, traits)
    character.a = character.the = character.name = f"{hero.his} {kind}"
    world["call"] = world.pick(*CALLS[kind])
    return character


def item(world, kind, *looks):
    thing = Thing(world.rng, (kind, "use it"))
    thing.look = world.pick(*(looks or LOOKS))
    thing.bare = f"{thing.look} {kind}"
    thing.a, thing.the = f"a {thing.bare}", f"the {thing.bare}"
    return thing


def definite(text):
    """"a belt that had slipped off" becomes "the belt": to speak of it again."""
    words = text.split()[1:]
    for stop in ("that", "tied", "with", "hung", "on", "over", "in", "ready"):
        if stop in words[1:]:
            words = words[:words.index(stop)]
    return "the " + " ".join(words)


def introduce(world, hero):
    """{described}: the hero with kind, for "there was"; {home}: where the hero lives."""
    adjective = world.pick("", "little ", "small ", "young ", hero.trait + " ", hero.trait + " little ")
    name = f" {world.pick('named', 'called')} {hero.own_name}" if hero.own_name else ""
    world["hero"] = hero
    world["described"] = f"a {adjective}{hero.kind}{name}"
    world["home"] = hero.home if hero.home in SAFE_HOMES else "house"
    if hero.own_name:
        world.ask("{hero.a} named {hero.own_name}")


SHADOWS = [
    ("a bear with long arms", "a coat on a hook", "by the door"),
    ("a witch with a crooked hat", "a lamp with a towel over it", "in the corner"),
    ("a snake ready to bite", "a belt that had slipped off the chair", "on the floor"),
    ("a wolf with pointed ears", "a pair of boots on top of a box", "near the cupboard"),
    ("a giant with a round head", "a balloon tied to the shelf", "above the toys"),
    ("a crocodile with an open mouth", "a suitcase that nobody had closed", "under the window"),
    ("a hairy spider", "an old mop", "behind the door"),
    ("a ghost with no feet", "a white shirt hung up to dry", "beside the mirror"),
    ("a monster with a long nose", "a watering can", "on the window sill"),
    ("a thief in a cape", "a folded curtain", "next to the wall"),
]
NOISES = [
    ("scratch, scratch", "a twig that rubbed against the window"), ("tap, tap, tap",
    "water that dripped into the sink"),
    ("whoo, whoo", "the wind in the chimney"), ("rattle, rattle", "a loose shutter"),
    ("creak, creak", "a wooden board on the stairs"), ("tick, tock", "the old clock in the hall"),
    ("rumble, rumble", "somebody snoring next door"), ("clink, clink", "a spoon that swung on its nail"),
]
VISITORS = [("moth", "its wings were dusty"), ("hamster", "its cheeks were full"), ("gecko", "its toes were sticky"),
            ("baby owl", "its feathers stuck out"), ("bat", "its ears were huge"), ("toad", "its skin was wet")]


def afraid_of_the_dark(world):
    world["shadow"], world["truth"], world["corner"] = world.pick(*SHADOWS)
    world["real"], world["monster"] = definite(world["truth"]), definite(world["shadow"])
    hero = someone(world, *[kind for kind in ("bear", "wolf", "witch", "giant") if kind in world["shadow"]])
    introduce(world, hero)
    world["parent"] = relative(world, hero)
    world["toy"] = item(world, world.pick("toy rabbit", "cloth horse", "knitted whale", "stuffed goose", "blanket",
                        "toy camel"))
    world["noise"], world["cause"] = world.pick(*NOISES)
    world["light"] = item(world, world.pick("lantern", "night light", "flashlight"), *lexicon.WORDS["color"])
    course = world.pick("look", "visitor", "stars", "guest", "brave", "brave")
    world.ask("{hero.a} who was afraid of the dark", "{hero.a} at bedtime", "{hero.a} and {toy.a}",
              "{hero.a} who could not sleep", "a dark bedroom and {hero.a}")
    world.say("Once upon a time, there was {described} who [loved the sunny day but not the night|was afraid of the "
              "dark].",
              "{Described} was [never afraid|not scared of anything] in the daytime. But at night, everything was "
              "different.",
              'Every evening, {hero.intro} asked the same thing: "[Must I really|Do I have to] go to bed?"',
              "It was bedtime in the {home} of {described}. [Outside, the moon was thin|The sky was black as coal].",
              '"Please leave the door open," said {hero.intro}, [pulling|as {hero.he} pulled] the covers up to '
              '{hero.his} chin.',
              "[The sun had gone down|The last light had faded], and {hero.intro} lay in bed with wide open eyes.",
              "There was one thing that {hero.intro} did not like: the dark.")
    world.say("In {hero.his} arms {hero.he} [held|squeezed] {toy.a}, because it [smelled of home|made {hero.him} feel "
              "safe].",
              "{Hero.he} always slept with {toy.a}, [which had been a birthday present|which went everywhere with "
              "{hero.him}].",
              "Beside {hero.him} lay {toy.a}, [{hero.his} favorite thing|the thing that {hero.he} loved most].")
    if course == "guest":
        world["friend"] = someone(world, hero.kind, hero.he)
        world.ask("{hero.a} and {friend.a}", "two friends who were afraid at night",
                  "{hero.a} whose friend stays for the night")
        world.say("That night, {friend.intro} was staying in the {home}, [on a mattress next to the bed|in a sleeping "
                  "bag on the floor].",
                  "{Friend.intro} had come to spend the night and lay [on the sofa|under a heap of blankets] in the "
                  "same room.")
    world.say("{Parent} [kissed {hero.him} good night|tucked {hero.him} in] and [blew out the candle|turned off the "
              "light].",
              "When {parent} had [read the last page of the book|sung the last song], the light went out.")
    world.new_paragraph()
    world.say("[Soon|After a while|A moment later], {hero} [saw|noticed] a dark shape {corner}. It looked like "
              "{shadow}!",
              "Then something {corner} [seemed to move|gave {hero} a fright]. [Was it|Could it be] {shadow}?",
              "But what was that {corner}? In the gloom it looked just like {shadow}.")
    world["heard"] = world.chance(0.5) and course in ("look", "brave", "guest")
    if world["heard"]:
        world.say('"{noise}," [went something|it went] in the [silence|dark].',
                  'And there was a noise, too: "{noise}!"', 'At the same time, something went "{noise}".')
    world.say("{Hero.his} heart [beat fast|thumped like a drum|hammered], and {hero.he} [hid under the covers|did not "
              "dare to breathe].",
              "{Hero} [trembled|shivered] from head to [toe|foot] and [hugged|held on to] {toy}.",
              "{Hero} was so {#scared} that {hero.his} [knees shook|mouth went dry|teeth chattered].")
    world.fact("What did {hero.name} sleep with?", "{Hero.he} slept with {toy.a}.")
    if course == "look":
        world.ask("{hero.a} and {parent.a}", "a shadow that was only {truth}")
        world.say('"{call}! [Come quickly|Please come]!" {hero} [called|cried|shouted]. "[There is|I can see] '
                  '{shadow} in my room!"')
        world.say("{Parent} came [at once|in slippers|running] and [sat down on the edge of the bed|took {hero.him} "
                  "by the hand].")
        world.say('"Let us [have a look|find out] together," {parent.he} said [softly|calmly|in a warm voice].',
                  '"Things look strange when we cannot see them well," {parent.he} [explained|said]. "Come and look."')
        world.new_paragraph()
        world.say("{Parent} [switched on|held up] {light.a}, and the room [turned gold|became bright].")
    elif course == "brave":
        world.ask("{hero.a} and {light.a}", "{hero.a} who was brave at night")
        world.say('"{call} is asleep, so I must be brave," {hero} whispered.',
                  'Then {hero} [thought|said to {hero.himself}]: "[If I look, I will know what it is|Hiding does not '
                  'help me]."',
                  '"Dear {toy.kind}, are you scared too? Then I will protect you," {hero.he} [whispered|said].')
        world.say("On the table stood {light.a}. {Hero} [counted to three|took a deep breath] and [reached "
                  "for|grabbed] it.",
                  "Slowly, {hero.he} [put one foot on the cold floor|slid out of bed] and [found|felt for] {light.a} "
                  "on the shelf.")
        world.new_paragraph()
        world.say("Click! [A bright circle|A beam of light] [danced over|jumped across] the wall.",
                  "{Hero.he} [pointed|turned] the light straight at the dark shape.",
                  "Then there was light in the room.")
    elif course == "guest":
        world.say('"Are you awake?" {hero} [whispered|asked]. "[I am a bit scared|I do not like the dark]."',
                  '{Hero} [wanted to seem|tried to look] brave, but then {hero.he} said: "I am scared. Are you?"')
        world.say('"[So am I|Me too|I am, too]," {friend} [answered|whispered back]. "I [thought|believed] that I was '
                  'the only one."')
        world.say("[It felt good not to be alone|Now it was only half as bad], so they [made a plan|held hands and "
                  "got up].")
        world.new_paragraph()
        world.say("{Friend} [opened the curtain|pulled the curtain aside], and moonlight [fell|poured] into the room.",
                  "{Hero} held {light.a}, and {friend} [switched it on|made it shine].")
    if course in ("look", "brave", "guest"):
        world.say("[There was no monster at all|Nobody was there]! The thing {corner} was only {truth}.",
                  "And what was {corner}? [It was just|Nothing but] {truth}!")
        if world["heard"]:
            world.say("And the noise was only {cause}.", "The noise had come from {cause}.",
                      '"And that noise is {cause}," said {%s}.' % {"look": "parent", "guest": "friend"}.get(course,
                      "hero"))
            world.fact('What went "%s"?' % world["noise"], "It was {cause}.")
        world.fact("What looked like {shadow}?", "It was {truth}.")
        world.say("{Hero} [giggled|laughed] because {hero.he} had been afraid of such a [silly|harmless] thing.",
                  "[How funny|What a surprise]! {Hero} [laughed|chuckled] until {hero.his} belly hurt.",
                  '"I was afraid of THAT?" said {hero}, and had to [grin|laugh].')
        if course == "look":
            world.say("{Parent} [left|put] {light} beside the bed, so that {hero} could [check|look] again at any "
                      "time.",
                      '"You may keep {light.the} near you," said {parent}. "But I do not think you will need it."')
            world.fact("Who came when {hero.name} called?", "{Parent} came.")
        elif course == "guest":
            world.say('"Let us promise [something|one thing]," said {friend}. "When one of us is scared, we '
                      '[tell|wake] the other."',
                      "They [told jokes|talked about breakfast] until they were too tired to be afraid.")
            world.fact("Who stayed with {hero.name} for the night?", "{Friend.name} stayed with {hero.him}.")
        else:
            world.say('In the morning {hero} told {parent} about it. "[What a brave heart you have|You did that all '
                      'alone]!" said {parent}.',
                      "{Hero} even [bowed to|said good night to] {real}.")
            world.fact("What did {hero.name} use to see in the dark?", "{Hero.he} used {light.a}.")
        world.say("Then {hero} lay down with {toy}, and [this time|soon] {hero.he} slept [like a stone|deeply] until "
                  "the morning.",
                  "From that night on, when {hero.he} saw a strange shape, {hero.he} [smiled|yawned] and thought of "
                  "{real}.",
                  "Soon nothing could be heard but quiet breathing. {Hero} was asleep, with {toy} under one arm.")
    elif course == "visitor":
        world["animal"], world["detail"] = world.pick(*VISITORS)
        world.ask("{hero.a} and a lost {animal}", "a small {animal} that was scared at night")
        world.say('Then a tiny voice said: "[Please do not hurt me|Is anybody there? I am frightened]."',
                  "Then {hero} heard [a sniff|a sob|a very small cry]. Was somebody crying [in the dark|over there]?")
        world.new_paragraph()
        world.say("{Hero} [forgot|lost] {hero.his} fear, because somebody needed help. {Hero.he} [found and switched "
                  "on|switched on] {light.a}.",
                  "Whoever cries cannot be [dangerous|a monster], {hero} thought, and [quickly|bravely] switched on "
                  "{light.a}.")
        world.say("The shape was only {truth}, and in front of it sat a {animal}. It was [shaking|lost], and {detail}.",
                  "There was no monster at all, only {truth}. [Behind|Next to] it crouched a little {animal}, and "
                  "{detail}.")
        world.say('"I got in [by mistake|through the window], and now I cannot find the way out," [it said|said the '
                  '{animal}].',
                  '"It is so dark in here, and I [miss|want] my mother," it [said|sobbed].')
        world.say('"[Do not worry|Do not be afraid]," said {hero}. "The dark is only [the day with its eyes closed|a '
                  'big blanket]."',
                  '"I know how that feels," {hero} told it. "[Hold|Touch] my {toy.kind}. It always helps me."')
        world.say("{Hero} opened the window, and the {animal} [thanked {hero.him}|waved] and [slipped out|went home] "
                  "into the night.")
        world.say("Back in bed, {hero} noticed that {hero.he} [had not thought of {monster} again|was not afraid any "
                  "more].",
                  "When {parent} came in the next morning, {hero} said: \"[The dark is not bad|I like the night now]. "
                  "It is full of little ones who need a friend.\"")
        world.say("And {toy} [seemed to smile|lay close beside {hero.him}].", "")
        world.fact("Who was crying in the dark?", "A little {animal} was crying.")
        world.fact("What was the dark shape?", "It was {truth}.")
    else:
        world.ask("{hero.a} and {parent.a}", "{hero.a} and the stars")
        world["treat"] = world.pick("warm milk", "hot cocoa", "sweet tea", "apple juice")
        world["count"] = world.word("number")
        world.say('"I cannot sleep, because it is too dark," {hero} told {parent}, [near tears|with a shaky voice].',
                  "So {hero} [ran|tiptoed] to {parent} and [told {parent.him} everything|asked for help].")
        world.say('"It was only {truth} that you saw," said {parent}. "But come, I will show you what the dark is '
                  'good for."')
        world.new_paragraph()
        world.say("{Parent} wrapped {hero.him} in a [thick|woolen] coat and [carried|led] {hero.him} [out to the "
                  "garden|outside].")
        world.say("They [sat on the steps|lay down in the grass] and drank {treat}. [High above|Over their heads] "
                  "[shone|sparkled] a thousand stars.")
        world.say('"Can you see these at noon?" asked {parent}. {Hero} shook {hero.his} head.',
                  '"Without the dark, there would be no stars," {parent} [said|explained].')
        world.say("[An owl called|Fireflies blinked|Crickets played their fiddles], and the [flowers|roses] smelled "
                  "sweeter than in the day.")
        world.say("{Hero} counted {count} [falling|very bright] stars and made a wish for each of them.")
        world.fact("What did they drink under the stars?", "They drank {treat}.")
        world.fact("How many stars did {hero.name} count?", "{Hero.he} counted {count} stars.")
        world.new_paragraph()
        world.say("[The next night|From then on], {hero} [opened the curtain|looked out] [and said good evening to "
                  "the stars|before going to bed].",
                  "When {hero.he} was back in bed, the dark did not feel empty any more. It felt [soft|friendly].")
        world.say("{Hero.he} [whispered|said] to {toy}: \"The dark is [where the stars live|the house of the stars].\"",
                  "And if {hero.he} ever woke up at night, {hero.he} [remembered|thought of] the {treat} and the "
                  "{count} stars, and smiled.")


# name, "was" or "were", the main thing in it, what one does first, how it smells
DISHES = [
    ("apple pie", "was", "apples", "peeled the apples"), ("pancakes", "were", "eggs", "cracked the eggs"),
    ("chocolate cake", "was", "chocolate", "melted the chocolate"), ("pumpkin soup", "was", "pumpkin",
    "chopped the pumpkin"),
    ("honey cookies", "were", "honey", "warmed the honey"), ("cherry muffins", "were", "cherries",
    "washed the cherries"),
    ("banana bread", "was", "bananas", "mashed the bananas"), ("cheese rolls", "were", "cheese", "grated the cheese"),
    ("vegetable stew", "was", "carrots", "scrubbed the carrots"), ("plum tart", "was", "plums", "sliced the plums"),
    ("ginger biscuits", "were", "ginger", "measured the ginger"), ("tomato pizza", "was", "tomatoes",
    "cut the tomatoes"),
]
SWEET = "pie pancakes cake cookies muffins bread tart biscuits".split()


def baking(world):
    hero = someone(world, traits="curious cheerful clumsy lively hungry proud helpful careful messy dreamy")
    introduce(world, hero)
    friend = world["friend"] = someone(world, hero.kind, hero.he, traits="patient kind clever funny calm helpful")
    world["elder"] = relative(world, hero)
    world["dish"], world["was"], world["part"], world["first"] = world.pick(*DISHES)
    plural = world["was"] == "were"
    world["them"], world["they"] = ("them", "they") if plural else ("it", "it")
    world["some"] = "" if plural or world["dish"].split()[-1] in ("soup", "bread", "stew") else "a"
    world["bowl"] = item(world, world.pick("bowl", "apron", "spoon", "recipe card", "tea towel"),
                         *lexicon.WORDS["color"], "striped", "spotted", "old", "checkered")
    world["reason"] = world.pick(
        "it was {elder.s} birthday", "{elder} was coming home after a long trip", "{elder} had a bad cold",
        "{elder} had worked hard all week", "{hero.he} wanted to thank {elder} for a new coat")
    world["reason"] = world.fill("so " + world["reason"] + ".")[3:-1]
    sweet = world["dish"].split()[-1] in SWEET
    mishap = world.pick(*(["salt"] if sweet else []), "burnt", "dropped", "missing", "mess")
    world.ask("{hero.a} and {friend.a}", "{hero.a} who made {some} {dish}", "{dish}", "{hero.a} and {elder.a}",
              "a cook who did not give up", "{hero.a} in the kitchen", "{hero.a} and {bowl.a}")
    world.say("{Hero.intro} wanted to make {some} {dish}, because {reason}.",
              "One {#weather} [morning|afternoon], {hero.intro} [marched|hurried] into the kitchen. \"Today I will "
              "make {some} {dish}!\" {hero.he} [announced|said].",
              "There was {described} who [loved cooking|liked to stir and taste]. One [Sunday|Saturday], {hero.he} "
              "decided to make {some} {dish}, because {reason}.",
              '"How hard can it be to make {some} {dish}?" [asked|said] {hero.intro}.',
              "In a [small|warm] kitchen with [yellow|blue] walls, {described} [rolled up {hero.his} sleeves|washed "
              "{hero.his} hands].",
              "Once upon a time, {described} had a [wonderful|tasty] idea. [Why not make|What about making] {some} "
              "{dish}?")
    if "because" not in world.paragraphs[-1][-1]:
        world.say("{Hero} wanted to [do|try] it, because {reason}.",
                  "It had to be ready by [the evening|five o'clock], because {reason}.")
    world.say("{Hero.he} [took out|found] {bowl.a} that had once belonged to {hero.his} great-grandmother.",
              "First {hero.he} [got|fetched] {bowl.a} from the [drawer|cupboard], since {hero.he} never cooked "
              "without it.",
              "On the table lay [flour|butter], {part}, [a wooden board|a sieve], and {bowl.a}.")
    world.say("Then {hero.he} {first} and [hummed a tune|whistled|sang a silly song].",
              "{Hero} {first}, [stirred and stirred|mixed everything] and [licked a finger|wiped {hero.his} forehead].")
    world.fact("What did {hero.name} want to make?", "{Hero.he} wanted to make {some} {dish}.")
    world.fact("Why did {hero.name} want to cook?", "{Hero.he} wanted to cook because {reason}.")
    world.new_paragraph()
    if mishap == "salt":
        world["lesson"] = "taste before you bake"
        world["confess"] = "I took salt instead of sugar"
        world.say("But there were two [white|glass] jars on the shelf, and {hero} did not read the labels. {Hero.he} "
                  "[poured|tipped] in a whole cup of salt!",
                  "{Hero} needed sugar. In a hurry, {hero.he} [grabbed|took] the wrong jar, and it was full of salt.")
        world.say("When the {dish} {was} ready, {hero.he} took a bite. \"[Yuck|Ugh]!\" {hero.he} [cried|spluttered] "
                  "and [ran for|gulped down] a glass of water.",
                  "The {dish} looked perfect, but the first bite tasted like [sea water|the ocean]. {Hero} [made a "
                  "face|shook {hero.himself}].")
        world.fact("What did {hero.name} take by mistake?", "{Hero.he} took salt instead of sugar.")
    elif mishap == "burnt":
        world["lesson"] = "never leave the oven alone"
        world["confess"] = "I forgot the time, and everything is burnt"
        world["excuse"] = world.pick("a parade with trumpets went by in the street",
                                     "a funny comic book lay on the sofa",
                                     "a butterfly tapped against the window", "a rainbow stood over the roofs")
        world.say("While the {dish} {was} in the oven, {excuse}, so {hero} forgot the time.",
                  "Everything went well until {excuse}. {Hero} [ran off to look|could not look away], and the minutes "
                  "flew by.")
        world.say("[Suddenly|Then] {hero.he} [smelled|sniffed] something. Smoke! {Hero.he} [rushed|dashed] back, but "
                  "the {dish} {was} as black as [coal|a chimney].",
                  "When {hero.he} opened the oven, [gray|thick] smoke [puffed|rolled] out. The {dish} {was} burnt.")
        world.fact("Why did the {dish} burn?", "{Hero.name} forgot the time because {excuse}.")
    elif mishap == "dropped":
        world["lesson"] = "carry hot things slowly and with both hands"
        world["confess"] = "I tripped over {trip}, and now all is lost"
        world["trip"] = world.pick("the corner of the rug", "a toy train", "an untied shoelace", "a sleeping cat",
                                   "a rolling pin")
        world.say("The {dish} came out [golden|steaming] and [fine|perfect]. {Hero} [carried|took] {them} to the "
                  "table [with a big smile|very fast].")
        world.say("But {hero.he} [tripped|stumbled] over {trip}. [Crash|Splat|Bang]! The {dish} landed on the floor.",
                  "Then {hero.his} foot [caught on|hit] {trip}, and the {dish} flew through the air. [Splat|Crash]!")
        world.fact("What did {hero.name} trip over?", "{Hero.he} tripped over {trip}.")
    elif mishap == "missing":
        world["lesson"] = "check the shelf before you start"
        world["confess"] = "I have run out of {lack}"
        world["lack"] = world.pick(*(["milk", "butter", "flour", "vanilla"] if sweet else ["pepper", "cream", "oil"]))
        world.say("Halfway through, {hero} [opened|looked into] the pantry and [gasped|groaned]. There was no {lack} "
                  "left, [not even a spoonful|not a bit].",
                  '"Now the {lack}," {hero} said. But the [shelf|jar] was empty, and the shops were closed.')
        world.say("Without {lack}, the {dish} [would never taste right|could not be made].")
        world.fact("What was missing?", "There was no {lack}.")
    else:
        world["lesson"] = "a slow cook is a good cook"
        world["confess"] = "I was in such a hurry, and now look at this mess"
        world.say("But {hero} was in a hurry and stirred too [fast|wildly]. [Whoosh|Poof]! A [white|huge] cloud of "
                  "flour [covered|settled on] everything.",
                  "{Hero} wanted to be quick, so {hero.he} [threw|tossed] everything in at once. The bowl tipped "
                  "over, and [batter|sauce] ran down the [drawers|table legs].")
        world.say("There was flour on the [lamp|curtains], on the [ceiling|kettle], and even in {hero.his} ears.",
                  "{Hero} [slipped|slid] in the puddle and sat down with a [bump|thud].")
        world.fact("Why was there such a mess?", "There was a mess because {hero.name} was in a hurry.")
    world.say('"[It is all ruined|Now I have nothing to give]!" {hero} [wailed|moaned|sighed], and a tear [rolled '
              'down {hero.his} cheek|dropped on the table].',
              "{Hero} felt [sad|miserable|heartbroken], because {hero.he} had [tried so hard|worked for hours without "
              "a break].",
              "{Hero.his} [shoulders|head] sank. What should {hero.he} do now?")
    world.new_paragraph()
    course = world.pick("again", "again", "other", "truth")
    if mishap == "missing":
        course = world.pick("share", "share", "other")
    if course in ("again", "share"):
        world.say("Just then {friend.intro} knocked [at|on] the door. \"[What happened here|Why do you look so "
                  "gloomy]?\" [{friend.he} asked|asked {friend}].",
                  "{Friend.intro} looked in through the window. \"[Oh dear|Goodness]! [What is the matter|What went "
                  "wrong]?\" [{friend.he} asked|{friend} said].")
        world.say("So {hero} told {friend} [the whole story|everything], [from beginning to end|and pointed at the "
                  "oven].",
                  '"{confess}," {hero} [said|answered] [with a sigh|sadly].')
        if course == "share":
            world["swap"] = world.pick("an egg", "some cinnamon", "a lemon", "a pinch of salt", "a handful of nuts")
            world.say('"I have plenty of {lack} at home," said {friend}, "but I need {swap}. Shall we swap?"',
                      '"How lucky! I have {lack}, but I am looking for {swap}," {friend} said.')
            world.say("{Hero} [found|had] {swap} in the cupboard, so they [traded|swapped], and both of them [got "
                      "what they needed|were glad].")
            world.fact("What did {friend.name} get from {hero.name}?", "{Friend.he} got {swap}.")
        else:
            world.say('"[The first one|One mistake] does not count," said {friend}. "Even the best cooks [fail|spill '
                      'things]. We will start again."',
                      '"My first soup tasted like [socks|mud]," {friend} [laughed|said]. "Come, let us try once more."')
            world.say("{Friend} [swept the floor|cleaned up] while {hero} [washed the pots|fetched fresh {part}].",
                      "This time they worked [slowly|side by side]: {friend} [read out the recipe|held the bowl], and "
                      "{hero} [stirred|measured] with care.")
        world.fact("Who helped {hero.name}?", "{Friend.name} helped {hero.him}.")
        world.say("[Soon|An hour later] the whole {home} smelled [delicious|wonderful], and the {dish} {was} "
                  "[done|ready].",
                  "And really, the {dish} turned out [just right|better than {hero} had hoped].")
    elif course == "other":
        world["new"] = world.pick("fruit salad", "toast with jam", "a tower of sandwiches", "baked potatoes",
                                  "popcorn with butter")
        world.say('"Let me think," said {friend.intro}, who [lived next door|had come to visit]. "What do we still '
                  'have?"',
                  "{Friend.intro} heard the sighing [from the garden|through the wall] and came in. \"[Do not give "
                  "up|Dry your eyes],\" said {friend}.")
        world.say("They [opened|searched] every [cupboard|drawer] and put all that they found on the table.",
                  "{Hero} [looked around|blew {hero.his} nose] and counted what was left on the shelves.")
        world.say('"I know!" cried {hero}. "[We can|Let us] make {new} [instead|out of this]."',
                  '"This is enough for {new}!" {hero} [said|shouted], and {hero.his} eyes [shone|lit up].')
        world.say("So they made {new}, and decorated the plate with [parsley|paper stars|a daisy].")
        world.fact("What did they make in the end?", "They made {new}.")
        world.fact("Who helped {hero.name}?", "{Friend.name} helped {hero.him}.")
    else:
        world.say("At that moment, {elder} [came in|opened the door] [and looked around|and stopped]. {Hero} "
                  "[blushed|looked at the floor].")
        world.say('"I wanted to surprise you, but I made a mistake," {hero} [admitted|said in a low voice].')
        world.say('"Do you know how many of my dinners went wrong?" {elder} [asked|said] and [smiled|winked]. "More '
                  'than I can count!"',
                  '{Elder} did not scold. "The best part is that you thought of me," {elder.he} said.')
        world.say("[Together|Side by side], they {first} once more, and this time the {dish} [turned out well|{was} a "
                  "success].")
        world.ask("{hero.a} who told the truth")
        world["friend"] = world["elder"]
        world.fact("Who helped {hero.name} in the end?", "{Elder} helped {hero.him}.")
        world.asks = [ask for ask in world.asks if "friend" not in ask]
    world.new_paragraph()
    if course != "truth":
        world.say("When {elder} [tasted|tried] the food, {elder.he} [closed both eyes|licked the spoon] and said: "
                  "\"[Mmm|Oh]! I have never eaten anything better.\"",
                  "{Elder} [clapped|beamed] with joy. \"You made this for me?\" {elder.he} asked, and [ate two "
                  "plates|took a second helping].",
                  "In the evening they sat around the table with {elder}, and nobody left a crumb.")
    else:
        world.say("They ate until they were full and [laughed about the first try|told stories about kitchen "
                  "disasters].")
    world.say("{Hero} put {bowl} back [in its place|where it belonged] and thought: {lesson}!",
              '"What did you learn today?" asked {%s}. "%s!" said {hero}, and everybody laughed.'
              % ("elder" if course == "truth" else "friend", world["lesson"].capitalize()),
              "And {hero} wrote on the wall beside the stove: \"%s!\"" % world["lesson"].capitalize())


# to do, tool or None, where, failures, tip, success, kinds for whom it would be no feat
SKILLS = [
    ("ride a bike", "bike", "in the lane", ["the front wheel wobbled, and {hero.he} fell into a hedge",
     "{hero.he} rolled two yards and tipped over like a sack", "the pedals spun, and {hero.he} landed on the gravel"],
     "Look ahead and not at your feet",
     "{hero} rolled down the lane, faster and faster, with the wind in {hero.his} face", ""),
    ("swim", None, "at the lake", ["{hero.he} swallowed a mouthful of water and coughed",
     "{hero.his} legs sank like stones", "{hero.he} splashed a lot and did not move at all"],
     "Kick like a frog and breathe out slowly", "{hero} floated, kicked, and swam all the way to the wooden raft",
     "otter beaver penguin duck robot dog puppy"),
    ("whistle", None, "on the porch", ["only air came out, with some spit", "it sounded like a leaking tire",
     "{hero.he} puffed until {hero.his} cheeks were red"],
     "Make your lips round, as if you said the word blue", "a clear, high whistle flew over the rooftops",
     "robot duck"),
    ("skate", None, "on the frozen pond", ["{hero.his} feet ran away in two directions",
     "{hero.he} sat down hard on the ice", "{hero.he} waved both arms and crashed into a snow bank"],
     "Bend your knees and push off to the side", "{hero} glided over the ice in one long, smooth curve", "penguin"),
    ("juggle", None, "in the yard", ["a ball bounced off {hero.his} nose", "all the balls rolled under the bench",
     "two balls hit each other and flew over the fence"],
     "Start with one ball, then take two, and then three",
     "three balls went round and round in the air, and none of them fell", ""),
    ("jump rope", "rope", "in the schoolyard", ["the rope got tangled around {hero.his} ankles",
     "the rope slapped against {hero.his} leg", "{hero.he} jumped too late and stumbled"],
     "Listen to the beat and hum along with it", "the rope sang through the air, and {hero} jumped twenty times",
     "rabbit"),
    ("tie a bow", "ribbon", "on the front steps", ["the knot came apart at once",
     "{hero.he} tied a finger to the ribbon", "it became a hard knot that nobody could undo"],
     "Make two ears like a rabbit and cross them", "there it was, a neat bow with two loops", "rabbit"),
    ("skip stones", None, "by the river", ["the stone went plop and sank",
     "the stone flew sideways into the bushes", "the splash made {hero.him} wet from top to bottom"],
     "Choose a flat stone and keep your hand low", "the stone hopped over the water seven times", ""),
    ("do a handstand", None, "in the meadow", ["{hero.he} flopped onto {hero.his} back like a beetle",
     "{hero.his} arms folded up", "{hero.he} toppled over into the clover"],
     "Spread your fingers and look at the ground", "{hero} stood upside down and saw the clouds under {hero.his} feet",
     "elephant monkey"),
    ("play the trumpet", "trumpet", "behind the shed", ["it sounded like a sick cow", "nothing came out but a hiss",
     "it squealed so loudly that the pigeons fled"],
     "Buzz with your lips, just like a bee", "a warm, golden tone filled the air", "elephant"),
]


def learning(world):
    while True:
        skill = world.pick(*SKILLS)
        hero = someone(world, traits="stubborn patient shy cheerful restless proud careful bold quiet")
        if hero.kind not in skill[6].split():
            break
    introduce(world, hero)
    world["do"], tool, world["where"], fails, world["tip"], world["success"], _ = skill
    fails = world.rng.sample(fails, 3)
    world["fail"], world["flop"], world["slip"] = fails
    if tool:
        world["tool"] = item(world, tool)
        world.ask("{hero.a} and {tool.a}")
    world["others"] = world.pick("cousins", "neighbors", "friends", "classmates", "brothers and sisters")
    world["day"] = world.pick("Monday", "Tuesday", "Wednesday", "Thursday")
    course = world.pick("teacher", "tease", "small", "quit")
    world.fact("What did {hero.name} want to learn?", "{Hero.name} wanted to learn to {do}.")
    world.ask("{hero.a} who learned to {do}", "how {hero.a} learned to {do}", "{hero.a} who kept trying",
              "{hero.a} who wanted to {do}")
    world.say("{Hero.intro} wanted to {do}. [All|Most] of {hero.his} {others} could do it, but {hero.he} could not.",
              "There was {described} who [wished for only one thing|had one big wish]: to {do}.",
              '"I want to {do}, too!" said {hero.intro}, when {hero.he} saw {hero.his} {others} {where}.',
              "Every {day}, {hero.intro} watched {hero.his} {others} {where}. How {hero.he} wished to {do} as they "
              "did!",
              "Nobody is born knowing how to {do}, and {hero.intro} [knew that well|found that out one day].",
              "{Described} stood {where} and [frowned|bit {hero.his} lip]. Why was it so hard to {do}?",
              "Once there was {described}. {Hero.he} could [count to fifty|bake bread|draw a castle], but {hero.he} "
              "could not {do}.")
    if tool:
        world.say("{Hero.he} had [got|been given] {tool.a} by {hero.his} [aunt|godmother|uncle], [and it was waiting "
                  "in the hall|but did not know how to use it].",
                  "{Hero.he} had {tool.a}, and it was just the right size.")
    world.say("So [on {day}|one fine morning|after lunch], {hero.he} [went out|got up] and tried. But {fail}.",
              "{Hero.he} tried it for the first time, but {fail}.")
    world.say("The second time, {flop}.", "{Hero.he} tried again, and {flop}.",
              "Then {hero.he} gave it another go, but {flop}.")
    world.say('"[Ouch|Bother|Drat]!" {hero} [grumbled|said]. "[I will never learn this|This is too hard for me]."',
              "{Hero} [stamped {hero.his} foot|felt hot tears in {hero.his} eyes], because {hero.he} had "
              "[hoped|thought] it would be easy.",
              "{Hero} was {#angry} with {hero.himself} [and kicked a pine cone|and sat down on a log].")
    world.new_paragraph()
    if course == "teacher":
        world["coach"] = relative(world, hero)
        world.ask("{hero.a} and {coach.a}")
        world["before"] = world.pick("a whole summer", "two years", "forty tries", "three weeks and a lot of bandages")
        world.say("{Coach} had [seen|watched] it all from [a distance|nearby]. \"[Do you know|Guess] how long it took "
                  "me?\" {coach.he} asked. \"It took me {before}!\"",
                  "Then {coach} [sat down|came and stood] beside {hero.him}. \"I needed {before} to learn it,\" said "
                  "{coach}.")
        world.say('"[Really|Is that true]?" {hero} asked [in surprise|and sniffed]. "[And how did you do it|What is '
                  'the trick]?"')
        world.say('"{tip}," said {coach}. "[And do not be afraid to fail|The rest comes with time]."',
                  '{Coach} [bent down|leaned close] and told {hero.him} a secret. "{tip}," {coach.he} whispered.')
        world.say("{Hero} [nodded|listened well] and practiced every day [after breakfast|before supper].", 
                  "They practiced together, [a little every day|in the morning and in the evening], until {hero.his} "
                  "[arms|legs] ached.")
        world.fact("How long did {hero.name}'s {coach.kind} need to learn to {do}?", "{Coach.he} needed {before}.")
        world.fact("What was the advice?", 'The advice was: "{tip}."')
    elif course == "tease":
        rival = world["friend"] = someone(world, hero.kind, hero.he, traits="proud loud clever")
        world.ask("{hero.a} and {friend.a}")
        world.say("{Friend.intro} [laughed|giggled]. \"Ha! [You look so funny|Even a snail could do that]!\" "
                  "{friend.he} [called|said].")
        world.say("That hurt {hero.s} feelings, so {hero.he} [turned away|walked off without a word].",
                  '"That is not kind," said {hero}. "I am only [learning|a beginner]."')
        world.say("{Friend} [saw|noticed] {hero.s} face and [felt ashamed|stopped laughing]. \"[I am sorry|Forgive "
                  "me],\" {friend.he} said.",
                  "When {friend} was alone, {friend.he} felt bad. So {friend.he} came back and said: \"I am sorry "
                  "that I laughed.\"")
        world.say('"To be honest, I was even worse in the beginning. {tip}. That is what helped me."',
                  '"Shall I tell you a trick? {tip}."')
        world.say("{Hero} [forgave|smiled at] {friend.him}, and they practiced {where} until the [lamps were "
                  "lit|bells rang for supper].")
        world.fact("Who laughed at {hero.name}?", "{Friend.name} laughed, but later {friend.he} said sorry.")
        world.fact("What was {friend.name}'s advice?", 'The advice was: "{tip}."')
    elif course == "small":
        little = world["friend"] = someone(world, hero.kind, hero.he, traits="shy quiet gentle")
        world.ask("{hero.a} and {friend.a}", "{hero.a} who helped a little {friend.kind}")
        world.say("Then {hero} saw {friend.intro} behind a [barrel|bush]. {Friend.he} was trying to {do}, too, and it "
                  "went just as badly.",
                  '"I cannot do it, either," said a [thin|soft] voice. It was {friend.intro}.')
        world.say('"Then let us [learn it together|be beginners together]," said {hero}. "[Two are braver than '
                  'one|You watch me, and I watch you]."')
        world.say("{Hero} [found out|noticed] something. \"{tip}!\" {hero.he} [cried|told {friend}].",
                  "{Friend} had [read|heard] of a trick. \"{tip},\" {friend.he} said. \"[My nurse|A sailor] told me.\"")
        world.say("When one of them failed, the other [clapped|cheered] all the same, so they never [lost "
                  "heart|wanted to stop].")
        world.fact("Who learned together with {hero.name}?", "{Friend.name} learned together with {hero.him}.")
        world.fact("What was the trick?", 'The trick was: "{tip}."')
    else:
        world["parent"] = relative(world, hero, "mother", "father", "grandmother", "grandfather")
        world["plant"] = world.pick("a bean plant in a pot", "a lemon tree in a tub", "a cactus on the shelf",
                                    "an ivy in a basket")
        world["grown"] = definite(world["plant"])
        world.ask("{hero.a} who almost gave up", "{hero.a} and {parent.a}")
        world.say('"I quit!" {hero} [told|said to] {parent}. "I will never try it again."',
                  "{Hero} gave up and [lay on the sofa|stayed in {hero.his} room] for three days.")
        world.say("{Parent} did not [argue|scold]. {Parent.he} only pointed at {plant}. \"[How tall was it last "
                  "year|Did it grow in one day]?\" {parent.he} asked.")
        world.say('"It was [tiny|as small as my thumb]," said {hero}. "It grew [slowly|a little bit every day]. '
                  '[Oh|Ah]! I see what you mean."',
                  '{Hero} [thought about it|scratched {hero.his} head]. "It took many weeks," {hero.he} said. "So I '
                  'need [patience|time], too?"')
        world.say('"Yes. And one more thing," {parent} [said|added]. "{tip}."')
        world.say("So {hero} went back, and practiced a little every day, [in sun and wind|even when {hero.he} was "
                  "tired].")
        world.fact("What did {hero.name}'s {parent.kind} point at?", "{Parent.he} pointed at {plant}.")
        world.fact("What was the advice?", 'The advice was: "{tip}."')
    world.say("[Once more|On Friday], {slip}. But {hero.he} [only laughed|did not give up].", "")
    world.new_paragraph()
    world.say("And then, [on Sunday|one fine day|at last], it happened: {success}!",
              "[On Saturday|A week later], {hero} [closed {hero.his} eyes|took a deep breath] and tried again. And "
              "{success}!")
    world.say('"[I did it|It works|Look at me]!" {hero} [shouted|yelled|cheered], and {hero.his} face [glowed|shone] '
              'with joy.',
              "{Hero} could [hardly|not] believe it. {Hero.he} did it again, and then again, just to be sure.")
    if course == "tease":
        world.say("The loudest cheer came from {friend}, who [had laughed at first|never laughed at a beginner again].",
                  "Later, when a [beginner|newcomer] failed, {hero} did not laugh. {Hero.he} said: \"{tip}.\"")
    elif course == "small":
        world.say("Only a minute later, {friend} could do it as well, and they [hugged each other|danced in a circle].",
                  "And {friend} learned it on the very same day. They had been [beginners|clumsy] together, and now "
                  "they were [champions|proud] together.")
    elif course == "quit":
        world.say("{Hero.he} ran to {parent} and said: \"I am like {grown}. I only needed [time|patience]!\"",
                  "That evening {hero} [watered|bowed to] {grown} and said: \"Thank you.\"")
    else:
        world.say('"And it did not even take you {before}," said {coach} and [laughed|patted {hero.s} back].',
                  "{Coach} [threw a hat into the air|wiped away a happy tear]. \"You were faster than I was,\" "
                  "{coach.he} said.")
        world.say("From then on, {hero} told every beginner the same thing: \"{tip}!\"", "")


RAIN = ["The rain drummed on the roof", "Rain ran down the windows in long lines", "It was raining cats and dogs",
        "Thick drops splashed on the sill", "The sky was as gray as an old sock",
        "The gutters gurgled and the street was a river"]


def rainy_day(world):
    hero = someone(world, traits="restless playful curious clever silly lively dreamy")
    introduce(world, hero)
    friend = world["friend"] = someone(world, hero.kind, hero.he, traits="funny patient playful quiet clever")
    world["parent"] = relative(world, hero, "mother", "father", "grandmother", "grandfather")
    world["plan"] = world.pick("go to the fair", "fly a kite", "have a picnic", "build a dam in the stream",
                               "play soccer",
                               "look for tadpoles")
    world["snack"] = world.pick("toast with jam", "popcorn", "ginger nuts", "raisins", "buttered rolls", "apple slices")
    course = world.pick("ship", "leak", "dark", "hunt", "quarrel", "theater")
    cloths = ["quilt", "blanket", "shawl"] if course in ("leak", "dark", "quarrel") else [
        "blanket", "curtain", "tablecloth", "bathrobe", "bed sheet"]
    world["prop"] = item(world, world.pick(*cloths), *lexicon.WORDS["color"], "striped", "checkered", "spotted")
    world.ask("{hero.a} and {friend.a}", "a rainy day inside", "{hero.a} on a rainy day", "{hero.a} who was bored",
              "two friends and the rain", "{hero.a} who wanted to {plan}")
    world["rain"] = world.pick(*RAIN)
    world.say("{rain}. {Hero.intro} [pressed {hero.his} nose against the glass|stood at the window] and sighed.",
              '"It is not fair!" said {hero.intro}. {rain}, and {hero.he} had wanted to {plan}.',
              "{Hero.intro} had [waited|hoped] all week to {plan}. But on Saturday it [poured|rained|rained and "
              "rained].",
              "Once there was a very wet day. {rain}, and {described} had nothing to do.",
              "One [morning|Saturday], {described} woke up and heard [a splash|drip, drop, drip]. {rain}.",
              "In a [cozy|warm] {home}, {described} listened to the storm. {rain}.")
    if "to " + world["plan"] not in world.paragraphs[-1][-1]:
        world.say("{Hero.he} had planned to {plan}, but nobody can {plan} in such weather.",
                  "{Hero} had wanted to {plan}, so {hero.he} was [disappointed|in a bad mood].")
    world["visitor"] = (f"{friend.own_name} from next door" if friend.person else
                        f"{friend.own_name} the {friend.kind}" if friend.own_name else f"a {friend.kind} from next "
                        "door")
    world.say("On that day, {visitor} had come to play [in rubber boots|under a big umbrella].",
              "Beside {hero.him}, {visitor} [yawned|hummed|stared at the clouds].",
              "On the carpet, {visitor} lay and [yawned|counted the drops|kicked the air].")
    world.say('"What [can|shall] we do now?" [asked {friend}|{friend} grumbled]. "[I am so bored|There is nothing to '
              'do here]."',
              '"I am bored," {hero} [groaned|said] and [rolled over|kicked a cushion].', 
              "The minutes [crept by|crawled] like snails.")
    world.fact("What had {hero.name} wanted to do?", "{Hero.he} had wanted to {plan}.")
    world.fact("Who was with {hero.name} on the rainy day?", "{Friend.name} was with {hero.him}.")
    world.new_paragraph()
    if course == "ship":
        world["sea"] = world.pick("the carpet", "the blue rug", "the kitchen floor")
        world["hull"] = world.pick("a big cardboard box", "the old sofa", "a laundry basket", "two chairs and a bench")
        world.ask("a ship made of {hull}", "{hero.a} and {prop.a}", "two pirates in the living room")
        world.say("Then {hero} looked at {hull}. \"[That is no furniture|Look closely]! That is a ship!\" {hero.he} "
                  "[shouted|said].",
                  '"If there is so much water outside, we need a ship," said {friend} and pointed at {hull}.')
        world.say("They used {prop.a} as a sail and a [broom|mop] as the mast, and {sea} became the [stormy|wide] sea.")
        world.say("{Hero} was the captain, and {friend} [steered with a plate|looked out through a paper tube]. "
                  "\"[Land ahead|Sharks on the left]!\" {friend.he} cried.")
        world.say("They [fished for|caught] slippers, [fought with|ran from] a [cushion monster|giant squid made of "
                  "stockings], and found an island called Bookshelf.")
        world.say("{Parent} [came by|swam past] with a plate. \"Is this the ship that ordered {snack}?\" {parent.he} "
                  "asked.",
                  "When the sailors were hungry, {parent} brought {snack} on a tray, because even [pirates|captains] "
                  "must eat.")
        world.fact("What was the ship made of?", "It was made of {hull}.")
        world.fact("What was the sail?", "The sail was {prop.a}.")
    elif course == "leak":
        world["room"] = world.pick("hall", "kitchen", "attic", "bedroom")
        world.ask("a leak in the roof", "a band that played with the rain", "pots and pans and {hero.a}")
        world.say('Plop! A drop [hit|landed on] {friend.s} head. "[Hey|Oh]! The roof has a hole!" {friend.he} '
                  '[cried|said].',
                  "Suddenly a drop fell from the ceiling of the {room}, and then another. The roof was leaking!")
        world.say("They [ran|hurried] and put a [tin|copper] pot under the hole in the {room}, then a pan, then a "
                  "cup, because there were more and more drops.")
        world.say("Ping, went the pot. Pong, went the pan. Plink, went the cup. {Hero} [tilted {hero.his} "
                  "head|pricked up {hero.his} ears]. \"That is music!\" {hero.he} said.")
        world.say("{Friend} [beat|tapped] the rhythm on a bucket, and {hero} [blew on a comb|strummed a cheese "
                  "grater] and [hummed|sang].")
        world.say("{Parent} [danced in|heard them and came in] with {prop.a} over {parent.his} shoulders. \"What a "
                  "fine band!\" {parent.he} said. \"Here is your pay.\" It was {snack}.")
        world.fact("Where was the leak?", "It was in the {room}.")
        world.fact("What did {hero.name}'s {parent.kind} give them?", "{Parent.he} gave them {snack}.")
    elif course == "dark":
        world["beast"] = world.pick("a dog that barked", "a goose that flapped", "a rabbit with long ears",
                                    "a camel that chewed")
        world.ask("{hero.a} and {parent.a}", "shadow animals on a wall", "the evening when the lights went out")
        world.say("Then thunder [boomed|crashed], and all the lights went out. \"[Where are you?|I cannot see a "
                  "thing!]\" {friend} [cried|squealed].")
        world.say("{Parent} [came with|lit] a candle and put {prop.a} around their shoulders. \"[Now we can do "
                  "something special|Lucky us],\" {parent.he} said.")
        world.say("{Parent} held {parent.his} hands in front of the flame, and on the wall appeared {beast}!")
        world.say('"Please show me how!" {hero} [begged|cried], and soon {hero.he} had made a [crooked|fat] snail, '
                  'and {friend} a [hungry|snapping] crocodile.')
        world.say("The snail and the crocodile [became friends|had a wedding], and everyone laughed and "
                  "[shared|nibbled] {snack}.")
        world.fact("Which animal did {hero.name}'s {parent.kind} make on the wall?", "{Parent.he} made {beast}.")
        world.fact("Why was it dark?", "It was dark because the lights went out.")
    elif course == "hunt":
        spots = world.rng.sample(["in the teapot", "under the rug", "behind the clock", "in a left boot",
        "inside a pillow case",
                                  "under the flower pot", "in the bread box"], 3)
        world["one"], world["two"], world["last"] = spots
        world["prize"] = world.pick("a bag of chocolate coins", "a box of colored chalk", "two tickets for the fair",
                                    "a jar of glass beads")
        world.ask("a treasure hunt in the house", "{hero.a} and {parent.a}", "{hero.a} who looked for {prize}")
        world.say("{Parent} [winked|tapped {hero.s} shoulder] and gave {hero.him} a [folded|crumpled] note. \"[Read "
                  "it|Perhaps this will help],\" {parent.he} said.")
        world.say('"Look {one}," {hero} read. {Hero.his} eyes grew [wide|round]. It was a treasure hunt!')
        world.say("They [raced|scrambled] off, and {one} they found the second note. It sent them to look {two}.")
        world.say("{Hero} and {friend} [crawled|searched] until they had it. The third note was a riddle, and "
                  "{friend} [solved|guessed] it: the treasure was {last}!")
        world.say("There lay {prize}, wrapped in {prop.a}. \"[Half for you, half for me|We share],\" said {hero}, and "
                  "they [cheered|ate {snack} to celebrate].")
        world.fact("What was the treasure?", "It was {prize}.")
        world.fact("Where was the treasure?", "It was {last}.")
    elif course == "quarrel":
        world["vase"] = world.pick("vase", "lamp", "plate", "picture frame", "flower pot")
        world.ask("a broken {vase}", "two friends who quarrel and make up", "{hero.a} and {parent.a}")
        world.say("They [threw cushions|played catch] in the living room, although {parent} had [told them not "
                  "to|said no]. Crash! The {vase} fell and broke.")
        world.say('"That was you!" [shouted {hero}|{hero} cried]. "No, you did it!" [shouted {friend}|{friend} '
                  'yelled]. They turned their backs on each other.')
        world.say("For a while there was only the sound of the rain. {Hero} [felt|had] a lump in {hero.his} throat, "
                  "because {hero.he} knew the truth: {hero.he} had thrown too hard.",
                  "Nobody spoke. {Hero} looked at the pieces and felt worse and worse, because the last throw had "
                  "been {hero.hers}.")
        world.say('"I am sorry," {hero} said [at last|quietly]. "It was my fault." "[And I am sorry that I shouted|It '
                  'was my idea to play here]," said {friend}.')
        world.say("They told {parent} [about it|the truth]. {Parent} [was not pleased|frowned], but {parent.he} "
                  "brought glue, and piece by piece they mended the {vase}.")
        world.say("Then they all sat under {prop.a} and ate {snack}. It tasted better than ever, because they were "
                  "friends again.")
        world.fact("What broke?", "The {vase} broke.")
        world.fact("Who said sorry first?", "{Hero.name} said sorry first.")
    else:
        world["role"], world["part"] = world.pick(("king", "thief"), ("doctor", "patient"), ("ghost", "hunter"),
        ("lion", "tamer"))
        world["hat"] = world.pick("a soup pot", "a lampshade", "a flower basket", "a paper bag")
        world["cap"] = definite(world["hat"])
        world.ask("a play on a rainy day", "{hero.a} who played a {role}", "{hero.a} and {prop.a}")
        world.say('"[Let us put on a play|We could play theater]," {friend} said. "[All we need is a curtain|I know a '
                  'good story]!"')
        world.say("They hung {prop.a} across the room and [drew|painted] tickets. {Hero} was the {role} with {hat} on "
                  "{hero.his} head, and {friend} was the {part}.")
        world.say("The audience was {parent}, [two dolls|a sleepy cat], and [a row of shoes|the broom].")
        world.say("In the middle of the play, {hero} forgot {hero.his} words. {Hero.he} [turned red|stood still]. "
                  "Then {cap} [slipped|slid] down over {hero.his} eyes, and everybody laughed.")
        world.say('"Is it night already?" asked the {role}, and now it was the funniest play in the world.',
                  'So {hero} [made|turned] it into a joke: "Who has turned off the sun?" {Parent} clapped and clapped.')
        world.say("Afterwards they [took a bow|bowed three times] and got {snack} as a prize.")
        world.fact("What did {hero.name} wear on {hero.his} head?", "{Hero.he} wore {hat}.")
        world.fact("What did they get as a prize?", "They got {snack}.")
    world.new_paragraph()
    world.say("[When {hero} looked up|At last], the rain had stopped. A [bright|wide] rainbow [stood|shone] over the "
              "[roofs|puddles].",
              "Nobody noticed that the [rain|storm] was over, until a sunbeam [fell|crept] into the room.",
              "In the evening it was still raining, but nobody [minded|cared] any more.")
    still = "still raining" in world.paragraphs[-1][-1]
    world.say(*(['"[I hope|Perhaps] it will rain again tomorrow," [said {hero}|{hero} said], and {friend} '
              '[nodded|agreed].',
                 '"We can {plan} another time," {hero} said. "This was [the best day|much better]."'] if still else
                ['"Now we could {plan}," said {friend}. {Hero} [thought for a moment|grinned]. "[Tomorrow|Not yet]," '
                '{hero.he} said. "[Once more from the beginning|First we must finish our game]!"',
                 "They [pulled on|jumped into] their boots and [ran|dashed] out to stamp in the puddles. It was too "
                 "late to {plan}, but they did not [mind|care]."]))
    world.say("{Hero} [folded|shook out] {prop} and smiled. Who needs the sun when there is [a good idea|a good "
              "friend]?",
              "And whenever clouds came, {hero} remembered {prop} and the {snack}, and was almost glad.", "")


BABY_NAMES = {"she": ["Bonnie", "Tess", "Lola", "Romy", "Ada", "Flora"], "he": ["Benno", "Charlie", "Archie", "Rory",
              "Nico", "Ned"]}


def new_baby(world):
    hero = someone(world, traits="curious gentle proud lively playful stubborn cheerful")
    introduce(world, hero)
    gender = world.pick("she", "he")
    baby = Character(world.rng, "baby", world.pick(*BABY_NAMES[gender]), gender, True,
                     {"home": "crib", "food": "milk", "skill": "sleep", "sound": "cooed"})
    world["baby"], world["sibling"] = baby, "sister" if gender == "she" else "brother"
    world["parent"] = relative(world, hero, *(["mother"] if gender == "he" else ["father"]))
    world["gift"] = item(world, world.pick("rattle", "bonnet", "blanket", "toy duck", "cloth ball", "pair of socks"),
                         *lexicon.WORDS["color"], "striped", "spotted", "soft")
    world["secret"] = world.pick("a song about a snail", "a silly face", "a dance with a spoon",
                                 "the sound of a trumpet",
                                 "a story about a lazy spoon", "a trick with a napkin")
    world["treat"] = world.pick("read a story", "play chess", "build a tower", "bake waffles", "go to the swings")
    world["likes"] = world.pick("mashed bananas", "warm milk", "pear mush", "sweet porridge")
    course = world.pick("cry", "jealous", "careful", "steps")
    world.ask("{hero.a} and a new baby", "{hero.a} and a baby {sibling}", "{hero.a} who became a big "
              + ("sister" if hero.he == "she" else "brother"), "a baby named {baby.name}", "{hero.a} and {gift.a}")
    world["big"] = "sister" if hero.he == "she" else "brother"
    world.say("On the day when the first [snow fell|swallows came back], {hero.intro} got a baby {sibling}. The baby "
              "was called {baby.name}.",
              '"Hush," said {hero.name}\'s {parent.kind}. "Come and meet your baby {sibling}. This is {baby.name}."',
              "There was {described} who had waited for months for a baby {sibling}. At last the baby came, and was "
              "called {baby.name}.",
              "Everything changed for {hero.intro} when little {baby.name}, the new baby {sibling}, came home.",
              "In the {home} of {described} stood a new crib, and in it lay a tiny baby {sibling} named {baby.name}.",
              "{Hero.intro} tiptoed to the cradle and looked in. So that was {baby.name}, the new baby {sibling}!")
    if "Hush" in world.paragraphs[-1][-1]:
        world.say("So the {hero.kind} [bent over the cradle|peeped into the basket|came on tiptoe].")
    world.say("{Baby} had [ten tiny toes|a wrinkled nose|cheeks like plums|a tuft of hair] and [slept all day|smelled "
              "of milk|yawned like a kitten].",
              "{Baby} was [no longer than a loaf of bread|as light as a pillow] and [waved two small fists|hiccupped "
              "softly].")
    world.say("{Hero} had [bought|made|saved up for] {gift.a} for {baby.him}, [wrapped in tissue paper|with a bow on "
              "it].",
              "As a present, {hero} had brought {gift.a}, and {hero.he} laid it [gently|carefully] beside {baby}.")
    world.fact("What was the baby called?", "The baby was called {baby.name}.")
    world.fact("What did {hero.name} give the baby?", "{Hero.name} gave the baby {gift.a}.")
    world.new_paragraph()
    if course in ("cry", "jealous"):
        world.say("But a baby is a lot of work. When {hero} wanted to {treat}, {parent} always said: \"[Later|Not "
                  "now]. {Baby} needs me.\"",
                  '"Can we {treat}?" {hero} asked every day. But {parent} was [busy|tired], because {baby} '
                  '[cried|woke up] so often at night.')
        world.say("{Hero} felt [left out|forgotten|lonely], as if {hero.he} had become invisible.",
                  '"Nobody [sees me|has time for me] any more," {hero} [muttered|thought], and a tear fell on '
                  '{hero.his} [knee|toes].',
                  "{Hero} was a little jealous. {Hero.he} [slammed a door|hid behind the curtain] and would not come "
                  "out.")
    if course == "cry":
        world.ask("a baby who would not stop crying", "{hero.a} who calmed a baby")
        world.say("One [stormy|hot|long] evening, {baby} cried and cried. {Parent} [rocked|carried] {baby.him}, "
                  "[sang|walked up and down], and tried {likes}. Nothing helped.",
                  "One night nobody could sleep, because {baby} [screamed|howled] without a pause. {Parent} tried "
                  "{likes} and a [walk|ride] through the house, but it was no use.")
        world.say('"May I try?" [asked {hero}|{hero} asked]. "[I have an idea|Give me one minute]."',
                  '"Let me have a go," said {hero} and [pulled a stool|climbed up] to the crib.')
        world.say("Then {hero} tried {secret}. {Baby} [stopped|sniffed], [blinked|stared], and then [giggled|gurgled] "
                  "for the very first time!",
                  "{Hero} leaned over {baby} and tried {secret}. The crying stopped. {Baby} [kicked|smiled] and "
                  "[hiccupped|chuckled].")
        world.say('"What a wonder! You have a gift," {parent} [whispered|said].',
                  '"Only a big {big} can do that," said {parent} [in amazement|with a sigh of relief].')
        world.fact("What made the baby stop crying?", "{Secret} made the baby stop crying.")
    elif course == "jealous":
        world.ask("{hero.a} who was jealous", "{hero.a} and {parent.a}")
        world.say("{Parent} [found|came to] {hero.him} and sat down on the floor. \"You look sad. [What is wrong|Will "
                  "you tell me why]?\" {parent.he} asked.",
                  '{Parent} noticed it. "Come, sit on my lap and tell me [what hurts|what is on your mind]," '
                  '{parent.he} said.')
        world.say('"You love {baby} more than me," {hero} [whispered|sobbed].',
                  '"Now that {baby} is here, you do not need me any more," {hero} [burst out|said with a sob].')
        world.say('"Love is not a [cake|pie] that gets smaller when you share it," {parent} said. "It is like a '
                  'candle. It can light another one and still [shine|burn] as brightly."')
        world.say("{Hero} thought of two [bright|warm] candles and felt [lighter|better]. \"So there is enough for "
                  "both of us?\" {hero.he} asked. \"More than enough,\" said {parent}.",
                  '{Hero} [leaned against|snuggled up to] {parent}. "Then I want to be the first candle," {hero.he} '
                  'said, and they both smiled.')
        world.say("That same evening, while {baby} slept, the two of them found time to {treat}, just as {hero} had "
                  "wished.",
                  'And that very evening, when {baby} was in bed, {parent} said: "Now it is your turn. Shall we '
                  '{treat}?"')
        world.fact("Why was {hero.name} sad?", "{Hero.name} was sad because {parent} had so little time.")
        world.fact("What is love like, as {hero.name}'s {parent.kind} said?", "Love is like a candle.")
    elif course == "careful":
        world["danger"] = world.pick("a bumblebee", "a sharp pin", "a small button", "a hot cup of tea",
                                     "a glass marble")
        world.ask("{hero.a} who kept a baby safe", "{hero.a} and {parent.a}")
        world.say('"I want to help," said {hero}, but everybody answered: "[You are too little|Do not touch the '
                  'baby]."',
                  "{Hero} wanted to [hold|carry] {baby}, but {parent} said: \"[Be careful|Wait until you are "
                  "bigger].\"")
        world.say("So {hero} [sat|stayed] beside the cradle and only watched. {Hero.he} watched [very closely|all "
                  "afternoon], [like a guard in front of a palace|without a word].",
                  "So {hero} decided to be a guard. All day long {hero.he} sat next to the cradle and let nothing "
                  "out of sight.")
        world.say("That is why {hero} was the first to see it. Near {baby.s} hand was {danger}! {Baby} was reaching "
                  "for it.",
                  "Then {hero} spotted something that no one else had seen. Close to {baby.s} hand was {danger}, and "
                  "{baby} stretched out all five fingers!")
        world.say("[Quick as lightning|In a flash], {hero} pulled the cradle away and called: \"{call}, come "
                  "quickly!\"",
                  '{Hero} did not [wait|stop to think]. {Hero.he} took {baby} by the little hand, held it tightly, '
                  'and shouted for help: "{call}!"')
        world.say('{Parent} came running and turned pale. "You [saved|protected] {baby}," {parent.he} said. "[You are '
                  'not too little at all|How lucky we are to have you]!"',
                  '{Parent} rushed in and saw it. "If you had not been so watchful, this could have ended badly," '
                  '{parent.he} said. "Thank you!"')
        world.say("From that hour on, {hero} was allowed to hold {baby} [on the sofa|every evening], and to feed "
                  "{baby.him} {likes}.",
                  "As a reward, {hero} was allowed to feed {baby} {likes} with a small spoon, every single day.")
        world.fact("What was near the baby's hand?", "It was {danger}.")
        world.fact("Who saw the danger first?", "{Hero.name} saw it first.")
    else:
        world.ask("a baby's first steps", "{hero.a} who taught a baby to walk")
        world.say('"When can we play tag?" {hero} asked. {Parent} [smiled|laughed]. "{Baby} must grow first. [That '
                  'takes time|Be patient]."',
                  '"You cannot do anything yet," {hero} told {baby}. "When will you play tag with me?" "[Soon|Before '
                  'long]," said {parent}. "Babies need time."')
        world.say("So {hero} waited. {Hero.he} waited when {baby} [learned to sit|got a first tooth], and {hero.he} "
                  "waited when the baby crawled under the table.",
                  "Weeks went by. {Hero} [fed|helped to feed] {baby} {likes}, and every day {hero.he} did {hero.his} "
                  "best trick: {secret}.")
        world.say("One [Sunday|spring morning], {baby} pulled {baby.himself} up on a chair. {Hero} knelt down, held "
                  "out {gift}, and called: \"Come here, {baby.name}!\"",
                  'Then came a [rainy|golden] afternoon. {Baby} stood up and held on to the table. "Look what I '
                  'have!" called {hero} and waved {gift}.')
        world.say("{Baby} [wobbled|swayed]. One step. Two steps. Three! Then {baby.he} fell right into {hero.s} arms "
                  "and [squealed|crowed] with delight.",
                  "{Baby} let go, lifted one foot, then the other, and tottered all the way to {hero}. Bump! They "
                  "both sat on the floor and laughed.")
        world.say('"{call}! {Baby} can walk!" {hero} [shouted|cried], and {parent} came running with [wet hands|a pan '
                  'in one hand].',
                  '{Hero} could hardly breathe for joy. "{call}, did you see that?" {hero.he} yelled. {Parent} had '
                  'seen it all from the door, and clapped.')
        world.fact("What did {hero.name} hold out to the baby?", "{Hero.name} held out {gift.the}.")
        world.fact("What did the baby learn?", "The baby learned to walk.")
    world.new_paragraph()
    if course == "cry":
        world.say("When {baby} was asleep, {parent} took {hero} by the hand. \"And now we will {treat}, just you and "
                  "I,\" {parent.he} said.",
                  'Later, {parent} hugged {hero}. "Without you I would still be walking up and down," {parent.he} '
                  'said. "So let us {treat}, as you wanted."')
    elif course == "steps":
        world.say("From then on, they played tag every day, and {baby} [often won|was the slowest and the loudest].",
                  "And {hero} did not have to wait any more, because {baby} ran after {hero.him} from morning till "
                  "night.")
    world.say("At bedtime, {baby} lay there with {gift}, and {hero} [whispered|said]: \"[Good night|Sleep well], "
              "little one. I am your big {big}.\"",
              "{Hero} looked at {baby}, who was holding {gift} tightly. \"I [am glad|like it] that you are here,\" "
              "{hero.he} said.",
              "And when {baby} learned to speak, the very first word was not Mama or Papa. "
              'It was "again", because {hero} had always made {baby.him} laugh.')


# kind, a sound it makes, what it likes, where it hides
PETS = [
    ("puppy", "whimpered", "liver biscuits", "under the sofa"), ("kitten", "mewed", "tuna", "on top of the wardrobe"),
    ("hamster", "rustled", "sunflower seeds", "inside a slipper"), ("canary", "tweeted", "millet",
    "behind the curtain"),
    ("guinea pig", "wheeked", "cucumber", "in a heap of hay"), ("tortoise", "sniffed", "dandelions",
    "under the radiator"),
    ("duckling", "peeped", "wet oats", "in the laundry basket"), ("ferret", "chattered", "boiled egg", "inside a boot"),
    ("parakeet", "chirped", "apple seeds", "on the lamp"), ("gosling", "cheeped", "chopped lettuce",
    "behind the stove"),
]


def new_pet(world):
    hero = world.child() if world.chance(0.75) else someone(world, *[pet[0] for pet in PETS], "cat", "dog", "tiger",
    "wolf")
    hero.trait = world.pick("gentle", "patient", "lonely", "cheerful", "careful", "kind", "lively", "loud")
    introduce(world, hero)
    kind, world["cry"], world["meal"], world["den"] = world.pick(*PETS)
    gender = "he" if hero.he == "she" else "she"
    pet = Character(world.rng, kind, world.pick("Crumb", "Waffle", "Socks", "Pickle", "Tinker", "Noodle", "Acorn",
    "Bubbles"),
                    gender, False, {"home": "basket", "food": "seeds", "skill": "nap", "sound": "sniffed"})
    world["pet"] = pet
    world["parent"] = relative(world, hero)
    world["basket"] = item(world, world.pick("basket", "cushion", "box", "blanket", "towel"),
                           *lexicon.WORDS["color"], "striped", "checkered", "soft")
    world["promise"] = world.pick("feed it every morning", "clean up after it", "be gentle with it",
                                  "change its water every day")
    world["vow"] = world["promise"].replace(" its", f" {pet.his}").replace(" it", f" {pet.him}")
    world["mark"] = world.pick("a white spot on the chest", "one dark toe", "a tiny scar on one foot",
                               "a dark ring around one eye",
                               "a stripe down the back", "a gray patch on the belly")
    course = world.pick("shy", "night", "escape", "found")
    world.ask("{hero.a} and {pet.a}", "{hero.a} who got a pet", "a {pet.kind} named {pet.name}",
              "{pet.a} and a new home",
              "{hero.a} and {basket.a}", "{hero.a} who kept a promise")
    if course == "found":
        world["weather"] = world.pick("in the pouring rain", "in the deep snow", "in a cold wind", "in thick fog")
        world["spot"] = world.pick("under a hedge", "beside the bus stop", "behind the trash cans", "next to a puddle")
        world.ask("a lost {pet.kind}")
        world.say("On the way home from [the bakery|school|the post office], {hero.intro} saw something "
                  "[tiny|trembling] {spot} {weather}.",
                  "{Hero.intro} was walking home {weather}, when something {cry} {spot}.",
                  '"What is that?" said {hero.intro} and stopped {weather}. Something {cry} {spot}.')
        world.say("It was a {pet.kind} with {mark}, [all alone|with no collar and no owner]. {Hero} [knelt down|took "
                  "off a mitten] and [lifted {pet.him} up|stroked {pet.him}].",
                  "There sat a shivering {pet.kind} with {mark}. Nobody else was around, so {hero} wrapped {pet.him} "
                  "in a scarf.")
        world.say('"May I keep {pet.him}?" {hero} asked at home. "I promise to {vow}." {Parent} [thought for a long '
                  'time|scratched {parent.his} chin] and said: "We must ask first if someone misses {pet.him}."')
        world.say("They [put up notes on every tree|asked at every door], but nobody came. So the little {pet.kind} "
                  "stayed, and {hero} called {pet.him} {pet.name}.",
                  "For a week they asked the neighbors, but no owner could be found. So the {pet.kind} was allowed "
                  "to stay, and got the name {pet.name}.")
        world.fact("Where did {hero.name} find the {pet.kind}?", "{Hero.name} found {pet.him} {spot}.")
    else:
        world.say("{Hero.intro} got a birthday present with [holes|little windows] in the lid. Inside sat a "
                  "{pet.kind} with {mark}!",
                  "There was {described} who [wished for|dreamed of] a pet. One day, {parent} came home with a "
                  "{pet.kind} that had {mark}.",
                  '"Do you know that a pet is not a toy?" somebody asked {hero.intro}. It was {parent}, with a '
                  '{pet.kind} that had {mark}.',
                  "{Hero.intro} had saved [coins in a jar|pocket money] for a whole year. At last there was enough "
                  "for a {pet.kind} with {mark}.")
        world.say('"I promise to {promise}," said {hero} [solemnly|with one hand on {hero.his} heart].',
                  '{Parent} looked at {hero.him}. "Will you {promise}?" {parent.he} asked. "I promise," said {hero}.')
        world.say("{Hero.he} [named|called] the {pet.kind} {pet.name} and [made|prepared] a bed out of {basket.a}.",
                  '"Your name is {pet.name}," {hero.he} told the {pet.kind}, and [laid|set] {basket.a} in a quiet '
                  'corner as a bed.')
    if course == "found":
        world.say("{Pet.name} got a bed out of {basket.a} [near the stove|by the window].",
                  "They made {pet.name} a bed out of {basket.a}, where it was [dry|warm].")
    world.fact("What was the {pet.kind} called?", "The {pet.kind} was called {pet.name}.")
    world.fact("What did {hero.name} promise?",
               "{Hero.name} promised to {promise}." if course != "found" else "{Hero.name} promised to {vow}.")
    world.new_paragraph()
    if course in ("shy", "found"):
        world.ask("a shy {pet.kind}")
        world.say("But {pet.name} was [shy|afraid of everything]. {Pet.he} hid {den} and would not come out, because "
                  "everything was [strange|new].",
                  "The first days were hard. {Pet.name} only [shook|{cry}] and hid {den}.")
        world.say('{Hero} [pulled|called] and [clapped|whistled], but that made it worse. "Why does {pet.he} not like '
                  'me?" {hero.he} asked, close to tears.',
                  '"Come out and play!" {hero} shouted. {Pet.name} crept even deeper into the hiding place.')
        world.say('"Imagine you were that small," said {parent}. "You would be scared of [big hands|loud voices], '
                  'too. [Be quiet and wait|Let {pet.him} come to you]."',
                  '{Parent} put a finger to {parent.his} lips. "{Pet.name} does not know you yet. Trust grows '
                  'slowly, like a tree," {parent.he} [said|explained].')
        world.say("So {hero} lay down on the floor and [read a book in a low voice|did not move]. Beside {hero.him} "
                  "{hero.he} put a little heap of {meal}.",
                  "From then on {hero} moved slowly and spoke softly. {Hero.he} laid some {meal} on the floor, sat "
                  "down, and waited.")
        world.say("[Ten minutes|An hour] passed. Then {pet.name} [peeked out|stretched {pet.his} neck], came closer, "
                  "and [nibbled|took] the {meal} right from {hero.s} hand!",
                  "On the third day, something [tickled|touched] {hero.s} fingers. It was {pet.name}, who ate the "
                  "{meal} bit by bit.")
        world.fact("Where did {pet.name} hide?", "{Pet.name} hid {den}.")
        world.fact("What did {pet.name} like to eat?", "{Pet.name} liked to eat {meal}.")
    elif course == "night":
        world["comfort"] = world.pick("a ticking clock", "an old sweater", "a warm water bottle", "a woolen sock")
        world.ask("a {pet.kind} that could not sleep")
        world.say("But at night {pet.name} {cry} and could not sleep, because {pet.he} missed {pet.his} mother and "
                  "the warm nest.",
                  "When the lights were out, {pet.name} {cry} so sadly that {hero} sat up in bed.")
        world.say("{Hero} [brought|offered] some {meal}, but {pet.name} [turned away|did not touch it]. {Hero.he} "
                  "sang, but that did not help, either.",
                  "{Hero} tried {meal}, and then a lullaby, but {pet.name} only looked at the dark window.")
        world.say('"Perhaps {pet.he} is not hungry, but lonely," {hero} [thought|said to {hero.himself}]. "What would '
                  'remind {pet.him} of home?"',
                  '{Hero} rubbed {hero.his} eyes and thought hard. "{Pet.name} has never slept alone before," '
                  '{hero.he} whispered. "That must be it."')
        world.say("Then {hero.he} had an idea and [tucked|laid] {comfort} into the bed. {Pet.name} [snuggled up to "
                  "it|sniffed at it], sighed, and closed {pet.his} eyes.",
                  "So {hero.he} fetched {comfort} and put it next to {pet.name}. Little by little the "
                  "[shaking|crying] stopped, and it was quiet.")
        world.say('"That was clever," {parent} whispered from the door. "How did you know?" "I [remember|know] how it '
                  'feels to miss someone," said {hero}.',
                  "In the morning {parent} found them both asleep, {hero} on the rug, and {pet.name} close to "
                  "{comfort}.")
        world.fact("What helped {pet.name} to sleep?", "{Comfort} helped {pet.him} to sleep.")
        world.fact("Why could {pet.name} not sleep?", "{Pet.name} missed {pet.his} mother.")
    else:
        world.ask("a {pet.kind} that ran away", "a missing {pet.kind}")
        world["gap"] = world.pick("the gate", "the window", "the back door")
        world.say("For a week all went well. But one [windy|hot] day {hero} forgot to shut {gap}. When {hero.he} came "
                  "back, {pet.name} was gone!",
                  "Then, one afternoon, {hero} [was in a hurry|was thinking of a game] and left {gap} open. Soon the "
                  "bed was empty.")
        world.say('"[It is my fault|How could I be so careless]!" {hero} cried and told {parent} everything. "[Then '
                  'we will search|No time for tears]," said {parent}. "What does {pet.name} like best?"',
                  '{Hero} ran to {parent} with a white face. "{Pet.name} is gone, because I was not careful!" "Calm '
                  'down," said {parent}. "Think. What would make {pet.him} come back?"')
        world.say('"{Meal}!" said {hero}. They went from house to house and carried a [tin|bag] full of {meal}, and '
                  '{hero} called {pet.name} until {hero.his} voice was hoarse.')
        world.say("A neighbor had seen a {pet.kind} with {mark}. {Hero} [ran|hurried] over, and there, behind [the "
                  "rain barrel|a stack of wood], something {cry}.",
                  "At the end of the street, the milkman pointed at a shed. He had seen a {pet.kind} with {mark}! "
                  "{Hero} held out the food, and behind the door something {cry}.")
        world.fact("What did {hero.name} forget to shut?", "{Hero.name} forgot to shut {gap}.")
        world.fact("What did {pet.name} like best?", "{Pet.name} liked {meal} best.")
        world.say("{Pet.name} came straight into {hero.s} arms and would not let go. {Hero} [laughed and cried at the "
                  "same time|wept with relief].",
                  '"There you are!" {hero} cried and lifted {pet.name} up. {Hero.his} hands were trembling, but '
                  '{hero.his} heart was light again.')
    world.new_paragraph()
    world.say("From then on, they were [best friends|never apart]. {Hero} kept the promise to {vow}, even [on "
              "holidays|when {hero.he} was tired].",
              'That evening {hero} repeated the promise. "I will {vow}," {hero.he} [whispered|said], "today, '
              'tomorrow, and always."')
    world.say("And {pet.name}, the {pet.kind} with {mark}, slept on {basket} and dreamed of {meal}.",
              "Curled up on {basket}, {pet.name} [blinked|sighed] happily. {Pet.he} was home.",
              '"We belong together," said {hero}, and {pet.name} {cry} softly, as if to say yes.')


def first_day(world):
    hero = someone(world, traits="shy quiet nervous curious thoughtful gentle dreamy careful")
    introduce(world, hero)
    friend = world["friend"] = someone(world, hero.kind, hero.he, traits="shy cheerful funny friendly loud kind")
    world["parent"] = relative(world, hero, "mother", "father", "grandmother", "grandfather")
    teacher = world["teacher"] = Character(
        world.rng, "teacher", "Miss " + world.pick("Plum", "Berry", "Lark", "Fig", "Rosewood") if world.chance(0.5) else
        "Mr. " + world.pick("Finch", "Pine", "Barley", "Stone", "Moon"), "he", True,
        {"home": "house", "food": "apples", "skill": "teach", "sound": "smiled"})
    if teacher.name.startswith("Miss"):
        teacher.he, teacher.him, teacher.his, teacher.hers, teacher.himself = "she", "her", "her", "hers", "herself"
    world["bag"] = item(world, world.pick("backpack", "lunch box", "pencil case", "satchel", "raincoat"),
                        *lexicon.WORDS["color"], "striped", "spotted", "shiny", "new")
    world["lunch"] = world.pick("a pear", "two plums", "a cheese sandwich", "a slice of nut bread", "a boiled egg",
                                "a pretzel")
    world["token"] = world.pick("a smooth pebble", "a brass button", "a paper heart", "a walnut shell", "a blue ribbon")
    world["charm"] = "the " + world["token"].split(" ", 1)[1]
    world["fear"] = world.pick("nobody would talk to {hero.him}", "{hero.he} would get lost in the long halls",
                               "everyone else would be able to read", "the teacher would be strict",
                               "{hero.he} would miss home")
    world["fear"] = world.fill("x " + world["fear"])[2:]
    world["hour"] = world.pick("noon", "one o'clock", "two o'clock", "three o'clock")
    course = world.pick("crying", "lost", "wrong", "lunch", "tell")
    world.ask("{hero.a} and {friend.a}", "{hero.a} on the first day of school", "the first day of school",
              "{hero.a} and {bag.a}",
              "{hero.a} who found a friend at school", "{hero.a} and {parent.a}", "a teacher and {hero.a}")
    world.say("It was the first day of school, and {hero.intro} had been awake since [five o'clock|the first birds "
              "sang].",
              '"My tummy hurts," said {hero.intro} on the first day of school. "May I stay [at home|in bed]?"',
              "There was {described} who was going to school for the very first time.",
              "{Hero.intro} stood in front of the school gate and [did not move|swallowed hard]. It was the first day.",
              "[The leaves were turning yellow|Summer was over], and for {hero.intro}, school was about to begin.",
              "The school bell [rang|clanged]. {Hero.intro} heard it for the first time and [jumped|squeezed a hand "
              "tightly].")
    world.say("{Hero.he} had {bag.a}, and {parent} had packed {lunch} [for lunch|for the break].",
              "{Hero.he} had {bag.a}, which [still smelled of the shop|was a present from an aunt]. For lunch "
              "{parent} had packed {lunch}.")
    world.say("But {hero.he} was {#scared}, because {hero.he} thought that {fear}.",
              '"I am [afraid|scared|nervous]," {hero} [told {parent}|whispered], because {hero.he} thought '
              'that {fear}.')
    world.say('{Parent} pressed {token} into {hero.s} hand. "[When you feel alone, hold this|This is full of my '
              'kisses]," {parent.he} said. "I will [be here|come back] at {hour} to pick you up."',
              '"Take this," said {parent} and gave {hero.him} {token}. "When you touch it, you will know that I '
              'think of you. And at {hour} I will be here."')
    world.fact("What did {hero.name} get from {hero.his} {parent.kind}?", "{Hero.name} got {token}.")
    world.fact("What was {hero.name} afraid of?", "{Hero.he} was afraid that {fear}.")
    world.new_paragraph()
    world.say("The teacher was called {teacher.name}.",
              "The teacher was {teacher.name}, who had [a kind face|glasses on a string|chalk on both sleeves] and "
              "[knew a song for everything|laughed a lot].",
              '"Welcome! I am {teacher.name}," said the teacher. "[Hang up your coats|Find a seat]!"')
    if course == "crying":
        world.say("Then {hero} heard a [sob|sniff] from the [corner|row behind]. {Friend.intro} was crying [into a "
                  "handkerchief|behind a book].",
                  "All the others were busy, but {friend.intro} sat under the coats and wept. {Hero} went over and "
                  "knelt down.")
        world.say('"[Are you scared, too|Is it your first day, too]?" {hero} asked. {Friend} nodded. "I thought I was '
                  'the only one," {friend.he} [sniffed|said].',
                  '"You look the way I feel," said {hero}. "I want to go home," {friend} [whispered|answered].')
        world.say('{Hero} held out {charm}. "You may [hold|borrow] this," {hero.he} said. "It [helps|works] against '
                  '[tears|a sore heart]."',
                  '{Hero} thought for a moment and pulled out {charm}. "Let us take turns with this," {hero.he} '
                  'said. "There is comfort in it."')
        world.say("{Friend} held it tightly and [dried {friend.his} eyes|smiled a little]. The odd thing was that "
                  "{hero} felt braver as well, because {hero.he} had someone to [look after|comfort].",
                  "{Friend} looked at it and the tears stopped. And because {hero} had helped someone, {hero.his} "
                  "own fear became [small|smaller], too.")
        world.fact("Who was crying?", "{Friend.name} was crying.")
    elif course == "lost":
        world["wrong"] = world.pick("a room full of brooms", "the kitchen", "the gym", "a room with a skeleton",
                                    "the cellar")
        world.say("After the first lesson, {hero} had to find the washroom. {Hero.he} turned left, then right, and "
                  "ended up in {wrong}!",
                  "In the break, {hero} went to fetch some water. But all the doors looked the same, and behind the "
                  "one that {hero.he} opened was {wrong}!")
        world.say('"Where am I?" {hero} whispered and [clutched|rubbed] {charm}. Then somebody [coughed|giggled]. It '
                  'was {friend.intro}. "[I am lost as well|I took the wrong turn, too]," {friend.he} said.',
                  '{Hero} squeezed {charm} and tried not to cry. "Hello?" said a voice. It was {friend.intro}. "Do '
                  'you know the way? I do not," {friend.he} said.')
        world.say('"If we are lost together, we are explorers," said {hero}. They drew [arrows|dots] with chalk [at '
                  'every corner|along the wall], so that they would not go in circles.',
                  '"Four eyes see more than two," said {hero}. So they walked side by side and [counted the '
                  'doors|looked at every sign], and it was almost fun.')
        world.say("At last they heard {teacher.name} singing, followed the sound, and [burst|came] into the "
                  "classroom. Everybody [cheered|clapped].",
                  'Then they came to a door with a sun on it. "That is ours!" they cried. {Teacher.name} was so glad '
                  'to see them that nobody was scolded.')
        world.fact("Where did {hero.name} end up?", "{Hero.he} ended up in {wrong}.")
        world.fact("Who was lost, too?", "{Friend.name} was lost, too.")
    elif course == "wrong":
        world["animal"] = world.pick("a camel", "a cow", "a walrus", "a peacock", "a snail")
        world["seen"] = world.pick("a teapot", "a sofa", "a cloud with legs", "an umbrella", "a potato")
        world.say('In the first lesson they had to draw [an animal|their favorite animal]. {Hero} drew {animal}, but '
                  'it went wrong and looked like {seen}.',
                  "The first task was to paint an animal. {Hero} tried to paint {animal}, but the brush slipped, and "
                  "the result looked like {seen}.")
        world.say('Somebody laughed. {Hero.s} ears [burned|grew hot], and {hero.he} [reached for|squeezed] {charm}.',
                  "A snicker went through the room. {Hero} wished that the floor would open, and held on to {charm}.")
        world.say('"I like it," said {friend.intro} [on the next chair|at the same table]. "[Mine is even '
                  'stranger|Look at mine]. It should be a horse, but it has five legs!"',
                  'But {friend.intro} [leaned over|came closer] and said: "How funny! I could never make up anything '
                  'like that. Mine just looks like a wet sponge."')
        world.say('{Hero} [looked|glanced] at it and [snorted|burst out laughing]. "Let us put them in one picture," '
                  '{hero.he} said. "Then [they can be friends|nobody is alone]."',
                  "They looked at both sheets, and then they looked at each other and began to giggle. After that, "
                  "they shared their paints.")
        world.say('{Teacher.name} pinned the picture [above the blackboard|on the wall] and said: "Mistakes are where '
                  '[new|the best] ideas come from."',
                  '"Nobody in the whole school has a picture like this," said {teacher.name} and hung it [next to '
                  'the clock|beside the door].')
        world.fact("What did {hero.name} draw?", "{Hero.name} drew {animal}.")
        world.fact("What did the drawing look like?", "It looked like {seen}.")
    elif course == "lunch":
        world["trade"] = world.pick("a blueberry muffin", "a handful of grapes", "half a pie", "a piece of honeycomb",
                                    "some crackers")
        world.say("At lunch, {hero} sat alone at the end of a long [table|bench] and [turned|rubbed] {charm} between "
                  "{hero.his} fingers. All the others seemed to know each other.",
                  "Then it was time to eat. {Hero} did not know where to sit, so {hero.he} chose an empty corner and "
                  "held {charm} in one hand.")
        world.say("Across from {hero.him}, {friend.intro} [searched a bag|looked under the table] again and again. "
                  "\"Oh no, I left my lunch on the bus,\" {friend.he} [moaned|said].")
        world.say("{Hero} [was too shy to speak at first|waited for a moment]. But then {hero.he} looked at the food "
                  "that {parent} had packed: {lunch}. \"Would you like half?\" {hero.he} asked.")
        world.say('"[That is so kind|Thank you]!" said {friend} and moved closer. "Tomorrow I will bring {trade}, and '
                  'then you get half."',
                  '{Friend} beamed. "Nobody has ever given me half of a lunch," {friend.he} said. "I will pay you '
                  'back tomorrow with {trade}!"')
        world.say("They [chewed and talked|ate and joked] until {teacher.name} rang the bell.",
                  "While they ate, they found out that they lived in the same street, so there was a lot to talk "
                  "about.")
        world.fact("What did {hero.name} share?", "{Hero.name} shared {lunch}.")
        world.fact("What did {friend.name} want to bring the next day?", "{Friend.name} wanted to bring {trade}.")
    else:
        world["topic"] = world.pick("a goose that chased the postman", "a night in a tent", "a boat made of bark",
                                    "a tooth in an apple")
        world.say('Then {teacher.name} said: "[Now each of you may tell us something|Tell us a story, please]." '
                  '{Hero} wanted to [vanish|slide under the desk]. When it was {hero.his} turn, no word came out.')
        world.say("Then {hero} felt {charm} in {hero.his} pocket. {Hero.he} held it, looked at one friendly face "
                  "only, and [began|started] to tell about {topic}.",
                  "In the pocket lay {charm}. {Hero} closed one hand around it, found a friendly face in the second "
                  "row, and told the class about {topic}.")
        world.say("The friendly face belonged to {friend.intro}, who [leaned forward|listened with an open mouth]. "
                  "[Soon|By the end] the whole class was [laughing|listening].",
                  "It was the face of {friend.intro}. {Friend.he} [nodded|smiled] at every sentence, so the words "
                  "came faster and faster.")
        world.say('"What happened next?" {friend} asked in the break. "[Tell me more|Come and sit with me]!"')
        world.fact("What did {hero.name} tell the class about?", "{Hero.name} told them about {topic}.")
        world.fact("Who wanted to hear more?", "{Friend.name} wanted to hear more.")
    world.new_paragraph()
    world.say("At {hour}, {parent} [stood|was standing] at the gate, just as {parent.he} had [said|promised].",
              "{Parent} had kept {parent.his} word and was waiting [outside|at the gate] at {hour}.")
    if world.chance(0.5):
        world.say('"[Well, how was it|Was it very bad]?" {parent.he} asked. "Wonderful!" said {hero}. "[I have a '
                  'friend now|I made a friend]. And {teacher.name} is [nice|funny]!"',
                  "In the morning {hero} had thought that {fear}, but now {hero.he} [laughed about it|had forgotten "
                  "all about it].",
                  'Before {parent} could ask, {hero} [burst out|called]: "[I have a friend now|I want to go again '
                  'tomorrow]!"')
    world.say("",
              "{Hero} [waved to|hugged] {friend} and [skipped|hopped] home with {bag}, which did not feel heavy at "
              "all.",
              '"And {charm}?" {parent} asked. {Hero} smiled. "Tomorrow I will [leave it at home|give it to somebody '
              'who is new]. I do not need it any more."')


def loose_tooth(world):
    hero = world.child() if world.chance(0.7) else someone(world, "duck", "penguin", "robot", "hedgehog")
    hero.trait = world.pick("curious", "careful", "lively", "proud", "restless", "cheerful", "thoughtful", "stubborn")
    introduce(world, hero)
    friend = world["friend"] = world.child()
    while friend.he == hero.he:
        friend = world["friend"] = world.child()
    world["parent"] = relative(world, hero)
    world["meal"] = world.pick("an apple", "a carrot", "a corn cob", "a crust of bread", "a toffee", "a peanut bar")
    world["purse"] = item(world, world.pick("matchbox", "tin", "purse", "envelope", "jar", "pouch"),
                          *lexicon.WORDS["color"],
                          "striped", "spotted", "tiny", "round")
    world["prize"] = world.pick("a silver coin", "a new toothbrush", "a sea shell", "a wooden whistle",
                                "a sparkling marble")
    world["tries"] = world.pick("a thread and a door handle", "a hard cracker", "three jumps from the bed",
                                "a big yawn in front of the mirror")
    course = world.pick("lost", "bite", "fear", "gap")
    world.ask("{hero.a} who lost a tooth", "{hero.a} with a loose tooth", "{hero.a} and {friend.a}", "a loose tooth",
              "{hero.a} and {purse.a}",
              "{hero.a} and {parent.a}")
    world.say("Wiggle, wiggle! {Hero.intro} [pushed|moved] the loose tooth with {hero.his} tongue, [back and forth|to "
              "the left and to the right].",
              "One morning at breakfast, {hero.intro} felt something strange. A tooth was loose!",
              '"Look, it moves!" said {hero.intro} and opened {hero.his} mouth [as wide as a barn door|very wide].',
              "There was {described} who had a loose tooth, and [could not stop playing with it|talked about nothing "
              "else].",
              "For [five|six|seven|ten] days, {described} had [waited|hoped] for a loose tooth to fall out.",
              "All the children in the street had gaps in their smiles, except for {hero.intro}. But now, at last, "
              "one tooth was loose.")
    world.say("{Hero} already had {purse.a} to keep it in, [with cotton wool inside|and had written TOOTH on it].",
              '"When it falls out, put it in here," said {parent} and gave {hero.him} {purse.a}.')
    world.fact("What was loose?", "One of {hero.name}'s teeth was loose.")
    world.fact("What did {hero.name} want to keep the tooth in?", "{Hero.name} wanted to keep it in {purse.a}.")
    if course in ("lost", "bite"):
        world.say("{Hero.he} tried {tries}, but the tooth [stayed|sat] where it was.", "")
        world.new_paragraph()
        world.say("At [noon|snack time], {hero} and {friend.intro} sat on [the wall|a bench]. {Hero} bit into {meal}. "
                  "Crunch! \"[Oh|Wait]! My tooth!\" {hero.he} [cried|mumbled].",
                  'In the afternoon {hero} met {friend.intro} by the fountain and took a bite of {meal}. '
                  '[Crack|Crunch]! "It is out!" {hero.he} [shouted|cried].')
        if course == "lost":
            world["where"] = world.pick("between two tiles", "in the gravel", "under a clover leaf",
                                        "in the cuff of a sleeve", "in a crack of the pavement")
            world.ask("a lost tooth", "{hero.a} and {friend.a} who looked for a tooth")
            world.say("But where was it? The tooth had [flown|bounced] away, and it was no bigger than a [grain of "
                      "rice|bean].",
                      "{Hero} opened {hero.his} hand to look at the tooth, but it slipped away, hopped twice, and "
                      "was gone.")
            world.say('"[Now I will never get a surprise|What if I never find it]," {hero} [wailed|said], and '
                      '{hero.his} lip trembled.',
                      '"Help! I need it for tonight!" {hero} [cried|said] and turned in a circle.')
            world.say('"[Do not move|Stand still], so that we do not step on it," said {friend}. {Friend.he} got down '
                      'on hands and knees and [searched|combed] the ground, inch by inch.',
                      '"We will find it. I have good eyes," said {friend}. {Friend.he} crept over the ground like a '
                      'detective and turned over every leaf.')
            world.say("\"Is this it?\" {friend.he} asked [after a while|at last]. Something white gleamed {where}. It "
                      "was the tooth! {Hero} [hugged {friend.him}|jumped for joy].",
                      "Suddenly {friend} [whistled|gave a shout]. There, {where}, lay the little white tooth! {Hero} "
                      "was so relieved that {hero.he} [danced|laughed out loud].")
            world.fact("Who found the tooth?", "{Friend.name} found it.")
            world.fact("Where was the tooth?", "It was {where}.")
        else:
            world.ask("{hero.a} who swallowed a tooth")
            world.say("{Hero} felt with {hero.his} tongue: there was a [soft|smooth] gap. But {hero.he} could not "
                      "find the tooth, because {hero.he} had swallowed it!",
                      'There was a gap, but no tooth, neither in {hero.his} hand nor on the ground. "I think I ate '
                      'it," {hero} said slowly.')
            world.say('"[Will a tooth tree grow in my belly|Will it bite me inside]?" {hero.he} asked with '
                      '[big|round] eyes. {Friend} [tried not to laugh|bit {friend.his} lip and tried not to laugh].')
            world.say('"I swallowed one of mine last year, and nothing happened," said {friend}. "We will write a '
                      'letter and explain it."',
                      '"Do not worry, it will do you no harm," {friend} said. "But we should tell the Tooth Fairy. '
                      'Do you have a pen?"')
            world.say('So they wrote: "Dear Tooth Fairy, the tooth is in my tummy because of {meal}. Please do not '
                      'look there." They folded the letter and put it into {purse}.',
                      'Together they wrote: "Dear Tooth Fairy, I had a tooth for you, but I ate it together with '
                      '{meal}. I am sorry." The letter went into {purse}.')
            world.fact("What happened to the tooth?", "{Hero.name} swallowed it.")
            world.fact("What did {hero.name} and {friend.name} write?", "They wrote a letter to the Tooth Fairy.")
        world.fact("What did {hero.name} bite into?", "{Hero.he} bit into {meal}.")
    elif course == "fear":
        world.ask("{hero.a} who was afraid to lose a tooth")
        world["before"] = world.pick("the old leaves make room for new buds", "a snake slips out of its old skin",
                                     "a crab leaves its old shell")
        world.new_paragraph()
        world.say("But secretly {hero} was afraid. Would it hurt? Would there be blood? So {hero.he} ate only "
                  "[soup|porridge] and [spoke|laughed] with a closed mouth.",
                  "But when {hero.he} thought of losing it, {hero.he} got a [cold feeling|knot] in {hero.his} "
                  "stomach. {Hero.he} did not [chew|bite] on that side any more.")
        world.say('"Why do you not eat {meal} with me?" asked {friend.intro}. {Hero} [whispered|confessed]: "[Because '
                  'it might hurt|I do not want to lose a part of me]."',
                  'One day {friend.intro} offered {hero.him} {meal}, but {hero} shook {hero.his} head. "What if it '
                  'hurts?" {hero.he} said.')
        world.say('{Friend} [showed|pointed at] a gap with a tiny white edge. "It is like this: {before}. The new one '
                  'is already waiting below. [It only tickled|It did not hurt a bit]."',
                  '"I have lost three already," said {friend}. "You know how {before}. With teeth it is the same. A '
                  'new one is pushing from below, and it does not hurt."')
        world.say("{Hero} thought about that. Then {hero.he} took {meal}, closed {hero.his} eyes, and bit. Plop! The "
                  "tooth lay in {hero.his} hand, and it had only tickled.",
                  '{Hero} looked at {meal} for a long time. "One, two, three," {hero.he} counted, and took a big '
                  'bite. And there was the tooth, without any pain at all!')
        world.say('"That was all?" {hero} [laughed|asked]. "And I was scared for a whole week!"',
                  '{Hero} felt ten feet tall. "Thank you for telling me," {hero.he} said.')
        world.fact("Why was {hero.name} afraid?", "{Hero.he} was afraid that it would hurt.")
        world.fact("Who told {hero.name} that a new tooth was waiting?", "{Friend.name} told {hero.him}.")
    else:
        world["tune"] = world.pick("a sailor song", "a birthday song", "the school song", "a lullaby")
        world.ask("{hero.a} who learned to whistle through a gap", "{hero.a} on a stage")
        world.new_paragraph()
        world.say("The tooth fell out on the very day of the school concert! {Hero} was supposed to sing {tune}, but "
                  "now every S came out as a [hiss|whistle].",
                  "Of all days, it fell out just before the concert. When {hero} [practiced|tried] {tune}, air "
                  "whistled through the gap.")
        world.say('"[I cannot go on stage like this|Everyone will laugh at me]," {hero} told {friend.intro}, who was '
                  'going to [play the drum|turn the pages].',
                  '{Hero} ran to {friend.intro} behind the curtain. "I sound like a leaky balloon!" {hero.he} '
                  '[wailed|groaned].')
        world.say('{Friend} [grinned|thought hard]. "Whistle again," {friend.he} said. {Hero} blew, and out came a '
                  'note as [clear|bright] as a bell. "That is it! [Do not sing it|Forget the words]. Whistle it!"',
                  '"Wait," said {friend}. "That sound is not bad at all. It is like a flute! What if you whistle the '
                  'whole song?"')
        world.say("So {hero} whistled {tune} through the gap. The hall was [silent|as quiet as snow], and then the "
                  "clapping [would not end|shook the windows].",
                  "The curtain rose, and {hero} whistled {tune}. At first the people were puzzled, then they swayed, "
                  "and in the end they stamped their feet.")
        world.say('"How did you learn that?" people asked. "I only lost something," {hero} answered [with a wide '
                  'grin|proudly].',
                  '"That was the best part of the evening," said the principal and shook {hero.s} hand.')
        world.fact("What did {hero.name} whistle?", "{Hero.he} whistled {tune}.")
        world.fact("Who had the idea to whistle?", "{Friend.name} had the idea.")
    world.new_paragraph()
    if course != "bite":
        world.say("At night {hero} put the tooth into {purse} and [slid|pushed] it under the pillow.",
                  "Before bed, {parent} [looked at|admired] the tooth, and {hero} laid it in {purse} beside the bed.")
    else:
        world.say("At night {purse} with the letter lay under {hero.s} pillow.",
                  "Before bed, {hero} pushed {purse} with the letter under the pillow and wondered if anyone would "
                  "read it.")
    world.say("In the morning, the tooth was gone, and [there was {prize}|{prize} lay in its place]!"
              if course != "bite" else
              'In the morning, there was {prize} and a tiny note: "[Thank you for being honest|I believe you]."')
    world.fact("What did {hero.name} find in the morning?", "{Hero.he} found {prize}.")
    world.say("{Hero} ran to show {friend} at once, because without {friend.him} it would not have [gone so "
              "well|happened].",
              "{Hero} smiled at the mirror. There was a [fine|proud] little gap, and deep inside, something white was "
              "[already|slowly] growing.",
              '"Next time," {hero} told {parent}, "I will %s!" And they both laughed.' % (
                  "lose two, and whistle {tune} even louder" if course == "gap" else "bite into {meal} [right away|at "
                  "once]"))


PLOTS = [afraid_of_the_dark, baking, learning, rainy_day, new_baby, new_pet, first_day, loose_tooth]
