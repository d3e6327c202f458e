"""Small moments that may begin anywhere: riddles, picnics, games, tales within tales, mysteries, parcels, nights."""

from ..engine import Character

FEMALE_KINDS = {"princess", "mermaid", "witch", "hen", "cow", "doll"}
MALE_KINDS = {"prince", "wizard", "rooster", "snowman"}
PEOPLE = set("""fairy giant wizard witch princess prince knight pirate elf troll sailor astronaut painter farmer clown
explorer""".split())
UNFIT = {"whale", "fish", "crab", "seal", "penguin", "cloud", "star", "little boat", "little train", "tractor",
"mermaid",
         "ghost", "snowman", "scarecrow", "teddy bear", "doll", "astronaut", "bat", "swan", "dragon"}
TINY = {"bee", "butterfly", "ladybug", "ant", "spider", "caterpillar", "cricket", "snail"}
BULKY = {"elephant", "giraffe", "giant", "horse", "cow", "camel", "zebra", "lion", "bear", "deer", "donkey", "unicorn"}
OUTDOORS = ("meadow", "river", "lake", "hill", "orchard", "park", "beach", "forest", "pond", "valley", "garden")


def someone(world, unlike=(), tiny=False, bulky=True, children=0.4):
    """Someone who can walk about on land, of another pronoun (and kind) than the characters `unlike`."""
    while True:
        draw = world.rng.random()
        character = world.child() if draw < children else world.animal() if draw < 0.88 else world.creature()
        kind = character.kind
        unfit = (kind in UNFIT or kind in TINY and not tiny or kind in BULKY and not bulky or character.he == "it"
                 or character.own_name == "June" or kind in FEMALE_KINDS and character.he != "she"
                 or kind in MALE_KINDS and character.he != "he"
                 or any(kind == other.kind or character.he == other.he for other in unlike))
        if not unfit:
            return character
        world.taken -= {kind, character.own_name}


def elder_of(world, *kinds):
    while True:
        character = world.elder()
        if character.kind in kinds:
            return character
        world.taken.discard(character.kind)


def place_of(world, *kinds):
    while True:
        place = world.place()
        if place.kind in kinds:
            return place
        world.taken.discard(place.kind)


def cast(world, role, character):
    """Gives the world {role}, {role_who} "a shy fox named Pip", {role_start} "Pip the fox", {role_call} "Pip"."""
    plain = character.kind.split()[0] in ("little", "old", "wise")
    adjective = "" if plain else world.pick("", "little ", "small ", "young ", character.trait + " ")
    if character.kind in ("giant", "elephant", "bear"):
        adjective = world.pick("", character.trait + " ")
    named = f" {world.pick('named', 'called')} {character.own_name}" if character.own_name else ""
    world[role] = character
    world[role + "_who"] = f"a {adjective}{character.kind}{named}"
    if character.person:
        world[role + "_start"] = character.own_name
    elif character.own_name:
        world[role + "_start"] = f"{character.own_name} the {character.kind}"
    else:
        world[role + "_start"] = f"the {adjective}{character.kind}"
    world[role + "_call"] = character.own_name or character.kind.title()
    return character


def keep(world, name, *templates):
    """Chooses once, so that {name} is the same words at every use."""
    world[name] = world._expand(world.pick(*templates))


def teller(world):
    """The one who tells the story, "I", in the role of the hero; only as a subject, or {hero.him}, {hero.his}."""
    hero = world.child()
    hero.he, hero.him, hero.his, hero.hers, hero.himself = "I", "me", "my", "mine", "myself"
    hero.kind, hero.name, hero.own_name, hero.a, hero.the = "child", "I", "I", "a child", "the child"
    cast(world, "hero", hero)
    keep(world, "hero_call", "my dear", "little one", "my friend")
    return hero


def voices(world, first_person):
    """{they}, {them}, {their}: the group that the hero belongs to."""
    world["they"], world["them"], world["their"] = ("we", "us", "our") if first_person else ("they", "them", "their")


# A riddle contest.

# riddle, answer, what makes the hero think of it, two wrong answers
RIDDLES = [
    ("I walk beside you when the sun shines, but I hide when the clouds come", "a shadow",
     "Then the sun came out, and {hero.he} saw a dark shape on the ground that copied every move.", "a dog",
     "a sister"),
    ("I answer every call in the hills, but I only use your own words", "an echo",
     "Far away a dog barked, and a moment later the hills barked back.", "a parrot", "a shepherd"),
    ("The longer I work, the shorter I grow", "a candle",
     "In a window nearby {hero.he} noticed a small stump of wax with a black wick.", "a day in winter",
     "a tired horse"),
    ("I can push a door without a hand and sing without a mouth", "the wind",
     "Just then something cool brushed past {hero.his} ears and made the leaves hum.", "a ghost", "a whistle"),
    ("Some nights I am a thin boat, and some nights I am a full plate", "the moon",
     "{Hero.he} remembered lying awake at home, while a silver light looked in over the roof.", "a fishing boat",
     "a pancake"),
    ("I am silent when I am cold, but I sing when I am hot", "a kettle",
     "From an open window came a long, high whistle. Somebody was making tea.", "a cricket", "a bonfire"),
    ("I have many leaves, but I am not a tree, and I tell stories without a mouth", "a book",
     "{Hero.he} thought of bedtime, and of pages that rustled under a warm lamp.", "a bush", "a cabbage"),
    ("The more you take away from me, the bigger I become", "a hole",
     "Not far off a gardener was digging, and with every shovel of earth the pit grew deeper.", "a debt", "a hunger"),
    ("I have a tongue, but I never taste soup, and when I speak, the whole street hears me", "a bell",
     "High in the tower something went ding, dong.", "a big mouth", "a shoe"),
    ("I have one eye and a very long tail, but I cannot see where I go", "a needle with a thread",
     "{Hero.he} remembered how the tailor had once mended a torn sack.", "a rat", "a blind snake"),
    ("I fall without a sound, and I turn to water when you hold me", "a snowflake",
     "{Hero.he} thought of last winter, when something white and cold had landed on {hero.his} nose.", "a feather",
     "a tear"),
    ("I open when it rains, and I close when the sun comes back", "an umbrella",
     "One fat raindrop hit {hero.him} on the head, and {hero.he} wished for a dry roof to carry.", "a door",
     "a flower"),
    ("I am a white house without a door, and my guest must break the wall to get out", "an egg",
     "{Hero.he} remembered the hen house, where something had gone tap, tap, tap in the spring.", "an igloo",
     "a tooth"),
    ("I hang between two twigs, and in the morning I wear beads of dew", "a spider web",
     "In the hedge close by, fine threads glittered in the light.", "a necklace", "a nest"),
    ("I am always on my way to the sea, but I never leave my bed", "a river",
     "Somewhere behind the trees {hero.he} heard water gurgle over stones.", "a lazy sailor", "a snoring fish"),
    ("I wear a skirt of straw, and I dance across the floor when it is dirty", "a broom",
     "In a corner {hero.he} saw something thin that leaned against the wall.", "a scarecrow", "a dusty doll"),
    ("I show you a face, but I have no face of my own", "a mirror",
     "{Hero.he} looked into a puddle, and somebody looked back with the very same nose.", "a mask", "a clock"),
    ("Sometimes I am a sheep and sometimes a ship, and when I cry, the flowers are glad", "a cloud",
     "{Hero.he} looked up. High above, something white and woolly was sailing by.", "a toy", "a sailor"),
    ("You leave me behind with every step, and the waves love to wipe me away", "a footprint",
     "{Hero.he} turned around and looked at the soft ground, where {hero.he} had just been walking.", "a shell",
     "a shoe"),
    ("I have teeth, but I never bite, and I visit your hair every morning", "a comb",
     "{Hero.he} touched the messy tuft on top of {hero.his} head.", "a toothless wolf", "a bee"),
]


def riddle_contest(world):
    hero = cast(world, "hero", someone(world))
    riddle, answer, world["clue"], world["wrong"], world["worse"] = world.pick(*RIDDLES)
    world["riddle"], world["answer"] = riddle, answer
    world["riddle_end"] = riddle[0].lower() + riddle[1:]
    world.pick(_riddle_prize, _riddle_prize, _riddle_guard, _riddle_king)(world, hero)


def _riddle_thought(world):
    say = world.say
    say("{Hero} [shut|closed] {hero.his} eyes and [thought|wondered].", "{Hero} scratched {hero.his} [head|chin|ear].",
        "{Hero} said the words again, [slowly|softly], one by one.",
        "It was a hard one. {Hero} frowned and [hummed|sighed].",
        "{Hero} did not shout the first thing that came to mind.")
    say("{clue}")
    say('"[I know|I have it|Oh, I see|Wait]!" {hero} [cried|shouted|called]. "[It is|It must be|The answer is] '
        '{answer}!"',
        '"Could it be {answer}?" {hero} [asked|whispered].',
        '"It is {answer}," {hero} said [quietly|with a grin|at last].',
        'Suddenly {hero.his} face lit up. "{Answer}!" {hero.he} [said|cried|laughed].')


def _riddle_prize(world, hero):
    say = world.say
    friend = cast(world, "friend", someone(world, unlike=[hero]))
    world["judge"] = elder_of(world, "teacher", "baker", "gardener", "shopkeeper", "librarian", "queen", "king",
                              "old owl", "old turtle", "miller", "doctor")
    world["place"] = place_of(world, "meadow", "village", "park", "market", "farm", "castle", "garden", "school",
    "town")
    keep(world, "prize", "a [blue|silver|golden] [ribbon|cup|whistle]", "a basket of [pears|plums|cherries]",
         "a [huge|tall] [honey|nut|carrot] cake", "a [velvet|striped|yellow] [cap|cloak]",
         "a ride in the hot-air balloon")
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "a riddle contest", "{hero.a} who solved a riddle",
              "a riddle about {answer}", "{hero.a}, {friend.a} and a prize", "a contest {place.at}")
    hero_wins = world.chance(0.6)
    if world.chance(0.5):
        say("Do you like riddles? {Hero_start} [loved|liked] them [more than anything|better than pudding].",
            "{Hero_start} could not sit still, because today was the riddle contest {place.at}.",
            "{Hero_start} ran {place.to} without [breakfast|stopping once]. It was the day of the riddle contest!",
            '"Wait for me!" shouted {hero_start}. It was almost noon, and the riddle contest {place.at} began at noon.')
        say("{Friend_start} [wanted to win|was coming] too, and {friend.he} was [very clever|quick as lightning].",
            "Half the neighbors were there, and so was {friend_who}, who had won last year.")
    else:
        say('"Who is the [cleverest|quickest] thinker of all?" asked {judge}. "[Today|This afternoon] we shall find '
            'out."',
            "Every [spring|summer|autumn], {judge} held a riddle contest {place.at}.",
            "It was the day of the riddle contest, and everybody {place.at} was [excited|whispering|in a fine mood].",
            '"Ding, dong!" went the bell. The riddle contest {place.at} was about to begin.')
        say("{Hero_who} [came|hurried over] to try, and so did {friend_who}.",
            "Two [guessers|players] were left at the end: {hero_who} and {friend_who}.",
            "In the front row sat {hero_who}, and next to {hero.him} sat {friend_who}.")
    say("The prize was {prize}.", "The winner would get {prize}.", 'A sign said: "First prize: {prize}!"')
    world.new_paragraph()
    say('{Judge} [stood up|rang a little bell] and read: "{riddle}. What am I?"',
        'Then it grew [quiet|still]. "{Riddle}," said {judge}. "What am I?"',
        '"Listen well," {judge} said. "{Riddle}. Who can tell me what I am?"')
    wrong = "friend" if hero_wins else "hero"
    world["first"], world["second"] = world[wrong], world["hero" if wrong == "friend" else "friend"]
    say('"{Wrong}!" called {first} [at once|too quickly]. But that was [wrong|not it].',
        '{First} [jumped up|waved]. "It is {wrong}!" [Everybody giggled|Some people laughed], and {judge} shook [a '
        'wise|a gray] head.',
        'First {first} guessed {wrong}, and then {worse}. Both were wrong.')
    if hero_wins:
        _riddle_thought(world)
        say('"[That is right|Correct|Well done]!" said {judge}.', "{Judge} [nodded|smiled] and began to clap.")
        say("Everybody [clapped|cheered|stamped their feet].", "The crowd [went wild|threw hats into the air].", "")
        world.fact("Who won the riddle contest?", "{Hero.name} won the riddle contest.")
    else:
        say("{Hero} felt {hero.his} cheeks grow [hot|warm].",
            "{Hero} sat down again, [a little ashamed|red in the face].", "")
        say("But {friend} was [quiet|in no hurry]. {Friend.he} looked up, {friend.he} looked down, and {friend.he} "
            "thought.",
            "{Friend} took a deep breath and listened to the riddle in {friend.his} head once more.")
        say('"{Answer}," {friend} said [calmly|in the end|with a smile].',
            '"[I think|I believe] it is {answer}," said {friend}.')
        say("{Judge} [beamed|nodded]. It was [right|correct]!",
            '"[Yes|Right|Exactly]!" said {judge}. "You took your time, and it was worth it."')
        world.fact("Who won the riddle contest?", "{Friend.name} won the riddle contest.")
    world.new_paragraph()
    world["winner"], world["loser"] = world["second"], world["first"]
    say("{Loser} looked at the floor, because {loser.he} had [wished for|wanted] the prize so much.",
        "{Loser} [bit {loser.his} lip|swallowed hard], but then {loser.he} [shook hands|bowed to the winner].",
        '"You [deserve it|were better]," said {loser}, and {loser.he} meant it.')
    if world["prize"].startswith("a ride"):
        say('"There is room for two in the basket," said {winner}. So {winner} and {loser} floated over the roofs '
            'together.',
            "But a balloon basket is too big for one. {Winner} took {loser} along, and they waved at the people below.")
    elif "cake" in world["prize"] or "basket" in world["prize"]:
        say('"[I can never eat all this alone|This is far too much for one]," said {winner}. So they sat down and '
            'shared it, bite for bite.',
            "{Winner} put half of the prize in front of {loser}. It tasted twice as good with two.")
    else:
        say('"[You may borrow it|It is yours, too]," said {winner}. "[Monday, Wednesday and Friday|On every second '
            'day] it goes home with you."',
            "{Winner} let {loser} [hold|try] the prize all the way home.")
    say("And on the way they made up a new riddle together, and it was so [hard|tricky] that even {judge} could not "
        "guess it.",
        "The next year they came as a team, and this time nobody said {wrong}.",
        '"Next time I will think before I shout," said {loser}.',
        "Since then, whenever they hear about {answer}, they wink at each other.")
    world.fact("What was the prize?", "The prize was {prize}.")
    world.fact("What was the answer to the riddle?", "The answer was {answer}.")


def _riddle_guard(world, hero):
    say = world.say
    kind = world.pick("troll", "goat", "giant", "gatekeeper", "toad", "goose", "bear")
    if kind == hero.kind:
        kind = "gatekeeper"
    guard = Character(world.rng, kind, None, "he" if hero.he == "she" else "she", False,
                      {"home": "hut", "food": "soup", "skill": "guard a gate", "sound": "grunted"})
    cast(world, "guard", guard)
    keep(world, "gate", "bridge", "[iron|garden|wooden] gate", "narrow tunnel", "mountain pass")
    keep(world, "food", "[poppy|butter|raisin] rolls", "[walnut|ginger] cookies", "[cherry|cheese] dumplings",
        "[apple|pear] pies")
    whom = world.pick("aunt", "uncle", "grandfather", "cousin", "godmother", "old teacher")
    world["goal"], world["goal_said"] = f"{hero.his} {whom}", f"my {whom}"
    world.ask("{hero.a} and {guard.a}", "{hero.a} who had to solve a riddle", "{guard.a} who asked a riddle",
              "{guard.a} who guarded a {gate}", "{hero.a} with a basket of {food}", "a riddle about {answer}")
    say('"Stop!" [growled|said|cried] a [deep|hoarse] voice. {Hero_start} [stopped|stood still], with one foot in the '
        'air.',
        "{Hero_start} was in a hurry. In {hero.his} basket were {food} for {goal}.",
        "There was only one way to the other side, and {hero_who} had to take it.",
        "One [misty|windy|bright] morning, {hero_start} came to a {gate}.",
        "Tap, tap, tap went the steps of {hero_who} on the [stony|dusty] road.")
    world["where"] = "on" if world["gate"] == "bridge" else "in front of"
    say("{Where} the {gate} sat {guard.a} with [folded arms|a crooked hat|very big boots], and nobody could get past.",
        "{Guard} sat {where} the {gate} all day long and let nobody [through|by] for nothing.")
    say('"[Please let me through!|May I pass, please?|Excuse me!]" {hero} said. "I am bringing {food} to {goal_said}, '
        'who [has a cold|is waiting|has a birthday]."',
        '"Good day," said {hero}. "I must go to {goal_said}, and these {food} will [get|grow] cold."')
    say('"[Only those who can think may pass|First you must solve my riddle|Nobody passes without an answer]," said '
        '{guard}.')
    world.new_paragraph()
    say('"Here it is: {riddle_end}. What am I?"', 'Then {guard} [spoke|began], very slowly: "{riddle}. What am I?"')
    say('"Are you {wrong}?" {hero} asked. "[No|Wrong]," said {guard}, [yawning|and grinned]. "[Two tries|Two guesses] '
        'are left."',
        '"{Worse}?" {hero} tried. {Guard} laughed so loudly that a [crow|pigeon] flew up. "[Wrong|No], no, no!"')
    _riddle_thought(world)
    if world.chance(0.5):
        say("{Guard.s} mouth [fell|dropped] open. Nobody had [ever|yet] guessed that one.",
            '"Hm," {guard} [grumbled|said]. "That is right. And I thought it was so hard!"')
        say("But {guard.he} did not look glad. {Guard.he} looked [lonely|sad].",
            "Then {guard.his} shoulders sank.")
        say('"Now you will go on," {guard} [sighed|said], "and I shall sit here alone [again|as always]."')
        world.new_paragraph()
        say("{Hero} [felt sorry for|looked at] {guard.him} and opened the basket. The {food} were still warm.")
        say('"[One for you|Take one]," {hero} said, "and now it is my turn to ask you a riddle."',
            'So {hero} gave {guard.him} one. "I shall come back this way [tonight|tomorrow]," {hero.he} promised, '
            '"with a riddle for you."')
        say("After that, {guard} still stopped every traveler, but only to [chat|swap riddles|laugh a little].",
            "And from then on, {guard} kept a second stool by the {gate}, for guests.")
        world.fact("Why was {guard.name} sad?", "{Guard.name} was sad because {guard.he} was always alone.")
    else:
        say('"[Right|Correct]," {guard} [grunted|muttered]. "But how did you know?"',
            "{Guard} [stared|blinked]. Then {guard.he} stepped aside and bowed.")
        say('"I kept my eyes and ears open," {hero} said. "The answer was [all around us|right in front of me]."')
        world.new_paragraph()
        say("{Hero} [crossed|went on] and [arrived|came] just in time, and {goal} got the {food} while they were warm.",
            "So {hero} passed, and [soon|before noon] the {food} were on the table of {goal}.")
        say("In the evening, on the way home, {hero.he} left the last one beside the {gate}, for {guard}.",
            "On the way back {hero.he} stopped and said, \"Now I have one for you. It is a long one, and it has "
            "{answer} in it!\"")
    world.fact("What did {hero.name} carry in the basket?", "{Hero.name} carried {food}.")
    world.fact("Who asked the riddle?", "{Guard.name} asked the riddle.")
    world.fact("What was the answer to the riddle?", "The answer was {answer}.")


