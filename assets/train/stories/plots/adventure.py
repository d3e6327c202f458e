"""Adventures: a treasure map, lost in the wild, a storm at sea, a rescue, a flight, strange noises at night."""

from .. import lexicon
from ..engine import Character, Place, Thing

WALKERS = set("""fox rabbit bear mouse cat dog squirrel hedgehog pig goat sheep beaver otter deer wolf badger raccoon
horse donkey monkey panda koala kangaroo kitten puppy lamb lion tiger zebra""".split())
HEROES = set("princess prince knight elf troll pirate farmer painter clown explorer".split())
COMPANIONS = HEROES | set("robot scarecrow".split()) | {"teddy bear"}
FIXED_GENDER = {"princess": "she", "prince": "he"}
OTHER = {"she": "he", "he": "she"}
SNACKS = ["cheese sandwiches", "oat cookies", "walnut cakes", "apple pancakes", "blueberry muffins", "raisin buns",
          "honey cakes", "dried apricots", "roasted chestnuts", "jam rolls", "peach tarts", "cinnamon crackers",
          "boiled eggs", "potato pies", "banana slices", "ginger biscuits"]


def someone(world, gender, kinds, child_chance):
    """A character with that gender: a child, or a walking animal or a creature of those kinds."""
    rng = world.rng
    if world.chance(child_chance):
        name = world._fresh(lexicon.GIRLS if gender == "she" else lexicon.BOYS)
        traits = {"home": "house", "food": rng.choice(lexicon.FOODS), "sound": "laughed",
                  "skill": rng.choice(["run fast", "climb trees", "whistle", "tell jokes", "count to a hundred"])}
        return Character(rng, {"she": "girl", "he": "boy"}[gender], name, gender, True, traits)
    entries = [entry for entry in (lexicon.CREATURES if world.chance(0.25) else lexicon.ANIMALS)
               if entry[0] in kinds and FIXED_GENDER.get(entry[0], gender) == gender]
    kind, home, food, skill, sound = world._fresh(entries)
    name = world._fresh(lexicon.PET_NAMES) if world.chance(0.65) else None
    return Character(rng, kind, name, gender, False, dict(home=home, food=food, skill=skill, sound=sound))


def company(world):
    """A hero and a friend, one of them he and one she, and a relative of the hero."""
    gender = world.pick("she", "he")
    hero = world["hero"] = someone(world, gender, WALKERS | HEROES, 0.4)
    friend = world["friend"] = someone(world, OTHER[gender], WALKERS | COMPANIONS, 0.25)
    world["friend_call"] = friend.own_name or world.pick("my friend", "dear friend")
    world["hero_call"] = hero.own_name or world.pick("my friend", "my dear")
    world["relative"] = world.pick("grandmother", "grandfather", "aunt", "uncle", "mother", "father")
    world["kin"] = f"{hero.his} {world['relative']}"
    world["snack"] = world.pick(*SNACKS)
    world["newcomer"] = hero.intro
    while not world["newcomer"].startswith("a "):
        world["newcomer"] = hero.intro
    return hero, friend


def setting(world, kind, preposition, adjectives, sights, spots):
    place = world["place"] = Place(world.rng, (kind, preposition, sights, spots))
    place.adjective = world.rng.choice(adjectives.split())
    place.a = f"a {place.adjective} {kind}"
    return place


def tool(world, kind, use, looks):
    thing = world["thing"] = Thing(world.rng, (kind, use))
    thing.look = world.rng.choice(looks.split())
    thing.bare = f"{thing.look} {kind}"
    thing.a, thing.the = f"a {thing.bare}", f"the {thing.bare}"
    return thing


def fixed(world, template):
    """The template filled in once, for later use inside of a sentence."""
    text = world.fill(template)
    return text[0].lower() + text[1:]


# A journey with a map.

DESTINATIONS = [
    ("island", "on", "small green sandy faraway lonely", ["palm trees", "pink shells", "white sand"],
     [("a palm tree as crooked as an elbow", "the crooked palm tree"),
      ("a rock shaped like a whale", "the whale rock")]),
    ("hill", "on", "windy round grassy steep lonely", ["purple heather", "gray boulders", "grazing sheep"],
     [("a tower without a roof", "the broken tower"), ("a hawthorn bush full of red berries", "the hawthorn bush")]),
    ("forest", "in", "dark old misty deep quiet", ["mossy logs", "tall firs", "spotted mushrooms"],
     [("an oak with a face in its bark", "the oak with the face"), ("a tree shaped like a fork", "the fork tree")]),
    ("mountain", "on", "snowy steep high rocky mighty", ["icy streams", "loose stones", "bent pines"],
     [("a boulder that looked like a sleeping cat", "the cat boulder"),
      ("a frozen waterfall", "the frozen waterfall")]),
    ("valley", "in", "hidden green narrow sunny wild", ["wild horses", "winding paths", "tall thistles"],
     [("three white stones in a ring", "the three white stones"), ("a mill with a broken wheel", "the old mill")]),
    ("swamp", "in", "foggy muddy green gloomy wild", ["muddy pools", "croaking frogs", "twisted willows"],
     [("a willow struck by lightning", "the burned willow"), ("a sunken wagon", "the sunken wagon")]),
]


def obstacle(world):
    """Packed at the beginning, needed on the way: what, and how."""
    choice = world["packed_kind"]
    if world.chance(0.4):
        world.say("The way was [longer|harder] than it looked on the map.", "For [an hour|a long while] all went well.",
                  "They followed the dotted line, step by step.", "They sang a marching song and [counted|admired] "
                  "{place.sight}.")
    if choice == "rope":
        world.say("Then [the path stopped|they had to stop] at a deep [crack|gap], and the bridge over it was "
                  "[broken|gone].",
                  "The bridge on the map had fallen down long ago, and the stream below was wild.")
        world.say('"Now we are stuck," {friend} [sighed|said]. "No, we are not," said {hero}. "I have a rope!"',
                  '"The rope!" {hero} [shouted|cried]. "[I knew it|I was sure] we would need it!"')
        world.say("{Hero} threw the rope over a strong branch, and one after the other they swung to the other side.",
                  "{Friend} tied the rope around a [thick branch|stump] with [three|two] knots, and so they "
                  "[climbed|swung] across.")
    elif choice == "lantern":
        world.say("Then the path went into a tunnel that was as black as [ink|coal|soot].",
                  "Soon a wall of rock stood in the way, and the only way on was a dark, [dripping|narrow] tunnel.")
        world.say("{Friend} [did not want|was too scared] to take one more step, because {friend.he} could not see "
                  "the ground.",
                  '"I do not like the dark," {friend} whispered, and {friend.his} voice came back as an echo.')
        world.say("So {hero} lit the lantern, and [its warm light|the little flame] showed them the way [out|to the "
                  "other end].",
                  'The lantern! {Hero} lit it and [went|walked] ahead. "Hold on to me," {hero.he} said, and nobody '
                  'stumbled.')
    elif choice == "bag of food":
        world["guard"] = world.pick("a fat goose", "a grumpy billy goat", "a proud peacock", "a huge crab",
                  "an angry swan")
        world["the_guard"] = "the " + world["guard"].split(" ", 1)[1]
        world.say("Then {guard} jumped [onto the path|out of the bushes]. \"Nobody passes here!\" [hissed|snapped] "
                  "{the_guard}.",
                  "In the middle of the path stood {guard} that would not let anyone pass.")
        world.say('{Friend} wanted to run away, but {hero} saw how thin {the_guard} was. "Are you hungry?" {hero.he} '
                  'asked.',
                  '"Maybe it is only hungry," {hero} whispered to {friend}.')
        world.say("{Hero} held out {hero.his} {snack}. {The_guard} ate them all, burped and stepped aside.",
                  'They shared the {snack}. "[Delicious|Tasty]!" said {the_guard}. "Nobody ever gave me lunch before. '
                  'You may pass."')
    elif choice == "flute":
        world.say("Then a big brown bull stood in the way, [stamping|scraping the ground] and snorting.",
                  "Suddenly a swarm of angry bees [hung|buzzed] over the path like a dark cloud.")
        world.say('"[Do not move|Stand still]," whispered {friend}. "I have [an idea|a plan]," {hero} whispered back.',
                  "{Friend} hid behind {hero} and [trembled|shook].")
        world.say("{Hero} took out the flute and played [a slow, sweet song|a lullaby], and soon [all was calm|the "
                  "way was free] again.",
                  "Very softly {hero} began to play the flute. The anger melted away, and they tiptoed past.")
    else:
        world.say("Then [nuts|acorns|pine cones] began to rain on their heads, because some cheeky crows dropped them "
                  "from above.",
                  "All at once it began to hail, and the hailstones were as big as [peas|marbles|cherries].")
        world.say('"Ouch! Ouch!" cried {friend} and [covered {friend.his} head|ducked].',
                  '"My poor head!" {friend} [moaned|wailed].')
        world.say("{Hero} opened the umbrella, and side by side they [marched on|walked on], [dry and|safe and] "
                  "[cheerful|proud].",
                  'Pop went the umbrella! "[Come under|Get in], there is room for two," said {hero}.')