def _riddle_king(world, hero):
    say = world.say
    world["ruler"] = ruler = elder_of(world, "king", "queen")
    helper = world.pick("cook", "doctor", "captain", "tailor")
    world["helper"] = f"the {helper}"
    keep(world, "wish", "a [swing|bench] under the big lime tree, for everybody",
        "new boots for the [boys|girls] who carry the water",
         "a warm blanket for every old [donkey|horse] in the stables", "one free day for all the cooks",
         "a library with soft red chairs")
    world.ask("a {ruler.kind} and {hero.a}", "a {ruler.kind} who could not solve a riddle",
        "{hero.a} who helped a {ruler.kind}",
              "a {ruler.kind} who could not sleep", "a riddle about {answer}", "{hero.a} who asked for something kind")
    say("{Ruler} had a problem.", "The [lights|lamps] in the palace burned all night, because {ruler} could not sleep.",
        '"I cannot eat, and I cannot sleep!" [wailed|complained] {ruler}.',
        "Once there was a {ruler.kind} who could not stop thinking.",
        "It was three o'clock in the morning, and {ruler} was walking up and down in slippers.")
    say("A [traveler|stranger|merchant] had [told|asked] {ruler.him} a riddle and had left before giving the answer.",
        "In a letter from [far away|another land] there was a riddle, and no answer.")
    say('It went like this: "{Riddle}. What am I?"', '"{Riddle}. What am I?" That was the riddle.')
    say("{Helper} said it was {wrong}. {Ruler} only groaned.",
        '"{Wrong}," {helper} [guessed|said]. "{Worse}," said the guards. It was no use.')
    world.new_paragraph()
    say("Then {hero_who} came to the palace [with a cart of turnips|to deliver milk|to sweep the stairs|with a basket "
        "of eggs].",
        "That morning {hero_who} was [waiting|standing] at the kitchen door [with a sack of flour|to sell mushrooms].")
    say('"May I [try|guess]?" {hero} asked. [The guards laughed|Somebody snorted], but {ruler} said, "[Let us '
        'hear|Please do]."',
        '"I like riddles," {hero} said in a small voice. "[Tell me, then|Then listen]," said {ruler}.')
    _riddle_thought(world)
    say("{Ruler} [sat down|stood] with an open mouth. Of course! It was so simple.",
        '"Of course!" cried {ruler} and [kissed|hugged] {helper}, who was standing [close|nearby].')
    say("Then {ruler.he} ate [three|four|six] fried eggs and slept until supper.",
        "Then {ruler.he} [yawned|fell asleep] right there on the throne, and the crown slid over {ruler.his} nose.")
    world.new_paragraph()
    say('"What would you like as a [reward|thank-you]?" {ruler} asked [later|when {ruler.he} woke up]. "[Gold|Silver|A '
        'sword]?"')
    say('{Hero} [did not need to think|shook {hero.his} head]. "[I wish for|I would like] {wish}," {hero.he} said.',
        '"No, thank you," said {hero}. "But there is one thing I wish for: {wish}."')
    say("And so it was done that very [week|day].", "{Ruler} was [surprised|touched], and gave the order at once.")
    say("Whenever {ruler} lay awake after that, {ruler.he} thought of {answer}, smiled, and slept.",
        "And if a riddle came to the palace again, everybody knew whom to ask.")
    world.fact("Why could {ruler.name} not sleep?", "{Ruler.name} could not solve a riddle.")
    world.fact("Who solved the riddle?", "{Hero.name} solved the riddle.")
    world.fact("What did {hero.name} wish for?", "{Hero.name} wished for {wish}.")


# A picnic and a guest who was not invited.

TREATS = ["cheese sandwiches", "raspberry tarts", "honey buns", "corn muffins", "walnut rings", "oat cookies",
"lemon biscuits",
          "potato cakes", "cinnamon rolls", "apple dumplings", "mushroom pies", "peanut bars", "pickled radishes"]
DRINKS = ["lemonade", "ginger water", "apple juice", "mint tea", "elderberry juice", "fresh milk", "cocoa"]


def picnic(world):
    say = world.say
    hero = cast(world, "hero", someone(world))
    friend = cast(world, "friend", someone(world, unlike=[hero]))
    world["place"] = place_of(world, *OUTDOORS)
    first, second = world.rng.sample(TREATS, 2)
    world["treat"], world["other_treat"], world["drink"] = first, second, world.pick(*DRINKS)
    keep(world, "cloth", "[red and white|green|checked|yellow] [cloth|blanket]", "[old|patched|woolly|striped] blanket")
    world["sight"] = world["place"].sight
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "a picnic", "a picnic {place.at}",
              "{hero.a} and {friend.a} who had a picnic", "a picnic with {treat}")
    known = world.pick("hero", "both", "both", "friend", "nobody")
    if known == "hero":
        say('"[I packed|I have brought|Look, I made] {treat}!" said {hero_start}.',
            "What do you need for a picnic? {Hero_start} knew: a {cloth}, a full basket and a good friend.",
            "On the first [Saturday|Sunday] of summer, {hero_start} [carried|dragged] a heavy basket {place.to}.",
            "{Hero_start} woke up with one happy thought: today was the day of the picnic.")
    elif known == "both":
        say("Two friends, {hero_start} and {friend_start}, [spread|laid] a {cloth} on the ground {place.at}.",
            "Swing, swing went the picnic basket between {hero_start} and {friend_start}.",
            '"[Lift your end|Careful, it is heavy]!" said {hero_start} to {friend_start}. The picnic basket was [full '
            'to the top|stuffed].',
            "Far from every road, {hero_start} and {friend_start} [put down|opened] their picnic basket.")
    elif known == "friend":
        say('"Is it time yet?" asked {friend_start} for the [third|fifth|tenth] time. "Is it picnic time?"',
            "{Friend_start} had been hungry since [sunrise|breakfast], but a picnic must not be eaten on the way.")
    else:
        say("It was the perfect day for a picnic, [warm but not hot|bright and clear|with a soft breeze].",
            "{Place.at}, among {sight}, there was a good spot for a picnic.",
            "[Yesterday|Last Sunday] the sun came up [round|yellow] and warm, and two friends had the same idea: a "
            "picnic!")
    world["one"] = hero.name if known in ("hero", "both") else world["hero_start"]
    world["two"] = friend.name if known in ("friend", "both") else world["friend_start"]
    say("{One} brought {treat}, and {two} brought {other_treat} and a bottle of {drink}.",
        "In the basket there were {treat} from {one}, {other_treat} from {two}, and {drink} for both.",
        "{One} had [baked|packed] {treat}. {Two} had thought of {other_treat}, and of a bottle of {drink}.")
    say("They [sat down|made themselves comfortable] {place.at}, where they could see {sight}.",
        "They found a nice spot {place.at}, and the {cloth} was soon full of plates.", "")
    say("{Friend} [smacked {friend.his} lips|rubbed {friend.his} tummy].",
        '"[Mmm|Yum]," {friend} [sighed|said]. "I could look at it forever. But I would rather eat it."', "")
    world.new_paragraph()
    world.pick(_picnic_thief, _picnic_rumble, _picnic_rain, _picnic_ants)(world, hero, friend)


def _picnic_thief(world, hero, friend):
    say = world.say
    guest = someone(world, bulky=False, children=0)
    while guest.kind in PEOPLE | {"wolf", "tiger", "robot", hero.kind, friend.kind}:
        guest = someone(world, bulky=False, children=0)
    cast(world, "guest", guest)
    keep(world, "spot", "behind a bush", "under a low branch", "behind a big stone", "in a patch of nettles")
    keep(world, "trouble", "I got lost two days ago", "The storm blew my home away",
        "I hurt my leg and cannot look for food",
         "I am new here, and I do not know where things grow", "I overslept, and my brothers ate everything")
    world.ask("{hero.a}, {friend.a} and a hungry {guest.kind}", "{guest.a} who stole from a picnic",
        "a picnic and a thief",
              "friends who shared their picnic with {guest.a}")
    say("First they [flew a paper kite|played catch|picked flowers|threw pebbles]. When they came back, the plate with "
        "the {other_treat} was empty.",
        "They shut their eyes for [one minute|a little nap]. When they opened them, the {other_treat} were gone!",
        '"Hey!" cried {friend}. "Where are my {other_treat}?" The plate was as clean as a mirror.')
    say('"I did not [eat|touch] them," said {hero}. "I was with you the whole time."',
        '"Did you eat them?" {friend} asked. {Hero} was [hurt|shocked]. "[Never|Me? No]!"', "")
    say("Then {hero} [spotted|discovered] a trail of crumbs in the grass. [On tiptoe|Very quietly] they followed it.",
        'Crunch, crunch. {Hero} held up one finger. "[Do you hear that?|Listen!|There it is!]" {hero.he} whispered.')
    say("{Spot} sat {guest_who} with [full cheeks|crumbs all over the face|a very guilty look].",
        "And there, {spot}, they found {guest_who}, chewing as fast as possible.")
    say('"[I am sorry|Please do not be angry]," {guest} [stammered|mumbled|said]. "{trouble}, and I was so hungry."')
    world.fact("Who took the {other_treat}?", "{Guest.name} took the {other_treat}.")
    world.new_paragraph()
    if world.chance(0.5):
        say("{Friend} was still [a bit cross|grumpy]. But {hero} said, \"[Next time just ask|You only had to ask]. "
            "[Come and sit with us|There is enough for three].\"",
            '{Hero} and {friend} looked at each other. "[Ask|Say please] the next time," {friend} said, "and now come '
            'and try the {treat}."')
        say("So three of them sat on the {cloth}, and {guest} told them [jokes|about the wide world] until the {drink} "
            "was gone.",
            "{Guest} ate [slowly|politely] now, and even wiped the cups in the end.")
        say("The next time they packed three spoons, three cups, and twice as many {other_treat}.",
            'When they said goodbye, {guest} asked, "May I come again?" "Please do," they said. "But by the front '
            'door!"')
    else:
        say('"Then you should have the {treat}, too," said {hero}, and nobody was {#angry} any more.',
            "{Friend} [sighed|thought of being hungry], and then {friend.he} held out the {treat}, too.")
        say("{Guest} [blinked|swallowed]. \"You are kind. Let me show you something.\"",
            '"Now I shall give something back," said {guest}.')
        say("{Guest} led them to a hidden [waterfall|hedge full of blackberries|hollow tree full of hazelnuts], and "
            "nobody else knew it.",
            "On the far side {guest} knew a [warm spring|patch of wild strawberries|rope swing], and there they played "
            "till dusk.")
        say("It was worth [a whole plate|more than all the {other_treat} in the world].",
            '"That was the best trade ever," said {friend}, "one plate of {other_treat} for a friend."')
    world.fact("What did {hero.name} bring?", "{Hero.name} brought {treat}.")


def _picnic_rumble(world, hero, friend):
    say = world.say
    kind = world.pick(*[kind for kind in ("bear", "troll", "giant", "lion", "elephant", "wolf", "tiger", "dragon")
                        if kind not in (hero.kind, friend.kind)])
    guest = Character(world.rng, kind, world.pick(None, "Boris", "Bertha", "Thunder", "Oma"), "he", False,
                      {"home": "cave", "food": "stew", "skill": "lift logs", "sound": "growled"})
    if guest.own_name in ("Bertha", "Oma"):
        guest.he, guest.him, guest.his, guest.hers, guest.himself = "she", "her", "her", "hers", "herself"
    cast(world, "guest", guest)
    world["guest_who"] = guest.a + (f" named {guest.own_name}" if guest.own_name else "")
    keep(world, "lost", "[yellow|straw|blue] hat", "[red|spotted] scarf", "[wooden|silver] spoon",
        "[left|green] mitten")
    world.ask("{hero.a} and {guest.a}", "{friend.a} and a lost {lost}", "a scary guest at a picnic",
        "{guest.a} who came to a picnic",
              "{guest.a} who was kinder than it looked")
    say("Only one thing was missing. \"My {lost}!\" said {friend}. \"I must have lost it on the [way|path].\"",
        "Just before the first bite, {friend} noticed that {friend.his} {lost} was missing.")
    say("Then the bushes [shook|rustled]. [Crack|Snap]! A twig broke.",
        "All at once the ground [trembled|shook]. Thump. Thump. Thump.",
        "A big shadow fell over the {treat}.")
    say('"[Something|Somebody] is coming," whispered {hero}, and {hero.his} [knees|legs] [began to shake|turned soft].',
        "{Friend} crept under the {cloth}, until only {friend.his} nose looked out.",
        "Both of them [held their breath|forgot to chew].", "", "")
    say("Out [came|stepped] {guest_who}, as tall as a [door|shed|haystack].",
        "It was {guest_who} with [enormous feet|a voice like a drum]!")
    say('"[Do not eat us|Please, we taste awful]!" {hero} [squeaked|begged]. "[Take the {treat}|Here, have our '
        '{other_treat}]!"')
    world["held"] = ("between two thick fingers, was" if kind in ("troll", "giant") else
    "at the end of a long trunk, hung"
                     if kind == "elephant" else "on one big paw, lay")
    say('"Eat you?" [said|rumbled] {guest}, [surprised|astonished]. "I only want to give this back." And there, {held} '
        'the {lost}.',
        '"I eat [turnips|porridge|nuts]," {guest} said, [rather hurt|puzzled]. "And I found this." There, {held} the '
        '{lost}!')
    world.new_paragraph()
    say('"Oh," said {friend}, and {friend.his} face went [red|pink]. "[Thank you|That is very kind]. We [thought|were '
        'afraid] you were dangerous."',
        "{Friend} hugged the {lost}. Then {friend.he} felt ashamed, because {friend.he} had been so afraid.", "")
    say('"Everybody thinks so," [sighed|said] {guest}. "They run before I can say good day."',
        '"That happens to me [every day|all the time]," {guest} said, with a [tear|sad look] in one eye. "I am too big '
        'for picnics."')
    say('"Not for this one!" said {hero}. "[Sit down|Have a seat]. Do you like {treat}?"',
        '{Hero} moved over and made room on the {cloth}. "[Please stay|Stay with us]," {hero.he} said.')
    say("{Guest} [liked|loved] them. {Guest.he} ate [eleven|nineteen|every last crumb], and then {guest.he} sang, and "
        "the cups danced.",
        "It was a tight fit, but a [merry|jolly] one, and {guest} drank the {drink} with one little finger in the air."
        if kind in ("troll", "giant") else
            "It was a tight fit, but a [merry|jolly] one, and {guest} lapped the {drink} from the salad bowl.")
    say("When it got [late|cool], {guest} carried them home, and {friend} did not let go of the {lost} [once|all the "
        "way].",
        "After that there was never a picnic without {guest}, and never one without a plate of {treat} for "
        "{guest.him}.",
        "And whenever {friend} put the {lost} away, {friend.he} thought of {guest} and smiled.")
    world.fact("What had {friend.name} lost?", "{Friend.name} had lost a {lost}.")
    world.fact("Who brought it back?", "{Guest.name} brought it back.")