def treasure_map(world):
    hero, friend = company(world)
    kind, preposition, adjectives, sights, marks = world.rng.choice(DESTINATIONS)
    place = setting(world, kind, preposition, adjectives, sights, ["under a stone"])
    tool(world, "map", "find the way with it", "old torn yellow dusty crumpled faded wrinkled brown")
    world["mark"], world["the_mark"] = world.pick(*marks)
    world["source"] = world.pick("inside a green bottle", "behind a loose brick", "between the pages of a cookbook",
                                 "in the pocket of an old coat", "under a creaky floorboard", "in a dusty trunk",
                                 "in an old boot", "behind a crooked picture", "at the bottom of a sewing basket")
    world["packed_kind"] = world.pick("rope", "lantern", "bag of food", "flute", "umbrella")
    world["packed"] = {"rope": "a long rope", "lantern": "a small lantern", "bag of food": "a bag of {snack}",
                       "flute": "{hero.his} wooden flute", "umbrella": "a striped umbrella"}[world["packed_kind"]]
    world["packed"] = fixed(world, world["packed"])
    world["wish"] = world.pick("a smooth white pebble", "a striped feather", "a leaf shaped like a heart",
              "a curly twig",
                               "a yellow flower")
    world["the_wish"] = "the " + world["wish"].split(" ", 1)[1]
    treasure = world.pick("coins", "seeds", "toys", "bell", "key", "letter")
    world["town_part"] = world.pick("school", "church tower", "old clock tower", "market square")

    # How it begins.
    if treasure == "bell":
        world.say("[For many years|Since long ago], the {town_part} of a small village had been silent, because its "
                  "bell was [lost|stolen].", "There was once a village where no bell ever rang, because someone had "
                  "hidden it.")
        world.say("{Hero.intro} lived there and often [wondered|asked] what the bell had sounded like.",
                  "{Hero.intro}, who lived in that village, dreamed of [hearing|finding] the bell.")
    else:
        world.say("[Once upon a time there was|Once there was|There was once] {newcomer} who was bored on a rainy day.",
                  "Drip, drop! It had rained all week, and {hero.intro} was tired of [staying indoors|looking out of "
                  "the window].",
                  "{Hero.intro} was cleaning the [attic|cellar|cupboard] when [something rustled|something fell down].",
                  '"Nothing ever happens here," sighed {hero.intro}.',
                  "{Hero.intro} loved [stories about pirates|secrets|riddles and puzzles] more than anything else.")
    world["hero_was"] = world.pick("found", "was given", "found")
    if treasure == "toys" or world["hero_was"] == "found":
        world.say("One [morning|Saturday|day], {hero} found {thing.a} {source}. A red cross was [drawn|painted] "
                  "beside {mark}.",
                  "Then {hero.he} [discovered|spotted] {thing.a} {source}! It showed {place.a} and {mark}, marked "
                  "with a cross.")
        world.fact("Where did {hero.name} find the map?", "{Hero.name} found it {source}.")
    else:
        world.say("Then {kin} gave {hero.him} {thing.a}. A red cross was [drawn|painted] beside {mark}.",
                  "One day {kin} took {thing.a} from a drawer and [gave it to {hero.him}|put it in front of "
                  "{hero.him}]. It showed {place.a} and {mark}, with a cross next to it.")
        world.fact("Who gave {hero.name} the map?", "{Kin} gave {hero.him} the map.")
    if treasure == "key":
        world["key"] = world.pick("a rusty key", "a small silver key", "an iron key", "a key shaped like a fish")
        world["the_key"] = "the " + world["key"].split(" ", 1)[1]
        world.say("{Hero.his} best friend was {friend.intro}, who always wore {key} around {friend.his} neck and did "
                  "not know what it was for.", "{Hero} showed it to {friend.intro}, who had once fished {key} out of "
                  "a pond and wore it on a string for luck.")
    else:
        world.say("{Hero} [ran|hurried] to {hero.his} friend, {friend.intro}. \"[Look|Guess what]! We can be treasure "
                  "hunters!\"",
                  "{Hero.he} showed it to {friend.intro}, who could {friend.skill}. \"[When do we start|Shall we "
                  "go]?\" [asked|said] {friend}.",
                  "\"Is that a real treasure map?\" asked {hero.his} friend, {friend.intro}. \"Let us find out,\" "
                  "said {hero}.")
    wish = treasure in ("coins", "seeds", "key", "letter") and world.chance(0.4)
    if wish:
        world.say('"Bring me {wish} from there," said {kin}, and {hero} promised.',
                  '{Kin} smiled. "Go, but promise to bring me {wish}." "I promise," said {hero}.')
    world.say("{Hero} packed {packed}, [just in case|and off they went|and they set out early].",
              "They [did not take much|took only a few things]: some water, a compass and {packed}.",
              '"[Better safe than sorry|One never knows]," said {hero} and put {packed} into the backpack.')
    world.fact("What did {hero.name} pack?", "{Hero.name} packed {packed}.")

    # The way.
    world.new_paragraph()
    if kind == "island":
        world.say("They borrowed a [rowing boat|raft] and [rowed|paddled] across the [bay|calm water] to {place.a}.",
                  "A friendly fisherman took them across the water to {place.a}.")
    else:
        world.say("They walked past [the last house|the mill pond|the wheat fields] until they came to {place.a}.",
                  "After [a long walk|two hours], they reached {place.a} with {place.sight}.",
                  "The map led them [over a stile and|along a brook and] straight {place.to}. It was {place.a}.")
    obstacle(world)

    # The treasure.
    world.new_paragraph()
    world.say('[At last|In the afternoon], {friend} [pointed|gasped]. "There! [Do|Can] you see {the_mark}?"',
              "[Finally|At last] they stood in front of {the_mark}, [just as the map had shown|out of breath].",
              '"[Ten steps to the left|Six steps forward]," {hero} read, and there it was: {the_mark}.')
    world.say("They dug with [flat stones|sticks] until something went [clonk|clunk|thud]. It was a "
              "[wooden|heavy|rusty] chest.",
              "Close by [lay|was] a pile of stones, and under the stones [was|they found] an old chest.")
    if treasure == "coins":
        world["bought"] = world.pick("a new roof for {kin}", "a swing for all the children", "a warm stove for the "
                  "school",
                                     "a cart full of books")
        world["bought"] = fixed(world, world["bought"])
        world.say("It was full of [gold|silver] coins! \"We are rich!\" [shouted|squealed] {friend}.",
                  "Inside, coins [glittered|shone] like little suns. {Hero} and {friend} danced around the chest.")
        world.say("They [thought about it all the way home|talked it over] and bought {bought}, because "
                  "[sharing|giving] made them {#happy}.", '"We do not need so much," said {hero}, so they used the '
                  'coins to buy {bought}.')
        world.fact("What did they buy with the coins?", "They bought {bought}.")
        world.ask("{hero.a} and {friend.a} who find a chest full of coins", "a treasure that was shared")
    elif treasure == "seeds":
        world["plant"] = world.pick("sunflowers", "pumpkins", "melons", "strawberries", "bean plants")
        world.say('There was no gold in it, only a bag of seeds and a note: "Plant us and wait."',
                  "{Friend} was disappointed, because the chest held nothing but seeds.")
        world.say("{Hero} planted the seeds [behind the house|by the fence], and {friend} watered them every "
                  "[evening|day].")
        world.say("In the summer, the biggest {plant} in the land grew there. \"[So this is|That was] the treasure,\" "
                  "said {friend}.",
                  "After many weeks, huge {plant} stood there, and people came from far away to admire them.")
        world.fact("What grew from the seeds?", "Huge {plant} grew from the seeds.")
        world.ask("a treasure of seeds", "{hero.a} who found seeds instead of gold")
    elif treasure == "toys":
        world["toy"] = world.pick("a wooden horse", "a tin drum", "a rag doll", "a spinning top", "a toy train")
        world.say("In it lay {toy} and a letter: \"These were my best things when I was small.\" The name below was "
                  "[familiar|a surprise].",
                  "Inside they found {toy} and a card. {Hero} knew the curly writing at once.")
        world.say('It was {kin} who had drawn the map many years ago! "[I hoped|I always hoped] that you would find '
                  'it one day," said {kin} that evening[, laughing| with a wink|].',
                  "{Kin} had hidden it long ago! That evening {hero} put {toy} on the table, and {kin} laughed until "
                  "the tears came.")
        world.fact("What was in the chest?", "There was {toy} in the chest.")
        world.fact("Who had drawn the map?", "{Kin} had drawn the map.")
        world.ask("a map that {hero.a} found and a chest with old toys", "the treasure of {hero.a} and {friend.a}")
    elif treasure == "bell":
        world.say("They [lifted|pushed up] the lid, and there was the lost bell, [green with age|covered with dust] "
                  "but whole.",
                  '{Hero} opened the lid. "It is not gold," {hero.he} said. "It is [much better|something better]: it '
                  'is our bell!"')
        world.say("They [carried|dragged|rolled] it home and polished it [with a sock|until it shone|with lemon and "
                  "salt].")
        world.say("Ding, dong! That evening the bell rang again in the {town_part}, and [everyone came out to "
                  "listen|old people wept for joy].",
                  "Since that day the bell of the {town_part} [has never been silent|rings every evening], and {hero} "
                  "may pull the rope.")
        world.fact("What was the treasure?", "The treasure was the lost bell.")
        world.ask("{hero.a} who found a lost bell", "a village without a bell")
    elif treasure == "key":
        world.say('But it had a strong lock. "So near, and we cannot open it!" [groaned|sighed] {hero}.',
                  "{Hero} pulled and pushed, but the chest was locked.")
        world.say("Then {friend} [touched|looked at] {the_key} on {friend.his} neck. Could it be? [Click|Snap]! It "
                  "turned in the lock.",
                  'Suddenly {friend} laughed. "My key! Let me try." {The_key} fitted, and [click|crack], the lid '
                  'sprang open.')
        world["inside"] = world.pick("two golden cups", "a pair of silver skates", "a telescope made of brass",
                  "a harp with golden strings")
        world.say("In the chest lay {inside}. \"[Without you|Without your key], we would have gone home with "
                  "nothing,\" said {hero}.",
                  "They lifted out {inside}, and {hero} gave {friend} a [big|long] hug.")
        world.fact("What did {friend.name} wear around {friend.his} neck?", "{Friend.name} wore {key}.")
        world.fact("What was in the chest?", "They found {inside} in the chest.")
        world.ask("{friend.a} with a strange key", "{hero.a} who found a locked chest")
    else:
        world.say("It was empty except for a letter. {Hero} read it [aloud|slowly]: \"You came this far together, so "
                  "you already have the best treasure. Look at the one beside you.\"",
                  'In it lay nothing but a note: "Gold is soon spent, but a friend who walks with you is [worth '
                  'more|a treasure]."')
        world.say("{Friend} was quiet for a moment. Then {friend.he} laughed, and {hero} [laughed too|had to laugh as "
                  "well].",
                  '"It is right," said {hero}. "I would not have come so far without you, {friend_call}."')
        world.say("They wrote their own names under the note and left the chest for the next [explorers|pair of "
                  "friends].",
                  "They hid the map again {source}, so that others could have [such a day|an adventure], too.")
        world.ask("{hero.a} and {friend.a} who learn what the best treasure is", "a chest without gold")
    if wish:
        world.say("And {hero} did not forget {hero.his} promise: {kin} got {the_wish}.",
                  "In {hero.his} bag there was also {wish} for {kin}, just as {hero} had promised.",
                  "{Kin} was {#happy} too, because {hero} had [kept {hero.his} promise and brought|remembered] "
                  "{the_wish}.")
        world.fact("What did {hero.name} promise to bring home?", "{Hero.name} promised to bring home {wish}.")
    elif treasure != "letter":
        world.say("The map now hangs over {hero.s} bed.", "",
                  "As for the map, they put it back {source}."
                  if world["hero_was"] == "found" or treasure == "toys" else
                  "As for the map, {hero} gave it back to {kin}.")
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a}", "{hero.a} and {place.a}", "a treasure hunt",
              "{hero.a}, {friend.a} and a treasure map", "a journey to {place.a}")


# Lost in a wild place.

WILDS = [
    ("forest", "in", "dark deep old wild misty", ["tall trees", "thick ferns", "mossy trunks"], "under a fallen tree",
     ["mushrooms", "blueberries", "pine cones", "fir twigs"]),
    ("jungle", "in", "green steamy thick wild noisy", ["long vines", "giant leaves", "bright flowers"],
              "under a giant leaf",
     ["bananas", "figs", "orange flowers", "mangoes"]),
    ("swamp", "in", "misty muddy wild gloomy green", ["crooked willows", "green pools", "tall reeds"],
              "in a hollow willow",
     ["cranberries", "reeds", "water mint", "cattails"]),
    ("mountain", "on", "rocky steep wild lonely high", ["gray cliffs", "bent pines", "loose stones"],
              "behind a big boulder",
     ["wild herbs", "juniper berries", "blue gentians", "pine nuts"]),
    ("moor", "on", "wide windy lonely brown wild", ["purple heather", "black puddles", "thorn bushes"],
              "behind a thorn bush",
     ["heather", "bilberries", "dry peat", "rose hips"]),
]