def _picnic_rain(world, hero, friend):
    say = world.say
    guest = cast(world, "guest", world.pick(
        Character(world.rng, "fisherman", "Old Joe", "he", True, hero.traits),
        Character(world.rng, "shepherd", "Hilda", "she", True, hero.traits),
        Character(world.rng, "hermit", "Barnabas", "he", True, hero.traits),
        Character(world.rng, "badger", "Mister Stripe", "he", False, hero.traits),
        Character(world.rng, "toad", "Mrs. Wart", "she", False, hero.traits)))
    keep(world, "hut", "[crooked|tiny|low] hut", "[round|mossy] house with a green door",
        "cozy house under the roots of an oak")
    keep(world, "hot", "[nettle|pea|barley] soup", "hot [plum|pear] juice", "baked chestnuts", "toast with butter")
    world["guest_start"] = guest.own_name
    world.ask("a picnic in the rain", "{hero.a}, {friend.a} and the rain", "{hero.a} and {friend.a} who got wet",
              "friends who found shelter with {guest.a}", "{guest.a} who invited two wet friends")
    say("Then a guest came whom nobody had invited. Plip! It fell right into the {drink}.",
        "Plop! Something wet [landed|fell] on {hero.s} nose. Plop, plop!",
        "But behind the hills a dark cloud was growing, and it was growing fast.")
    say('"[Oh no|Oh dear], rain!" cried {friend}. "[Not today|Go away]!"',
        '"[It is only a drop|That is nothing]," said {hero}. Then the sky [opened|burst].',
        "[Thunder grumbled|The wind howled], and the first napkins flew away.")
    say("They threw everything into the basket, pulled the {cloth} over their heads and ran.",
        "{Hero} saved the {treat}, {friend} saved the {other_treat}, and they ran through the puddles.")
    say("Their [feet|toes] were cold, and water dripped from their ears.", "Soon they were as wet as [sponges|fish].",
        "")
    world.new_paragraph()
    say("Then they saw [a light|smoke]. It came from a {hut}.", "At the end of the path stood a {hut}. {Hero} knocked.",
        '"[This way|Over here]!" a voice called from a {hut}.')
    say("The door belonged to {guest.own_name}, {guest.a} with [a gray beard|bushy eyebrows|a big apron] and friendly "
        "eyes." if guest.he == "he" else
        "The door belonged to {guest.own_name}, {guest.a} with [a gray bun|round glasses|a big apron] and friendly "
        "eyes.")
    say('"[Come in, come in|Quick, come inside]!" said {guest.own_name}. "[Nobody should be out in this weather|You '
        'will catch a cold]."')
    say("They hung the {cloth} over a chair to dry, [sat down by the stove|warmed their feet at the fire], and had the "
        "picnic on the floor.",
        'The {treat} were a little squashed and the {other_treat} a little wet, but {guest.own_name} said, '
        '"[Delicious|I have never had better ones]!"')
    say("They got {hot} from the stove, as well.",
        "{Guest.own_name} put {hot} on the table, and they told stories while the rain drummed on the roof.")
    world.new_paragraph()
    say("When the rain stopped, a rainbow stood over the wet land.",
        "At last the drumming stopped, and the sun came out [pale|shy] and clean.")
    say('"It was the best picnic of my life," {friend} said. "And all because of the rain."',
        '"I am glad that the rain came to our picnic," {hero} said. "[Without it, we would never have met you|It led '
        'us to you]."',
        "They left the last of the {treat} for {guest.own_name}, and promised to come back on the next rainy day. They "
        "kept their word.")
    say("", "When clouds come now, the two friends do not grumble. They grab the {cloth} and run to the {hut}.", "")
    world.fact("Who was {guest.own_name}?", "{Guest.own_name} was {guest.a}.")
    world.fact("What did {guest.own_name} give them?", "{Guest.own_name} gave them {hot}.")
    world.fact("Why did the friends run?", "They ran because it began to rain.")


def _picnic_ants(world, hero, friend):
    say = world.say
    keep(world, "ant", "Commander Six", "Captain Crumb", "Little Tic", "Number Forty")
    keep(world, "feast", "the birthday of our queen", "the wedding of our queen", "our hundredth tunnel",
        "the end of the long winter")
    world.ask("{hero.a}, {friend.a} and the ants", "ants at a picnic", "an ant named {ant}", "ants who helped {hero.a}",
              "{friend.a} who learned to be kind to ants")
    keep(world, "lost", "[silver|blue] button", "[tiny|brass] key", "[glass|green] bead", "lucky penny")
    say("Suddenly one of the {treat} began to move. It [walked|wobbled] across the {cloth}, all by itself!",
        '"[Look|Help]!" cried {friend}. "Our {treat} are walking away!"',
        "{Hero} reached for one of the {treat}, but it slid away to the left.")
    say("Under it marched [twenty|a hundred|forty] ants, in a straight line, left, right, left, right.",
        "{Hero} bent down. Ants! They were carrying it on their backs.")
    say('"[Shoo|Off with you]!" cried {friend} and lifted {friend.his} foot.',
        "{Friend} wanted to [chase|sweep] them away with a napkin.")
    say('"Wait!" {hero} said. "[Let us ask them first|They look so busy]."',
        '"No!" {hero} [said|called] and held {friend.him} back. "They are so small."')
    say('"Forgive us," called a voice as thin as a hair. "My name is {ant}. Today is {feast}, and we have '
        '[nothing|only dry straw] to serve."',
        'The first ant [saluted|bowed]. "I am {ant}," it piped. "We [need|wanted] a cake for {feast}."')
    world.new_paragraph()
    say('{Hero} laughed. "[Then take it|A feast is a feast! Take it], and some of the {other_treat}, too!"',
        '{Friend} put {friend.his} foot down [softly|next to the line]. "Then you need more than that," {friend.he} '
        '[said|mumbled], and gave them some of the {other_treat}.')
    say('"We shall not forget it," said {ant}, and the line marched on, [singing|humming] a song without end.',
        "A hundred tiny voices cheered. It sounded like sand in the wind.", "")
    say("When it was time to go, {friend} [searched|turned] all {friend.his} things. \"My {lost} is gone!\" "
        "{friend.he} said. It was [so small|hardly bigger than a pea], and the grass was so high.",
        "But on the way home {friend} stopped. {Friend.his} {lost} had fallen out somewhere {place.at}. How could "
        "anyone find it?")
    say("They [searched|looked] on hands and knees until their backs ached." if hero.person and friend.person else
        "They [searched|looked] with their noses to the ground until their backs ached.",
        "{Friend} was close to tears.", "")
    world.new_paragraph()
    say("Then the grass began to whisper. Left, right, left, right! There came {ant} and the others, and on their "
        "backs shone the {lost}.",
        '"Make way!" piped a thin voice. It was {ant}, and behind came forty ants with the {lost}.')
    say('"[How did you carry it|How did you find it]?" {friend} asked. "We know every blade of grass here," said '
        '{ant}.',
        '"One good turn deserves another," {ant} said. "And the {treat} were [splendid|delicious]."')
    say("Since then, {friend} looks down before {friend.he} takes a step, and always drops a few crumbs on purpose.",
        '"And I almost chased them off," said {friend} on the way home. {Friend.he} held the {lost} very tight.',
        "Now there is always a small plate of {treat} at the edge of the {cloth}, and you know for whom.")
    world.fact("What was the name of the ant?", "The ant was called {ant}.")
    world.fact("What did the ants find?", "The ants found the {lost}.")
    world.fact("Why did the ants need food?", "They needed food for " + world["feast"].replace("our", "their") + ".")


# Hide and seek; the hero may be "I".

HIDING_PLACES = {
    "forest": ["behind a thick oak", "inside a hollow log", "under a heap of dry leaves", "behind a curtain of ivy"],
    "garden": ["behind the rain barrel", "under the wheelbarrow", "among the bean poles", "in the tool shed"],
    "barn": ["behind the hay bales", "in the empty trough", "under the old cart", "up in the loft"],
    "castle": ["behind a velvet curtain", "inside a suit of armor", "under the throne", "in the wine cellar"],
    "farm": ["behind the pigsty", "in the corn crib", "under the tractor", "among the milk cans"],
    "park": ["behind the statue", "under the band stand", "in the rose bushes", "behind the ice cream cart"],
    "orchard": ["in a pear tree", "under an empty crate", "behind the beehives", "behind the ladder"],
    "attic": ["inside a trunk of old coats", "behind the broken piano", "under a dusty sheet", "behind the chimney"],
    "library": ["behind the globe", "under the reading table", "behind the tallest shelf",
    "in the cart of returned books"],
    "harbor": ["in a fishing boat", "under a torn sail", "behind a pile of crates", "inside an empty barrel"],
    "market": ["under the flower stall", "behind the pumpkins", "in a pile of baskets", "behind the rolls of cloth"],
    "beach": ["behind the dunes", "under an upturned boat", "behind a striped towel", "in a shallow cave"],
}


def hide_and_seek(world):
    say = world.say
    first_person = world.chance(0.25)
    hero = teller(world) if first_person else cast(world, "hero", someone(world, bulky=False))
    voices(world, first_person)
    friend = cast(world, "friend", someone(world, unlike=[] if first_person else [hero], bulky=False))
    world["place"] = place_of(world, *HIDING_PLACES)
    spots = world.rng.sample(HIDING_PLACES[world["place"].kind], 3)
    world["spot"], world["other_spot"], world["third_spot"] = spots
    keep(world, "number", "ten", "twenty", "thirty", "fifty", "a hundred")
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "a game of hide and seek",
              "{hero.a} and {friend.a} who played hide and seek", "hide and seek {place.at}")
    world["pair"] = "{friend_start} and I" if first_person else world.pick(
        "{hero_start} and {friend_start}", "{friend_start} and {hero_start}")
    say('"[One, two, three|Eight, nine, ten]!" {hero_start} counted [out loud|with closed eyes] {place.at}, and '
        '{friend_start} ran to hide.',
        '"Let us play hide and seek!" {friend_start} said. "Yes!" {hero_start} cried.',
        "{Place.at}, {pair} were playing hide and seek.",
        "It was a [gray|dull|slow] [afternoon|Tuesday], and {pair} did not know what to do, until somebody said, "
        "\"Hide and seek!\"",
        "Ready or not! {Pair} played hide and seek {place.at} almost every [day|afternoon].",
        "Have you ever played hide and seek {place.at}? {Pair} did, [last week|one day].",
        "[Giggle, giggle|Hee, hee]! Somewhere {place.at} somebody was trying not to laugh. {Pair} were playing hide "
        "and seek.",
        "Yesterday {pair} met {place.at}, and the first thing that came to mind was hide and seek.")
    say("Nobody knew a better place for it.", "There were [so many|a thousand] corners to hide in.", "",
        "The rule was simple: no [leaving|going out of] {place}.", "Who was found last was the winner.")
    world.new_paragraph()
    world.pick(_hide_asleep, _hide_trick, _hide_too_well, _hide_stranger)(world, hero, friend)


def _hide_asleep(world, hero, friend):
    say = world.say
    keep(world, "meal", "[three|four] bowls of noodles", "a whole plum pudding", "[seven|nine] pancakes",
        "a mountain of mashed potatoes")
    world.ask("{friend.a} who fell asleep during a game", "a game of hide and seek with a long search")
    say("This time {hero} had to seek. {Hero.he} covered {hero.his} eyes and counted to {number}.",
        "{Hero} [leaned|stood] against the wall and counted to {number}, without peeking [even once|through the "
        "fingers].")
    say("When {hero} [looked up|turned around], everything was [still|quiet]. Not a [leaf|mouse] stirred.",
        '"I am coming!" {hero} called.', "Then the search began.")
    say("{Hero} looked {other_spot}. Nobody! Then {hero.he} looked {third_spot}. Nobody there, either.",
        "There was only a [beetle|cobweb] {other_spot} and [an old sock|a rusty nail] {third_spot}.")
    say('"[Where can {friend.he} be|Did {friend.he} go home]?" {hero} [murmured|wondered].',
        "An hour went by, and [the shadows grew long|it was nearly supper time].")
    say('"You win! Come out!" {hero} [shouted|called]. [There was no answer|Nothing moved], and {hero.he} began to '
        'feel {#scared}.', "")
    world.new_paragraph()
    say("Then there was a sound. [Krrr, shhh|Rrrr, puh]. Krrr, shhh. It came from very near.",
        "Then {hero} heard something odd, like a tiny saw in a soft log.")
    say("And {spot} lay {friend}, [rolled up|curled up] like a [bun|cat by a stove], and snored.",
        "{Hero} looked {spot}, and there was {friend}, fast asleep with an open mouth.")
    say("{Hero} tickled {friend.his} [nose|ear] with a [straw|blade of grass]. \"[Hello|Good morning]!\"",
        '"Wake up!" {hero} [laughed|said] and tugged at {friend.his} foot.')
    say('"[Did I win|Is it over]?" {friend} asked, and yawned. "I ate {meal} for lunch, and it was so [warm|cozy] in '
        'here."',
        '{Friend} rubbed {friend.his} eyes. "I only wanted to wait," {friend.he} said, "but I had {meal} for lunch, '
        'and then my eyes fell shut."')
    say("{Hero} had to laugh, because all that worry was for nothing. \"You are the best hider in the world,\" "
        "{hero.he} said, \"and the loudest!\"",
        '"You won," {hero} said. "And next time we play before lunch!"',
        "Since that day {friend} eats only half as much before a game, and the first thing to do is to listen for "
        "snores.")
    world.fact("Where was {friend.name} hiding?", "{Friend.name} was hiding {spot}.")
    world.fact("Why did {friend.name} fall asleep?", "{Friend.name} had eaten {meal}.")


def _hide_trick(world, hero, friend):
    say = world.say
    keep(world, "wear", "[red|yellow|orange] scarf", "[purple|bright blue|spotted] cap", "[shiny|yellow] raincoat",
        "[pink|orange] ribbon")
    world.ask("{hero.a} who was always found first", "{hero.a} with a {wear}",
        "{hero.a} who played a trick on {friend.a}")
    say("{Hero} was always found [first|at once]. It did not matter how [small|quiet] {hero.he} was.",
        "But it was no fun to play against {friend}, because {friend.he} always found {hero.him} with one look.")
    say('"How do you [do it|find me so fast]?" {hero} asked, [puzzled|cross]. {Friend} [giggled|shrugged]. "Guess!"',
        '"Found you!" {friend} cried [again|once more]. "[Five|Four] to nothing for me!"')
    say("Then {hero} saw {hero.his} own face in a [window|puddle], and above all, {hero.his} {wear}. It shone like a "
        "lamp!",
        'A [sparrow|beetle|goose] that had been watching whispered, "It is your {wear}. One can see it from the moon."')
    world.new_paragraph()
    say("An idea came, and it was a good one.", "{Hero} began to grin.", "Now {hero} knew what to do.")
    say("While {friend} counted to {number}, {hero} put the {wear} {other_spot}, so that a bit of it stuck out. Then "
        "{hero.he} crept away and hid {spot}.",
        "{Hero} took off the {wear} and left it {other_spot}, where everybody could see the tip. Then {hero.he} "
        "[hid|crouched] {spot}.",
        "[Quickly|As quietly as a snowflake], {hero} laid the {wear} {other_spot} and slipped away. The new hiding "
        "place was {spot}.")
    say('"Ready or not! [Easy|Too easy]!" {friend} [called|sang], and walked straight to the {wear}. "Found you, found '
        'you!"',
        '"I see you!" {friend} shouted and pounced.',
        "And really, {friend} came running and grabbed the {wear} with both [hands|fists]."
        if friend.person else "And really, {friend} came running and jumped on the {wear}.")
    say("But it was empty. {Friend} [scratched {friend.his} head|stared]. \"[Hello|Where are you]?\"",
        "But there was nobody in it. {Friend} turned it over. {Friend.he} shook it. {Friend.he} even asked it a "
        "question.")
    say("Then there was a [snort|giggle], and then a roar of laughter.",
        "{Hero} [sat still|waited] until {friend} gave up, and then jumped out and [bowed|took a bow].")
    world.new_paragraph()
    say('"You [tricked|fooled] me!" {friend} said. But {friend.he} was not {#angry}, because it was [such a clever '
        'trick|so funny].', "{Friend} laughed so hard that {friend.he} got the hiccups.")
    say('"One to me," {hero} said, and put the {wear} on again, because it was getting cool.',
        "{Hero} got the {wear} back, and {friend} got a turn to wear it, too.",
        "And from that day on, {friend} could never be sure what was over there: {friend.his} friend, or only the "
        "{wear}.")
    world.fact("Why was {hero.name} always found?" if hero.name != "I" else "Why was the child always found?",
        "The {wear} was easy to see.")
    world.fact("Who fell for the trick?", "{Friend.name} fell for the trick.")