def lost_in_the_wild(world):
    hero, friend = company(world)
    kind, preposition, adjectives, sights, shelter, goods = world.rng.choice(WILDS)
    setting(world, kind, preposition, adjectives, sights, [shelter])
    world["shelter"] = shelter
    world["goods"] = world.pick(*goods)
    world["color"] = world.word("color")
    world["lure"] = world.pick("a blue butterfly", "a strange humming song", "a shiny beetle", "a white hare",
              "a sweet smell",
                               "the tracks of a stag", "a bird with a long golden tail", "a rolling acorn cap")
    world["dinner"] = world.pick("onion soup", "bean stew", "plum cake", "mushroom pie", "rice pudding", "noodle soup",
              "pumpkin pie",
                                 "potato soup")
    tool(world, *world.pick(("scarf", "wear it in the cold"), ("basket", "carry things in it"), ("cape",
              "keep the wind out"),
                            ("backpack", "carry lunch in it"), ("whistle", "call others with it"), ("hat", "wear it")),
         "red blue green yellow striped old new orange purple")
    course = world.pick("helper", "marks", "bell", "morning", "stream", "helper")
    # The warning.
    world["goes"] = "went into {place.a}" if preposition == "in" else "set out for {place.a}"
    if world.chance(0.5):
        world.say("{Hero.intro} lived at the edge of {place.a} and [knew every path there, or so {hero.he} "
                  "thought|loved to roam there].",
                  "Near {place.a} lived {hero.intro}. [Everybody said that one could get lost there|It was easy to "
                  "get lost there].",
                  "There was once {newcomer} who was not afraid of anything, not even of {place.a}.",
                  "Behind the house of {hero.intro} began {place.a} with {place.sight}.")
        world.say("One [autumn|spring|summer] [morning|afternoon], {hero.he} wanted to [gather|look for] {goods} "
                  "there.",
                  '"We need some {goods}," said {kin} one day. "[Will you get some|Can you fetch some] {place.at}?"')
    else:
        world.say("One [autumn|spring|summer] [morning|afternoon], {hero.intro} {goes} to [gather|look for] {goods}.",
                  '"We need some {goods} for [the kitchen|the feast|the holidays]," said {kin} to {hero.intro}, who '
                  '{goes} at once.',
                  "{Hero.intro} {goes}, [whistling|humming] a tune, because {hero.he} wanted to [gather|look for] "
                  "{goods}.")
    world.say('{Kin} had given {hero.him} {thing.a} and said, "Take this, stay on the path, and be back for the '
              '{dinner}."',
              '"Do not leave the path," {kin} had warned {hero.him}, "and take your {thing.bare}. There will be '
              '{dinner} tonight."',
              "{Hero.he} took {thing.a} along and promised {kin} that {hero.he} would be home for the {dinner}.",
              '"Stay on the path," {kin} had said and handed {hero.him} {thing.a}. "I will make {dinner} for you '
              'tonight."')
    world.say("[At first|For a while], {hero} [was careful|stayed on the path]. But then {hero.he} noticed {lure}.",
              "But {hero} [noticed|was drawn away by] {lure} and forgot [the warning|about the path].",
              "[Soon|After a while] {hero.he} followed {lure}, a little to the left, then a little to the right.")
    world.fact("What made {hero.name} leave the path?", "{Hero.name} followed {lure}.")
    if course == "marks":
        world["sign"] = world.pick("white pebbles", "little piles of stones", "arrows made of sticks",
                  "bits of {color} wool",
                                   "scraps of {color} paper", "{color} ribbons", "{color} beads", "crosses made of "
                  "twigs")
        world["sign"] = fixed(world, world["sign"])
        world.say("{Hero} was clever, though, and left {sign} behind at every turn.",
                  "Luckily, at each bend {hero.he} [dropped|laid down] {sign}, as {kin} had taught {hero.him}.")
    # Lost.
    world.new_paragraph()
    world.say("When {hero} looked up, [nothing looked familiar|everything looked strange]. {Place.sight} were [on all "
              "sides|everywhere].",
              "Suddenly the path was gone. There were only {place.sight} [wherever {hero.he} looked|and more "
              "{place.sight}].",
              "A [thick|gray|cold] fog crept in, and {hero} could not see {hero.his} own feet.",
              'Then {hero.he} stopped. "Did I not pass that rock before?" {hero.he} [asked|said]. {Hero.he} had '
              'walked in a circle!')
    world.say("[The sun sank|It was getting late], and {hero.his} heart [beat|thumped] like a drum, because {hero.he} "
              "was all alone.",
              '"Hello?" {hero} shouted. "Hello, hello," answered the echo.',
              "{Hero} climbed on a rock to look around, but {hero.he} [saw no smoke and no roof|saw nothing that "
              "{hero.he} knew].",
              "{Hero} swallowed hard. {Hero.he} was {#scared}, but {hero.he} did not want to cry.")
    world.say('"If I run, I will only get more lost," {hero.he} [told {hero.himself}|thought].', "",
              "{Hero} took a deep breath and [counted to ten|ate a few of the {snack} in {hero.his} bag].",
              "Somewhere a [twig|branch] cracked. {Hero} held {hero.his} breath.")
    if course == "helper":
        trouble = world.pick("thorn", "stuck", "egg", "nut")
        world.say("[Then|Just then] {hero.he} heard someone [crying|sobbing|sniffing]. It was {friend.intro}.",
                  "[Behind|Next to] a bush sat {friend.intro} and [wept|sighed].",
                  '"Ow, ow!" said a voice. There sat {friend.intro}.')
        if trouble == "thorn":
            world["trouble"] = fixed(world, world.pick("a thorn in {friend.his} foot", "a splinter in {friend.his} "
                  "foot"))
            world.say("{Friend.he} had {trouble} and could not walk.", "\"I have {trouble},\" {friend.he} "
                  "[moaned|said].")
            world.say("{Hero} forgot {hero.his} own fear, pulled it out [carefully|very gently] and [cooled the sore "
                  "spot with moss|wrapped the foot in a leaf].")
            world.fact("What was wrong with {friend.name}?", "{Friend.name} had {trouble}.")
        elif trouble == "stuck":
            world.say("{Friend.his} [foot|leg] was stuck between two [roots|stones].", '"I am stuck!" {friend} said. '
                  '"I cannot get out."')
            world.say("{Hero} took a strong stick, pushed and [pulled|pressed], and plop, {friend} was free.",
                      '"Hold still," said {hero}, dug the earth away and pulled {friend.him} out.')
            world.fact("What was wrong with {friend.name}?", "{Friend.name} was stuck.")
        elif trouble == "egg":
            world.say("{Friend.he} had found an egg that had fallen out of its nest, and {friend.he} could not climb.",
                      '"This egg is getting cold," {friend} said, "and I cannot put it back alone."')
            world.say("{Hero} warmed the egg with {hero.his} breath and lifted {friend} up, so that {friend.he} could "
                  "lay it in the nest.",
                      "Together they [put|laid] it back into the nest, just before the mother bird came home.")
            world.fact("What did {friend.name} find?", "{Friend.name} found an egg.")
        else:
            world.say("{Friend.he} was so hungry that {friend.he} could not go on.", '"I have not eaten since '
                  'yesterday," {friend} said.')
            world.say("{Hero} had only a few {snack} left, but {hero.he} [shared them|gave half of them away] at once.")
            world.fact("What did {hero.name} share?", "{Hero.name} shared the {snack}.")
        world.say('"You were kind to me although you are lost yourself," said {friend}. "Come, I [know|can show you] '
                  'the way."',
                  '"One good turn deserves another," said {friend}. "Where do you live?"',
                  '"Thank you! I know every [stone|path] here," said {friend}. "[Follow me|Stay close to me]!"')
        world.new_paragraph()
        world.say("{Friend} led {hero} [past|between] {place.sight}, over a log and [down a slope|through a gap in a "
                  "hedge].",
                  "They walked side by side, and {friend} told {hero} the name of every [star|bird|sound].")
        world.ask("{hero.a} who is lost and meets {friend.a}", "{friend.a} who shows {hero.a} the way home",
                  "{hero.a} and {friend.a}")
        world.fact("Who showed {hero.name} the way?", "{Friend.name} showed {hero.him} the way.")
    elif course == "marks":
        world.say("Then {hero.he} remembered {hero.his} signs. \"I only have to find them!\" {hero.he} [said|cried].",
                  '"Wait, I was clever!" {hero} said, for the signs came back to {hero.his} mind.')
        world.new_paragraph()
        world.say("{Hero.he} went from one to the next and found all the {sign}, one by one.",
                  "[There was one, and there another|First one, then another]! Step by step, the {sign} led "
                  "{hero.him} back to the path.")
        world.say("Only once {hero} missed one and had to search [on all fours|for a long time].", "")
        world.ask("{hero.a} who found the way by clever signs", "how {hero.a} marked the way")
        world.fact("What did {hero.name} leave behind on the way?", "{Hero.name} left {sign} behind.")
    elif course == "bell":
        world["call"] = world.pick("the dinner gong", "the cow bells", "an old trumpet", "a spoon banging on a pot",
                  "the bell at the door")
        world.say("{Hero.he} [stood quite still|closed {hero.his} eyes] and listened. Far away there was a sound: "
                  "{call}!",
                  "Then the wind turned and carried the sound of {call} to {hero.his} ears.")
        world.say('"That is {kin}," {hero} said, "calling me to dinner."', '"Home is over there!" {hero} '
                  '[cried|shouted].')
        world.new_paragraph()
        world.say("{Hero} walked towards the sound and stopped [again and again|every few steps] to listen, because "
                  "it was [hard|not easy] to hear.", "Over roots and stones {hero} went, always after the sound, and "
                  "it grew louder and louder.")
        world.ask("{hero.a} who found the way by listening", "{hero.a} who followed a sound home")
        world.fact("What did {hero.name} hear?", "{Hero.name} heard {call}.")
    elif course == "morning":
        world.say("It was too dark to go on, so {hero} made a bed of [leaves|dry grass|moss] {shelter}.",
                  "{Hero} crept into a dry spot {shelter} and covered {hero.himself} with [leaves|branches].")
        world.say("All night {hero.he} heard [hoots|rustling] and [squeaks|whispers], but {hero.he} [held|hugged] "
                  "{thing} and waited.",
                  '"The night cannot last forever," {hero.he} whispered to {thing}.')
        world.new_paragraph()
        world.say("When the sun rose, {hero} knew: the sun comes up behind the [barn|hill] at home! So {hero.he} "
                  "walked towards the light.",
                  "In the morning the air was clear, and {hero} could see a thin line of smoke. It came from the "
                  "place where {hero.he} lived.")
        world.ask("{hero.a} who spent a night {place.at}", "a night {place.at}")
        world.fact("Where did {hero.name} sleep?", "{Hero.name} slept {shelter}.")
    else:
        world.say('"Water [always|] runs downhill, and our house stands by the water," {hero.he} remembered.',
                  "Then something gurgled. A little brook! {Hero} knew that it flowed past {hero.his} home.")
        world.new_paragraph()
        world.say("{Hero} followed the brook, [hopped|climbed] over wet stones and slipped [twice|once], so that "
                  "{hero.his} knees were muddy.",
                  "{Hero.he} kept the brook on {hero.his} left [side|] and never let it out of sight, even when "
                  "[nettles|thorns] scratched {hero.him}.")
        world.say("It grew into a stream, and beside the stream was [a bridge|a mill] that {hero.he} knew.", "")
        world.ask("{hero.a} who followed a brook home", "how water led {hero.a} home")
        world.fact("What did {hero.name} follow home?", "{Hero.name} followed a brook.")
    world.say("[At last|Finally] {hero.he} saw [the lamp in the window|the gate|the blue door|the crooked chimney] of "
              "{hero.his} house." if
              course != "helper" else "[At last|Finally] they saw [the lamp in the window|the gate|the blue door] of "
                  "{hero.s} house.",
              "And there, at the [gate|corner], stood {kin} with [open arms|a torch|wet eyes].")
    world.say('"I left the path," {hero} [admitted|said]. "I am sorry." {Kin} only hugged {hero.him} [tightly|hard].',
              '"Where have you been?" asked {kin}. {Hero} told [everything|the whole story], even the part about '
              '{lure}.',
              '"You kept your head," {kin} said. "I am proud of you."')
    if course == "helper":
        world.say("The {dinner} was still warm, and there was enough for {friend}, too.",
                  "{Friend} was [asked to stay|invited] for the {dinner}, and from then on they were friends.",
                  "And the biggest helping of {dinner} was for {friend}.")
    else:
        world.say("The {dinner} [was cold by then|had to be warmed up], but it [tasted better than ever|was the best "
                  "in the world].",
                  "Never had {dinner} tasted so [good|wonderful].",
                  "{Kin} gave {hero.him} a big helping of {dinner}, and {hero} fell asleep [over it|before it was "
                  "finished].")
    world.say("", "And when something strange [called|tempted] {hero.him} again one day, {hero} only smiled and "
              "stayed on the path.",
              "Since then {hero.he} has never left the path without [a plan|telling someone].")
    world.ask("{hero.a} and {place.a}", "{hero.a} and {thing.a}", "{hero.a} who got lost {place.at}",
              "{hero.a} who finds the way home",
              "{hero.a} who left the path")


# A storm at sea.

CARGO = [("a birthday cake", "the birthday cake"), ("a sack of letters", "the sack of letters"),
         ("a barrel of lamp oil", "the barrel of lamp oil"), ("a box of medicine", "the box of medicine"),
         ("a crate of oranges", "the crate of oranges"), ("a bag of school books", "the bag of school books"),
         ("a chest of wool blankets", "the chest of blankets"), ("a cage with a canary", "the cage with the canary")]


def storm_at_sea(world):
    hero, friend = company(world)
    place = setting(world, "sea", "on", "stormy wild wide gray deep rough", ["high waves", "white foam"], [
              "under the deck"])
    boat = tool(world, world.pick("boat", "sailboat", "fishing boat", "ship"), "sail it on the water",
                "red blue green white old wooden yellow small")
    world["boat_name"] = world.pick("Sea Cricket", "Brave Lily", "Merry Gull", "Tin Duck", "Silver Herring",
              "Salty Bun",
                                    "Morning Star", "Dancing Cork")
    world["cargo"], world["the_cargo"] = world.pick(*CARGO)
    world["receiver"] = world.pick("the lighthouse keeper", "the children on the island", "the doctor on the island",
                                   "the old lady on the island", "the teacher on the island")
    world["color"] = world.word("color")
    course = world.pick("sail", "leak", "overboard", "dark", "rocks")
    # Before the storm.
    world.say("{Hero.intro} had {thing.a} that was called the {boat_name}.",
              "The {boat_name} was {thing.a}, and its captain was {hero.intro}.",
              "In a small harbor lay {thing.a} named the {boat_name}. It belonged to {hero.intro}.",
              '"All aboard!" [called|shouted] {hero.intro}, the captain of {thing.a} called the {boat_name}.',
              "There was once {newcomer} who loved the salt wind and owned {thing.a}, the {boat_name}.")
    world.say("One [calm|clear|mild] morning, {hero} and {hero.his} mate, {friend.intro}, had to bring {cargo} to "
              "{receiver}.",
              "With {hero.him} sailed {friend.intro}, who could {friend.skill}. They were on the way to {receiver} "
              "with {cargo}.",
              "That day {hero.he} had {cargo} on board for {receiver}, and {friend.intro} came along to help.",
              'A message came: "Please bring {cargo} to {receiver}." So {hero} set sail together with {friend.intro}.')
    world.fact("What did {hero.name} and {friend.name} bring to {receiver}?", "They brought {cargo}.")
    world.fact("What was the name of the {thing.kind}?", "It was called the {boat_name}.")
    if course == "sail":
        world["quilt"] = fixed(world, "a {color} quilt with [white stars|big dots|yellow moons|little flowers]")
        world["the_quilt"] = "the " + world["color"] + " quilt"
        world.say("{Kin} had made {hero.him} {quilt} for cold nights on the water.",
                  "{Hero.his} bed in the cabin was covered with {quilt}, a present from {kin}.")
    elif course == "leak":
        world["pot"] = world.pick("a big soup pot", "a copper kettle", "a huge frying pan", "a tin bathtub for dolls")
        world["the_pot"] = "the " + world["pot"].split(" ", 1)[1]
        world.say('{Friend} brought {pot}, too. "What is that for?" laughed {hero}. "You never know," said {friend}.',
                  "{Friend} had taken {pot} along, because {friend.he} wanted to cook [stew|chowder]. {Hero} thought "
                  "it was much too big.")
    elif course == "overboard":
        world["knot"] = world.pick("the rabbit knot", "the double snail knot", "the pretzel knot", "the butterfly knot")
        world.say("{Kin} had taught {hero.him} {knot}, and {hero} had practiced it [a hundred times|until {hero.he} "
                  "could tie it in the dark].", "Before they left, {kin} said, \"Do not forget {knot}. It never comes "
                  "loose.\"")
        world.fact("Which knot did {hero.name} know?", "{Hero.name} knew {knot}.")
    elif course == "rocks":
        world["swimmer"] = world.pick("a young dolphin", "a gray seal", "a baby whale", "an old sea turtle",
                  "a shy porpoise")
        world["the_swimmer"] = "the " + world["swimmer"].split(" ", 1)[1]
        world.say("[On the way|Near the harbor] they found {swimmer} caught in a torn net. {Hero} cut it free, and it "
                  "splashed [happily|thankfully] away.", 'Not far from the shore, {swimmer} was caught in an old net. '
                  '"Poor thing," said {friend}, '
                  "and together they set it free.")
        world.fact("Who was caught in a net?", "{Swimmer} was caught in a net.")
    else:
        world["horn"] = world.pick("a brass horn", "a big conch shell", "a cracked trumpet", "a wooden fish horn")
        world["the_horn"] = "the " + world["horn"].split(" ", 1)[1]
        world.say("On a hook beside the wheel hung {horn}. {Friend} tried it and laughed, because it sounded like a "
                  "[sick|grumpy] cow.",
                  "{Kin} had given {hero.him} {horn}. \"If you ever need me, blow it,\" {kin} had said.")
    # The storm.
    world.new_paragraph()
    world.say("[Around noon|Suddenly|Then], the gulls [flew away|fell silent], and the sky turned [as dark as "
              "slate|purple and black].",
              "At first the water was as smooth as [glass|silk]. Then a dark cloud swallowed the sun.",
              '"Look at that cloud," said {friend}. "It [looks like a fist|is growing fast]."',
              "The wind began to [whistle|howl], and the first drops hit the deck like [pebbles|peas].")
    world.say("[Lightning flashed|Thunder cracked], and waves as high as [houses|barns|church doors] [threw|tossed] "
              "the {boat_name} up and down.",
              "The {boat_name} [creaked and groaned|danced like a cork], and the waves [slapped|smashed] against its "
              "sides.",
              "Rain [whipped|stung] their faces, and everything that was not tied down [slid|rolled] across the deck.")
    world.say('"Hold on [tight|to the mast]!" [shouted|cried] {hero}.', '"I feel sick," {friend} [groaned|moaned].',
              "{Friend} was so {#scared} that {friend.his} teeth chattered.", "")
    if course == "sail":
        world.say("[Rip|Rrrip]! The sail tore from top to bottom. [Without it, they could not steer|Now the boat only "
                  "drifted].",
                  "With a loud bang, the wind tore a hole in the sail, as big as a [door|table].")
        world.say('"We need cloth and a needle!" called {friend}. {Hero} [thought of|looked at] {the_quilt}. It was '
                  'hard to give it away, '
                  "but {hero.he} did.", '{Hero} ran for {the_quilt}. "[This will do|We can sew this on]!" {hero.he} '
                  'said.')
        world.new_paragraph()
        world.say("While {friend} held the sail, {hero} sewed with [thick thread|fishing line], stitch after stitch, "
                  "until the hole was closed.",
                  "{Friend} pulled the cloth tight and {hero} stitched, although {hero.he} was cold and wet.")
        world.say("The wind filled the patched sail, and the {boat_name} [leaped|shot] forward, out of the storm.")
        world.ask("{hero.a} who mended a sail in a storm", "a torn sail")
        world.fact("What did they use to mend the sail?", "They used {the_quilt}.")
    elif course == "leak":
        world.say("Then a [plank|board] cracked, and cold water [gushed|bubbled] into the boat.",
                  '"My feet are wet!" cried {friend}. There was a leak, and the water rose and rose.')
        world.say("Their only bucket had been washed away. Then {hero} saw {the_pot}!",
                  '"{The_pot}!" [yelled|called] {hero}. "Quick, we can scoop with it!"')
        world.new_paragraph()
        world.say("{Friend} scooped out the water, splash after splash, and {hero} stuffed [rags|a cushion|{hero.his} "
                  "socks] into the leak.",
                  "{Hero} hammered a board over the hole while {friend} scooped as fast as {friend.he} could.")
        world.say('"I will never say a word against {the_pot} again," {hero} [promised|panted], when the water was '
                  'out.',
                  "After an hour the boat was [almost dry|empty], and the wind had [grown tired|died down].")
        world.ask("{hero.a} and a leaking boat", "how {hero.a} and {friend.a} save their boat")
        world.fact("What did {friend.name} use to scoop out the water?", "{Friend.name} used {the_pot}.")
    elif course == "overboard":
        world.say("A giant wave rolled over the deck, and when it was gone, {friend} was gone, too!",
                  "{Friend} slipped on the wet [boards|planks] and fell into the foaming water.")
        world.say('"Help!" {friend} [gurgled|spluttered] between the waves. {Hero.s} [heart stopped|knees shook] for '
                  'a moment.',
                  "For a moment {hero} did not know what to do. Then {hero.he} remembered {knot}.")
        world.new_paragraph()
        world.say("{Hero} tied {knot} around an empty barrel and threw it [far|as far as {hero.he} could]. {Friend} "
                  "[clung|held on] to it.",
                  '{Hero} made a loop with {knot} and threw the rope. "Put it around you!" {hero.he} [yelled|shouted].')
        world.say("The waves pulled and jerked, but the knot held, and {hero} [hauled|dragged] {friend} back on board.",
                  "[Bit by bit|Inch by inch], {hero} pulled the rope in, until {friend} lay on the deck, "
                  "[coughing|dripping] but safe.")
        world.say("After that, even the storm seemed [tired|ashamed] and [rolled|rumbled] away.",
                  "Soon the thunder [grumbled|rumbled] only in the distance.")
        world.ask("{hero.a} who saved {friend.a} from the waves", "a knot that saved {friend.a}")
        world.fact("Who fell into the water?", "{Friend.name} fell into the water.")
    elif course == "rocks":
        world.say('"[Rocks|Cliffs] ahead!" [screamed|shouted] {friend}. Sharp and black, they stuck out of the foam '
                  'like teeth.',
                  "And now the wind drove them straight towards the black rocks!")
        world.say("{Hero} [turned|pulled] the wheel with all {hero.his} strength, but it was [no use|stuck].",
                  "The rudder broke with a crack, so {hero} could not steer any more.")
        world.new_paragraph()
        world.say("Then something smooth rose beside the boat. It was {the_swimmer}! It took a rope in its mouth and "
                  "[swam|pulled].",
                  'Plop! A wet head came up. "It is {the_swimmer}," cried {friend}, "and it is pushing us away!"')
        world.say("[Slowly|Just in time], the {boat_name} [slid|turned] between the rocks into [calm|quiet] water.",
                  "It knew the only gap between the rocks, and it brought them through without a scratch.")
        world.ask("{hero.a} who freed {swimmer} and was saved by it", "{swimmer} that helped in a storm")
        world.fact("Who saved the boat from the rocks?", "{The_swimmer} saved the boat.")
    else:
        world.say("It was as dark as night, and the compass had [broken|fallen overboard]. Where was the land?",
                  "The clouds hid everything, so they could not see where they were going.")
        world.say('"Blow {the_horn}!" [shouted|cried] {friend}. {Hero} blew until {hero.his} cheeks hurt. Tooo, tooo!',
                  "{Hero} [grabbed|snatched] {the_horn} and blew with all {hero.his} might, again and again.")
        world.new_paragraph()
        world.say("[At last|After the tenth time], somebody heard it. Far away, a light [blinked|flashed]: one, two, "
                  "three.",
                  "Somebody on the shore heard the strange sound and lit a great fire on the cliff.")
        world.say('"There is the land!" said {friend}, and {hero} [steered|turned] towards the light.',
                  "{Hero} kept the bow of the {boat_name} [straight|pointed] at the light, and {friend} counted the "
                  "waves.")
        world.ask("{hero.a} and {horn}", "{hero.a} who was lost in a storm on the sea")
        world.fact("What did {hero.name} blow?", "{Hero.name} blew {the_horn}.")
    # Afterwards.
    if world.chance(0.5):
        world.new_paragraph()
    world.say("In the evening they landed at the pier with {the_cargo}, a little late but [safe|proud].",
              "When the sun came out again, they brought {the_cargo} to {receiver}, [just as planned|soaked but "
              "smiling].",
              'At sunset the {boat_name} [reached|came into] the harbor. "You sailed through that storm for '
              '{the_cargo}?" a fisherman asked '
              "and [whistled|took off his hat].")
    world.say("They [got|were given] dry socks and hot [cocoa|soup|tea].", "",
              '"Thank you, {hero_call}," said {friend}. "You were a good captain." "And you were a good mate," said '
              '{hero}.',
              '"Were you {#scared}?" asked {friend}. "Yes," said {hero}, "but there was no time to think about it."')
    if course == "sail":
        world.say("The {boat_name} still has a {color} patch in its sail, and {hero} [never wants|does not want] "
                  "another one.",
                  "{Kin} offered to make a new quilt, but {hero} said, \"The old one is in the right place now.\"")
    elif course == "leak":
        world.say("That night they cooked dinner in {the_pot}, and it tasted a little of [sea|salt].",
                  "On the next journey, {the_pot} was the first thing that {hero} [packed|carried on board].")
    elif course == "overboard":
        world.say('That night {hero} told {kin}, "You were right. {Knot} never comes loose."',
                  "The next day, {friend} asked {hero} to teach {friend.him} {knot}.")
    elif course == "rocks":
        world.say("And whenever they sail there now, {the_swimmer} [swims|splashes] beside the {boat_name}.",
                  '"We freed it, and it saved us," said {hero}. They threw a [herring|fish] into the waves for '
                  '{the_swimmer}.')
    else:
        world.say("Nobody ever laughed at the sound of {the_horn} again." if "cow" in world.text() else
                  '"You gave me {the_horn}, and it saved us," {hero} told {kin} that night.',
                  "{The_horn} got a [new|golden] hook, and {friend} polishes it every [Sunday|week].")
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a}", "{hero.a} and {place.a}", "a storm at sea",
              "{hero.a} and {friend.a} on {thing.a}", "{hero.a} who sails through a storm")