def _hide_too_well(world, hero, friend):
    say = world.say
    keep(world, "signal", "three owl calls", "two long whistles", "four claps", "a loud cuckoo call", "a knock on wood")
    keep(world, "supper", "[leek|lentil|carrot] soup", "dumplings with butter", "fried onions", "warm [corn|oat] bread")
    world.ask("{hero.a} who hid too well", "{hero.a} who was lonely in a hiding place",
        "{hero.a} who wanted to win at hide and seek")
    say('"Today I want to win," {hero} [thought|decided]. So {hero.he} [squeezed|slipped|crawled] into the best spot '
        'of all: {spot}.',
        "{Friend} began to count to {number}, and {hero} hid {spot}, where nobody had ever hidden before.")
    say("First {hero.he} heard {friend} [hum|stamp around]. Then the steps [went away|grew softer].",
        "{Friend} ran past once, and then twice, and did not see a thing.")
    say("{Hero} was proud. {Hero.he} waited, and waited, and waited.",
        "It was the best hiding place in the world! It was also [dark|narrow], and it smelled of [dust|old cheese|wet "
        "wool].")
    say("After a while {hero.his} leg fell asleep. Then {hero.his} tummy rumbled.",
        "A spider looked at {hero.him} with all eight eyes. \"Shh,\" {hero} told it.", "")
    say("It got later and later.", "The light turned [orange|gray].", "Outside a bell struck [five|six].")
    say("{Hero} began to feel [sad|lonely|gloomy], because a winner needs somebody to be proud in front of.",
        "It is no fun to win when nobody is there. A lump grew in {hero.his} throat.")
    world.new_paragraph()
    if world.chance(0.5):
        say('Then a small voice said, "Please come out. I [miss you|am worried]." It was {friend}, and {friend.he} '
            'sounded as if {friend.he} had cried.',
            "Then {friend.s} voice came closer. \"I looked everywhere. What if something happened?\" {friend.he} "
            "[sniffed|sobbed].")
        say("{Hero} jumped out at once. \"Here I am!\"",
            '"I am here!" {hero} [called|cried], and tumbled out in a cloud of dust.')
        say("{Friend} threw both arms around {hero.him}." if friend.person else
            "{Friend} almost knocked {hero.him} over for joy.",
            '"Never hide so well again!" {friend} said, half [laughing|angry] and half glad.')
    else:
        say("In the end {hero} climbed out, with stiff knees, and went to look for {friend}.",
            "Then {hero} had enough, and came out alone.")
        say("{Friend} was not there! {Hero} looked {other_spot}, and then {third_spot}. And there {friend.he} sat, "
            "{friend.his} head in {friend.his} hands."
            if friend.person else
                "{Friend} was not there! {Hero} looked {other_spot}, and then {third_spot}. And there {friend.he} sat, "
                "all alone.")
        say('"[There you are|You are back]!" {friend} cried. "I thought you had gone home without me."',
            '"Found you," {hero} said softly. "Now you have won, too."')
    say("So {they} made a new rule. After {signal} everybody must come out, winner or not.",
        '"Let us have a signal," {hero} said. "When you hear {signal}, the game is over, and everybody comes out."')
    say("Then {they} went home and ate {supper}, side by side.", "{Supper} waited at home, and {they} ran all the way.")
    say("The signal worked. The next time, {hero} came out at once when it sounded.",
        "And do you know what is nicest about hiding? Being found!", "")
    world.fact("Where was the best hiding place?", "It was {spot}.")
    world.fact("What was the signal?", "The signal was {signal}.")


def _hide_stranger(world, hero, friend):
    say = world.say
    third = cast(world, "third", someone(world, unlike=[friend], bulky=False))
    while third.kind == hero.kind:
        third = cast(world, "third", someone(world, unlike=[friend], bulky=False))
    keep(world, "gift", "a [smooth|spotted] pebble", "a [blue|gray] feather", "half a [pretzel|bun]",
        "a [pine cone|chestnut]", "a paper [star|boat]")
    world.ask("{hero.a}, {friend.a} and {third.a}", "{third.a} who was too shy to play",
        "a game of hide and seek with a surprise")
    say("{Friend} hid, and {hero} counted to {number}.",
        "This time {hero} had to seek, and counted to {number}, rather fast.")
    say("{Hero} looked {other_spot}. There was {friend}, of course. {Friend.he} always hid there.",
        "{Friend} was easy to find, because {friend.he} had to sneeze {other_spot}.")
    say('"Then who is [giggling|breathing|rustling] over there?" {friend} asked and [pointed|nodded] to the other '
        'side.',
        "But just then something [moved|coughed] on the other side.")
    say("{They} tiptoed closer. And {spot} {they} found {third_who}!",
        "{They} looked {spot}. Two big eyes looked back. It was {third_who}.")
    world.new_paragraph()
    say('"[Who are you|What are you doing here]?" {hero} asked. {Third} [turned red|looked at the ground]. "I only '
        '[watched|wanted to see] how you play," {third.he} [whispered|said].',
        '{Third} wanted to run away. "Wait!" {friend} called. "[Do not be afraid|We do not bite]! Why are you hiding '
        'here?"')
    say('"[We moved|I moved] here on [Monday|Friday], and I do not know anybody," said {third}. "I did not [dare|know '
        'how] to ask."',
        '"[Every day|All week] I listen to you laugh," {third} said. "I wanted to ask if I may play, but the words got '
        'stuck."')
    say("{Hero} remembered how it feels to stand outside. \"[You hide really well|I almost missed you],\" {hero.he} "
        "said. \"Do you want to seek now?\"",
        '"[Three is better than two|Hide and seek is better with three]," {friend} said at once. "Come on!"')
    say("{Third.s} whole face [began to shine|changed]. {Third.he} pulled something out of a [pocket|bag]. It was "
        "{gift}, for {them}." if third.person else
        "{Third.s} whole face [began to shine|changed]. {Third.he} put something on the ground. It was {gift}, for "
        "{them}.",
        'From behind {third.his} back {third} pulled {gift}. "This is for you," {third.he} said. "I have saved it '
        'for [days|so long]."')
    world.new_paragraph()
    say("{Third} counted to {number}, and the game went on until [the lamps were lit|the first star came out].",
        "The game went on until it was too dark to see the ground.")
    say("Nobody ever found out all the good places. But {they} had found something better: a new friend, {spot}.",
        "On that day {they} were looking for one friend, and {they} found two.",
        '"Shall we play again tomorrow?" {third} asked. "Tomorrow, and the day after," {they} said.')
    world.fact("Who was hiding {spot}?", "{Third.name} was hiding {spot}.")
    world.fact("What did {third.name} give them?", "{Third.name} gave them {gift}.")


# A visit to a grandparent, and a tale within the tale; the hero may be "I".

# the thing in the house, the first question about it, the tale in steps, the last words about the thing
KEEPSAKES = [
    ("a cracked blue cup", "Why do you keep a cup with a crack?", [
        ("When I was little, I had a [sister|cousin] who was [never still|as wild as a goat].",
        "Long ago, when I was as small as you, my best friend lived next door."),
        ("One day we [fought|quarreled] over this cup, because each of us wanted to drink from it first.",
        "We both loved this cup, and one morning we pulled at it from two sides."),
        ("[Crack|Clink]! It fell on the [tiles|stone floor], and we both began to cry.",),
        ("We did not talk for a whole week. It was the [longest|saddest] week of my life.",
        "For days each of us played alone, and nothing was any fun."),
        ("Then I glued the cup and carried it over, full of [warm milk|cocoa], as a way to say sorry.",
        "Then we sat down with a pot of glue and mended it together, and while it dried, we laughed again."),
    ], "The crack tells me that broken things can be mended", "Why did the cup break?",
    "It fell when two children pulled at it."),
    ("a small brass compass", "Does it still know the way?", [
        ("When I was little, I once got lost in the [great pine wood|hills], because I had followed a [white "
         "rabbit|butterfly].", "One autumn, when I was seven, I went to gather mushrooms and forgot to look back."),
        ("The [fog|mist] came, and I could not even see my own [boots|hands].",),
        ("I called, but only a [jay|raven] answered.",
        "I sat down on a stump and cried a little. Then I dried my face."),
        ("Then I felt the compass in my pocket. My father had told me, 'Home is always north.'",
        "Then I remembered the compass. 'The needle never gets scared,' my mother used to say."),
        ("So I walked, step by step, where the needle pointed, and before dark I saw [smoke from our chimney|a lantern "
         "in our yard].",),
    ], "It taught me to stop crying and start thinking", "How did the child in the tale get home?",
    "The child followed the needle of the compass."),
    ("a patched quilt", "Why is every patch different?", [
        ("When I was little, a very hard winter came, and the snow was as high as the [door|fence].",
        "One winter, many years ago, the wind blew right through the walls of our street."),
        ("Our neighbor, old Mrs. Finch, had no wood left, and she was [too proud|too shy] to ask.",
        "At the end of the street lived an old cobbler, and he had only one thin sheet."),
        ("So my mother cut a piece out of her [wedding dress|best apron], and she sent me from door to door.",),
        ("Everybody gave me something: the baker a flour bag, the captain a bit of sail, the twins an old pair of "
         "pants.", "One gave velvet, one gave linen, and a little girl gave me the dress of her doll."),
        ("We sewed for three nights, until our fingers were sore. Years later the quilt came back to me as a "
         "present.",),
    ], "The whole street is in it, and that is why it is so warm", "What was the quilt made of?",
    "It was made of pieces from all the neighbors."),
    ("a little wooden goose", "Can it fly?", [
        ("Once there was a young goose who was afraid of the sky.",
        "There once was a gosling who would rather walk than fly."),
        ("In autumn the others flew south, and she went on foot, [grumbling|with a bundle under her wing].",),
        ("After one day she had blisters. After two days she stood in front of a [canyon|wide lake].",
        "She walked over three hills, and then she came to a river with no bridge."),
        ("There sat a [beetle|snail] on a leaf. 'I wish I had wings,' it sighed. 'You have two of them, and you "
         "walk?'",),
        ("The goose turned as red as a beet. Then she ran, she flapped, and she flew, and the wind laughed for joy.",),
    ], "My brother carved it on the day when I was afraid of swimming", "What was the goose afraid of?",
    "The goose was afraid of the sky."),
    ("a rusty tin box", "Is there a treasure inside?", [
        ("Once there were two mice who found a golden coin.", "Once upon a time, two hamsters dug up a golden coin."),
        ("They hid it in a box, and from then on they could not [sleep|play], because somebody had to guard it.",),
        ("One watched by day, the other by night, and they never had breakfast together any more.",
        "They grew thin and [pale|grumpy], and they forgot all their songs."),
        ("One night a [beggar|tired old hedgehog] knocked. He needed just one coin to pay the ferry home to his "
         "children.",),
        ("The two of them looked at each other. They gave him the coin, and that night they slept like "
         "[stones|babies].",),
    ], "There is only a button in it, and I sleep very well", "What was hidden in the box in the tale?",
    "A golden coin was hidden in the box."),
    ("a striped feather", "Which bird lost it?", [
        ("When I was little, I found a [young hawk|little owl] with a hurt wing under the [barn roof|plum tree].",),
        ("I fed it with a spoon, and I kept it in a [basket|shoe box] by the stove.",
        "It bit my thumb twice, but I fed it every hour."),
        ("In [May|June] its wing was well. I [loved it|wanted to keep it], and I shut the window.",),
        ("But the bird only sat there and looked at the clouds. It did not eat, and it did not [call|blink].",
        "But then the bird stopped eating. It looked through the glass, hour after hour."),
        ("So I opened the window. It flew three circles over the roof, and one feather came down, right into my "
         "hand.",),
    ], "It means thank you, I think", "Why did the bird stop eating?", "It wanted to be free."),
    ("a single red mitten", "Where is the other one?", [
        ("When I was little, I had new red mittens, and I was [very|terribly] proud of them.",
        "One January, my aunt knitted a pair of red mittens for me."),
        ("On the way to school I saw a boy from my class. He was [shivering|stamping his feet] at the bus stop.",),
        ("His fingers were blue, and he hid them behind his back.",
        "He blew on his hands, and they were as red as radishes."),
        ("I thought about it all morning. Then I gave him one mitten, and each of us put the bare hand in a pocket.",),
        ("The next day he was waiting for me at the corner, and from then on we walked to school together, for nine "
         "years.",),
    ], "He has the other one, and he still writes to me every winter", "Who got the other mitten?",
    "A boy from school got the other mitten."),
    ("a jar of gray sand", "Why do you keep sand in a jar?", [
        ("When I was little, I lived by the sea, and I built a sand castle every day.",
        "One summer I wanted to build the highest sand castle in the world."),
        ("It had seven towers and a moat. Then the tide came, and it was gone in a minute.",
        "One castle had a gate of shells, but in the evening the tide washed it away."),
        ("I shouted at the waves, and I threw [stones|my shovel] at them.",),
        ("A lighthouse keeper saw me. 'Good,' he said. 'Now you have room for a new one.'",
        "An old fisherwoman laughed. 'The sea is only clearing your table,' she said."),
        ("So I built another one, and it was better, because now I knew how.",),
    ], "When something goes wrong, I look at it and begin again", "What washed the castle away?",
    "The tide washed the castle away."),
]


def grandparent(world):
    say = world.say
    first_person = world.chance(0.35)
    if first_person:
        hero = teller(world)
    else:
        hero = cast(world, "hero", world.child() if world.chance(0.7) else someone(world, bulky=False, children=0))
    voices(world, first_person)
    gender = world.pick("she", "he") if first_person else ("he" if hero.he == "she" else "she")
    kind = "grandmother" if gender == "she" else "grandfather"
    name = world.pick("Grandma", "Granny", "Nana") if gender == "she" else world.pick("Grandpa", "Granddad")
    world["elder"] = elder = Character(world.rng, kind, name, gender, True, hero.traits)
    thing, question, tale, last_words, asked, told = world.pick(*KEEPSAKES)
    world["keepsake"], world["question"], world["last_words"] = thing, question, last_words
    world["keepsake_the"] = "the " + thing.split(" ", 1)[1]
    keep(world, "snack", "[poppy seed|crumb|marble] cake", "[plum|rhubarb] compote", "[thin|crisp] waffles",
        "rice with cinnamon", "toast with marmalade")
    keep(world, "room", *(["over the sofa", "on the big bed", "over the rocking chair"] if "quilt" in thing else
                          ["on the shelf", "on the mantelpiece", "in the glass cabinet", "next to the radio"]))
    world.ask("{hero.a} and a {elder.kind}", "a visit to a {elder.kind}", "a {elder.kind} who told a tale",
        "{hero.a} and {keepsake}",
              "a {elder.kind} and {keepsake}", "{hero.a} who listened to a tale")
    if first_person:
        say("When I was little, I [visited|went to see] my {elder.kind} every [Sunday|Friday].",
            "My {elder.kind} lived [at the end of the tram line|above a clock shop|in a house with a squeaky door].",
            "I remember one [rainy|stormy|snowy] day at my {elder.kind}'s house.",
            "I loved the house of my {elder.kind}, because it smelled of [soap and apples|pipe smoke|lavender].")
    else:
        say('"Tell me a story, {elder.name}!" said {hero_start}.',
            "{Hero_start} [ran|skipped] up the [creaky|narrow] stairs to {elder.name}.",
            "On [Sundays|Fridays] {hero_start} always visited {elder.name}.",
            "Knock, knock! {Hero_start} stood at the door of {elder.name}, with wet shoes." if hero.person else
            "Knock, knock! {Hero_start} stood at the door of {elder.name}.",
            "Rain [ran|dripped] down the window, and {hero_start} was [staying|bored] at {elder.name}'s house.",
            "It was too [hot|cold|windy] to play outside, so {hero_start} went to see {elder.name}.")
    say("{Elder.name} always had {snack} on the table.", "There was {snack} for two, on the good plates." if "waffles"
        not in world["snack"] else "There were waffles for two, on the good plates.",
        "The kitchen smelled of {snack}, and a clock [ticked|tocked] on the wall.")
    say("{Hero} looked around. {Room} {hero.he} [noticed|saw] {keepsake}.",
        "That day {hero} [found|discovered] {keepsake} {room}.",
        "And then {hero} saw something new: {keepsake}, {room}.")
    say('"{question}" {hero} asked.', 'So {hero} pointed to it. "{question}"')
    say('"[Ah|Well|Oh]," {elder.name} said, and [put down the knitting|sat down slowly]. "That is a '
        '[long|strange|true] story. [Come closer|Make yourself comfortable]."'
        if gender == "she" else
        '"[Ah|Well|Oh]," {elder.name} said, and [took off his glasses|sat down slowly]. "That is a [long|strange|true] '
        'story. [Come closer|Make yourself comfortable]."',
        "{Elder.name} [smiled|was silent for a moment] and then began to tell.")
    world.new_paragraph()
    steps = [world.fill(world.pick(*forms)) for forms in tale]
    world.paragraphs[-1].append('"' + " ".join(steps) + '"')
    world.new_paragraph()
    say("{Elder.name} [stopped|fell silent]. Only the clock could be heard.", '"And then?" {hero} asked.',
        "{Hero} had forgotten to [chew|eat].", "{Hero} had listened with [wide eyes|an open mouth].")
    say('"{last_words}," {elder.name} said[| and smiled| softly].',
        '"So you see," said {elder.name}, "that is why I keep it. {last_words}."')
    say("Then {elder.he} took {keepsake_the} and laid it on {hero.his} lap. \"One day it will be yours.\"" if "quilt"
        not in thing else
        "Then {elder.name} spread the quilt over {hero.him}, up to the chin. \"One day it will be yours.\"",
        "{Hero} touched {keepsake_the} with one finger, very gently.", "{Hero} hugged {elder.him} for a long time.")
    if first_person:
        say("Today {keepsake_the} is [in my own room|at my house]. When children ask about it, I put {snack} on the "
            "table and begin to tell.",
            "That was long ago. But when I [smell|eat] {snack}, I can still hear {elder.his} voice.")
    else:
        say('"Next [week|time] you must tell me a story," said {elder.name}. {Hero} thought about it all the way home.',
            "On the way home {hero} began to look at things [differently|closely]. Perhaps every old thing had a tale.",
            "They ate the rest of the {snack}, and {hero} asked for the tale [again|once more], from the beginning.")
    world.fact("What did {hero.name} see at {elder.name}'s house?" if not first_person else
        "What did the child see at the house?",
               "{Hero.name} saw {keepsake}." if not first_person else "The child saw {keepsake}.")
    world.fact(asked, told)
    world.fact("Who told the tale?", "{Elder.name} told the tale.")