# A rescue from danger.

LONG = [
    ("mountain", "on", "steep rocky high", "{friend} had slipped and now sat on a narrow ledge, high above the [fir "
              "trees|valley]",
     "ledge"),
    ("river", "by", "wild wide rushing", "{friend} was clinging to a branch in the middle of the [foaming|roaring] "
              "water", "branch"),
    ("swamp", "in", "muddy misty gloomy", "{friend} had sunk into the [black|thick] mud up to the belly and could not "
              "move", "mud"),
    ("lake", "by", "frozen icy white", "the ice had cracked, and {friend} stood trembling on a piece that "
              "[drifted|floated] away", "ice"),
    ("village", "in", "small sleepy quiet", "{friend} had fallen into the old dry well and [sat|stood] at the very "
              "bottom", "well"),
]
HIDDEN = [
    ("moor", "on", "wide lonely brown", "A thick fog had [come down|rolled in], and {friend} was still out there, "
              "looking for a lost lamb"),
    ("valley", "in", "snowy white deep", "A snowstorm had begun, and {friend} had not come back from [the "
              "barn|collecting wood]"),
    ("cave", "in", "deep dark twisting", "{friend} had gone deep into the cave to look for crystals, and the torch "
              "had [gone out|burned down]"),
    ("forest", "in", "dark thick old", "It was getting dark, and {friend} had not come back from picking "
              "[mushrooms|blackberries]"),
]
HURT = [
    ("hill", "on", "steep grassy bare", "A thunderstorm was coming, and {friend} lay in the grass with a twisted "
              "[ankle|foot]"),
    ("river", "by", "swollen brown wild", "The water was rising fast, and {friend} sat on the bank with a twisted "
              "[ankle|foot]"),
    ("forest", "in", "deep dark snowy", "It was bitterly cold, and {friend} had fallen [over a root|from a log] and "
              "could not walk"),
    ("quarry", "in", "deep dusty old", "Stones were rolling down, and {friend} could not run away, because one foot "
              "was sprained"),
]


def rescue(world):
    hero, friend = company(world)
    course = world.pick("long", "long", "hidden", "hurt")
    if course == "long":
        kind, preposition, adjectives, danger, trap = world.rng.choice(LONG)
        tool(world, *world.pick(("scarf", "wear it in the cold"), ("rope", "tie things with it"), ("ladder",
                  "reach high places"),
                                ("jump rope", "jump with it"), ("scarf", "wrap it around the neck")),
             "red blue green yellow long striped orange purple old")
    elif course == "hidden":
        kind, preposition, adjectives, danger = world.rng.choice(HIDDEN)
        tool(world, *world.pick(("drum", "play a loud song on it"), ("whistle", "call others with it"), ("trumpet",
                  "blow it"),
                                ("bell", "ring it"), ("tambourine", "shake it")), "red blue golden loud shiny old "
                  "silver green")
    else:
        kind, preposition, adjectives, danger = world.rng.choice(HURT)
        tool(world, *world.pick(("wagon", "pull it along the road"), ("wheelbarrow", "push it"), ("cart", "pull it"),
                                ("sled", "slide on it")), "red blue green rusty wooden old yellow little")
    setting(world, kind, preposition, adjectives, ["gray stones"], ["under a stone"])
    world["danger"] = fixed(world, danger)
    if world["danger"].lower().startswith(str(friend.own_name).lower()):
        world["danger"] = world["danger"][0].upper() + world["danger"][1:]
    item = world["thing"].kind
    laughed = world.chance(0.55)
    helper = world.chance(0.5) and course != "hidden"
    # The thing.
    world.say("{Hero.intro} never went anywhere without {thing.a}.",
              "Everybody in the neighborhood knew {hero.intro} because of {thing.a} that {hero.he} always had with "
              "{hero.him}.",
              "On {hero.his} birthday, {hero.intro} got {thing.a} from {kin}.",
              '"What a [strange|funny] present," thought {hero.intro} when {kin} gave {hero.him} {thing.a}.',
              "There was once {newcomer} whose dearest possession was {thing.a}.")
    if laughed:
        world.say("{Friend.intro} [giggled|laughed] whenever {friend.he} saw it. \"What do you need that for?\" "
                  "{friend.he} asked.",
                  '"You and your silly {thing.kind}!" [teased|joked] {friend.intro}, who lived next door.',
                  "{Hero.his} neighbor, {friend.intro}, [made jokes|laughed] about it, and that made {hero} "
                  "[sad|unhappy|gloomy].")
    else:
        world.say("{Hero.his} best friend was {friend.intro}. They [shared everything|had sworn always to help each "
                  "other].",
                  'One day {hero} made a promise to {hero.his} friend, {friend.intro}: "If you need me, I will come."',
                  "Next door lived {friend.intro}, and the two [played|had breakfast] together every day.")
    world.say("They lived near {place.a}.", "Not far from their homes was {place.a}.", "Both of them knew {place.a} "
              "nearby.",
              "From their windows they could see {place.a}." if kind != "cave" else "Behind the last house was "
                  "{place.a}.")
    if helper:
        world["helper"] = world.pick("an old ox", "a tired mail carrier", "a strong miller", "a huge gray dog",
                  "a passing peddler",
                                     "a lonely mule", "a stout blacksmith")
        world["the_helper"] = "the " + world["helper"].split(" ", 1)[1]
        world.say("That [morning|day], {hero} met {helper} on the road and shared {hero.his} {snack}.",
                  'Near the bridge, {hero} saw {helper} with nothing to eat. "Here, have my {snack}," said {hero}.')
        world.fact("Who got the {snack} from {hero.name}?", "{The_helper} got the {snack}.")
    # The danger.
    world.new_paragraph()
    magpie = ('Later that day, a [worried|frightened] magpie [landed|fluttered down] beside {hero}. "Come {place.to}, '
              'quickly!" '
              "it called.")
    if course == "hidden":
        world.say(magpie, "Towards evening, {hero} knocked at {friend.s} door to say good night, but nobody opened.",
                  "The kettle was already singing, but {friend} did not come to tea, and {hero} began to worry.",
                  'Late that day, {hero} looked out and frowned. "Where is {friend}?" {hero.he} asked.')
    else:
        world.say("That afternoon, {hero} heard a [cry|shout] [near|from] {place}.", magpie,
                  '"Help! Help!" The [call|cry] came from {place}.',
                  "Later, {hero} was walking past {place} when {hero.he} heard {friend.s} voice.")
    if course == "long":
        world.say("{Hero} [ran|raced] there and saw what was wrong: {danger}.", "[Oh no|How terrible]! {Danger}.",
                  "It was worse than {hero} had [feared|thought], for {danger}.")
    else:
        world.say("{Hero} [soon|quickly] understood. {Danger}.", "{Danger}. [What a day|There was no time to lose].",
                  "{Danger}.")
    world.say('"[I am coming|Do not be afraid]!" {hero} [called|shouted].', "{Hero.s} [heart|pulse] was racing, but "
              "{hero.he} did not run away.",
              "{Hero} was {#scared}, too, but {hero.he} thought of {friend} and [clenched {hero.his} teeth|took a "
              "deep breath].",
              '"Somebody has to do something," {hero} [thought|muttered], "and I am the only one here."')
    if course == "long":
        climbs = item == "ladder" and trap in ("well", "ledge")
        if item == "ladder":
            world.say("Then {hero.he} looked at {thing}. {Hero} [carefully let it down|lowered it] until it [stood "
                  "firmly|did not wobble]."
                      if climbs else
                      "{Hero} laid {thing} flat, like a bridge, and pushed it [slowly|carefully] towards {friend}.",
                      "What could help? The ladder! {Hero} [let it down|lowered it] until {friend} could reach it."
                      if climbs else
                      "What could help? The ladder! {Hero} pushed it forward, bit by bit, until {friend} could reach "
                      "it.")
            world["end"] = "the last rung"
        else:
            world.say("Then {hero.he} looked at {thing}. {Hero} tied one end to a [thick tree|strong post] and threw "
                  "the other end to {friend}.",
                      "{Hero} [swung|whirled] {thing} over {hero.his} head and threw it. The first throw missed, but "
                      "the second did not.")
            world["end"] = "the other end"
        if trap == "ice":
            world.say("{Hero} lay down on {hero.his} belly, because thin ice does not like [heavy feet|stamping].", "")
        elif trap == "mud":
            world.say('"Do not kick, or you will sink deeper," {hero} warned.', "")
        elif trap == "well":
            world.say('"It is dark down here," called {friend}, and {friend.his} voice sounded hollow.', "")
        else:
            world.say('"Do not look down," said {hero}. "Look at me."', "")
        world.say('"Climb slowly, rung by rung," {hero} said.' if climbs else '"Hold on to {end} and come slowly," '
                  '{hero} said.', '{Friend} [grabbed|caught] {end} and would not let go.')
        world.new_paragraph()
        if climbs:
            if helper:
                world.say("The ladder began to [slip|sway], and {hero} could not hold it alone. Then {the_helper} "
                  "came by and held it, too.",
                          "{Hero} held the ladder, but it was too heavy. \"Let me help,\" said a voice. It was "
                          "{the_helper} from the road!")
                world.fact("Who helped {hero.name} to hold the ladder?", "{The_helper} helped {hero.him}.")
            else:
                world.say("{Hero} held the ladder with all {hero.his} strength so that it could not slip.",
                          "The ladder [swayed|creaked], but {hero} leaned against it and held it still.")
            world.say("One rung, two rungs, [seven|ten] rungs, and {friend} was [out|safe]!",
                      "[Slowly|Shaking], {friend} climbed, and with the last rung {friend.he} was safe.")
        elif helper:
            world.say("{Hero} pulled, but {hero.he} was not strong enough. Then {the_helper} came [running|around the "
                  "bend] and pulled, too.",
                      "{Hero.his} feet began to slip. \"Wait, I will help you,\" said a voice. It was {the_helper} "
                      "from the road!")
            world.say('"One, two, heave!" With a [jerk|jolt], {friend} was on safe ground.',
                      '"You shared your food with me," said {the_helper}, "now I share my strength with you." And up '
                      'came {friend}.')
            world.fact("Who helped {hero.name} to pull?", "{The_helper} helped {hero.him}.")
        else:
            world.say("[Bit by bit|Step by step], {hero} pulled, and {thing} [shook|trembled] but held. Then {friend} "
                  "was safe.",
                      "{Hero} dug {hero.his} heels into the ground and pulled until [{friend} lay beside "
                      "{hero.him}|{friend} was safe].")
        world["deed"] = "held a ladder for {friend.name}" if climbs else "pulled {friend.name} to safety"
    elif course == "hidden":
        world.say('"If {friend.he} cannot see me, {friend.he} must hear me," {hero} thought and [took out|grabbed] '
                  '{thing}.',
                  "Shouting did not help, because {hero.s} voice was too weak. But there was {thing}!")
        world["noise"] = {"drum": "boom, boom", "whistle": "tweet, tweet", "trumpet": "toot, toot", "bell":
                  "ding, dong",
                          "tambourine": "jingle, jingle"}[item]
        world.say("{Noise}, it [sounded|went], [on and on|again and again], until {hero} was out of breath.",
                  "{Noise}! {Hero} stopped, listened and began again.", "{Noise}! {Hero} went on although {hero.he} "
                  "grew [tired|hoarse].")
        world.new_paragraph()
        world.say('[At first there was no answer|Nothing moved]. Then a thin voice called, "I hear you! [Go on|Do not '
                  'stop]!"',
                  "[After a long time|At last], a shadow came nearer, and it was {friend}, [shivering|pale] but "
                  "unhurt.")
        world.say("{Friend} had followed the sound, step by step, with one ear [always|] turned towards it.",
                  '"I did not know where to go, but I knew that sound," said {friend} and [hugged {hero.him}|held '
                  '{hero.him} tight].')
        world["deed"] = "made a loud noise so that {friend.name} found the way"
    else:
        world.say('"[Sit in here|Climb on], quickly!" said {hero} and pointed at {thing}.',
                  "{Hero} fetched {thing}, [lined it with moss|put a pillow in it] and helped {friend} to [get in|sit "
                  "down].")
        world.say("It was heavy. {Hero} [pushed and pulled|puffed and panted], and the [path|ground] was "
                  "[bumpy|slippery].",
                  "Behind them [something crashed|the wind howled], but {hero} did not turn around.")
        world.new_paragraph()
        if helper:
            world.say("At the steepest place {hero} could not go on. Then {the_helper} came along and [lent a "
                  "shoulder|pulled in front].",
                      "Then they were stuck in a hole. {The_helper} saw them and said, \"You gave me your {snack}. "
                      "Now it is my turn.\"")
            world.fact("Who helped {hero.name} on the way?", "{The_helper} helped {hero.him}.")
        else:
            world.say("{Hero} rested only once, for as long as it takes to eat [one berry|an apple].",
                  'To keep {hero.his} spirits up, '
                      "{hero} sang, and {friend} sang along.")
        world.say("They reached [the first house|a dry barn] just before [dark|the worst came].",
                  "At last they were [safe|under a roof], and a nurse [bandaged|cooled] the foot.")
        vehicle = "on the sled" if item == "sled" else "in the {thing.kind}"
        world["deed"] = "brought {friend.name} home " + vehicle
    # Afterwards.
    world.say("{Friend} [could hardly speak|cried a little] with relief.", '"You saved me," {friend} [whispered|said].',
              "",
              "{Hero} wrapped {friend} in a blanket and [rubbed {friend.his} back|gave {friend.him} warm milk].")
    if laughed:
        world.say('"I laughed at your {thing.kind}," said {friend} [quietly|softly]. "I am sorry. It is the best '
                  '{thing.kind} in the world."',
                  '"I will never call it silly again," {friend} [promised|said] and [stroked|patted] {thing}.')
        world.say("{Hero} was {#happy}, because now they were friends.", "The next day, {friend} wanted a "
                  "{thing.kind}, too.", "",
                  '"That is all right," said {hero}. "Next time you can [carry|hold] it."')
        world.fact("Why did {friend.name} say sorry?", "{Friend.name} had laughed at the {thing.kind}.")
        world.ask("{friend.a} who laughed at {hero.a} and then was rescued", "how {friend.a} stopped laughing at "
                  "{thing.a}")
    else:
        world.say('"You would have done the same for me," said {hero}.', '"I told you that I would come," said {hero} '
                  '[with a smile|simply].',
                  "\"That is what friends are for,\" {hero} [answered|said].")
        world.say("That evening they [baked potatoes in the fire|ate waffles] and told the story to {kin}, who "
                  "listened with round eyes.", "",
                  "Ever since, {thing} has had a place of honor [beside the fireplace|by the door].")
        world.ask("{hero.a} who kept a promise to {friend.a}" if "promise" in world.text() else "{hero.a} who helped "
                  "{friend.a} in danger")
    if helper:
        world.say("Even {the_helper} got [a second lunch|another helping of {snack}|a big kiss on the nose].", "")
    world.fact("What did {hero.name} use to help {friend.name}?", "{Hero.name} used {thing.the}.")
    world.fact("How did {hero.name} help {friend.name}?", "{Hero.name} {deed}.")
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a}", "{hero.a} and {place.a}", "{hero.a} who saves "
              "{friend.a}",
              "a rescue {place.at}", "{hero.a}, {friend.a} and {thing.a}")