# A day in the life of something unusual, told by itself.

# Each: kind, names, sound, opening lines, work, joys, and troubles: (telling in steps, question, answer, ask)
NARRATORS = [
    ("cloud", ["Puff", "Fleece", "Cotton"], "Whoosh", "in the sky",
     ["I was born over a lake, on a warm day.",
     "In the morning I am pink, at noon I am white, and at night nobody sees me."],
     ["My work is to carry water from the sea to the fields.", "All day I drift, wherever the wind wants to go."],
     ["Best of all I like it when children lie in the grass and guess what I am.",
     "I love to tickle the tops of the mountains."], [
        ([["Last summer no rain fell for weeks. The corn hung its leaves, and the ducks sat in dry mud.",
        "One July the ground below me was so dry that it cracked."],
          ["I wanted to help, but I was [too small|as thin as a veil], and only three drops came out.",
          "I squeezed and squeezed, but I had just one cup of water in me."],
          ["So I called my cousins from the [west|coast]. \"Come quickly!\" I shouted. \"[Alone I am nothing|I need "
           "you]!\"", "\"Cousins, near and far!\" I cried. \"[Let us join|Hold on to me]!\""],
          ["They came, gray and fat, and we pressed together until it [thundered|boomed].",
          "We grew dark, we grew heavy, and then we let go."],
          ["Down below people danced in the [streets|puddles], and a small girl stuck out her tongue to catch me.",
          "In the evening the corn stood straight again, and the ducks swam."]],
         "Why did the cloud call its cousins?", "It was too small to make enough rain.",
         "a cloud that wanted to make rain"),
        ([["One afternoon I hung in front of the sun, because I was [lazy|tired].",
        "Yesterday I stopped for a nap, right in front of the sun."],
          ["Below me there was a [birthday party|garden party], and everybody was freezing in thin clothes.",
          "\"Brr,\" said the people on the beach, and they began to pack their towels."],
          ["\"Go away!\" a boy called. I was [hurt|sad], because I only wanted to watch.",
          "Somebody pointed at me and made a face. I almost began to cry, and that would have been even worse."],
          ["Then I had an idea. I moved one step to the left and made myself into a [whale|rabbit] with a big smile.",
          "So I asked the wind for a push. \"[Gladly|Hold tight],\" it said, and then I turned myself into a "
          "[dragon|teapot]."],
          ["Now the sun shone, and everybody laughed and waved at me.",
          "\"Stay!\" they called now. \"Show us another one!\" So I did, until evening."]],
         "Why were the people cold?", "The cloud hung in front of the sun.", "a cloud in front of the sun")]),
    ("train", ["Clatter", "Old Number Nine", "Rosie"], "Choo, choo", "at the station",
     ["I have eight wheels, four windows and one loud whistle.",
     "I sleep in a shed with a leaky roof, next to a crane."],
     ["Each morning I take the milk, the mail and the schoolchildren down to the town.",
     "I go up the hill at six, and I come down at seven, every day of the year."],
     ["My favorite part is the long tunnel, because my whistle sounds so grand in there.",
     "I love the level crossing, where a brown dog always wags its tail at me."], [
        ([["Last winter it snowed all night, and in the morning the rails were gone.",
        "One January the snow was so deep that I could not see my own wheels."],
          ["\"No train today,\" said the station master. But in my last car sat a doctor, who had to get to a sick "
           "baby.", "But on board there was medicine for a village behind the pass."],
          ["I was {#scared}, because I have no shovel. Still I took a deep breath of steam.",
          "\"Can you do it?\" asked the driver and patted my side. I was not sure. \"Puff,\" I said."],
          ["I pushed, I slid back, and I pushed again. Then the passengers got out and dug, all of them, even a lady "
           "in silk shoes.", "Meter by meter I pressed forward, until the snow flew to both sides like flour."],
          ["We were four hours late. But on the platform stood people with [lamps|flags], and they cheered as if I "
           "were a king.", "When we arrived, somebody hung a wreath of pine around my chimney."]],
         "What stopped the train?", "Deep snow stopped the train.", "a train in the snow"),
        ([["One day a small passenger stayed behind on seat number twelve. It was a cloth rabbit.",
        "Last Tuesday somebody forgot a [stuffed giraffe|toy penguin] on my seat by the window."],
          ["Nobody noticed, except me. Then I heard crying far behind, at the stop behind us.",
          "The doors closed. Through the steam I saw a child on the platform, with empty arms."],
          ["I cannot talk to people. But I can whistle. So I whistled and whistled, and I would not stop.",
          "I squealed with my brakes, and I stood still, although the signal was green."],
          ["\"What is wrong with you?\" the driver grumbled. He walked through all my cars, and then he found the toy.",
          "The guard searched me from front to back. \"[Aha|Now I see],\" she said, and she picked the toy up from the "
          "seat."],
          ["Then we rolled back, slowly, the whole way, and a small arm reached through my window.",
          "We went backward that day, for the first time in my life, just to make one child happy."]],
         "What was left on the train?", "A toy was left on the train.", "a train and a lost toy")]),
    ("street lamp", ["Glim", "Lumen", "Lucky"], "Click", "at the corner of our street",
     ["I have one leg, one eye, and a hat of tin.", "By day I sleep, and by night I am the brightest of them all."],
     ["When it gets dark, I go on, and when the baker comes, I go off.",
     "I light up the bus stop, the mailbox and the cat on the wall."],
     ["I love moths, because they dance for me without being asked.",
     "Best of all I like fog, because then I wear a golden ring."], [
        ([["One night my light began to flicker. It went on and off, on and off.",
        "Last autumn my bulb grew weak, and everybody complained."],
          ["\"That old thing is broken,\" said a man with a hat. \"They should pull it out.\" How I "
           "[shivered|trembled]!", "I was {#scared} that they would replace me with a [shiny|modern] one."],
          ["Only a girl on the first floor was on my side. She needed me, because she read under the blanket by my "
           "light.",
          "But an old lady who fed the pigeons patted my pole. \"You and I just need a little care,\" she said."],
          ["She wrote a letter to the town hall, with [three|five] stamps, to be safe.",
          "She told the mayor, and she did not leave until he promised to send somebody."],
          ["A man came with a ladder and gave me a new bulb. It took him five minutes.",
          "The next day a woman in overalls climbed up, turned a screw, and I was bright again."]],
         "What was wrong with the lamp?", "Its light flickered and grew weak.",
         "a street lamp that was almost thrown away"),
        ([["One night the power failed in the whole street, in every house and every shop.",
        "In August a storm tore down the wires, and everything went black, and so did I."],
          ["Then I heard small steps. A child had lost the way and was crying under me.",
          "A boy had run away from the thunder, and now he sat at my foot and sobbed."],
          ["I wanted to shine more than ever, but I could not. A lamp without light is only a pole.",
          "\"Shine!\" I told myself. Nothing happened, not even a spark."],
          ["Then I remembered the moths and the fireflies that I had let dance around me all summer. I hummed our "
           "tune.",
          "But at my top sat all my friends, the fireflies. \"[Tonight it is our turn|Let us do it],\" they said."],
          ["The fireflies came, hundreds of them, and sat down on my glass. I glowed green, and people could find the "
           "corner again.",
          "The fireflies lit up my glass with their tiny tails, until a mother came running around the corner and "
          "cried, \"There you are!\""]],
         "Who helped the lamp?", "The fireflies helped the lamp.", "a street lamp without light")]),
    ("rowing boat", ["Nutshell", "Marigold", "Dipper"], "Splish, splash", "at the jetty",
     ["I have two oars and a patch on my bottom.",
     "I am painted green, but under the green there is blue, and under the blue there is red."],
     ["I bring fishermen out in the dark and back again for breakfast.",
     "On weekdays I carry baskets of eels, and on Sundays I carry people in love."],
     ["I like the slap of small waves, and I like it when somebody sings in me.",
     "There is nothing finer than the smell of tar in spring."], [
        ([["One evening my knot came loose, and I floated away, all alone.",
        "Last May nobody tied me up well, and the river took me along."],
          ["At first it was fun! I passed [herons|mills] and bridges, and nobody told me where to go.",
          "\"I am free!\" I thought, and I turned around three times for joy."],
          ["But then it grew dark and cold, and the waves grew high. I missed the warm hands on my oars.",
          "Then I heard a deep roar. It was a waterfall!"],
          ["An otter popped up beside me. \"[Lost|In trouble]?\" it asked. It took my rope between its teeth and swam.",
          "Just then a willow caught my rope with a long branch and held me tight."],
          ["In the morning my fisherman found me, and he was so glad that he gave me a new coat of paint.",
          "\"There you are, old friend!\" somebody called at sunrise. I have never liked a knot so much."]],
         "Why did the boat float away?", "Its knot came loose.", "a boat that floated away"),
        ([["One spring the river rose, and it came up into the streets.",
        "After nine days of rain the water stood in the kitchens."],
          ["The big ships could not help, because they were too big for the lanes. \"But I am small!\" I thought.",
          "Everybody had always laughed at me, because I am so short. Now I was just right."],
          ["We rowed from door to door. I carried an old man, two hens and a piano stool.",
          "A boy rowed me. We took a cat from a roof and a grandmother from a balcony."],
          ["I was so full that the water almost came in over my edge, but I held on.",
          "Once I hit a fence, and it hurt, but I did not leak."],
          ["When the sun came back, they put me in the market square for a day and filled me with flowers.",
          "Later they painted a small golden star on my side. Nobody laughs any more."]],
         "Why could the boat help?", "It was small enough for the lanes.", "a small boat in a flood")]),
    ("clock", ["Ticker", "Cornelius", "Brassy"], "Tick, tock", "in the hall",
     ["I have a round white face and two hands, a long one and a short one.",
     "I stand on four feet, but I have never taken a step."],
     ["I wake the house, I call it to lunch, and I send it to bed.",
     "I have counted every minute of this family, even the boring ones."],
     ["My proudest moment is noon, when I may strike twelve times.",
     "On Saturdays somebody winds me up, and it tickles."], [
        ([["One day a mouse moved in behind my wheels. It had run from the cat, and it was shaking.",
        "Last month a warm, furry mouse squeezed in behind my pendulum."],
          ["\"May I stay?\" it whispered. \"[Gladly|Yes],\" I said, \"but do not touch the little wheel.\"",
          "\"Hide me,\" it begged, \"and I will be as quiet as dust.\""],
          ["But it touched the little wheel, and I stopped! For the first time in fifty years, it was silent in the "
           "hall.", "But its tail got stuck, and I could not go on. It stayed ten past four, for hours."],
          ["Everybody came too late. The soup was cold, and the children slept until noon.",
          "Nobody knew when to eat or when to get up, and the family ran around like chickens."],
          ["So the mouse pulled, I pushed, and tick, I went again. Now the mouse oils my wheels each night with a drop "
           "of butter.", "At last the mouse got free, and to make up for it, it now dusts me from the inside."]],
         "Why did the clock stop?", "A mouse got in the way of its wheels.", "a clock and a mouse"),
        ([["Once I wanted to do the children a favor. It was the night before the [fair|trip to the sea], and they "
           "could not wait.", "One evening the children stood before me. \"Can you not go faster?\" they asked."],
          ["So I ran. I struck seven when it was four, and out of bed they jumped.",
          "I hurried as I had never hurried before, and my hands flew around."],
          ["But outside it was black as ink. The bus did not come, and the owls hooted.",
          "But the sun did not listen to me. It stayed in bed, and the children stood in the dark with their bags."],
          ["I felt my wheels grow hot with shame. \"I am sorry,\" I ticked.",
          "The father looked at me and tapped my glass. \"You are dreaming, old fellow,\" he said."],
          ["Then they made cocoa and told stories until sunrise, and that was the finest part of the day.",
          "So they all lay down on the rug in front of me, and I ticked them to sleep, very slowly."]],
         "Why did the clock run too fast?", "It wanted to do the children a favor.", "a clock that ran too fast")]),
    ("park bench", ["Plank", "Benny", "Mossback"], "Creak", "under the chestnut tree",
     ["I have four iron legs and nine boards, and one of them wobbles.",
     "Somebody has scratched a heart into my back, and I am proud of it."],
     ["I hold old people, babies, shopping bags and sandwiches.",
     "My work is to stay where I am, so that others may rest."],
     ["In the morning a sparrow tells me the news.", "I like secrets, and I have never told one."], [
        ([["Every day at three a man sat on my left end, and a woman sat on my right end. They never said a word.",
        "All spring long two lonely people sat on me, with a big gap between them."],
          ["I knew that both of them were sad, because both of them sighed.",
          "He fed the pigeons, she fed the ducks, and both of them looked at the ground."],
          ["\"I must do something,\" I thought. But what can a bench do?",
          "\"Talk to her!\" I wanted to shout, but I only have boards."],
          ["So I let my wobbly board go, crack, and both of them slid into the middle!",
          "Then it rained. My left end drips and my right end drips, so they had to move to the dry middle."],
          ["First they were shocked. Then they laughed, and then they talked until the lamps came on.",
          "\"Pardon me,\" he said. \"Not at all,\" she said. Now they bring one bag of bread and feed the birds "
          "together."]],
         "Who sat on the bench?", "A man and a woman sat on the bench.", "a bench and two lonely people"),
        ([["One autumn day a girl left a notebook on me. It was full of songs.",
        "In October a girl forgot her violin case on my boards."],
          ["Then the wind came, and behind the wind came the rain.", "Black clouds rolled in, and I began to worry."],
          ["\"Help me!\" I creaked. A crow heard it, and so did the chestnut tree.",
          "I could not carry it home. So I asked the chestnut tree above me for help."],
          ["The tree let its largest leaves fall, one by one, until everything was covered.",
          "\"Leave it to me,\" said the tree, and it dropped a whole roof of leaves."],
          ["In the evening she came running. All was dry, and she kissed my board. I blushed under my paint.",
          "When she came back, not a drop had touched it. She sat down and sang us a song."]],
         "Who covered the lost thing?", "The chestnut tree covered it with leaves.",
         "a bench that kept something safe")]),
    ("lighthouse", ["Beacon", "Tall Tim", "Beamer"], "Hooo", "on a rock in the sea",
     ["I am red and white, like a candy cane, and one hundred and twelve steps high.",
     "My feet are always wet, and my head is often in the clouds."],
     ["At night I turn my light, so that ships can see the rocks.", "I wink every ten seconds, and sailors wink back."],
     ["The gulls tell me jokes, though all of them are about herring.", "I like storms, because then I am important."],
     [
        ([["One night the keeper had a fever, and my lamp went out.",
        "Last March my keeper slipped on the stairs and hurt his foot, and it was time to light the lamp."],
          ["Far out I saw a ship. It was coming straight at the rocks!",
          "A ferry full of people was on its way, and the sea was wild."],
          ["\"Wake up!\" I wanted to cry, but stones have no voice.", "I shook with fear, down to the last brick."],
          ["But the keeper's little daughter put on her boots. She climbed all my steps with a box of matches in her "
           "fist.",
          "Then the keeper's parrot flew up and screamed until the children next door woke. They ran up my stairs in "
          "pajamas."],
          ["My light blazed, the ship turned, and its horn called, \"Thank you!\"",
          "Just in time I shone over the water, and the captain pulled the wheel around."]],
         "Why was the lighthouse dark?", "The keeper could not light the lamp.", "a lighthouse in a dark night"),
        ([["One winter a small whale lost its mother in the fog.",
        "In the thickest fog of the year, I heard somebody sob down in the waves. It was a baby seal."],
          ["\"I cannot see her,\" it wept, \"and she cannot see me.\"",
          "\"Where is my mama?\" it called, and only the echo answered."],
          ["My light was no use, because fog swallows light. So I used my horn. Hooo!",
          "I shone as brightly as I could, but the fog was like wool. Then I thought of my big horn."],
          ["I blew all night, until I was hoarse. \"Stay near me,\" I told the little one, \"and she will come to the "
           "sound.\"", "\"Stay close,\" I said, \"and sing along with me.\" And we sang, the two of us, high and low."],
          ["Toward morning something dark and big came through the fog, and the little one cried for joy.",
          "At dawn there was an answer, soft at first, then loud. Mother and child swam off side by side."]],
         "What did the lighthouse use in the fog?", "It used its horn.", "a lighthouse and a lost baby")]),
    ("teakettle", ["Whistler", "Copper", "Auntie Steam"], "Fweee", "on the stove",
     ["I am round in the middle, and my nose is long.",
     "I have a dent in my side, because I once fell down the cellar stairs."],
     ["I boil water for tea, for soup, and for hot-water bottles.",
     "In winter I work from six in the morning until the last one goes to bed."],
     ["I love guests, and I love gossip, and mostly they come together.",
     "Nobody can whistle as high as I can, not even the postman."], [
        ([["One day a new kettle came, a shiny one with a plug. I was put up on the [shelf|cupboard].",
        "Last year they bought an electric kettle, and I had to move to the cellar."],
          ["\"Good night,\" said the spiders. I was so [sad|unhappy] that I began to rust.",
          "There I stood, next to a broken umbrella, and had nothing to do."],
          ["Then came the great storm. Snap, went the wires, and the shiny kettle was as cold as a frog.",
          "Then one night there was no electricity in the whole village."],
          ["\"Where is our good old one?\" somebody asked. A hand took me, wiped me, and put me on the wood fire.",
          "\"We need the old one!\" called the children, and they came to get me with a candle."],
          ["How I sang! Eleven neighbors came with cups, and nobody was cold that night.",
          "I boiled for the whole street, and since then I stand in my old place again."]],
         "Why was the old kettle needed again?", "There was no electricity.", "an old kettle"),
        ([["One morning no sound came out of me. I had lost my whistle!",
        "One Monday I boiled and boiled, but I could not whistle."],
          ["Nobody noticed that I was hot, and the kitchen filled with steam until it dripped.",
          "\"Is it not ready yet?\" the children asked, and I was bubbling over."],
          ["I was ashamed. The pots giggled, and a ladle made jokes about me.",
          "The frying pan said I was too old. That hurt me very much."],
          ["But the youngest child looked into my nose. \"Something is stuck!\" she said, and pulled it out with "
           "tweezers.", "Then a boy turned me upside down and shook me. Clonk! Something fell out."],
          ["It was a pea. Just one dry pea! I whistled so loudly that the cat fell off the chair.",
          "A button had slipped in! Fweee, I went, and the whole family clapped."]],
         "What was wrong with the kettle?", "Something was stuck in its nose.", "a kettle that lost its whistle")]),
]


def told_by_itself(world):
    say = world.say
    kind, names, sound, where, looks, work, joys, troubles = world.pick(*NARRATORS)
    world["kind"], world["name"], world["sound"], world["where"] = kind, world.pick(*names), sound, where
    steps, question, answer, ask = world.pick(*troubles)
    world.ask("a " + kind, "a day in the life of a " + kind, "a {kind} named {name}",
        "a {kind} that tells its own story", ask, ask)
    world["looks"], world["work"], world["joy"] = world.pick(*looks), world.pick(*work), world.pick(*joys)
    say("I am a {kind}. My name is {name}.", "My name is {name}, and I am a {kind}.",
        '"{sound}!" That is my voice. I am {name}, the {kind}.',
        "Do you know what it is like to be a {kind}? I do, because I am one. They call me {name}.",
        "Good [morning|evening]! You cannot guess who is talking to you. It is me, {name}, the {kind}.",
        "{sound}! [Did you hear that|Do you know this sound]? It was me, {name}, the old {kind}.",
        "People think that a {kind} cannot feel anything. I am a {kind}, my name is {name}, and I feel a lot.",
        "Shh! Nobody knows that a {kind} can talk. You are the first one I tell. I am {name}.",
        "When I was new, I was only a {kind}. Today I am {name}, and everybody knows me.",
        "Hello, you there! Yes, you. I am {name}. I may be only a {kind}, but I have a story to tell.")
    say("I live {where}.", "My place is {where}.", "You will find me {where}[, in any weather|, day and night|].")
    lines = world.rng.sample(["{looks}", "{work}", "{joy}"], 3)
    unsaid = [] if world.chance(0.4) else [lines.pop()]
    for line in lines:
        say(line)
    world.new_paragraph()
    for forms in steps:
        say(*forms)
    world.new_paragraph()
    say("That is my story.", "So now you know me.", "You see, even a {kind} has adventures.",
        "I still think of it [often|every day].",
        "Since that day I am [proud|glad] to be a {kind}.")
    say("If you ever come by, [wave|say hello] to {name}. I shall be {where}.",
        "And what do you do all day? Tell me, when you pass by. I have time.",
        "{sound}! That means good night.", "Now I must go back to work, before somebody misses me.",
        "And if somebody asks you who told you this, say that it was {name}.",
        *(["I would not trade with anybody. {joy}"] if unsaid == ["{joy}"] else []),
        *(["Now back to work! {work}"] if unsaid == ["{work}"] else []))
    world.fact("Who tells this story?", "A {kind} named {name} tells this story.")
    world.fact(question, answer)
    world.fact("Where does {name} live?", "{name} lives {where}.")


# A mystery that is solved by clues.

# kinds of culprit, the clue, what the detective says, how it fits the culprit
CLUES = [
    (("duck", "hen", "goose", "crow", "parrot"), "a small feather", "Somebody with wings was here",
    "and one feather was missing from {culprit.his} tail"),
    (("dog", "badger", "puppy", "raccoon", "wolf"), "a row of muddy paw prints", "Somebody came in with dirty paws",
    "and there was still mud between {culprit.his} toes"),
    (("cat", "kitten"), "a long white whisker", "Only one of us loses whiskers",
    "and on the left {culprit.he} had one whisker less than on the right"),
    (("sheep", "lamb", "goat"), "a tuft of white wool on the door", "Somebody woolly squeezed through here",
    "and there was a bare spot in {culprit.his} coat"),
    (("snail",), "a shiny silver trail", "Somebody slid along here, and not very fast",
    "and the silver trail ended right behind {culprit.him}"),
    (("squirrel", "mouse", "chipmunk"), "a cookie with tiny tooth marks", "These teeth are very small and very sharp",
    "and {culprit.his} front teeth fitted the marks exactly"),
    (("horse", "donkey", "pony", "cow"), "the mark of a round hoof", "This is not a paw and not a shoe",
    "and {culprit.his} left hoof fitted the mark exactly"),
    (("bear", "bear cub"), "a sticky drop of honey", "Somebody had honey on the fingers",
    "and everything that {culprit.he} touched stuck to {culprit.him}"),
    (("hedgehog",), "a brown prickle in the carpet", "Ouch! This is a very sharp clue",
    "and {culprit.he} had some cream between the prickles"),
]
ALIBIS = ["I was painting the fence. Look, I still have [green|white|blue] paint on my nose",
"I was at the dentist all morning",
          "I was in bed with a cold. Atchoo", "I was fishing with my uncle, and here is the fish",
          "I do not even like sweet things",
          "I was practicing the trumpet, and the whole street heard me",
          "I was hanging out the wash, and it is still wet",
          "I was at my dancing lesson", "I was reading, and I am on page ninety",
          "I was helping the miller carry sacks"]
CAKES = ["cherry cake", "chocolate cake", "plum tart", "lemon pie", "strawberry cake", "honey cake", "cream puff tower",
"pear pie",
         "coconut cake", "poppy seed roll"]


def cake_mystery(world):
    say = world.say
    hero = cast(world, "hero", someone(world, bulky=False))
    kinds, clue, deduction, proof = world.pick(*CLUES)
    kind = world.pick(*[kind for kind in kinds if kind != hero.kind] or ["weasel"])
    names = world.rng.sample(["Mopsy", "Hector", "Tansy", "Wilbur", "Pansy", "Alfred", "Minnie", "Rollo", "Duffy",
    "Clarence"], 3)
    girls = {"Mopsy", "Tansy", "Pansy", "Minnie"}

    def suspect(kind, name):
        gender = "she" if name in girls or kind in FEMALE_KINDS else "he"
        return Character(world.rng, kind, name, gender, True, hero.traits)
    culprit = world["culprit"] = suspect(kind, names[0])
    others = [kind for kind in ("pig", "fox", "frog", "turtle", "rabbit", "otter", "mole", "beaver", "owl") if kind !=
    hero.kind]
    kind_a, kind_b = world.rng.sample(others, 2)
    world["a"], world["b"] = suspect(kind_a, names[1]), suspect(kind_b, names[2])
    world["alibi_a"], world["alibi_b"] = (world._expand(alibi) for alibi in world.rng.sample(ALIBIS, 2))
    world["clue"], world["deduction"], world["proof"], world["cake"] = clue, deduction, proof, world.pick(*CAKES)
    world["baker"] = world.pick("Aunt Polly", "Grandma Ida", "Mrs. Crumb", "Mr. Dumpling", "Uncle Bert", "the baker",
    "the cook")
    keep(world, "tool", "a magnifying glass", "a notebook and a stubby pencil", "a checked detective cap",
        "an old opera glass")
    world["tool_the"] = "the " + world["tool"].split(" ", 1)[1]
    keep(world, "shelf", "on the window sill", "on the kitchen table", "in the pantry", "under a glass cover")
    world.ask("a mystery", "who ate the {cake}", "{hero.a} and a {cake}", "{hero.a} who solved a mystery",
        "a detective", "a missing cake",
              "{hero.a} who followed a clue")
    if world.chance(0.5):
        say('"Who ate my {cake}?" cried {baker}.', "The {cake} was gone! Only an empty plate stood {shelf}.",
            '"[Help|Oh no]! Thief!" The cry came from the kitchen of {baker}.',
            "At eight o'clock the {cake} had stood {shelf}. At nine o'clock it was gone.",
            "Who could eat a whole {cake}? That was the question on [Monday|Saturday] morning.",
            "In the kitchen of {baker} there was an empty plate, an open door and a great silence.",
            "It was a foggy morning, the oven was still warm, and the {cake} was [gone|missing].")
        say('"[Leave it to me|This is a case for me]," said {hero_start}, and took out {tool}.',
            "So {hero_start} fetched {tool}, because a mystery has to be solved step by step.",
            '{Hero_start} came running with {tool}. "[Nobody leave|Do not touch anything]!"')
    else:
        say("{Hero_start} wanted to be a detective, and on [Thursday|Sunday] {hero.his} first case came: the {cake} "
            "had [disappeared|vanished].",
            "It was [a quarter past nine|just after ten] when {hero_start} found the empty plate. Somebody had eaten "
            "the {cake}!",
            "{Hero_start} sniffed. {Hero.he} sniffed again. Where was the smell of the {cake}? Where was the {cake} "
            "itself?",
            "{Hero_start} was looking for an adventure, and found one in the kitchen: the {cake} was gone!")
        say('{Hero} took {tool} and said, "[Nobody leave|Stay calm]! I will find out."',
            '"[Do not worry|Wait and see]," {hero.he} said, and took out {tool}.')
    if world.chance(0.6):
        say("{Baker} had baked the {cake} that morning for [a guest|the summer party|the choir], and had left it "
            "{shelf}.",
            "The last place where anybody had seen it was {shelf}.",
            "{Hero} wrote down: one {cake}, {shelf}, gone since this morning." if "notebook" in world["tool"] else
            "It had been there in the morning, {shelf}, and it had still been steaming.")
    world.new_paragraph()
    course = world.pick("hungry", "hungry", "gift", "surprise", "sleep")
    if course == "sleep":
        _mystery_sleepwalker(world, hero)
        return
    say("{Hero} [searched|looked at] every tile of the floor. And there was {clue}!",
        "First {hero} [crawled|walked] around the table. Then {hero.he} stopped. \"Look! There is {clue}!\"",
        "Beside the plate {hero} found {clue}.")
    say('"{deduction}," {hero.he} [said|muttered].', '"[Hm|Interesting]," said {hero}. "{deduction}."')
    say("[Three neighbors|Three visitors] had been near the house: {a.name} the {a.kind}, {b.name} the {b.kind} and "
        "{culprit.name} the {culprit.kind}.",
        "{Hero} called everybody together: {culprit.name} the {culprit.kind}, {a.name} the {a.kind} and {b.name} the "
        "{b.kind}.")
    say('"Where were you this morning?" {hero} asked {a.name}. "{alibi_a}!" said {a.name}.',
        '{A.name} spoke first. "It was not me! {alibi_a}."')
    say('"{alibi_b}," said {b.name}.', '"And you, {b.name}?" "Me? {alibi_b}," answered {b.name}.')
    say("{Culprit.name} said nothing at all. {Culprit.he} only looked at the ceiling, {proof}.",
        "{Culprit.name} was very quiet, {proof}.",
        "Then {hero} looked at {culprit.name}. {Culprit.name} swallowed, {proof}.")
    say('"It was you, {culprit.name}!" said {hero}, and held up {tool_the}.',
        '"[The case is solved|Now I know]," {hero} said. "The clue fits only one of you. It was {culprit.name}!"')
    world.fact("What clue did {hero.name} find?", "{Hero.name} found {clue}.")
    world.new_paragraph()
    if course == "hungry":
        world.fact("Who ate the {cake}?", "{Culprit.name} the {culprit.kind} ate the {cake}.")
        say('"[Yes|I confess]," sobbed {culprit.name}. "It smelled so good! I wanted only one bite. Then I wanted one '
            'more, and then the plate was empty."',
            '{Culprit.name} hung {culprit.his} head. "I had no breakfast," {culprit.he} said, "and the window was '
            'open. I am so sorry."')
        say('"[It is good that you told the truth|Thank you for telling the truth]," said {baker}. "But now you will '
            'help me to bake a new one."',
            '"Then you know what to do," said {baker}, and gave {culprit.name} an apron.')
        say("So {culprit.name} [cracked eggs|stirred] and [sifted flour|kneaded] until {culprit.he} was white from "
            "head to foot.",
            "It is hard work to make a {cake}. {Culprit.name} beat eggs for an hour, until {culprit.he} was out of "
            "breath.")
        say("The new {cake} was even better than the first. {Culprit.name} took only one piece, the smallest.",
            "In the evening there was {cake} for everybody, and {hero} got the biggest piece, because good detectives "
            "are always hungry.",
            "After that, {culprit.name} always asked before {culprit.he} ate. And {hero} put {tool_the} back in the "
            "drawer, ready for the next case.")
        world.fact("What did {culprit.name} have to do?", "{Culprit.name} had to help to bake a new one.")
    elif course == "gift":
        keep(world, "needy", "old Mrs. Plum, who is ill", "a family of sparrows that lost its nest",
            "the lonely man in the lighthouse", "my little brother, who broke his leg")
        say('"I took it, but I did not eat it," said {culprit.name}. "I gave it to {needy}. I [thought nobody would '
            'mind|wanted to say so, but I was afraid]."',
            '{Culprit.name} began to cry. "It was not for me! I brought it to {needy}."')
        say("{Hero} went along to see, and it was true. On the plate there was only one crumb, and there was a big "
            "smile above it.",
            "It was quiet in the room. {Hero} had found the thief, and now {hero.he} did not want to be angry.")
        say('"You have a good heart," said {baker}, "but next time ask me, and I will bake two."',
            '"Giving is good," said {baker}. "But one can only give what is one\'s own. Ask me, and I will say yes."')
        say("So they baked another {cake} together, one for the table, and one to give away.",
            "The next {cake} had a ribbon around it, and {hero} and {culprit.name} delivered it together.")
        world.fact("Who took the {cake}?", "{Culprit.name} the {culprit.kind} took the {cake}.")
    else:
        say('"Oh, you are too clever," sighed {culprit.name}. "Then come with me." And {culprit.he} led {hero} to the '
            '[garden shed|old barn].',
            '{Culprit.name} looked at the others, and all of them began to grin. "[All right|Very well]," {culprit.he} '
            'said. "Close your eyes and come along."')
        say('There stood the {cake}, without a scratch, with burning candles on top. "Happy birthday, {hero_call}!" '
            'everybody shouted.',
            'The door flew open. "Surprise!" cried {a.name}, {b.name} and {baker}. The {cake} was there, and it had '
            '{hero.his} name on it in sugar.')
        say("{Hero} had been so busy with the case that {hero.he} had forgotten {hero.his} own birthday.",
            '"My birthday!" said {hero}. "That is the one thing I did not find out."')
        say("There was a present, too: a [brand-new|leather] bag for a detective, with room for {tool_the}.",
            "They cut the {cake} into big pieces, and the detective got the first.")
        world.fact("Why did they hide the {cake}?", "They hid it because it was {hero.name}'s birthday.")


def _mystery_sleepwalker(world, hero):
    say = world.say
    say("{Hero} found crumbs. They led out of the kitchen, up the stairs and along the hall.",
        "There was a trail of crumbs on the floor, and {hero} followed it, step by step, with {hero.his} nose down.")
    say('On the stairs {hero} met {a.name} the {a.kind}. "Did you eat it?" "{alibi_a}," said {a.name}.',
        '"It was not me," said {a.name} the {a.kind} at the door. "{alibi_a}."')
    say('{B.name} the {b.kind} only laughed. "{alibi_b}!"',
        '"Then it was {b.name} the {b.kind}," {hero} thought. But {b.name} said, "{alibi_b}."')
    say("The crumbs went on. They went past the broom closet and past the bath, and they stopped at a bed.",
        "Along the wall the trail went, and then under a door. {Hero} pushed the door open.")
    world.new_paragraph()
    say("It was {hero.his} own bed! There were crumbs on the pillow, and crumbs under the blanket.",
        "{Hero} knew this room. It was {hero.his} own, and the pillow was full of crumbs.")
    say('"But I was asleep," {hero} [stammered|whispered]. Then {hero.he} remembered a dream about a mountain of '
        '{cake}.',
        "{Hero} looked into the mirror. There was a spot of cream on {hero.his} chin!",
        "Then {hero} felt how full {hero.his} tummy was, and {hero.his} face went red.")
    say('"I have found the thief," {hero.he} told {baker} in a small voice. "It is me. I must have walked in my '
        'sleep."',
        'A good detective tells the truth. So {hero} went down and said, "The case is solved. It was me, in my sleep."')
    say("{Baker} laughed until the pans rattled.",
        '"That was honest," said {baker}, "and that is worth more than any {cake}."')
    say("From then on, a little bell hung on {hero.his} door at night, and every {cake} was safe.",
        "That evening they baked a new one, and {hero} tied {hero.his} foot to the bed with a scarf, just to be sure.",
        "Since that day {tool_the} lies in the drawer, and {hero} eats a slice before bed, so that nobody has to walk "
        "in the night.")
    world.fact("Who ate the {cake}?", "{Hero.name} ate the {cake}.")
    world.fact("What led to the bed?", "A trail of crumbs led to the bed.")