# A flight to the moon or into the clouds.

MACHINES = [
    ("rocket", "silver little tin rusty shiny", "from soup cans and a [kettle|stove pipe]", "a fizzing drink made of "
              "lemons and soap",
     "shook and hissed"),
    ("hot-air balloon", "striped red purple yellow huge", "from bed sheets and a laundry basket",
              "a small [stove|fire pot]",
     "swelled and tugged at its ropes"),
    ("flying machine", "strange wooden funny green rattling", "from an old bicycle and [six|eight] umbrellas",
              "pedals and {hero.s} feet",
     "rattled and rolled down the lane"),
    ("kite", "giant red golden enormous orange", "from newspaper and [broomsticks|bean poles]", "nothing but wind",
     "trembled and rustled"),
    ("airship", "blue silver fat round patched", "from a circus tent and a [bathtub|rowing boat]", "a propeller and "
              "hot steam",
     "hummed and swayed"),
]


def flight(world):
    hero, friend = company(world)
    world["color"] = world.pick("red", "blue", "green", "yellow", "purple", "orange", "pink")
    kind, looks, stuff, power, start = world.rng.choice(MACHINES)
    machine = tool(world, kind, "fly in it", looks)
    world["stuff"], world["power"], world["start"] = fixed(world, stuff), fixed(world, power), start
    course = world.pick("cold moon", "dull moon", "lonely moon", "rain", "lamb", "star")
    moon = course in ("cold moon", "dull moon", "lonely moon", "star")
    if moon:
        setting(world, "moon", "on", "round pale silver sleepy big", ["gray hills", "round holes"], ["in a hole"])
    else:
        setting(world, "cloud", "on", "fluffy white soft big round", ["white hills", "soft towers"], ["in the mist"])
    # Why they fly.
    if course == "cold moon":
        world["blanket"] = fixed(world, "a {color} blanket")
        world.say("Every night, {hero.intro} looked at the moon from {hero.his} window. One night, the moon was "
                  "shivering.",
                  '"Achoo!" It was the moon that had sneezed, and {hero.intro} had heard it.',
                  "One frosty night, {hero.intro} saw that the moon was trembling and as pale as [chalk|milk].")
        world.say('"The moon is cold," {hero} said. "It needs {blanket}, like mine."', "{Hero.he} looked at "
                  "{hero.his} own {color} blanket and felt sorry, because the moon had [none|nothing to cover itself].")
    elif course == "dull moon":
        world["cloth"] = fixed(world, "a {color} [sock|mitten|cap|towel]")
        world["cloth_kind"] = world["cloth"].split()[-1]
        world.say("Every night, the moon shone a little less, and {hero.intro} [stumbled|bumped into things] on the "
                  "way home.",
                  "There was once a time when the moon was so dull that owls flew into chimneys. That worried "
                  "{hero.intro}.",
                  '"Somebody should clean the moon," said {hero.intro} one evening. "It looks like an old '
                  '[plate|coin]."')
        world.say('"Somebody must polish it," {hero.he} [said|decided].', "It was all covered with dust, and nobody "
                  "dusted it.",
                  '"It must be washed, and I know who will do it," said {hero}. "[Me|I will]!"')
    elif course == "lonely moon":
        world.say("{Hero.intro} could not sleep, because somebody was sighing. It was the moon!",
                  "One night, {hero.intro} heard a soft sob from above. The moon was crying.",
                  '"Nobody ever visits me," the moon murmured one night. Only {hero.intro} heard it through the open '
                  'window.')
        world.say('"[I will visit you|Wait for me]!" {hero.he} called and packed a bag of {snack}.',
                  "{Hero.he} thought: whoever is lonely needs [company and cake|a guest]. So {hero.he} packed some "
                  "{snack}.")
    elif course == "star":
        world.say("Plop! One night, something hot fell into the [rain barrel|flower pot] of {hero.intro}. It was a "
                  "tiny star.",
                  "One night, {hero.intro} found a tiny star in the [cabbage bed|gooseberry bush]. It was crying "
                  "sparks.",
                  "A tiny star had lost its hold and fallen down the chimney, right in front of {hero.intro}.")
        world.say('"I want to go home to the moon," [sobbed|whimpered] the star.',
                  '"I slipped while I was dancing around the moon," it said. "[Now I am lost|How do I get back]?"')
        world["box"] = world.pick("a jam jar", "an egg box", "a matchbox", "a sugar bowl", "a thimble case")
        world["the_box"] = "the " + world["box"].split(" ", 1)[1]
        world.say('"I will take you there," said {hero} and put the star gently into {box} with cotton wool.',
                  "{Hero} made a bed for the star in {box} and promised to bring it back.")
    elif course == "rain":
        world["crop"] = world.pick("beans", "pumpkins", "sunflowers", "tomatoes", "radishes", "peas")
        world.say("It had not rained for [weeks|a whole month], and the {crop} of {hero.intro} [hung their heads|were "
                  "thirsty].",
                  '"Please, just one shower," {hero.intro} begged, because the {crop} in the garden were drying up.',
                  "The well was empty, the mud was cracked, and the {crop} of {hero.intro} turned yellow.")
        world.say("Only one cloud stood in the sky, high above, and it [did not move|let no drop fall].")
    else:
        world.say("One morning, {hero.intro} found something white and soft on the [doorstep|lawn]. It was a baby "
                  "cloud.",
                  'Bump! A baby cloud, no bigger than a pillow, floated into the kitchen of {hero.intro}.',
                  "There was once a baby cloud that got caught on the fence of {hero.intro}.")
        world.say('"Where is my mother?" it [whimpered|sniffed], and [three|five] drops fell on the floor.',
                  "It wept a small puddle, because the wind had torn it away from its mother.")
        world.say("The mother was surely up there, among the other clouds.", '"We will look for her in the sky," '
                  '{hero} promised.',
                  "{Hero} [stroked|patted] it and looked up at the sky, where the big clouds [were sailing|went by].")
    world.say('{Friend.intro} came by. "[We must fly there|Then let us fly up]!" said {friend}.',
              "{Hero.his} friend, {friend.intro}, had an idea. \"We will build something that can fly!\"",
              "{Hero} asked {friend.intro} for help, because {friend.he} was good with [hammer and nails|screws and "
              "glue].",
              '"How can I get up there?" {hero} wondered. "With me," said {friend.intro}, who was a clever builder.')
    # The flight.
    world.new_paragraph()
    world.say("[All the next day|For two days] they sawed, glued and hammered, and built {thing.a} {stuff}.",
              "They built {thing.a} {stuff}, and it was driven by {power}." if kind != "kite" else
              "They built {thing.a} {stuff}, and it needed nothing but wind.",
              '"{Stuff}?" laughed {kin}. But soon {thing.a} stood in the yard, built just like that.')
    if course == "dull moon":
        world.say("{Hero} took along a bucket of soapy water and {cloth}.", "Into the bag went a cake of soap and "
                  "{cloth} for [wiping|polishing].")
    elif course == "lamb":
        world.say("They tied the baby cloud to the back with a [ribbon|piece of yarn].", "The baby cloud sat on "
                  "{hero.s} [lap|shoulder].")
    elif course == "star":
        world.say("{The_box} with the star [stood|was] between them and gave a little light.", "")
    world.say('"Three, two, one," they counted. The {thing.kind} {start}, and up they went!',
              "The {thing.kind} {start}. Then the ground [sank|dropped] away beneath them.",
              '"Ready?" asked {friend}. "Ready!" said {hero}. The {thing.kind} {start} and rose into the air.')
    world.say("The houses grew as small as [buttons|dice|matchboxes], and the river was only a [thread|ribbon].",
              "They flew past [a flock of surprised geese|a sleepy stork|a weathercock that stared at them].",
              "A gust of wind [spun|shook] them around, and {friend} held on to {hero}.",
              "{Friend} was dizzy at first, but {hero} [told {friend.him} a joke|gave {friend.him} a peppermint].")
    world.say("Higher and higher they rose, until they [bumped softly into|landed on] {place.a}.",
              "At last they [landed|touched down] on {place.a}, and it felt like [flour|a mattress] under their feet.")
    # What they do there.
    world.new_paragraph()
    if course == "cold moon":
        world.say('"Brrr," said the moon. "You came all this way because of me?"', "The moon was as cold as [iron|a "
                  "frozen pond], and it coughed.")
        world.say("{Hero} spread {hero.his} {color} blanket over the moon, and {friend} tucked it in[ at the edges|].",
                  "They wrapped the {color} blanket around it and tied it with a [big bow|ribbon].")
        world.say('"[Ah|Oh], how warm!" sighed the moon and stopped shaking.', "Slowly the moon got warm, and a rosy "
                  "glow ran over its face.")
        world.fact("What did {hero.name} give the moon?", "{Hero.name} gave the moon a {color} blanket.")
        world.ask("{hero.a} who brought the moon a blanket", "a moon that was cold")
    elif course == "dull moon":
        world.say("The moon was covered with [soot|dust] from a thousand chimneys. They scrubbed until their backs "
                  "hurt.",
                  "{Friend} splashed water over the gray dust, and {hero} rubbed with the {color} {cloth_kind}.")
        world.say('"Hee hee, that tickles!" giggled the moon.', '"Behind the ears, too, please," said the moon '
                  'politely.')
        world.say("Under the dirt it was as bright as [a new spoon|butter|polished brass].")
        world.fact("What did {hero.name} take along to clean the moon?", "{Hero.name} took {cloth} and soap along.")
        world.ask("{hero.a} who cleaned the moon", "a dirty moon")
    elif course == "lonely moon":
        world.say('"Guests!" cried the moon. "In all these years, I have never had guests." They sat down and ate '
                  '{snack}.',
                  "{Hero} unpacked the {snack}, and the moon tasted one and [smacked its lips|hummed with joy].")
        world.say("{Friend} told it [riddles|funny stories] about the village, and the moon laughed until its craters "
                  "shook.",
                  "They played hide and seek in the craters, and the moon was [very good|not very good] at it.")
        world.say('"Must you go already?" asked the moon. "Yes," said {hero}, "but I will wave to you every night."',
                  '"You can see our window from here," said {hero}. "If I wave, you wink."')
        world.fact("What did they eat on the moon?", "They ate {snack}.")
        world.ask("{hero.a} who visited the lonely moon", "a moon that had no friends")
    elif course == "star":
        world.say("{Hero} opened {the_box}, and the star [shot|hopped] out like a spark from a fire.",
                  "Hardly was {the_box} open when the star [whirled|spun] up to its sisters.")
        world.say('"There you are!" [rang|sang] the other stars. "We counted and counted, and one was missing."',
                  '"We were one too few," said the moon, "and the dance could not begin."')
        world.say("Then all of them danced, and {hero} and {friend} were allowed to [clap|watch from the edge of a "
                  "crater].")
        world.fact("In what did {hero.name} carry the star?", "{Hero.name} carried it in {box}.")
        world.ask("{hero.a} who brought a star home", "a tiny star that fell down")
    elif course == "rain":
        world["trick"] = world.pick("tickle", "song", "sad")
        world.say('"Why do you not rain?" asked {hero}. "I cannot," [grumbled|mumbled] the cloud. "I am all '
                  '[stiff|stuffed up]."', 'The cloud was [asleep|snoring]. "Wake up, please," said {hero}. "The '
                  '{crop} need you."')
        if world["trick"] == "tickle":
            world.say("{Friend} pulled a feather out of {friend.his} [cap|collar] and tickled the cloud under the "
                  "chin.",
                      "So they tickled it with a [goose feather|long feather], here and there and everywhere.")
            world.say("The cloud laughed until it [cried|wept], and its tears were the rain!")
            world.fact("How did they make the cloud rain?", "They tickled it until it cried with laughter.")
        elif world["trick"] == "song":
            world.say("{Hero} sang the song of the raindrops, and {friend} drummed softly with [two "
                  "spoons|{friend.his} feet].")
            world.say("Drip, went the cloud. Drop. Then it [remembered|knew] how, and the rain came down in "
                  "[strings|sheets].")
            world.fact("How did they make the cloud rain?", "They sang a song for it.")
        else:
            world.say("{Hero} told it about the dry well and the yellow leaves, and the cloud had not known any of "
                  "that.",
                      "{Friend} showed it the dry garden far below, as small as a [stamp|napkin].")
            world.say('"Oh, the poor things," sniffed the cloud, and it cried big, round tears.')
            world.fact("Why did the cloud cry?", "It was sorry for the dry garden.")
        world.ask("{hero.a} who asked a cloud for rain", "a garden without rain")
    else:
        world.say('"Have you lost a baby?" they asked. "Not I," said {place}. "But [behind the mountain|over the '
                  'lake], somebody is weeping."',
                  "It was not the mother, but it knew where she was. \"Follow the [thunder|drizzle],\" it said.")
        world.say("There hung a big gray cloud, and under her the [fields|meadows] were all flooded with tears.",
                  "They heard the mother from far away, because she sobbed like [distant thunder|a tuba].")
        world.say("The baby cloud flew right into her soft side, and nobody could tell where one ended and the other "
                  "began.",
                  '"My little wisp!" she cried, and they melted into one another, [laughing|purring].')
        world.fact("Whom did the baby cloud miss?", "The baby cloud missed its mother.")
        world.ask("a baby cloud that lost its mother", "{hero.a} who helped a baby cloud")
    # Home.
    world["way"] = world.pick("slid down a moonbeam" if moon else "slid down a rainbow", "floated down as softly as a "
              "leaf",
                              "sailed home on the evening wind" if not moon else "sailed home on the night wind",
                              "landed in a haystack", "came down in the duck pond with a splash")
    world["in_time"] = "before breakfast" if moon else "just in time for supper"
    world.say("{Hero} and {friend} {way} and were home {in_time}.",
              '"Goodbye!" called {friend} and [bowed|waved]. Then they {way}.',
              "Then they said goodbye and {way}.")
    world.fact("What did {hero.name} and {friend.name} build?", "They built {thing.a}.")
    world.fact("How did they get home?", "They {way}.")
    if course == "cold moon":
        world.say("If the moon has a {color} edge tonight, you know why.", "That night {hero} slept under [two "
                  "coats|a rug], and {hero.he} did not mind, for the moon had a fine {color} edge.")
    elif course == "dull moon":
        world.say("The {color} {cloth_kind} has sparkled in the dark ever since.", "Nobody stumbled at night any "
                  "more, and on {hero.s} shelf lay a {cloth_kind} that glowed.")
    elif course == "lonely moon":
        world.say("Every night {hero} waves, and the moon winks back.", "And when the moon is full, it is full of "
                  "{snack}, {friend} says.")
    elif course == "star":
        world.say("And {the_box}? It glows a little, to this day.", "One star now twinkles [twice|three times] "
                  "whenever {hero} looks up.")
    elif course == "rain":
        world.say("The {crop} [stood up straight|drank and drank], and in the autumn there was [enough|plenty] for "
                  "everyone, even for {friend}.",
                  "Since then, when the {crop} are thirsty, {hero} only has to wave at the cloud.")
    else:
        world.say("On hot days, a small cloud gives {hero} a bit of shade, as big as a pillow.",
                  "Since then, a big cloud and a little one [often|sometimes] stop above the house and "
                  "[sprinkle|water] the flowers.")
    world.say("", "As for the {thing.kind}, the hens live in it now." if kind != "kite" else "The kite now hangs "
              "under the roof.",
              '"Where to next?" asked {friend}.')
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a}", "{hero.a} and {place.a}", "{hero.a} who flew "
              "{place.to}",
              "a flight {place.to}", "{hero.a} and {friend.a} who build {thing.a}")