# A letter or a parcel arrives.

def parcel(world):
    say = world.say
    hero = cast(world, "hero", someone(world, bulky=False))
    course = world.pick(_parcel_wrong, _parcel_invitation, _parcel_egg, _parcel_map)
    letter = course in (_parcel_invitation, _parcel_map)
    world["mail"] = "letter" if letter else "parcel"
    keep(world, "carrier", "the postman", "the postwoman", "a pigeon with a blue cap", "the mail boat",
        "a boy on a bicycle")
    keep(world, "wrap", *(["in a [green|cream|pale blue] envelope", "with a [crooked|beautiful] stamp",
        "with a drop of red wax on it"] if letter else
                          ["wrapped in brown paper", "tied with [red|green|rough] string", "in a box full of straw",
                          "with [nine|seven] stamps on it"]))
    world.ask("a {mail}", "{hero.a} who got a {mail}", "a {mail} that arrived one day", "{hero.a} and a {mail}",
        "a surprise in the mail")
    say("Knock, knock! Somebody was at the door of {hero_start}.",
        '"[Mail|Post]!" somebody called at the door of {hero_start}.',
        "Ding-a-ling! The bell rang, and {hero_start} ran to the door.",
        "{Hero_start} was [brushing {hero.his} teeth|eating breakfast|washing a pan] when the doorbell rang.",
        "[Yesterday|This morning|On Wednesday] {hero_start} [opened the door|looked outside] and almost stumbled.",
        "It was [drizzling|snowing|hailing], and {hero_start} did not expect anybody.",
        "Have you ever waited and waited for the mail? {Hero_start} waited every single day.",
        "{Hero_start} never got any mail, not even a postcard. But that [Monday|Friday] was different.",
        '"For me? Really for me?" {hero_start} asked.')
    if world["carrier"] == "the mail boat":
        say("The mail boat had brought a {mail} {wrap}.", "With the mail boat a {mail} had come, {wrap}.")
    else:
        say("{Carrier} [handed over|delivered] a {mail} {wrap}.", "{Carrier} had [brought|left] a {mail} {wrap}.",
            "There was a {mail} {wrap}, brought by {carrier}.")
    course(world, hero)


def _parcel_wrong(world, hero):
    say = world.say
    name, gender, job = world.pick(("Mr. Quill", "he", "watchmaker"), ("Mrs. Thimble", "she", "dressmaker"), (
    "Miss Lark", "she", "music teacher"),
                                   ("Captain Reed", "he", "retired captain"), ("Mr. Sorrel", "he", "cheese maker"), (
                                   "Widow Brook", "she", "weaver"))
    world["owner"] = Character(world.rng, job, name, gender, True, hero.traits)
    content, reason = world.pick(
        ("a pair of new glasses", "Now I can read again, and I can see your face"), ("a roll of music from a brother",
        "He composed a song for me, and I have not heard from him in nine years"),
        ("yarn in eleven colors", "Now I can finish the blanket for the orphans"), ("a little brass wheel",
        "Without it the tower clock stands still, and nobody knows when it is noon"),
        ("medicine for an old cat", "My cat has been coughing for a week, and this will make her well"), (
        "a photo of a baby", "I am a grandparent, and I did not even know it"))
    world["content"], world["reason"] = content, reason
    keep(world, "way", "on the other side of the hill", "across the river", "at the far end of the marsh",
        "up in the old mill", "behind the quarry")
    keep(world, "thanks", "a mug of hot cider", "a plate of fritters", "a thick slice of nut bread",
        "a bowl of stewed plums")
    world.ask("{hero.a} and a {owner.kind}", "a parcel for somebody else", "{hero.a} who was honest",
        "{hero.a} who delivered a parcel", "{hero.a} and {owner.name}")
    say("{Hero.s} heart jumped.", "{Hero} [clapped|hopped] for joy. A parcel!", "",
        "{Hero} lifted it, shook it, and smelled it.")
    say('But then {hero} read the name. "To {owner.name}," it said. It was the wrong house!',
        "But the label did not say {hero.name}. It said {owner.name}." if hero.own_name else
        "But on the label there was another name: {owner.name}.")
    say("{Owner.name}, the {owner.kind}, lived {way}.",
        "Everybody knew {owner.name}. The {owner.kind} lived {way}, and hardly ever had visitors.")
    world.new_paragraph()
    say('"I could open it [just a little|a tiny bit]," {hero} thought. "[Nobody would know|Only one corner]." '
        '{Hero.he} [touched|pulled at] the knot.',
        "{Hero} wanted so much to know what was inside. {Hero.his} fingers were already on the string." if hero.person
        else "{Hero} wanted so much to know what was inside. {Hero.he} could not stop looking at it.")
    say('"No," {hero.he} said aloud. "[Somebody is waiting for it|It is not mine]."',
        "But then {hero.he} thought how it feels to wait for something that never comes.")
    say("So {hero} [put on a coat|took the parcel] and [set out|went]. The wind blew, the mud squelched, and the "
        "parcel grew heavier with every step.",
        "The way was long. Once {hero} slipped, and once a big dog barked, but {hero.he} did not let go of the parcel.")
    say("It was almost [evening|dark] when {hero} knocked.",
        "At last {hero} stood before a [low|blue|crooked] door and knocked.")
    say('{Owner.name} opened. "[For me|At last]!" {owner.name} [cried|whispered], and the string flew to the floor.',
        "The door opened a crack. When {owner.name} saw the parcel, the crack became very wide.")
    say("Inside there was {content}.", "And what was in it? It was {content}!")
    say('"{reason}," said {owner.name}, with wet eyes. "[You do not know what you have done for me|You came just in '
        'time]."')
    world.new_paragraph()
    say("{Hero} got {thanks} by the stove, and {hero.he} was glad that {hero.he} had not opened the parcel.",
        'There was {thanks} for the tired messenger. "[Come again|Visit me]," {owner.name} said, "even without a '
        'parcel."')
    say("A week later the doorbell rang again. This time the label said: to my honest friend. And this time {hero} was "
        "allowed to open it.",
        "Now {hero} goes there every [Sunday|Thursday], and the two of them talk until the lamp burns low.",
        "It had been the wrong house, but it was the right day.")
    world.fact("Who was the parcel for?", "The parcel was for {owner.name}.")
    world.fact("What was in the parcel?", "The parcel held {content}.")
    world.fact("Where did {owner.name} live?", "{Owner.name} lived {way}.")


def _parcel_invitation(world, hero):
    say = world.say
    friend = cast(world, "friend", someone(world, unlike=[hero], bulky=False))
    keep(world, "spot", "the old mill", "the three birches", "the broken bridge", "the boathouse", "the blue gate")
    keep(world, "bring", "a spoon", "a cup", "a cushion", "a ball of string", "a candle")
    world["bring_the"] = "the " + world["bring"].split(" ", 1)[1]
    world["hour_before"], world["hour"] = world.pick(("three", "four"), ("four", "five"), ("five", "six"))
    keep(world, "dish", *{"a spoon": ["a pot of bean soup", "a big bowl of rice pudding"], "a cup": [
        "a jug of hot cocoa", "a kettle of lime-blossom tea"],
                          "a cushion": ["a puppet stage made of boxes", "a whole row of drums made of pots"],
                          "a ball of string": ["a paper kite without a string", "a kite made of old newspapers"],
                          "a candle": ["a cake without any candles", "a huge paper lantern, still dark"]}[world[
                          "bring"]])
    world.ask("{hero.a} and {friend.a}", "a letter without a name", "{friend.a} who was too shy to ask",
        "{hero.a} with a secret invitation", "a mysterious invitation")
    say('In it was one line: "Please come to {spot} at {hour} o\'clock, and bring {bring}." There was no name.',
        '{Hero} [tore it open|read it twice]. "Today at {hour}, at {spot}. Bring {bring}!" That was all.')
    world.new_paragraph()
    say("Who could have written it? The letters were [wobbly|slanted], and the ink was [violet|smudged].",
        "{Hero} turned it around, and held it up to the light. No name, nowhere.")
    say('"[Perhaps it is a trick|It may be a trap]," {hero} said. But {hero.he} was far too curious to stay at home.',
        "{Hero} thought of robbers, and then of ghosts. But why should a ghost need {bring}?", "", "")
    say("At half past {hour_before} {hero.he} put {bring} into a bag and went.",
        "So {hero} packed {bring} and walked off, and {hero.his} heart beat like a drum.")
    say("At {spot} it was [silent|lonely]. Only a [rook|blackbird] watched from a post.",
        "The clock struck {hour}. Nobody was there, but something rustled.")
    say('"[Hello|Is anybody there]?" {hero} called.',
        '"I am here, and I have brought {bring}," {hero} said to the empty air.')
    say("Out came {friend_who}, with [red ears|eyes on the ground].",
        "Then a head popped up, and it belonged to {friend_who}.")
    say('"You really came," {friend.he} [whispered|said]. "I wanted to sign it, but I was too [shy|nervous]. I was '
        'afraid you would say no."',
        '"It was me," said {friend}. "I have lived next to you for a year, and I never dared to say good morning."')
    world.new_paragraph()
    say("And then {hero} saw it: {dish}.", "And now {hero} saw what was waiting: {dish}.",
        "Behind {friend} there was a surprise: {dish}.")
    say("That was why {hero} needed {bring}! {Hero.he} began to laugh, and {friend} laughed, too.",
        '"Aha, now I understand!" said {hero}, and took out {bring_the}.')
    say('"[Next time just knock|You only had to knock]," {hero} said. "I would have come at once."',
        "They stayed until the owls woke up, and at the end nobody was shy any more.")
    say("The next day there was a letter at {friend.s} door. \"Please come at {hour},\" it said, and this time it was "
        "signed: {hero_call}.",
        "Since then they write to each other every week, although they live next door.",
        "And the next time, {friend} signed {friend.his} name in very big letters.")
    world.fact("Who wrote the letter?", "{Friend.name} wrote the letter.")
    world.fact("What did {hero.name} have to bring?", "{Hero.name} had to bring {bring}.")
    world.fact("Where did they meet?", "They met at {spot}.")


def _parcel_egg(world, hero):
    say = world.say
    baby, first_word = world.pick(("duckling", "Peep"), ("gosling", "Wee"), ("baby dragon", "Hic"), ("baby turtle",
    "Mip"), ("little ostrich", "Prrp"), ("cygnet", "Fip"))
    world["baby"], world["word"], world["baby_the"] = baby, first_word, "the " + baby
    keep(world, "sender", "uncle", "aunt", "cousin", "godfather")
    world["from"], world["away"] = world.pick(("the island", "on an island"), ("the desert", "in the desert"), (
    "the north", "in the far north"),
                                             ("the jungle", "in the jungle"), ("the sea",
                                             "on the other side of the sea"))
    keep(world, "shell", "[speckled|spotted|greenish]", "[cream-colored|blue|striped]")
    keep(world, "tune", "the sailor's song", "the lullaby of the hens", "the song of the seven frogs",
        "the song about the gray mare")
    keep(world, "wrapper", "a woolen sock", "an old shawl", "a tea cozy", "a fur cap")
    world["wrapper_the"] = "the " + world["wrapper"].split(" ", 1)[1]
    keep(world, "pet_name", "Yolk", "Parcel", "Stamp", "Crumpet", "Postcard")
    world.ask("{hero.a} and an egg", "{hero.a} and a {baby}", "an egg in a parcel", "a parcel that moved",
        "a {baby} named {pet_name}")
    say("The parcel [rattled|wobbled]. It moved all by itself!", 'Then the parcel said, "Tock!" {Hero} jumped back.',
        "It was light and warm, and there were holes in the lid.")
    say("Inside, on soft moss, lay a {shell} egg. It came from {hero.his} {sender}, who lived {away}.",
        "A {shell} egg was in it, and a note from {hero.his} {sender}, who was traveling {away}.")
    say('The note said: "Keep it warm, and sing to it."',
        '"I found it alone on the ground," said the note. "Please keep it warm, and sing to it every night."')
    world.new_paragraph()
    say("So {hero} wrapped the egg in {wrapper} and put it [next to|near] the stove.",
        "{Hero} ran and fetched {wrapper}. That was just the right bed for an egg.")
    say("Each evening {hero.he} sang {tune}, a bit [too high|off key], but with love.",
        "What could one sing to an egg? {Hero} knew only one song, and that was {tune}.")
    say("One day passed, and then a second, and then a whole week. Nothing happened.",
        "The neighbors [laughed|shook their heads]. \"That is only a stone,\" they said.")
    say("{Hero} [began to doubt|grew worried]. But {hero.he} did not give up, because {hero.he} had been asked to "
        "help.",
        "Once the fire went out at night, so {hero} took the egg into {hero.his} own bed and did not dare to turn "
        "over.")
    say("Then, on the [ninth|tenth] evening, in the middle of {tune}, something went crack.",
        "One night {hero.he} was so tired that {hero.he} forgot to sing. Tap, tap, went the egg, as if it wanted to "
        "remind {hero.him}.")
    say('The shell broke, and out came a wet, [tiny|wrinkled] {baby}. "{word}!" it said.',
        'A little nose came through the shell, and then a whole {baby}. "{word}," it said to {hero}, and "{word}" '
        'again.')
    world.new_paragraph()
    say("{Hero} named it {pet_name}, because it had come in the mail." if world["pet_name"] in ("Parcel", "Stamp",
        "Postcard") else "{Hero} named it {pet_name}.")
    say("From then on {pet_name} followed {hero} everywhere, up the stairs, down the stairs, and once into the bath.",
        "{pet_name} slept in {wrapper_the}, and would not sleep anywhere else.")
    say("And when {pet_name} could not fall asleep, {hero} sang {tune}, and {pet_name} hummed along.",
        "Soon {hero} sent a letter to {hero.his} {sender}. \"It is not a stone,\" {hero.he} wrote. \"It can already "
        "sing {tune}!\"",
        "When the {sender} came home from {from}, {pet_name} was sitting at the gate, humming {tune}.")
    world.fact("What was in the parcel?", "An egg was in the parcel.")
    world.fact("What came out of the egg?", "A {baby} came out of the egg.")
    world.fact("What did {hero.name} sing?", "{Hero.name} sang {tune}.")


def _parcel_map(world, hero):
    say = world.say
    keep(world, "sender", "grandmother", "grandfather", "great-aunt")
    world["sender_he"] = "he" if world["sender"] == "grandfather" else "she"
    world["sender_his"] = "his" if world["sender"] == "grandfather" else "her"
    keep(world, "start", "the pump", "the old gate", "the beehive", "the doorstep")
    keep(world, "tree", "the crooked plum tree", "the hollow willow", "the biggest walnut tree",
        "the tree with two trunks")
    keep(world, "count", "ten", "twelve", "twenty", "thirty")
    keep(world, "treasure", "a bag of glass marbles", "a wooden spinning top", "a tin soldier with one arm",
        "a mouth organ", "a little doll made of cloth")
    world.ask("{hero.a} and a treasure map", "a letter from a {sender}", "{hero.a} who looked for a treasure",
        "a map in a letter", "a treasure under a tree")
    say("It was from {hero.his} {sender}, who lived far away and could not travel any more.",
        "{Hero} knew the handwriting at once. Only {hero.his} {sender} made such curly letters.")
    say('"Dear {hero_call}," it said. "When I was as small as you, I lived in your house, and I buried a treasure. '
        'Perhaps it is still there."',
        'A yellow map fell out. "I was a child in your house," the {sender} wrote. "I buried something there, and I '
        'never dug it up."')
    world.new_paragraph()
    say("The map said: {count} steps from {start} to the setting sun, and then look under {tree}.",
        '"Begin at {start}," said the map. "Walk {count} steps to the west, and dig under {tree}."')
    say("{Hero} fetched a spade. {Hero.he} counted out loud, and put one foot before the other.",
        "With a shovel over one shoulder, {hero} began to count.", "")
    say("But at the end there was only grass, and no tree at all. {Hero} tried again, with bigger steps, and landed in "
        "the nettles.",
        "{Hero} dug one hole, and a second, and a third. All {hero.he} found was a rusty fork and an angry worm.")
    say('"Something is wrong," {hero.he} said, and sat down to think. Then {hero.he} looked at {hero.his} own feet.',
        '"What did I do wrong?" {hero} asked the worm. Then {hero.he} read the letter once more: "When I was as small '
        'as you."')
    say("Of course! The steps of a child are small, and trees grow, or fall down in a storm. There, in the hedge, was "
        "an old stump.",
        "The {sender} had drawn the map many years ago. The tree had been cut since then, and only a stump was left, "
        "under the ivy.")
    say("{Hero} dug until {hero.his} arms ached. Clonk! The spade hit something hard.",
        "After a while the spade went clonk.")
    world.new_paragraph()
    say("It was a box. In it lay {treasure}, wrapped in a handkerchief.",
        "Under the roots was a jar with a lid, and in the jar was {treasure}.")
    say("It was not gold, but {hero.s} hands trembled." if hero.person else
        "It was not gold, but {hero} could hardly breathe.",
        "{Hero} [wiped|cleaned] it very carefully and sat there, until it was [dusk|dark].")
    say("The next morning {hero.he} packed it up and sent it to the {sender}. A week later an answer came: \"I cried "
        "and I laughed. Now come and play with me!\"",
        "{Hero} wrote back: \"I found {treasure}! I shall bring it to you in the summer, and then we will play with it "
        "together.\"",
        "{Hero} did not keep it. On the first day of the holidays {hero.he} put it in the lap of the {sender}, who "
        "turned into a child again.")
    say("And under the stump there is a new box now, for somebody who is not born yet.", "")
    world.fact("Who sent the map?", "The {sender} of {hero.name} sent the map.")
    world.fact("What was the treasure?", "The treasure was {treasure}.")
    world.fact("How many steps did the map say?", "The map said {count} steps.")


# A wonderful sight at night; the hero may be "I".

# what, the first sign, the sight, what it did to the world, likened to, season
SIGHTS = [
    ("the fireflies", ["A tiny green spark blinked [over the grass|in the hedge]. Then there were two, and then ten.",
    "Something small and bright floated past, winked, and went out."],
     ["Fireflies! There were hundreds of them, as if the stars had come down to dance.",
     "The whole [meadow|slope] was full of fireflies, going on and off without a sound."],
     ["One of them sat down on {hero.his} [sleeve|hand] and glowed." , "They wrote loops and letters into the dark."],
     "June"),
    ("the first snow", ["Something cold touched {hero.his} nose. It was not rain.",
    "It had become strangely quiet outside, as if the world held its breath."],
     ["It was snowing! Fat white flakes came down, slow and thick, and every roof had a cap on.",
     "Snow! It covered the fence, the bucket and the bench, and everything was blue and white."],
     ["No one had stepped on it yet. It creaked like new shoes.",
     "Each flake was a star, and no star was like the next."], "December"),
    ("the shooting stars", ["A bright line ran across the sky and was gone.",
    "High above, something fell, without a sound."],
     ["Then came another, and another. It was raining stars!",
     "The sky was scratched all over with silver. So many shooting stars had never been seen."],
     ["One was so bright that the whole hill had a shadow.",
     "There were more than one could count, although {hero} got as far as [forty|sixty]."], "August"),
    ("the northern lights", ["A green glow stood over the [roofs|pines], where no light should be.",
    "The dark sky turned green at one edge, like water with paint in it."],
     ["Then the northern lights began to dance. They waved like long curtains, green and pink and violet.",
     "Ribbons of green light rolled over the sky, as if somebody was shaking out a blanket."],
     ["Even the dogs stopped barking.", "They colored the [ice|frost] and made every face look like a fairy's."],
     "January"),
    ("the full moon", ["A round, orange thing looked over the edge of the world.",
    "All of a sudden every tree had a shadow, although it was night."],
     ["It was the moon, bigger than a barn door, and on the pond lay a silver road.",
     "The full moon climbed up, as huge as a wheel, and poured milk over the fields."],
     ["One could have read a book by it.", "Mice danced in it, and a fox crossed the path like a gentleman."],
     "September"),
    ("the glowing sea", ["A wave broke, and for a moment it was blue inside, like a lamp.",
    "Where the water touched the sand, there was a thin line of light."],
     ["The whole sea was glowing! Every wave came in with a blue flame on its back.",
     "Blue sparks rolled in with the waves, thousands and thousands."],
     ["When {hero} threw a pebble, it made a burning ring.",
     "Each footprint in the wet sand lit up and slowly went out."], "July"),
]


def night_sight(world):
    say = world.say
    first_person = world.chance(0.35)
    hero = teller(world) if first_person else cast(world, "hero", someone(world, bulky=False))
    voices(world, first_person)
    friend = cast(world, "friend", someone(world, unlike=[] if first_person else [hero], bulky=False))
    what, signs, sights, touches, month = world.pick(*SIGHTS)
    world["what"], world["month"] = what, month
    world["sign"], world["sight_line"], world["touch"] = (world._expand(world.pick(*lines)) for lines in (signs, sights,
    touches))
    world["outside"] = "down at the beach" if "sea" in what else world.pick("behind the barn", "on the hill",
    "at the edge of the wood", "by the garden wall")
    world["bare"] = what.split(" ", 1)[1]
    world.ask("{hero.a} and {what}", "a wonderful night", "something beautiful in the dark",
        "{hero.a}, {friend.a} and {what}", "{hero.a} who saw {what}",
              "{hero.a} and {friend.a}", "a night in {month}")
    courses = [_night_afraid, _night_missed, _night_wish] + ([_night_lost] if "sea" not in what else [])
    world.pick(*courses)(world, hero, friend)
    world.fact("What did {hero.name} see?" if hero.name != "I" else "What did the child see?", "{Hero.name} saw {what}."
        if hero.name != "I" else "The child saw {what}.")
    world.fact("In which month did it happen?", "It happened in {month}.")


def _night_opening(world):
    world.say("It was a [clear|still|cool] night in {month}, and {hero_start} could not sleep.",
        "Tonight is a night like that one in {month}, when {hero_start} could not sleep.",
              "{Hero_start} [turned|rolled] over for the [ninth|tenth] time. It was {month}, and sleep would not come.",
              '"Are you awake?" {hero_start} whispered into the dark. Nobody answered. It was a night in {month}.',
              "The [church|town] clock struck [ten|eleven]. It was {month}, and {hero_start} lay awake and looked at "
              "the ceiling.",
              "One night in {month}, {hero_start} sat up in bed, wide awake.")


def _night_see(world):
    world.say("{sign}")
    world.say("{sight_line}")
    world.say("{touch}")


def _night_afraid(world, hero, friend):
    say = world.say
    keep(world, "monster", "a [bear|monster] with three heads", "a robber with a sack", "a very thin ghost",
        "a giant hand", "a crocodile")
    world["monster_the"] = "the " + world["monster"].split(" ", 1)[1]
    keep(world, "really", "{hero.his} own coat on a hook", "the curtain in the wind", "a chair with a shirt on it",
        "the branch of the pear tree")
    world.ask("{hero.a} who was afraid of the dark", "{friend.a} who helped {hero.a} in the dark")
    _night_opening(world)
    say("{Hero} was afraid of the dark. In the dark everything looked [different|wicked].",
        "The reason was the dark. {Hero} did not like it, not one bit.")
    say("There, in the corner, stood {monster}!", "Was that {monster} over there?")
    say("{Hero} pulled the blanket up to {hero.his} eyes.", "{Hero} did not dare to put a foot out of bed.")
    say('"Pst," somebody said at the window. It was {friend_who}, who lived next door. "[Come out|Come quickly]! I '
        'must show you something."',
        "Then a pebble clicked on the glass. {Friend_who} stood outside and waved with both arms.")
    say('"I cannot," {hero} said. "It is too dark."',
        '"There is {monster} in here," {hero} whispered, "so I cannot move."')
    say('"It must be dark," {friend} said. "Otherwise one cannot see it. [Hold on to me|Stay close to me]."',
        '"[The dark is only a curtain|The dark has the best things]," said {friend}. "Trust me."')
    world.new_paragraph()
    say("So {they} went out and stood {outside}. {Hero} kept {hero.his} eyes shut.",
        "Step by step {they} felt {their} way through the dark, until {they} stood {outside}.")
    say('"Now look," said {friend}.', '"Open your eyes," {friend} whispered.', "Then {hero} looked.")
    _night_see(world)
    say('"[Oh|Ah]," {hero} said, and nothing else, for a long time.',
        "{Hero} forgot to be {#scared}. {Hero.he} even forgot that it was dark.")
    world.new_paragraph()
    say('"By day it would not be there," said {friend}. And {hero} understood why the night has to be dark.',
        '"Without the dark I would never have seen it," {hero} said.')
    say("Back in the room {hero} walked straight up to the corner. It was only {really}.",
        "And what about {monster_the}? When {hero} came home and looked closely, it was only {really}.")
    say("{Hero} blew out the candle, all alone.",
        "Since then the curtain in {hero.his} room is open every night, just in case.", "")
    world.fact("What was really in the corner?", "It was only {really}." if hero.name != "I" else "It was only " + world
        ["really"].replace("my own", "a") + ".")
    world.fact("Who came to the window?", "{Friend.name} came to the window.")


def _night_missed(world, hero, friend):
    say = world.say
    keep(world, "illness", "the measles", "a broken leg", "a bad cough", "a fever", "a sore throat")
    keep(world, "way", "song", "picture", "game of shadows", "tale")
    world.ask("{friend.a} who could not come along", "a friend with {illness}",
        "{hero.a} who brought {what} to a sick friend")
    say("{Friend_start} had {illness} and had to stay in bed, and that in {month}, when {what} came!",
        '"Promise that you will tell me everything," said {friend_start}, who was in bed with {illness}. "I promise," '
        '{hero_start} said.',
        "{Hero_start} had waited for this night in {month} for a whole year. But {friend_start} had {illness} and "
        "could not come along.")
    say("{Hero} [was sorry for {friend.him}|felt bad about it], because {they} always did everything together.",
        "It is not easy to be glad alone.", "")
    say("So {hero} went alone, and stood {outside}, and waited.",
        "When it was dark, {hero} put on a [thick|woolen] coat and stood {outside}." if world["month"] in ("December",
        "January") else "When it was dark, {hero} slipped out and stood {outside}.")
    world.new_paragraph()
    _night_see(world)
    say('"[Look|Did you see that]!" {hero} said, and turned around. But nobody was there to answer.',
        "It was so beautiful that it almost hurt, because there was nobody to share it with.")
    say("How could one take it along? One cannot put a thing like that in a jar.",
        "{Hero} looked and looked, to remember every bit of it.")
    say("Then {hero} ran, [faster than a hare|without stopping], and climbed in through {friend.s} window.",
        "At midnight {hero} knocked softly at {friend.s} window. {Friend.name} was still awake.")
    world.new_paragraph()
    if world["way"] == "picture":
        say("{Hero} took chalk and drew it on the dark wall, point by point, until {friend.he} could see it, too.",
            "{Hero} painted it on the bed sheet with toothpaste and ink, as large as possible.")
    elif world["way"] == "song":
        say("{Hero} made up a song about it, with soft notes and bright ones, and sang it under {hero.his} breath.",
            "{Hero} took a mouth organ and played how it had looked.")
    elif world["way"] == "game of shadows":
        say("{Hero} put a candle behind a sieve, and points of light wandered over the ceiling.",
            "{Hero} pricked holes into a hat box and set a lantern inside, and suddenly the ceiling was alive.")
    else:
        say("{Hero} told it with {hero.his} hands, with {hero.his} eyebrows and with every word there was.",
            "{Hero} told the story so well that {friend.he} felt the night air on {friend.his} face.")
    say('"[Now I have seen it, too|I was there, too]," {friend} whispered, and smiled for the first time in days.',
        '{Friend} lay quite still. "Once more," {friend.he} said, "from the beginning."')
    say("The next year {they} stood {outside} side by side. It was just as fine as in the {way}, and perhaps a little "
        "less.",
        "Soon {friend} was well again. \"The medicine helped,\" said the doctor. But {friend.he} knew that it was the "
        "{way}." if world["illness"] != "a broken leg" else
        "The leg grew strong again, and the {way} was never forgotten.")
    world.fact("Why did {friend.name} stay in bed?", "{Friend.name} had {illness}.")


def _night_wish(world, hero, friend):
    say = world.say
    keep(world, "wish", "a friend", "somebody to play with")
    world.ask("{hero.a} who made a wish", "a wish in the night", "{hero.a} who wished for a friend")
    _night_opening(world)
    say("{Hero} had moved to a new [house|street|valley] and felt [sad|lonely|unhappy], because nobody there knew "
        "{hero.him}.", "All day {hero} had played alone, with a ball that never came back by itself.")
    say("So {hero} got up, [found two shoes in the dark|opened the door without a squeak], and went to stand "
        "{outside}.", "The room was stuffy. A minute later {hero} stood {outside} and breathed the night air.")
    world.new_paragraph()
    _night_see(world)
    say("People say that one may make a wish on such a night.",
        '"[Wish for something|Make a wish]," the night seemed to say.')
    say('{Hero} did not need to think. "I wish for {wish}," {hero.he} said, very softly.',
        "{Hero} shut {hero.his} eyes and wished for {wish}, with all {hero.his} might.")
    say("Nothing happened. An owl called, and that was all.", "There was no thunder, no fairy and no puff of smoke.")
    say('Then something sneezed in the dark. "Bless you," {hero} said.', "Then a [branch|twig] snapped, quite near.")
    say("And there stood {friend_who}, wrapped in a blanket, looking up, too." if "sea" not in world["what"] else
        "And there stood {friend_who}, wrapped in a blanket, looking at the waves, too.")
    say('"I thought that I was the only one who was awake," said {friend}.',
        '"Is it not [lovely|grand]?" {friend} asked. "I wanted so much to show it to somebody."')
    world.new_paragraph()
    say("{They} shared the blanket and did not talk much, because it was not necessary.",
        "There was room for two under the blanket, and there {they} stayed, until the sky turned gray." if "snow" not in
        world["what"] else
        "There was room for two under the blanket, and there {they} stayed until {their} toes were cold.")
    say('"What did you wish for?" {friend} asked in the end. {Hero} smiled. "I have got it already."',
        '"I made a wish," {hero} said. "[So did I|Me, too]," said {friend}. And it was the same wish.')
    say("That was the night when {they} became friends. And each {month} {they} went out again with the same old "
        "blanket.", "The ball had a lot to do from then on, because now somebody threw it back.")
    world.fact("What did {hero.name} wish for?" if hero.name != "I" else "What did the child wish for?",
        "{Hero.name} wished for {wish}." if hero.name != "I" else "The child wished for {wish}.")
    world.fact("Who came in the night?", "{Friend.name} came in the night.")


def _night_lost(world, hero, friend):
    say = world.say
    keep(world, "errand", "the doctor", "a lost lamb", "firewood", "{hero.his} uncle's house")
    keep(world, "light", "lantern", "torch", "candle")
    goal = world.pick("the mill", "home", "the old bridge", "the farm")
    world["goal"], world["goal_to"] = goal, goal if goal == "home" else "to " + goal
    world.ask("{hero.a} and {friend.a} who lost their way in the dark", "{what} that showed the way",
        "a {light} that went out")
    world["pair"] = "{friend_start} and I" if hero.name == "I" else "{hero_start} and {friend_start}"
    say("{Pair} were late. It was {month}, and the sun had set long ago.",
        "[Last|One] {month}, {pair} walked {goal_to} in the dark.",
        '"We should have left earlier," said {friend_start}. "[I know|You are right]," {hero_start} said. It was a '
        'dark night in {month}.')
    say("{They} had only one {light}, and the wind was [sharp|nasty]. Puff! It went out.",
        "{Friend} stumbled over a root, the {light} fell into a puddle, and all was black.")
    say('"I cannot see my own [nose|feet]," said {friend}. {Friend.his} voice was very small.',
        '"Which way is {goal}?" {hero} asked. "Left," said {friend}. "Or right. I do not know!"')
    say("{They} [sat down|stood] back to back, and were {#scared}, because there were [deep ditches|steep rocks] on "
        "both sides.", "One wrong step, and {they} would fall into the ditch. So {they} stayed where {they} were.")
    say('"Do not cry," {hero} said. "[Something will come|Let us wait a bit]. Tell me what you will eat first when we '
        'are there."',
        '{Hero} took hold of {friend.his} arm. "We are two," {hero.he} said, "and the night is only one."')
    world.new_paragraph()
    say("{sign}")
    say("{sight_line}")
    say("{Friend} stopped [crying|shaking] and [stared|pointed]. \"Do you see that? It is so bright that I can see "
        "you!\"", 'For a while nobody said a word. Then {friend} cried, "I can see the path!"')
    say("It was true. By the light of {what} the path lay there, pale and clear." if "snow" not in world["what"] else
        "It was true. The snow made the night so bright that the path lay there, pale and clear.")
    say("{They} went on, arm in arm, with {their} heads up, and did not stumble once.",
        "So {they} walked, and walked slowly, not because of the ditches, but because it was so beautiful.")
    world.new_paragraph()
    say("When {they} came {goal_to}, somebody ran out with a lamp. \"Were you not afraid without a light?\"",
        'Later somebody asked, "How did you find the way without a {light}?"')
    say('"We had a better one," said {friend}.', '"We did have a light," {hero} said, "the biggest of all."',
        "{Friend} and {hero} [grinned|looked at each other].")
    say("The {light} was never lit again. It hangs on a nail now, in honor of {what}.",
        "And each {month} after that, {they} walked the same way in the dark, without a {light}, on purpose.")
    world.fact("What went out?", "The {light} went out.")


PLOTS = [riddle_contest, picnic, hide_and_seek, grandparent, told_by_itself, cake_mystery, parcel, night_sight]