# A night with strange noises.

SHELTERS = [
    ("castle", "in", "old empty dark windy crumbling", ["cold halls", "dusty portraits"], "up the winding stairs",
              "the great hall"),
    ("cave", "in", "dark deep dry rocky hidden", ["shiny stones", "cold walls"], "around a dark corner",
              "a dry corner near the entrance"),
    ("windmill", "in", "old wooden empty creaky lonely", ["flour sacks", "wooden wheels"], "up a steep ladder",
              "a pile of flour sacks"),
    ("lighthouse", "in", "tall white empty lonely windy", ["round walls", "iron steps"], "up the iron steps",
              "the round kitchen"),
    ("tower", "in", "tall crumbling gray empty old", ["mossy walls", "narrow windows"], "up the narrow steps",
              "a heap of straw"),
]
# The noise, what it might be, what it was, a creature or not, what was done about it.
NOISES = [
    ("tap, tap, tap", "a skeleton", "a drop of water, falling into an old helmet", None,
     "{hero} pushed the helmet aside and laid a rag under the drops"),
    ("whoo, whoo, whoo", "a ghost", "the wind, blowing over the neck of an empty bottle", None,
     "{friend} put a cork into the bottle"),
    ("bang, bump, bang", "a giant", "a loose shutter, swinging in the wind", None,
     "{hero} tied the shutter with a piece of string"),
    ("clank, clank, clank", "a knight without a head", "a young goat with its head stuck in a bucket",
              "the little goat",
     "they pulled, one at the front and one at the back, until the bucket came off"),
    ("scratch, scratch, scratch", "a wild beast", "a hedgehog that was shut inside an old crate", "the hedgehog",
     "{hero} lifted the lid and set the hedgehog on the ground"),
    ("sniff, sob, sniff", "a witch", "a baby bat that was afraid of the dark", "the baby bat",
     "{friend} put the light beside it and told it that they had been afraid, too"),
    ("rumble, grumble, rumble", "an ogre", "a bear, snoring under a heap of leaves", "the bear",
     "{hero} carefully turned the bear on its side, and the snoring stopped"),
    ("squeak, rattle, squeak", "a monster on wheels", "a mouse family, moving house with a tiny cart",
              "the mouse family",
     "{hero} oiled the wheels with a little butter"),
    ("hoo-hoo, thump, hoo-hoo", "a spook", "a young owl that was learning to fly and kept falling on its bottom",
              "the young owl",
     "{friend} laid a cushion of moss under its perch"),
    ("plink, plonk, plink", "an enchanted spinet", "a kitten that was walking over an old harp", "the kitten",
     "{hero} picked the kitten up and let it sleep on a coat"),
]


def strange_noises(world):
    hero, friend = company(world)
    kind, preposition, adjectives, sights, way, bed = world.rng.choice(SHELTERS)
    setting(world, kind, preposition, adjectives, sights, ["behind a stone"])
    noises = [noise for noise in NOISES if not (kind == "cave" and ("shutter" in noise[2] or "harp" in noise[2] or
              "crate" in noise[2]))]
    taken = {world["hero"].kind, world["friend"].kind}
    noises = [noise for noise in noises if not taken & set(noise[2].replace(",", "").split())]
    world["noise"], world["guess"], world["cause"], creature, world["remedy"] = world.rng.choice(noises)
    world["way"], world["bed"], world["sights"] = way, bed, world.pick(*sights)
    tool(world, world.pick("lantern", "candle", "lamp"), "light up the dark", "small brass old red green stubby "
              "yellow crooked")
    belly = world.chance(0.14)
    ghost = not belly and world.chance(0.2)
    reason = world.pick("rain", "bet", "journey", "key")
    # Why they are there.
    if reason == "rain":
        world.say("One {#season} evening, {hero.intro} and {friend.intro} were caught in [a downpour|pouring rain] "
                  "far from home.",
                  "Rain ran down the necks of {hero.intro} and {friend.intro}, and home was still far away.",
                  '"My socks are full of water," [grumbled|complained] {hero.intro}. {Friend.intro}, who walked '
                  'beside {hero.him}, nodded.')
        world.say("[Luckily|Then] they saw {place.a} and ran inside.", '"Look, {place.a}!" said {friend}. "We can '
                  'stay there tonight."')
        world.fact("Why did they go into {place}?", "They went into {place} because of the rain.")
    elif reason == "bet":
        world.say('"I bet that you would not dare to sleep in {place.a}," said {friend.intro} to {hero.intro}.',
                  "Nobody in the village dared to go into {place.a} at night. But {hero.intro} said to "
                  "{friend.intro}, \"I will.\"",
                  '"I am not afraid of anything," boasted {hero.intro}. "Not even of {place.a}?" asked {friend.intro}.')
        world["stake"] = world.pick("a jar of marbles", "a plum pie", "ten chestnuts", "a bag of candy",
                  "a week of washing dishes")
        world.say("They bet {stake}, and because {friend} wanted to see it, {friend.he} [went along|came, too].")
        world.fact("What did they bet?", "They bet {stake}.")
    elif reason == "journey":
        world.say("{Hero.intro} and {friend.intro} were on the way to {hero.s} {relative}, and night fell before they "
                  "[arrived|got there].",
                      "The road to {kin} was long, so {hero.intro} had taken {friend.intro} along. In the evening "
                      "they were too tired to go on.")
        world.say("[At the roadside|Behind some trees] stood {place.a}. \"Better than [a ditch|the cold grass],\" "
                  "said {friend}.",
                  "The only roof far and wide was {place.a}.")
        world.fact("Whom did {hero.name} want to visit?", "{Hero.name} wanted to visit {kin}.")
    else:
        world.say("{Hero.intro} and {friend.intro} loved to explore, and one afternoon they discovered {place.a}.",
                  "One day, {hero.intro} and {friend.intro} were [picking hazelnuts|collecting snails] when they came "
                  "upon {place.a}.")
        world.say("They looked at the {sights}, and before they knew it, it was too dark to walk home.",
                  "They stayed too long. Outside it was pitch dark now, so they decided to wait for the morning.")
    world.say("All they had was {thing.a} and a bag of {snack}.", "{Hero} lit {thing.a}, and they shared {hero.his} "
              "{snack}." if not belly else
              "{Hero} lit {thing.a}. The {snack} in {hero.his} bag were for the morning.",
              "Luckily, {hero} had {thing.a} with {hero.him}, and {friend} had brought {snack}.")
    world.fact("What light did {hero.name} have?", "{Hero.name} had {thing.a}.")
    world.say("They made a bed in {bed}." if not bed.startswith(("a pile", "a heap")) else "They made a bed on {bed}.",
              "Soon they lay [side by side|close together] in {bed} and [yawned|blinked]." if not bed.startswith((
                  "a pile", "a heap")) else
              "Soon they lay [side by side|close together] on {bed} and [yawned|blinked].")
    # The noise.
    world.new_paragraph()
    if belly:
        world["noise"], world["guess"] = "grrr, gurgle, grrr", world.pick("a wolf with three heads", "a monster",
                  "a hungry tiger with wings")
    elif ghost:
        world["noise"] = world.pick("hoo, clink, hoo", "ooo, rattle, ooo", "sigh, creak, sigh")
        world["guess"] = world.pick("a robber", "a monster", "a wicked wizard")
    world.say("Suddenly there was a noise: {noise}.", "{Noise}! They sat up straight.", '"Did you hear that?" '
              'whispered {friend}. {Noise}, it went.',
              "[Hardly|Scarcely] had they closed their eyes when it began. {Noise}!", "At midnight something woke "
                  "them. {Noise}!")
    world.say('"That is {guess}!" [breathed|gasped] {friend} and [crept behind {hero}|pulled the coat over '
              '{friend.his} head].',
              '"Perhaps it is {guess}," whispered {hero}, and {hero.his} mouth was dry.',
              "{Friend} was [sure|certain] that it was {guess}, and {friend.his} knees [knocked|wobbled].")
    world.say('"[Let us run|We must leave]," said {friend}. But [outside|out there] it was [as black as tar|dark and '
              'cold].', "",
              "The shadows on the wall [grew|danced] like [long fingers|black flames].", '"It is coming closer," '
                  '{friend} [squeaked|said].')
    world.say('"If we do not look, we will be afraid all night," said {hero} and [took|lifted] {thing}.',
              "{Hero} was {#scared}, too, but not knowing was worse. So {hero.he} picked up {thing}.",
              '{Hero} swallowed. "Come, we will look together," {hero.he} said and raised {thing}.')
    if belly:
        world.new_paragraph()
        world.say("They looked {way}: nothing. They looked behind the door: nothing." if kind != "cave" else
                  "They looked {way}: nothing. They looked behind every rock: nothing.",
                  "They went {way} and found only spider webs. But the noise came with them!")
        world.say('Then {hero} put {hero.his} ear to {friend.s} belly. "Here is your monster," {hero.he} laughed. '
                  '"You are hungry!"',
                  "{Noise}! It came from {friend.s} belly! They [stared|looked] at each other and burst out laughing.")
        world.say("{Friend} ate all the {snack}, and the monster was silent.", "So they ate the {snack} in the middle "
                  "of the night, and the noise was gone.")
        world.say('"The most dangerous monster {place.at}," {hero} likes to say, "lives in the belly of my friend."',
                  "Since that night, {friend} never goes to bed without [a bite|supper].")
        world.fact("Where did the noise come from?", "It came from the belly of {friend.name}.")
        world.ask("a noise that came from a hungry belly", "{hero.a} and {friend.a} who laughed about a strange noise")
    elif ghost:
        world["wants"] = world.pick("sing a duet", "play checkers", "hear a bedtime story", "have a birthday party",
                  "dance a waltz")
        world.new_paragraph()
        world.say("They went {way}, and there sat a small gray ghost. \"Please do not scream,\" it begged. "
                  "\"Everybody always screams.\"",
                  "Step by step they went {way}. A thin white ghost [floated|hung] there and [wrung its hands|hid its "
                  "face].")
        world.say('"What do you want?" asked {hero}. "For a hundred years I have wanted to {wants}," said the ghost, '
                  '"but one cannot do it alone."',
                  '"Are you alone here?" asked {friend}. The ghost nodded. "And I would so love to {wants}."')
        world["did"] = {"sing a duet": "they sang with the ghost until the walls rang", "play checkers":
                  "they played checkers with white and black pebbles, and the ghost cheated only once",
                  "hear a bedtime story": "{hero} told the longest bedtime story that {hero.he} knew",
                  "have a birthday party": "they put {thing} on top of the {snack} and sang for the ghost",
                        "dance a waltz": "they danced a waltz by the light of {thing}, one after the other"}[world[
                  "wants"]]
        world.say("So {did}.", "It was a strange night, for {did}.")
        world.say('"Thank you," the ghost [breathed|whispered]. "That was worth a hundred years." Then it [faded|fell '
                  'asleep] with a smile.',
                  "When the rooster crowed, the ghost bowed and [melted into the wall|vanished], and the noise was "
                  "never heard again.")
        world.fact("What did the ghost want?", "The ghost wanted to {wants}.")
        world.fact("Who made the noise?", "A lonely ghost made the noise.")
        world.ask("{hero.a}, {friend.a} and a lonely ghost", "a ghost who wanted to {wants}", "{hero.a} who was kind "
                  "to a ghost")
    else:
        world.new_paragraph()
        world.say("They tiptoed {way}, one step and another. And what was it? It was {cause}!",
                  "On they crept, {way}. The light shook, because {hero} was shaking, too. Then they saw {cause}.",
                  "{Way}, the noise grew louder. {Hero} [held up|lifted] {thing}, and there it was: {cause}!")
        world.say('"That is all?" said {friend} and began to [laugh|giggle].', '"So that is {guess}," {hero} '
                  '[laughed|said, smiling].',
                  "They were so relieved that they had to sit down.", '"And we were so {#scared}," said {friend}, '
                  'shaking {friend.his} head.')
        world.say("Then {remedy}.", "Quickly, {remedy}.")
        world.fact("What made the noise?", "It was {cause}.")
        if creature:
            world["creature"] = creature
            world.say("{Creature} got some of the {snack}, too.", '"We scared each other," said {hero} to {creature}. '
                  '"Good night."', "",
                      "{Creature} looked at them [thankfully|with round eyes].")
            world.ask("{hero.a} and {friend.a} who hear a noise in the night")
        else:
            world.say("After that, it was so quiet that they could hear [their own breath|a moth fly by].", "",
                      '"A monster that one can stop so easily is a good monster," said {friend}.')
            world.ask("a noise that was only a small thing", "{hero.a} and {friend.a} who hear a noise in the night")
        world.say("They slept [soundly|like stones] until the sun [shone in|tickled their noses].",
                  "In the morning, the whole place looked [friendly|harmless], and they [waved|hummed] as they left.")
    if reason == "bet":
        world.say("And {friend} had to give {hero} {stake}." if "dishes" not in world["stake"] else "And {friend} had "
                  "to wash the dishes for a week.",
                  "{Hero} had won the bet, but {hero.he} shared the prize." if "dishes" not in world["stake"] else
                  "{Hero} had won the bet, but {hero.he} helped {friend} with the dishes.")
    elif reason == "journey":
        world.say('"Did you sleep well?" asked {kin} the next day. "[Yes, in the end|More or less]," they said.',
                  "The next day they told {kin} the story, and {friend} made the noise again: {noise}.")
    elif reason == "rain":
        world.say("By then the rain had stopped, and they walked home [through the puddles|under a clean sky].",
                  "Outside, the last drops glittered, and the way home was [short|easy].")
    else:
        world.say("When they got home, {kin} scolded them first and hugged them afterwards.",
                  'Back home, {friend} said, "Next time we take [more {snack}|another light], but we go again."')
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "{hero.a} and {thing.a}", "strange noises "
              "{place.at}",
              "a night {place.at}", "{hero.a} who was brave in the dark")


PLOTS = [treasure_map, lost_in_the_wild, storm_at_sea, rescue, flight, strange_noises]
